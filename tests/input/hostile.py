"""hostile.py - SSH servers that send without end what nobody has asked for.

Some show a banner and their KEXINIT, as sshd does, and then flood, before any key could be
checked; some let everybody in first. fetch-tokens of the folder --bins, which is given
little memory, gives each of them up with one line that says why.
"""
import contextlib
import hashlib
import hmac
import os
import resource
import secrets
import signal
import socket
import struct
import subprocess
import tempfile

import pytest

import hostile_engine

MEMORY = 1 << 30  # address space, in bytes: libssh2 alone grew by that in two seconds
# When a server begins: exit code, part of the line, KiB that it may cost
STAGES = {
    "before its banner": (4, "what answers there is no SSH server", 64 * 1024),
    "before the login": (1, "given up after 1 MiB", 64 * 1024),
    "after the login": (1, "given up after 64 MiB", 128 * 1024),
}
SECONDS = 60
BANNER = b"SSH-2.0-OpenSSH_9.2"
LISTS = [b"diffie-hellman-group14-sha256", b"ssh-ed25519"] + [b"aes256-ctr"] * 2 + [b"hmac-sha2-256"] * 2 + [b"none"] * 2 + [b""] * 2
# RFC 3526, section 3
PRIME = int(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AACAA68FFFFFFFFFFFFFFFF",
    16,
)


def text(*strings):
    return b"".join(struct.pack(">I", len(one)) + one for one in strings)


def number(value):
    return text(value.to_bytes(value.bit_length() // 8 + 1, "big"))


def packet(payload, block=8):
    """A packet without encryption and MAC (RFC 4253 section 6)."""
    padding = block - (5 + len(payload)) % block
    padding += block if padding < 4 else 0
    return struct.pack(">IB", 1 + len(payload) + padding, padding) + payload + bytes(padding)


KEXINIT = b"\x14" + bytes(16) + text(*LISTS) + bytes(5)
# When it begins, what comes again and again
FLOODS = [
    ("before its banner", "lines", [b"not yet\r\n"]),
    ("before its banner", "a line", [b"not yet "]),
    ("before the login", "small packets of a kind that is yet to come", [b"\x3c" + bytes(6)]),
    ("before the login", "large ones", [b"\x3c" + bytes(32000)]),
    ("before the login", "packets of each kind", [bytes([kind]) + bytes(40) for kind in range(50, 128)]),
    ("before the login", "packets to be ignored", [b"\x02" + text(bytes(1000))]),
    ("before the login", "words for a log", [b"\x04\x00" + text(b"x" * 1000, b"")]),
    ("before the login", "answers to nothing", [b"\x51"]),
    ("after the login", "answers to nothing", [b"\x51" + bytes(30000)]),
    ("after the login", "answers of a channel that is not there", [b"\x63" + bytes(16000)]),
]


class Side:
    """What one side sends once keys are in use: encrypted by AES in counter mode, whose key
    stream openssl makes as it would encrypt zeros."""

    def __init__(self, key, iv, mac, first, size):
        command = ["openssl", "enc", "-aes-256-ctr", "-K", key.hex(), "-iv", iv.hex(), "-in", "/dev/zero"]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as openssl:
            self.stream = memoryview(openssl.stdout.read(size))
            openssl.kill()
        self.mac, self.number, self.at = mac, first, 0

    def crypt(self, data):
        key = self.stream[self.at : self.at + len(data)]
        self.at += len(data)
        return (int.from_bytes(data, "big") ^ int.from_bytes(key, "big")).to_bytes(len(data), "big")

    def seal(self, payload):
        plain = packet(payload, 16)
        mac = hmac.digest(self.mac, struct.pack(">I", self.number) + plain, "sha256")
        self.number += 1
        return self.crypt(plain) + mac

    def open(self, read):
        start = self.crypt(read(16))
        length, padding = struct.unpack(">IB", start[:5])
        plain = start + self.crypt(read(length + 4 - 16))
        read(32)
        return plain[5 : len(plain) - padding]


class Host:
    """A host key."""

    def __init__(self, folder):
        self.path = os.path.join(folder, "host.pem")
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", self.path], check=True)
        der = subprocess.run(["openssl", "pkey", "-in", self.path, "-pubout", "-outform", "DER"], check=True, capture_output=True).stdout
        self.public = text(b"ssh-ed25519", der[-32:])

    def sign(self, data):
        """openssl wants it in a file."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(data)
            file.flush()
            command = ["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", self.path, "-in", file.name]
            return text(b"ssh-ed25519", subprocess.run(command, check=True, capture_output=True).stdout)


class Server:
    def __init__(self, host, stage, flood):
        self.host, self.stage, self.flood = host, stage, flood
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        # In a process of its own, so that what it needs is not counted as the executable's
        self.child = os.fork()
        if not self.child:
            self.accept()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            self.serve(client)

    def close(self):
        os.kill(self.child, signal.SIGKILL)
        os.waitpid(self.child, 0)
        self.listener.close()

    def serve(self, client):
        with client, client.makefile("rb") as file, contextlib.suppress(OSError, struct.error):
            if self.stage != "before its banner":
                client.sendall(BANNER + b"\r\n" + packet(KEXINIT))
            seals = {"before its banner": bytes, "before the login": packet}
            seal = seals.get(self.stage) or self.let_in(client, file)
            while True:
                client.sendall(b"".join(seal(one) for one in self.flood * (1 + 65536 // sum(map(len, self.flood)))))

    def let_in(self, client, file):
        """Exchanges keys and takes any user for the right one; what then seals a packet."""

        def plain():
            length, padding = struct.unpack(">IB", file.read(5))
            return file.read(length - 1)[: length - 1 - padding]

        theirs = file.readline().strip()
        offer = plain()
        e = int.from_bytes(plain()[5:], "big")
        secret = secrets.randbits(256)
        f, shared = pow(2, secret, PRIME), number(pow(e, secret, PRIME))
        exchanged = text(theirs, BANNER, offer, KEXINIT, self.host.public) + number(e) + number(f) + shared
        digest = hashlib.sha256(exchanged).digest()
        client.sendall(packet(b"\x1f" + text(self.host.public) + number(f) + text(self.host.sign(digest))) + packet(b"\x15"))
        plain()

        def key(letter):
            return hashlib.sha256(shared + digest + letter + digest).digest()

        # Each side has sent three packets: KEXINIT, its half of the exchange, NEWKEYS.
        sent = Side(key(b"D"), key(b"B")[:16], key(b"F"), 3, 160 << 20)
        got = Side(key(b"C"), key(b"A")[:16], key(b"E"), 3, 1 << 20)
        while True:
            asked = got.open(file.read)
            if asked[0] == 5:  # a service
                client.sendall(sent.seal(b"\x06" + asked[1:]))
            elif asked[0] == 50:  # a login
                client.sendall(sent.seal(b"\x34"))
                return sent.seal


def problems(ended, stage):
    got, out, err, _, kib = ended
    code, said, most = STAGES[stage]
    last = err.splitlines()[-1] if err else ""
    if got != code:
        yield "exit code %d, expected %d" % (got, code)
    if out:
        yield "something on stdout"
    if said not in last:
        yield "the line does not say `%s`" % said
    if kib > most:
        yield "it took %d KiB" % kib


@pytest.fixture(scope="session")
def folder():
    with tempfile.TemporaryDirectory(prefix="tsh-hostile-") as it:
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", os.path.join(it, "key")], check=True)
        host = Host(it)
        before = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, before[1]))
        yield it, host
        resource.setrlimit(resource.RLIMIT_AS, before)


# mutant helpers/ssh/handshake.c flood: condition logged_in => false
#   fails before the login, without end: small packets of a kind that is yet to come
# mutant helpers/ssh/handshake.c flood: condition SSH_MAX_MEMORY => false
#   fails after the login, without end: answers to nothing
@pytest.mark.parametrize("stage, name, flood", FLOODS, ids=["%s %s, without end" % flood[:2] for flood in FLOODS])
def test_flood(bins, folder, record_property, stage, name, flood):
    folder, host = folder
    server = Server(host, stage, flood)
    port = str(server.port)
    query = {"host": "127.0.0.1", "port": port, "user": "root", "host_key_policy": "accept-new", "timeout": "%ds" % SECONDS}
    query.update(private_key=os.path.join(folder, "key"), known_hosts=os.path.join(folder, "known_hosts." + port))
    ended = hostile_engine.run(os.path.join(bins, "fetch-tokens"), query, SECONDS)
    server.close()
    record_property("note", "%d KiB" % ended[4])
    wrongs = list(problems(ended, stage))
    if wrongs:
        pytest.fail("; ".join(wrongs) + "\n" + ended[2], pytrace=False)
