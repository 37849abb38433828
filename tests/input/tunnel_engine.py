"""A Docker Engine of one manager on a unix socket, which passes bytes in every way that
the API has: bodies both ways, streams without end, hijacked connections with half-close.
"""
import hashlib
import json
import os
import socket
import threading

BLOCK = bytes(range(256)) * 4096  # 1 MiB

INFO = {
    "Name": "dev-manager-1",
    "ServerVersion": "20.10.24",
    "Swarm": {
        "NodeID": "24ifsmvkjbyhk1111111aaaaa",
        "NodeAddr": "10.0.1.11",
        "LocalNodeState": "active",
        "ControlAvailable": True,
        "Cluster": {"ID": "abwib5jszlj4k7n9mrb8ugdr2"},
        "RemoteManagers": [],
    },
}


class Engine:
    """Serves in threads of its own until close(); `name` tells one from another."""

    def __init__(self, path, name="dev-manager-1"):
        self.path = path
        self.info = dict(INFO, Name=name)
        self.open, self.lock = set(), threading.Lock()
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.bind(path)
        self.listener.listen(512)
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.open.add(client)
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def streams(self):
        """How many connections are open, the one that a link keeps among them."""
        with self.lock:
            return len(self.open)

    def end_idle(self):
        """Ends every connection."""
        with self.lock:
            for client in self.open:
                client.shutdown(socket.SHUT_RDWR)

    def close(self):
        with self.lock:
            clients = list(self.open)
        for one in [self.listener, *clients]:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
        self.listener.close()
        os.unlink(self.path)

    def serve(self, client):
        try:
            with client.makefile("rb") as file:
                while self.one(client, file):
                    pass
        except (OSError, ValueError):
            pass
        with self.lock:
            self.open.discard(client)
        client.close()

    def one(self, client, file):
        words = file.readline().split()
        if len(words) < 2:
            return False
        length = 0
        while (line := file.readline()).strip():
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        path = words[1].decode().split("?")[0]
        if path.startswith("/v1."):
            path = path[path.index("/", 1) :]
        what, _, rest = path[1:].partition("/")
        return getattr(self, "on_" + what.strip("_"))(client, file, length, rest)

    def reply(self, client, body):
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        return True

    def on_ping(self, client, *_):
        return self.reply(client, b"OK")

    def on_info(self, client, *_):
        return self.reply(client, json.dumps(self.info).encode())

    def on_down(self, client, _file, _length, rest):
        """So many MiB."""
        client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (int(rest) << 20))
        for _ in range(int(rest)):
            client.sendall(BLOCK)
        return True

    def on_up(self, client, file, length, _):
        """The MD5 of what came."""
        digest = hashlib.md5()
        while length and (data := file.read1(min(length, 1 << 18))):
            digest.update(data)
            length -= len(data)
        return self.reply(client, digest.hexdigest().encode())

    def on_take(self, client, file, length, _):
        """Only takes it."""
        while length and (data := file.read1(min(length, 1 << 20))):
            length -= len(data)
        return self.reply(client, b"")

    def on_echo(self, client, file, *_):
        """A hijacked connection: says "end" once the other side has ended."""
        client.sendall(b"HTTP/1.1 101 UPGRADED\r\n\r\n")
        while data := file.read1(1 << 16):
            client.sendall(data)
        client.sendall(b"end")
        return False

    def on_early(self, client, file, *_):
        """Ends its side first, and then counts what still comes."""
        client.sendall(b"HTTP/1.1 101 UPGRADED\r\n\r\nthat was all")
        client.shutdown(socket.SHUT_WR)
        self.late = sum(len(data) for data in iter(lambda: file.read1(1 << 16), b""))
        return False

    def on_endless(self, client, *_):
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            client.sendall(BLOCK)

    def on_lines(self, client, *_):
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            client.sendall(b"a line of a log\n")

    def on_deaf(self, client, *_):
        """Reads nothing, and answers nothing."""
        threading.Event().wait()

    def on_silent(self, client, file, *_):
        """Answers, and then says nothing more."""
        client.sendall(b"HTTP/1.1 200 OK\r\n\r\nbegin")
        file.read()
        return False

    def on_wait(self, _client, file, *_):
        """Answers nothing at all."""
        file.read()
        return False
