"""beside_ssh.py - known_hosts files as `ssh` reads them, and as we do.

Every case is a file, a host and a port. A real ssh and fetch-tokens of the folder --bins ask a
real sshd with it, first with strict checking, then, where the key was refused, so that new
ones are accepted. What is accepted here has to be accepted by ssh as well; where only ssh
accepts, the case says why. In network and mount namespaces of its own, with /etc/hosts as
HOSTS has it.
"""
import base64
import concurrent.futures
import hashlib
import hmac
import os
import shutil
import struct
import subprocess
import tempfile

import pytest

from results import Together
from sshd import no_penalties

PORTS = (22, 2222)
ADDRESSES = ("10.0.0.7/32", "fd00::7/128")
HOSTS = "127.0.0.1 localhost\n127.0.0.1 h.ex node-1.cluster.example a_b.ex\n"
NO_DOCKER = "/run/no-such-docker.sock"
THREADS = 4

# Why ssh accepts what is refused here
PORT = "a plain name stands for port 22 only"
MARKED = "a line that says what is not to be trusted, and cannot be read, is an error"
NUL = "a file that holds a NUL byte is damaged"
TYPE = "a host with a key of a type that libssh2 cannot verify is not a new one"
RSA = "libssh2 1.10 cannot verify RSA keys"
# OpenSSH 10 has no DSA any more, and takes such a host for a new one.
DSS = None if "ssh-dss" in subprocess.run(["ssh", "-Q", "key"], capture_output=True, text=True, check=True).stdout else TYPE


def words(*parts):
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def text(blob, name=None):
    name = name or blob[4 : 4 + struct.unpack(">I", blob[:4])[0]].decode()
    return "%s %s" % (name, base64.b64encode(blob).decode())


class Keys:
    """The server's keys (A ed25519, C ecdsa, R rsa), a foreign one of each type (B, D, S), and
    other forms of them. Each is the text that stands in a file."""

    def __init__(self, folder):
        self.folder, self.blobs = folder, {}
        for letter, kind in zip("ABCDRS", ("ed25519", "ed25519", "ecdsa", "ecdsa", "rsa", "rsa")):
            path = self.path(letter)
            subprocess.run(["ssh-keygen", "-q", "-t", kind, "-N", "", "-C", "c", "-f", path], check=True)
            with open(path + ".pub", encoding="ascii") as file:
                self.blobs[letter] = base64.b64decode(file.read().split()[1])
        self.texts = {letter: text(blob) for letter, blob in self.blobs.items()}
        a, c = self.blobs["A"], self.blobs["C"]
        point = c[-64:]
        compressed = words(b"ecdsa-sha2-nistp256", b"nistp256", bytes([2 + (point[-1] & 1)]) + point[:32])
        self.texts.update(
            LONGER=text(a + b"x"),
            SHORTER=text(a[:-1]),
            COMPRESSED=text(compressed),
            TYPED=text(a, "ssh-rsa"),
            UNPADDED=self.texts["A"] + "=",
            NOTHING="ssh-ed25519",
            PRINT="SHA256:" + base64.b64encode(hashlib.sha256(a).digest()).decode().rstrip("="),
            DSS=text(words(b"ssh-dss", b"p" * 128, b"q" * 20, b"g" * 128, b"y" * 128)),
            FUTURE=text(words(b"ssh-future@example.org", b"k" * 32)),
        )

    def path(self, letter):
        return os.path.join(self.folder, "host_" + letter)


def hashed(name, salt=b"01234567890123456789"):
    mac = hmac.new(salt, name.encode(), hashlib.sha1).digest()
    return "|1|%s|%s" % (base64.b64encode(salt).decode(), base64.b64encode(mac).decode())


# Host patterns, each of a line with the server's key and of one with another
NAMES = [
    "h.ex", "H.EX", "H.eX", "h.e", "h.exx", "xh.ex", "h", "ex", ".ex", "h.", "h.ex.", "h,ex", "h.ex,", ",h.ex", ",", ",,h.ex,,",
    "a,h.ex", "h.ex,a", "a,b,c,h.ex,d", "a,b", "*", "?", "*.ex", "*.EX", "h.*", "h*", "*x", "*.*", "**", "h.e?", "?.ex", "????",
    "?????", "h?ex", "*?", "?*", "h.ex*", "*h.ex", "h*ex", "h.*.ex", "*e*", "[h.ex]", "[h.ex]:22", "h.ex:22", "[h.ex]:2222",
    "!h.ex", "!a", "!*", "*,!h.ex", "!h.ex,*", "*,!a", "!a,*", "!a,h.ex", "h.ex,!h.ex", "*.ex,!*.ex", "!h.*,*", "!,h.ex", "h.ex,!",
    "!!h.ex", "h.ex,!H.EX", "\\h.ex", "h\\.ex", "h.[e]x", "(h.ex)", "h.ex|", "'h.ex'", '"h.ex"', "h.ex#", "x" * 1021 + ",h.ex",
    "x" * 1022 + ",h.ex", "x" * 1023 + ",h.ex", "x" * 2000 + ",h.ex", "h.ex," + "x" * 2000, "!" + "x" * 1021 + ",h.ex", "*" * 40 + "h.ex",
]  # fmt: skip
WITH_PORT = [
    "[h.ex]:2222", "[H.EX]:2222", "[h.ex]:22", "[h.ex]:222", "[h.ex]:22222", "[h.ex]", "h.ex:2222", "[h.ex]:2222,a", "a,[h.ex]:2222",
    "[h.ex]:*", "[*]:2222", "[*.ex]:2222", "*:2222", "[h.ex]:22??", "[h.ex]:????", "*", "[*", "!*,[h.ex]:2222", "[h.ex]:2222,!h.ex",
    "[h.ex]:02222", "[h.ex]2222", "[[h.ex]]:2222",
]  # fmt: skip
HASHES = [
    hashed("h.ex"), hashed("H.EX"), hashed("h.exx"), hashed("[h.ex]:22"), hashed("h.ex", b"short"), hashed("h.ex", b""),
    hashed("h.ex", b"0" * 40), hashed("h.ex") + "=", hashed("h.ex") + ",h.ex", "h.ex," + hashed("h.ex"), hashed("h.ex")[:-1],
    hashed("h.ex")[:-4], hashed("h.ex").replace("|1|", "|2|"), hashed("h.ex")[1:], "|1|", "|1||", "|", "|1|||",
    "!" + hashed("h.ex"), hashed("h.ex") + "|",
]  # fmt: skip
# Host, the name in the file
LITERALS = [
    ("10.0.0.7", "10.0.0.7"), ("10.0.0.7", "10.0.0.?"), ("10.0.0.7", "10.0.*"), ("10.0.0.7", "10.0.0.*,!10.0.0.7"),
    ("10.0.0.7", "10.0.0.70"), ("10.0.0.7", "10.0.0.07"), ("10.0.0.7", "10.0.0.0/24"), ("10.0.0.7", "[10.0.0.7]"),
    ("10.0.0.7", hashed("10.0.0.7")), ("fd00::7", "fd00::7"), ("fd00::7", "FD00::7"), ("FD00::7", "fd00::7"), ("fd00::7", "fd00::*"),
    ("fd00::7", "fd00:0:0:0:0:0:0:7"), ("fd00::7", "[fd00::7]"), ("fd00::7", "fd00::?"), ("fd00::7", "*:7"),
    ("fd00::7", hashed("fd00::7")), ("fd00:0::7", "fd00:0::7"), ("FD00:0::0007", "fd00::7"), ("10.7", "10.0.0.7"), ("10.7", "10.7"), ("localhost", "localhost"), ("localhost", "127.0.0.1"),
    ("h.ex", "127.0.0.1"), ("127.0.0.1", "h.ex"), ("node-1.cluster.example", "node-?.cluster.example"),
    ("node-1.cluster.example", "*.example"), ("node-1.cluster.example", "node-1"), ("a_b.ex", "a?b.ex"),
]  # fmt: skip
LITERALS_WITH_PORT = [
    ("10.0.0.7", "[10.0.0.7]:2222"), ("fd00::7", "[fd00::7]:2222"), ("fd00::7", "[fd00::*]:2222"), ("fd00::7", "fd00::7:2222"),
    ("fd00::7", hashed("[fd00::7]:2222")), ("h.ex", hashed("[h.ex]:2222")), ("h.ex", hashed("[h.ex]:22")),
]  # fmt: skip
# Whole files: what ssh accepts and is refused here says why
FILES = [
    ("", None), ("\n", None), ("#\n", None), ("# h.ex {A}\n", None), ("#h.ex {A}\n", None), ("h.ex {A}", None), ("h.ex {A}\r\n", None),
    ("h.ex {A}\n\n\n", None), ("\n\nh.ex {A}\n", None), ("\r\nh.ex {A}\r\n", None), (" h.ex {A}\n", None), ("\th.ex {A}\n", None),
    ("h.ex  {A}\n", None), ("h.ex\t{A}\n", None), ("h.ex \t {A}\n", None), ("h.ex {A} \n", None), ("h.ex {A}\t\n", None),
    ("h.ex {A} comment\n", None), ("h.ex {A} a b c d\n", None), ("h.ex {A}#c\n", None), ("h.ex {A} #c\n", None), ("h.ex\n", None),
    ("h.ex \n", None), ("h.ex {NOTHING}\n", None), ("h.ex {NOTHING} \n", None), ("h.ex {NOTHING} AAAA\n", None), ("h.ex #{A}\n", None),
    ("h.ex {TYPED}\n", None), ("h.ex {LONGER}\n", None), ("h.ex {SHORTER}\n", None), ("h.ex {UNPADDED}\n", None), ("h.ex {PRINT}\n", None),
    ("h.ex {FUTURE}\n", TYPE), ("h.ex {DSS}\n", DSS), ("h.ex 1024 35 123456789\n", None), ("{A}\n", None), ("h.ex h.ex {A}\n", None),
    ("\0\nh.ex {A}\n", NUL), ("h.ex\0 {A}\n", NUL), ("h.ex {A}\0\n", NUL), ("h.ex {B}\0\n", None), ("h.ex\0 {B}\n", None), ("h.ex {A}\n\0", NUL), ("\ufeffh.ex {A}\n", None), ("h.ex\u00a0{A}\n", None),
    ("h.ex {B}\nh.ex {A}\n", None), ("h.ex {A}\nh.ex {B}\n", None), ("h.ex {A}\nh.ex {A}\n", None), ("h.ex {B}\n* {A}\n", None),
    ("h.ex {C}\n", None), ("h.ex {D}\n", None), ("h.ex {C}\nh.ex {B}\n", None), ("h.ex {D}\nh.ex {A}\n", None), ("h.ex {B}\nh.ex {D}\n", None),
    ("h.ex {R}\n", RSA), ("h.ex {S}\n", None), ("h.ex {S}\nh.ex {A}\n", None), ("h.ex {R}\nh.ex {B}\n", None), ("h.ex {COMPRESSED}\n", None),
    ("h.ex {FUTURE}\nh.ex {A}\n", None), ("h.ex {DSS}\nh.ex {A}\n", None), ("garbage\nh.ex {A}\n", None), ("h.ex {A}\ngarbage", None),
    ("a {B}\nh.ex {A}\nb {B}\n", None), ("h.ex " + "x" * 20000 + "\nh.ex {A}\n", None), ("x" * 100000 + " {B}\nh.ex {A}\n", None),
    ("h.ex {A} " + "x" * 20000 + "\n", None), ("h.ex {B} " + "x" * 20000 + "\n", None), ("|1|x|y {B}\nh.ex {A}\n", None),
    # markers
    ("@revoked h.ex {A}\n", None), ("@revoked * {A}\n", None), ("h.ex {A}\n@revoked h.ex {A}\n", None), ("@revoked h.ex {A}\nh.ex {A}\n", None),
    ("h.ex {A}\n@revoked * {A}\n", None), ("h.ex {A}\n@revoked h.ex {B}\n", None), ("h.ex {A}\n@revoked g.ex {A}\n", None),
    ("h.ex {A}\n@revoked *,!h.ex {A}\n", None), ("h.ex {A}\n@revoked " + hashed("h.ex") + " {A}\n", None), ("h.ex {A}\n@revoked [h.ex]:22 {A}\n", None),
    ("h.ex {A}\n@revoked H.EX {A}\r\n", None), ("h.ex {A}\n  @revoked h.ex {A}\n", None), ("h.ex {A}\n@revoked   h.ex   {A}   x\n", None),
    ("h.ex {A}\n@revoked h.ex {C}\n", None), ("h.ex {C}\n@revoked h.ex {A}\n", None), ("h.ex {A}\n@revoked h.ex {A} " + "x" * 20000 + "\n", None),
    ("h.ex {A}\n@revoked h.ex {FUTURE}\n", None), ("h.ex {A}\n@revoked h.ex {DSS}\n", None), ("h.ex {A}\n#@revoked h.ex {A}\n", None),
    ("@cert-authority h.ex {A}\n", None), ("@cert-authority * {B}\nh.ex {A}\n", None), ("h.ex {A}\n@cert-authority h.ex {A}\n", None),
    ("h.ex {A}\n@cert-authority h.ex\n", None), ("h.ex {A}\n@cert-authority\n", None), ("@cert-authority h.ex {B}\n", None),
    ("h.ex {A}\n@revoked g.ex\n", None), ("h.ex {A}\n@revoked g.ex {LONGER}\n", None), ("h.ex {A}\n@other g.ex {A}\n", None),
    ("h.ex {A}\n@revoked\th.ex {A}\n", MARKED), ("h.ex {A}\n@revoked\n", MARKED), ("h.ex {A}\n@revoked \n", MARKED),
    ("h.ex {A}\n@revoked h.ex\n", MARKED), ("h.ex {A}\n@revoked {A}\n", None), ("h.ex {A}\n@revoked * {NOTHING} ???\n", MARKED),
    ("h.ex {A}\n@revoked * {LONGER}\n", MARKED), ("h.ex {A}\n@revoked * {SHORTER}\n", MARKED), ("h.ex {A}\n@revoked * {TYPED}\n", MARKED),
    ("h.ex {C}\n@revoked * {COMPRESSED}\n", MARKED), ("h.ex {A}\n@revoked h.ex {PRINT}\n", MARKED), ("h.ex {A}\n@revoked |1|x|y {A}\n", MARKED),
    ("h.ex {A}\n@revoked h.ex," + "x" * 2000 + " {A}\n", MARKED), ("h.ex {A}\n@revoked @cert-authority h.ex {A}\n", MARKED),
    ("h.ex {A}\n@revoked @revoked h.ex {A}\n", MARKED), ("h.ex {A}\n@revoke h.ex {A}\n", MARKED), ("h.ex {A}\n@REVOKED h.ex {A}\n", MARKED),
    ("h.ex {A}\n@ h.ex {A}\n", MARKED), ("h.ex {A}\n@revoked, h.ex {A}\n", MARKED), ("h.ex {A}\n@cert-authorit * {A}\n", MARKED),
]  # fmt: skip
# The same, for port 2222
FILES_WITH_PORT = [
    ("h.ex {A}\n", PORT), ("h.ex {B}\n", None), ("h.ex {A}\n[h.ex]:2222 {B}\n", None), ("h.ex {B}\n[h.ex]:2222 {A}\n", None),
    ("[h.ex]:2222 {A}\n@revoked h.ex {A}\n", None), ("[h.ex]:2222 {A}\n@revoked [h.ex]:2222 {A}\n", None),
    ("[h.ex]:2222 {A}\n@revoked * {A}\n", None), ("[h.ex]:2222 {C}\n", None), ("[h.ex]:2222 {R}\n", RSA), ("h.ex {C}\nh.ex {A}\n", PORT),
    ("*,![h.ex]:2222 {A}\n", PORT), ("*,![h.ex]:2222 {B}\n", None), (hashed("h.ex") + " {A}\n", PORT), ("*.ex {A}\n", PORT),
]  # fmt: skip


def cases():
    """Host, port, file, why only ssh accepts."""
    for patterns, host_port in ((NAMES + HASHES, 22), (WITH_PORT, 2222)):
        for pattern in patterns:
            for key in "AB":
                yield "h.ex", host_port, pattern + " {%s}\n" % key, None
    for pairs, host_port in ((LITERALS, 22), (LITERALS_WITH_PORT, 2222)):
        for host, pattern in pairs:
            yield host, host_port, pattern + " {A}\n", None
    for files, host_port in ((FILES, 22), (FILES_WITH_PORT, 2222)):
        for content, why in files:
            yield "h.ex", host_port, content, why


class Server:
    def __init__(self, folder, keys):
        config = os.path.join(folder, "sshd_config")
        lines = ["Port %d" % port for port in PORTS] + ["HostKey " + keys.path(letter) for letter in "ACR"]
        with open(config, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\nAuthorizedKeysFile %s/user.pub\nStrictModes no\nPidFile none\n" % folder)
            file.write("UsePAM no\nPermitRootLogin yes\nMaxStartups 200\n" + no_penalties())
        os.makedirs("/run/sshd", exist_ok=True)
        self.child = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", config], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL)
        for _ in range(2 * len(PORTS)):
            if b"listening" not in self.child.stderr.readline():
                raise RuntimeError("sshd does not start")
        self.drain = subprocess.Popen(["cat"], stdin=self.child.stderr, stdout=subprocess.DEVNULL)

    def close(self):
        self.child.terminate()
        self.child.wait()
        self.drain.wait()


def ssh_accepts(folder, known, host, port, policy):
    options = {
        "BatchMode": "yes", "StrictHostKeyChecking": "yes" if policy == "strict" else policy, "UserKnownHostsFile": known,
        "GlobalKnownHostsFile": "/dev/null", "UpdateHostKeys": "no", "IdentitiesOnly": "yes", "IdentityAgent": "none", "LogLevel": "ERROR",
    }  # fmt: skip
    command = ["ssh", "-F", "/dev/null", "-p", str(port), "-i", folder + "/user", "-l", "root"]
    for name, value in options.items():
        command += ["-o", "%s=%s" % (name, value)]
    done = subprocess.run(command + [host, "true"], stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    if done.returncode not in (0, 255):
        raise RuntimeError("ssh: %s" % done.stderr)
    return done.returncode == 0, done.stderr


def we_accept(program, folder, known, host, port, policy):
    command = [program, "--host", host, "--port", str(port), "--private-key", folder + "/user", "--known-hosts", known]
    command += ["--host-key-policy", policy, "--docker-socket", NO_DOCKER, "--timeout", "60s"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    accepted = NO_DOCKER.encode() in done.stderr
    if not accepted and (done.returncode != 1 or not (b"key" in done.stderr or b"NUL byte" in done.stderr)):
        raise RuntimeError("exit code %d: %s" % (done.returncode, done.stderr.decode(errors="replace")))
    return accepted, done.stderr


def both(program, folder, content, host, port, policy):
    """Whether ssh and we accept the server's key, each with a file of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        paths = [os.path.join(own, name) for name in ("ssh", "ours")]
        for path in paths:
            with open(path, "wb") as file:
                file.write(content)
        return ssh_accepts(folder, paths[0], host, port, policy), we_accept(program, folder, paths[1], host, port, policy)


def judge(program, folder, keys, case):
    """What is wrong with it, what came of it, the last lines of both."""
    host, port, content, why = case
    for name, value in keys.texts.items():
        content = content.replace("{%s}" % name, value)
    verdicts, lines, stricter, wrong = [], [], False, None
    for policy in ("strict", "accept-new"):
        (ssh, theirs), (ours, mine) = both(program, folder, content.encode(), host, port, policy)
        lines.append("ssh: %s, we: %s" % (theirs.decode(errors="replace").strip(), mine.decode(errors="replace").strip()))
        verdicts.append("%s: %s" % (policy, "accepted" if ours else "refused here alone" if ssh else "refused"))
        stricter = stricter or (ssh and not ours)
        if ours and not ssh:
            wrong = "it is accepted here, and ssh refuses it"
        if ours:
            break
    if stricter and not why:
        wrong = wrong or "only ssh accepts it, and the case does not say why"
    if why and not stricter:
        wrong = wrong or "the case says that only ssh accepts it: " + why
    return wrong, "; ".join(verdicts + ([why] if why else [])), "\n".join(lines)


def shown(content):
    cut = content if len(content) < 90 else content[:50] + "..." + content[-30:]
    return ascii(cut)[1:-1].replace("#", "\\x23")


@pytest.fixture(scope="session")
def folder():
    """Of all files, while this namespace has our addresses and names."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    for address in ADDRESSES:
        subprocess.run(["ip", "address", "add", address, "dev", "lo"], check=False, stderr=subprocess.DEVNULL)
    with tempfile.TemporaryDirectory(prefix="tsh-beside-") as it:
        with open(it + "/hosts", "w", encoding="ascii") as file:
            file.write(HOSTS)
        subprocess.run(["mount", "--bind", it + "/hosts", "/etc/hosts"], check=True)
        try:
            yield it
        finally:
            subprocess.run(["umount", "/etc/hosts"], check=False)


@pytest.fixture(scope="session")
def judged(request, bins, folder):
    """The chosen cases, some at a time."""
    program, keys = os.path.join(bins, "fetch-tokens"), Keys(folder)
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder + "/user"], check=True)
    server = Server(folder, keys)

    def judge_one(case):
        host, port, content, why = case
        return judge(program, folder, keys, (host, port, content, None if why == RSA and rsa else why))

    try:
        _, (rsa, _) = both(program, folder, ("h.ex %s\n" % keys.texts["R"]).encode(), "h.ex", 22, "strict")
        with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
            yield Together(pool, request, "case", judge_one)
    finally:
        server.close()


def name_of(case):
    host, port, content, _ = case
    return "%s port %d: %s" % (host, port, shown(content))


@pytest.mark.parametrize("case", cases(), ids=name_of)
def test_file(judged, record_property, case):
    record_property("name", name_of(case))  # pytest writes the backslashes of an id twice
    wrong, verdict, lines = judged.end_of(case)
    record_property("note", verdict)
    if wrong:
        pytest.fail(wrong + "\n" + lines, pytrace=False)
