"""The lab of the bench: hosts with a real sshd and dockerd, and their engines' APIs."""

import http.client
import json
import os
import socket
import subprocess
import time
import urllib.parse

CLUSTER = "bch"
SUBNET = "10.212.7"


class Connection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("docker", timeout=60)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Engine:
    """A host's Docker Engine, asked directly, without SSH."""

    def __init__(self, path):
        self.path = path

    def call(self, method, path, body=None, **query):
        text = urllib.parse.urlencode({k: json.dumps(v) if isinstance(v, dict) else v for k, v in query.items()})
        connection = Connection(self.path)
        try:
            connection.request(method, f"/v1.41{path}?{text}", json.dumps(body) if body else None,
                               {"Content-Type": "application/json"})
            reply = connection.getresponse()
            data = reply.read()
        finally:
            connection.close()
        if reply.status >= 300:
            raise RuntimeError(f"{method} {path}: {reply.status} {data.decode()}")
        return json.loads(data) if data.strip() else None

    def events(self, **query):
        """Lines of GET /events, decoded, until the caller stops or the engine does."""
        connection = Connection(self.path)
        connection.timeout = None
        connection.request("GET", "/v1.41/events?" + urllib.parse.urlencode({"filters": json.dumps(query)}))
        reply = connection.getresponse()
        while line := reply.readline():
            yield json.loads(line)


class Lab:
    def __init__(self, root, work):
        self.script = os.path.join(root, "scripts", "lab")
        self.work = work
        self.key = os.path.join(work, "key")
        self.known_hosts = os.path.join(work, "known_hosts")
        self.env = dict(os.environ, LAB_STATE=os.path.join(work, "state"))

    def call(self, *arguments, **more):
        return subprocess.run([self.script, *arguments], env=self.env, check=True, capture_output=True, **more).stdout

    def name(self, n):
        return f"{CLUSTER}-{n}"

    def address(self, n):
        return f"{SUBNET}.{10 + n}"

    def begin(self):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        self.call("network-up", CLUSTER, f"{SUBNET}.0/24")

    def up(self, numbers):
        """Powers hosts on, a few at a time."""
        left = list(numbers)
        while left:
            batch, left = left[:4], left[4:]
            starting = [subprocess.Popen(
                [self.script, "up", CLUSTER, self.name(n), f"{self.address(n)}/24", "--authorized-keys",
                 self.key + ".pub"], env=self.env, stdout=subprocess.DEVNULL) for n in batch]
            for n, process in zip(batch, starting):
                if process.wait():
                    raise RuntimeError(f"host {self.name(n)} did not come up")
            for n in batch:
                self.remember(n)

    def remember(self, n):
        """Puts the host's key where everybody who is measured looks for it."""
        key = self.call("exec", CLUSTER, self.name(n), "--", "cat", "/etc/ssh/ssh_host_ed25519_key.pub")
        with open(self.known_hosts, "a", encoding="ascii") as out:
            out.write(f"{self.address(n)} {key.decode()}")

    def down(self, numbers):
        for n in numbers:
            self.call("down", CLUSTER, self.name(n))

    def end(self):
        self.call("purge")

    def image(self, n):
        self.call("image", CLUSTER, self.name(n))

    def engine(self, n):
        keeper = os.path.join(self.work, "state", CLUSTER, "hosts", self.name(n), "keeper")
        with open(keeper, encoding="ascii") as pid:
            children = subprocess.run(["pgrep", "-P", pid.read().split()[0]], check=True, capture_output=True).stdout
        return Engine(f"/proc/{int(children.split()[0])}/root/run/docker.sock")

    # ---- command lines ----

    def ssh(self, n, *command, port=22, address=None, options=()):
        return ["ssh", "-F", "none", "-i", self.key, "-o", "BatchMode=yes", "-o", f"UserKnownHostsFile={self.known_hosts}",
                "-p", str(port), *options, f"root@{address or self.address(n)}", *command]

    def login(self, n, port=22, address=None):
        """The options that every helper takes."""
        return ["--host", address or self.address(n), "--port", str(port), "--private-key", self.key,
                "--known-hosts", self.known_hosts]

    # ---- the swarm ----

    def swarm(self, manager, workers=()):
        """Makes one, without the helpers."""
        self.engine(manager).call("POST", "/swarm/init", {
            "ListenAddr": "0.0.0.0:2377", "AdvertiseAddr": self.address(manager)})
        for n in workers:
            self.join(manager, n)

    def token(self, manager, role="Worker"):
        return self.engine(manager).call("GET", "/swarm")["JoinTokens"][role]

    def join(self, manager, n):
        """dockerd's own join; seconds it took."""
        engine, token = self.engine(n), self.token(manager)
        start = time.monotonic()
        engine.call("POST", "/swarm/join", {
            "ListenAddr": "0.0.0.0:2377", "AdvertiseAddr": self.address(n),
            "RemoteAddrs": [f"{self.address(manager)}:2377"], "JoinToken": token})
        return time.monotonic() - start

    def leave(self, n):
        """dockerd's own leave; seconds it took."""
        engine = self.engine(n)
        start = time.monotonic()
        engine.call("POST", "/swarm/leave", force="true")
        return time.monotonic() - start

    def node(self, manager, n):
        """The node's entry, or None."""
        for node in self.engine(manager).call("GET", "/nodes"):
            if node["Description"].get("Hostname") == self.name(n):
                return node
        return None

    def forget(self, manager, n):
        node = self.node(manager, n)
        if node:
            self.engine(manager).call("DELETE", f"/nodes/{node['ID']}", force="true")

    @staticmethod
    def until(seconds, true, step=0.05):
        end = time.monotonic() + seconds
        while not true():
            if time.monotonic() > end:
                raise RuntimeError("the lab did not come to the state that was waited for")
            time.sleep(step)
