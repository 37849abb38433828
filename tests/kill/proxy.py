"""proxy - stands between sshd and dockerd of every host, and sees every request.

It counts the steps of what runs and calls for the fault at the chosen one:
before the request is passed on, while it is under way, or once dockerd has
done it and nobody has heard of it. It can also cut a reply in half.
"""
import json
import os
import re
import select
import socket
import threading
import time

from hosts import SOCKET, Down
from wanted import LEASE, MARKER

OF_A_ROLL = re.compile(r"terraform-swarm-helpers\.(rolling|becoming-manager|before-roll|handing-over)\b")
PHASES = ("before", "during", "after")


def change_of(labels):
    """What is written on the swarm: the join lease, or the teardown marker; "unmark" when
    one of them is taken off; during a roll all that it has there."""
    of_roll = {found.group(1) for found in map(OF_A_ROLL.match, labels) if found}
    if "rolling" in of_roll:
        return " roll " + "+".join(sorted(of_roll))
    for label, step in ((LEASE, " lease"), (MARKER, " marker")):
        if label in labels:
            return step
    return " unmark"


def step_of(method, path, body):
    """What a request is, without what differs from swarm to swarm."""
    path = re.sub(r"^/v[0-9.]+", "", path)
    path = re.sub(r"/nodes/[0-9a-z]{25}", "/nodes/ID", path)
    path = re.sub(r"init-swarm-claim-[0-9a-f]{32}", "CLAIM", path)
    path = re.sub(r"/containers/[0-9a-f]{64}", "/containers/ID", path)
    path, _, query = path.partition("?")
    step = "%s %s" % (method, path)
    if "force=" in query:
        step += " force" if "force=true" in query else ""
    if path == "/nodes/ID/update":
        spec = json.loads(body)
        step += " %s %s" % (spec["Role"], spec["Availability"])
    if path == "/swarm/update":
        step += change_of(json.loads(body).get("Labels") or {})
    return step


class Request:
    """The requests in what a client sends, as they become complete."""

    def __init__(self):
        self.data = b""

    def feed(self, data):
        self.data += data
        while b"\r\n\r\n" in self.data:
            head, rest = self.data.split(b"\r\n\r\n", 1)
            found = re.search(rb"(?im)^content-length: *(\d+)", head)
            length = int(found.group(1)) if found else 0
            if len(rest) < length:
                return
            whole = head + b"\r\n\r\n" + rest[:length]
            self.data = rest[length:]
            method, path = head.split(b" ", 2)[:2]
            yield whole, step_of(method.decode(), path.decode(), rest[:length])


class Link:
    """One connection of a client to the dockerd of a host."""

    def __init__(self, proxy, host, client):
        self.proxy, self.host, self.client = proxy, host, client
        self.requests = Request()
        self.shot = None       # what is due once the reply comes
        self.swallow = False   # nothing is passed on any more
        self.server = socket.socket(socket.AF_UNIX)

    def serve(self):
        try:
            self.server.connect(self.host.path("/run/docker.sock"))
            while self.turn():
                pass
        except (OSError, Down):
            pass
        finally:
            self.client.close()
            self.server.close()

    def turn(self):
        ready = select.select([self.client, self.server], [], [])[0]
        for side in ready:
            data = side.recv(65536)
            if not data:
                return False
            if side is self.client and not self.from_client(data):
                return False
            if side is self.server and not self.from_server(data):
                return False
        return True

    def from_client(self, data):
        if self.swallow:
            return True
        for whole, step in self.requests.feed(data):
            shot = self.proxy.shot_for(self.client, self.host, step)
            if shot and shot.phase == "before":
                shot.fire(self.host)
                self.swallow = True
                return shot.silent
            if shot and shot.phase == "after":
                self.shot = shot
            if " /prepare/" not in step:
                self.server.sendall(whole)
            elif not self.from_server(b"HTTP/1.1 204 No Content\r\n\r\n"):
                return False
            if shot and shot.phase == "during":
                shot.fire(self.host)
        return True

    def from_server(self, data):
        if self.swallow:
            return True
        if self.shot:
            part = self.shot.part_of(data)
            self.client.sendall(part)
            self.shot.fire(self.host)
            self.swallow = True
            return self.shot.silent
        self.client.sendall(data)
        return True


class Proxy:
    """A listener on every host whose dockerd runs, for what now runs (a Run)."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.run = None
        self.listeners = {}  # host: (process 1, socket)
        self.lock = threading.Lock()
        threading.Thread(target=self.watch, daemon=True).start()

    def shot_for(self, client, host, step):
        run = self.run
        return run.request(client, host, step) if run else None

    # ---- listeners come and go with dockerd, as its own socket does ----

    def watch(self):
        while True:
            for host in self.hosts.list:
                self.look_after(host)
            time.sleep(0.05)

    def look_after(self, host):
        with self.lock:
            try:
                pid, alive = host.pid(), self.listens(host)
            except Down:
                pid, alive = None, False
            held = self.listeners.get(host)
            if held and (not alive or held[0] != pid):
                self.drop(host)
                held = None
            if alive and not held:
                self.hold(host, pid)

    @staticmethod
    def listens(host):
        probe = socket.socket(socket.AF_UNIX)
        try:
            probe.connect(host.path("/run/docker.sock"))
            return True
        except (OSError, Down):
            return False
        finally:
            probe.close()

    def hold(self, host, pid):
        path = "/proc/%d/root%s" % (pid, SOCKET)
        try:
            host.begin_ends()
            if os.path.lexists(path):
                os.unlink(path)
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(path)
            listener.listen(64)
        except (OSError, Down):
            return
        self.listeners[host] = (pid, listener)
        threading.Thread(target=self.accept, args=(host, listener), daemon=True).start()

    def drop(self, host):
        pid, listener = self.listeners.pop(host)
        try:
            os.unlink("/proc/%d/root%s" % (pid, SOCKET))
        except OSError:
            pass
        # wakes the thread that accepts
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()

    def drop_now(self, host):
        """Before dockerd is killed, so that nobody finds a socket without it."""
        with self.lock:
            if host in self.listeners:
                self.drop(host)

    def accept(self, host, listener):
        while True:
            try:
                client = listener.accept()[0]
            except OSError:
                return
            threading.Thread(target=Link(self, host, client).serve, daemon=True).start()

    def ready(self):
        """Whether every host's dockerd is reached through the proxy. A listener alone may be
        one that was made again just before dockerd was killed."""
        with self.lock:
            return all(self.listeners.get(h, (0,))[0] == pid_of(h) and self.listens(h) for h in self.hosts.are_on())


def pid_of(host):
    try:
        return host.pid()
    except Down:
        return None
