"""memory.py BIN SCAN - what is left of secrets in memory when the work is done.

The executables of folder BIN read a key with a passphrase, log in to a real sshd, and
fetch tokens; the library SCAN then looks for all of these in the whole memory of the
process. Prints a result line for each sort of run.
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

import engine
import calls


def private_parts(sshd, kind):
    """What must not stay of the key: the end of its secret number, in either order."""
    plain = sshd.path("plain-" + kind)
    subprocess.run(["cp", sshd.path("key-" + kind), plain], check=True)
    subprocess.run(["ssh-keygen", "-q", "-p", "-P", calls.PASSPHRASE, "-N", "", "-f", plain], check=True, stdout=subprocess.DEVNULL)
    with open(plain, encoding="ascii") as file:
        lines = file.read().splitlines()[1:-1]
    blob = base64.b64decode("".join(lines))
    # The secret number comes last, or its second half is the public key; then the comment
    # (PROTOCOL.key of OpenSSH).
    end = blob.rindex(b"\0\0\0\1c") - (32 if kind == "ed25519" else 0)
    secret = blob[end - 32 : end]
    # libcrypto keeps numbers with their last byte first.
    return {"key": secret, "key in reverse": secret[::-1]}


def keys(sshd):
    options = {"ed25519": [], "ecdsa": ["-b", "256"], "rsa": ["-b", "2048"]}
    for kind, option in options.items():
        path = sshd.path("key-" + kind)
        subprocess.run(
            ["ssh-keygen", "-q", "-t", kind, *option, "-a", "1", "-C", "c", "-N", calls.PASSPHRASE, "-f", path],
            check=True,
        )
        with open(path + ".pub", encoding="ascii") as public, open(sshd.path("key.pub"), "a", encoding="ascii") as all_of_them:
            all_of_them.write(public.read())
    return list(options)


def scan(bins, library, folder, case, query, secrets, given):
    """Runs an executable; returns its end, and the lines of the report."""
    report = os.path.join(folder, "report")
    hidden = ",".join(bytes(byte ^ 255 for byte in secret).hex() for secret in secrets.values())
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": folder,
        "LD_PRELOAD": library,
        "SCAN_FOR": hidden,
        "SCAN_REPORT": report,
        **given,
    }
    done = subprocess.run(
        [os.path.join(bins, case)], input=json.dumps(query).encode(), capture_output=True, env=environment, timeout=30, check=False
    )
    with open(report, encoding="ascii") as file:
        return done, file.read().splitlines()


def judge(name, done, lines, secrets):
    names = list(secrets)
    wrong = ["%s %s" % (names[int(line.split()[1])], line) for line in lines if line.startswith("found ")]
    last = lines[-1].split()
    if done.returncode != 0:
        wrong.append("exit code %d: %s" % (done.returncode, done.stderr.decode()))
    if int(last[1]) < 100000:
        wrong.append("only %s bytes were looked at" % last[1])
    if last[3] != "0" or last[5] != "0":
        wrong.append("the process can be dumped: " + lines[-1])
    print("%s %s (%s bytes)" % ("not ok" if wrong else "ok", name, last[1]), flush=True)
    for line in wrong[:20]:
        print("# " + line)
    return bool(wrong)


def main():
    bins, library = sys.argv[1], os.path.abspath(sys.argv[2])
    tokens = {name: token[-25:].encode() for name, token in engine.TOKENS.items()}
    failed = False
    with tempfile.TemporaryDirectory(prefix="tsh-memory-") as folder:
        sshd = calls.Sshd(folder)
        path = os.path.join(folder, "engine.sock")
        it = engine.Engine(path)
        local = {"host": "unix://" + path, "timeout": "10s"}

        def run(name, case, query, secrets, given):
            nonlocal failed
            done, lines = scan(bins, library, folder, case, query, secrets, given)
            failed |= judge(name, done, lines, secrets)

        try:
            run("fetch-tokens here", "fetch-tokens", local, tokens, {})
            given = {"TEST_TOKEN": engine.TOKENS["Worker"]}
            run("join-node with a token of its own", "join-node", dict(local, **calls.JOIN), tokens, given)
            for kind in keys(sshd):
                secrets = dict(tokens, passphrase=calls.PASSPHRASE.encode(), **private_parts(sshd, kind))
                query = dict(sshd.query(path), private_key=sshd.path("key-" + kind), timeout="10s")
                given = {"TEST_PASSPHRASE": calls.PASSPHRASE}
                run("fetch-tokens with a key of %s" % kind, "fetch-tokens", query, secrets, given)
                # Several managers are asked in threads.
                several = dict(query, managers="127.0.0.1:%d,127.0.0.2:1" % sshd.port)
                run("fetch-tokens of several, with a key of %s" % kind, "fetch-tokens", several, secrets, given)
            # What is there is found: the path of the report, which is in the environment.
            control = {"control": os.path.join(folder, "report").encode()}
            _, lines = scan(bins, library, folder, "fetch-tokens", local, control, {})
            missed = not any(line.startswith("found 0 ") for line in lines)
            print("%s what is in memory is found" % ("not ok" if missed else "ok"))
        finally:
            it.close()
            sshd.close()
    return failed or missed


if __name__ == "__main__":
    sys.exit(main())
