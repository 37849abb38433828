"""Where docker-tunnel is tried: a folder with a key, real servers of the loopback with an engine
each, and a tunnel that serves. tunnel.py and the bench use it.
"""
import contextlib
import json
import os
import signal
import socket
import subprocess
import tempfile
import time

import tunnel_engine
from sshd import no_penalties

HANGS = 30  # seconds after which one is killed that is still there


class Server:
    """A real sshd with a host key of its own, and an engine behind it."""

    def __init__(self, folder, name, options=""):
        self.folder = os.path.join(folder, name)
        os.mkdir(self.folder)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path("host_key")], check=True)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with open(self.path("config"), "w", encoding="ascii") as config:
            config.write(
                "Port %d\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s/key.pub\nStrictModes no\n"
                "PidFile none\nUsePAM no\nPermitRootLogin yes\nMaxStartups 100\n%s%s\n"
                % (self.port, self.path("host_key"), folder, no_penalties(), options)
            )
        os.makedirs("/run/sshd", exist_ok=True)  # where sshd locks its children in
        self.engine = tunnel_engine.Engine(self.path("docker.sock"), name)
        self.start()

    def start(self):
        with open(self.path("log"), "wb") as log:
            self.child = subprocess.Popen(["/usr/sbin/sshd", "-D", "-e", "-f", self.path("config")], stderr=log)
        until("sshd listens", lambda: b"listening" in self.log())

    def path(self, name):
        return os.path.join(self.folder, name)

    def log(self):
        with open(self.path("log"), "rb") as log:
            return log.read()

    def known(self):
        with open(self.path("host_key.pub"), encoding="ascii") as key:
            return "[127.0.0.1]:%d %s\n" % (self.port, " ".join(key.read().split()[:2]))

    def processes(self):
        """Of its connections, whose own sshd each has as child."""
        said = subprocess.run(["pgrep", "-P", str(self.child.pid)], stdout=subprocess.PIPE, check=False).stdout.split()
        below = subprocess.run(
            ["pgrep", "-P", ",".join(one.decode() for one in said) or "0"], stdout=subprocess.PIPE, check=False
        ).stdout.split()
        return [int(pid) for pid in said + below]

    def signal(self, number):
        for pid in [self.child.pid, *self.processes()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def stop(self):
        connections = self.processes()
        self.child.kill()
        self.child.wait()
        for pid in connections:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def entry(self):
        return "127.0.0.1:%d%s" % (self.port, self.engine.path)

    def close(self):
        self.signal(signal.SIGCONT)
        self.stop()
        self.engine.close()


def until(what, happens, seconds=10):
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "not in time: " + what
        time.sleep(0.02)


class Place:
    """A folder with a key and servers, and the executable."""

    def __init__(self, bins):
        self.program = os.path.join(os.path.abspath(bins), "docker-tunnel")
        self.stack = contextlib.ExitStack()
        self.folder = self.stack.enter_context(tempfile.TemporaryDirectory(prefix="tsh-tunnel-"))
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.path("key")], check=True)
        self.sockets = self.path("run")
        os.mkdir(self.sockets, 0o700)

    def path(self, name):
        return os.path.join(self.folder, name)

    def server(self, name, options=""):
        server = Server(self.folder, name, options)
        self.stack.callback(server.close)
        return server

    def words(self, *servers, options=(), through=()):
        with open(self.path("known_hosts"), "w", encoding="ascii") as known:
            known.write("".join(server.known() for server in [*servers, *through]))
        first, others = servers[0], [server.entry() for server in servers[1:]]
        return [
            self.program, "--host", "127.0.0.1", "--port", str(first.port), "--private-key", self.path("key"),
            "--known-hosts", self.path("known_hosts"), "--docker-socket", first.engine.path,
            *(["--managers", ",".join(others)] if others else []), *options,
        ]  # fmt: skip

    def environment(self, **more):
        return {
            "PATH": os.environ["PATH"], "HOME": self.folder, "XDG_RUNTIME_DIR": self.sockets,
            "DOCKER_CONFIG": self.path("docker"), **more,
        }  # fmt: skip

    def run(self, words, **how):
        how = {"stdin": subprocess.DEVNULL, **how}
        return subprocess.run(
            words, capture_output=True, text=True, timeout=HANGS, check=False, env=how.pop("env", self.environment()), **how
        )


class Tunnel:
    """One that serves, until the end of a with block."""

    def __init__(self, place, *servers, **how):
        self.place, self.words = place, place.words(*servers, **how)
        self.errors = place.path("errors-%d" % time.monotonic_ns())
        with open(self.errors, "wb") as errors:
            self.child = subprocess.Popen(
                self.words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=errors, env=place.environment(), cwd=place.folder,
            )  # fmt: skip
        self.line = self.child.stdout.readline()
        if not self.line:
            self.child.wait()
            raise AssertionError("it does not serve: " + self.said())
        self.result = json.loads(self.line)
        self.socket = self.result["docker_host"].removeprefix("unix://")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.kill()
        self.child.wait()
        self.child.stdout.close()

    def said(self):
        with open(self.errors, encoding="utf-8") as errors:
            return errors.read()

    def client(self, path, method="GET", headers=""):
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(HANGS)
        client.connect(self.socket)
        client.sendall(("%s %s HTTP/1.1\r\nHost: docker\r\n%s\r\n" % (method, path, headers)).encode())
        return client

    def ask(self, path):
        with self.client(path, headers="Connection: close\r\n") as client:
            return everything(client)

    def name(self):
        """Of the manager that answers now."""
        head, _, body = self.ask_once("/info").partition(b"\r\n\r\n")
        return json.loads(body).get("Name", "")

    def ask_once(self, path):
        """A reply with its length, after which the connection would stay."""
        with self.client(path) as client:
            data = b""
            while b"\r\n\r\n" not in data:
                more = client.recv(65536)
                assert more, "no reply: %r" % data
                data += more
            head, _, body = data.partition(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split()[0])
            while len(body) < length:
                body += client.recv(65536)
            return head + b"\r\n\r\n" + body

    def kib(self):
        with open("/proc/%d/status" % self.child.pid, encoding="ascii") as status:
            return int(status.read().split("VmRSS:")[1].split()[0])

    def cpu(self):
        """Seconds."""
        with open("/proc/%d/stat" % self.child.pid, encoding="ascii") as status:
            words = status.read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def end(self, number=signal.SIGTERM):
        self.child.send_signal(number)
        return self.child.wait(HANGS)


def everything(client):
    return b"".join(iter(lambda: client.recv(1 << 16), b""))
