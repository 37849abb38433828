"""memory.py - what is left of secrets in memory when the work is done.

The executables of the folder --bins read a key with a passphrase, log in to a real sshd,
and fetch tokens; the --library then looks for all of these in the whole memory of the
process.
"""
import base64
import json
import os
import subprocess
import tempfile

import pytest

import calls
import engine

# Kinds of keys, and what ssh-keygen is told besides
KEYS = {"ed25519": [], "ecdsa": ["-b", "256"], "rsa": ["-b", "2048"]}
TOKENS = {name: token[-25:].encode() for name, token in engine.TOKENS.items()}


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


def make_key(sshd, kind):
    path = sshd.path("key-" + kind)
    subprocess.run(
        ["ssh-keygen", "-q", "-t", kind, *KEYS[kind], "-a", "1", "-C", "c", "-N", calls.PASSPHRASE, "-f", path], check=True
    )
    with open(path + ".pub", encoding="ascii") as public, open(sshd.path("key.pub"), "a", encoding="ascii") as all_of_them:
        all_of_them.write(public.read())


def scan(peers, case, query, secrets, given):
    """Runs an executable; returns its end, and the lines of the report."""
    report = os.path.join(peers.folder, "report")
    hidden = ",".join(bytes(byte ^ 255 for byte in secret).hex() for secret in secrets.values())
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": peers.folder,
        "LD_PRELOAD": peers.library,
        "SCAN_FOR": hidden,
        "SCAN_REPORT": report,
        **given,
    }
    done = subprocess.run(
        [os.path.join(peers.bins, case)], input=json.dumps(query).encode(), capture_output=True, env=environment, timeout=30, check=False
    )
    with open(report, encoding="ascii") as file:
        return done, file.read().splitlines()


def judge(record_property, done, lines, secrets):
    names = list(secrets)
    wrong = ["%s %s" % (names[int(line.split()[1])], line) for line in lines if line.startswith("found ")]
    last = lines[-1].split()
    record_property("note", last[1] + " bytes")
    if done.returncode != 0:
        wrong.append("exit code %d: %s" % (done.returncode, done.stderr.decode()))
    if int(last[1]) < 100000:
        wrong.append("only %s bytes were looked at" % last[1])
    if last[3] != "0" or last[5] != "0":
        wrong.append("the process can be dumped: " + lines[-1])
    if wrong:
        pytest.fail("\n".join(wrong[:20]), pytrace=False)


class Peers:
    """An engine, and an sshd that lets in with a key of each kind."""

    def __init__(self, bins, library, folder):
        self.bins, self.library, self.folder = bins, library, folder
        self.sshd = calls.Sshd(folder)
        self.path = os.path.join(folder, "engine.sock")
        self.engine = engine.Engine(self.path)
        self.local = {"host": "unix://" + self.path, "timeout": "10s"}
        for kind in KEYS:
            make_key(self.sshd, kind)

    def with_key(self, kind):
        query = dict(self.sshd.query(self.path), private_key=self.sshd.path("key-" + kind), timeout="10s")
        return query, dict(TOKENS, passphrase=calls.PASSPHRASE.encode(), **private_parts(self.sshd, kind))

    def close(self):
        self.engine.close()
        self.sshd.close()


@pytest.fixture(scope="session")
def peers(request, bins):
    with tempfile.TemporaryDirectory(prefix="tsh-memory-") as folder:
        it = Peers(bins, os.path.abspath(request.config.getoption("library")), folder)
        try:
            yield it
        finally:
            it.close()


# Executable, what it is asked besides, its environment
HERE = {
    "fetch-tokens here": ("fetch-tokens", {}, {}),
    "join-node with a token of its own": ("join-node", calls.JOIN, {"TEST_TOKEN": engine.TOKENS["Worker"]}),
}


# mutant helpers/base/secret.c secret_free: without secret_wipe()
#   fails fetch-tokens here
@pytest.mark.parametrize("case", HERE)
def test_here(peers, record_property, case):
    program, query, given = HERE[case]
    done, lines = scan(peers, program, dict(peers.local, **query), TOKENS, given)
    judge(record_property, done, lines, TOKENS)


@pytest.mark.parametrize("kind", KEYS, ids="fetch-tokens with a key of {}".format)
def test_key(peers, record_property, kind):
    query, secrets = peers.with_key(kind)
    done, lines = scan(peers, "fetch-tokens", query, secrets, {"TEST_PASSPHRASE": calls.PASSPHRASE})
    judge(record_property, done, lines, secrets)


# Several managers are asked in threads.
@pytest.mark.parametrize("kind", KEYS, ids="fetch-tokens of several, with a key of {}".format)
def test_several(peers, record_property, kind):
    query, secrets = peers.with_key(kind)
    query["managers"] = "127.0.0.1:%d,127.0.0.2:1" % peers.sshd.port
    done, lines = scan(peers, "fetch-tokens", query, secrets, {"TEST_PASSPHRASE": calls.PASSPHRASE})
    judge(record_property, done, lines, secrets)


# The path of the report is in the environment.
def test_what_is_in_memory_is_found(peers):
    control = {"control": os.path.join(peers.folder, "report").encode()}
    _, lines = scan(peers, "fetch-tokens", peers.local, control, {})
    assert any(line.startswith("found 0 ") for line in lines)
