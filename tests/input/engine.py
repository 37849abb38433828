"""A Docker Engine of one manager on a unix socket, which tells the truth or lies.

Engine(path) serves in threads of its own until close(). A lie is a function of
engine, connection and path that answers in place of the truth; hostile_engine.py and calls.py use it. Only what the executables ask is there.
"""
import json
import socket
import threading
import time

NODE = "24ifsmvkjbyhk1111111aaaaa"
CLUSTER = "abwib5jszlj4k7n9mrb8ugdr2"
# Made up: nothing that a swarm would take.
TOKENS = {
    "Manager": "SWMTKN-1-thetokenofthefakeengine000000000000000000000000000-managermanager",
    "Worker": "SWMTKN-1-thetokenofthefakeengine000000000000000000000000000-workerworkerwo",
}


# What POST /nodes/ID/update and the like may be about
HOST = "24ifsmvkjbyhk2222222bbbbb"
OLD = "24ifsmvkjbyhk3333333ccccc"
MEMBERS = {
    NODE: ("dev-manager-1", "10.0.1.11"),
    HOST: ("dev-worker-1", "10.0.1.12"),
    OLD: ("dev-manager-1", "10.0.1.11"),
}
TRACE = "/volumes/init-swarm-unfinished"
MARK = "terraform-swarm-helpers.init-swarm"
NO_MANAGER = {"message": "This node is not a swarm manager."}


class Swarm:
    """A swarm that several engines may be of, and its nodes by their IDs."""

    def __init__(self, **roles):
        self.lock = threading.Lock()
        self.version = 10
        self.spec = {"Name": "default", "Labels": {}}
        self.nodes = {}
        for node, role in roles.items():
            self.add(node, role)

    def add(self, node, role):
        spec = {"Labels": {"zone": "a"}, "Role": role, "Availability": "active"}
        self.nodes[node] = {"spec": spec, "state": "ready"}

    def is_manager(self, node):
        return node in self.nodes and self.nodes[node]["spec"]["Role"] == "manager"

    def event(self):
        """The latest update of a node, as a manager tells of it: a second for each version."""
        said = {"Type": "node", "Action": "update", "timeNano": self.version * 10**9}
        return json.dumps(said).encode() + b"\n"

    def spoken(self):
        return {"ID": CLUSTER, "Version": {"Index": self.version}, "Spec": self.spec, "JoinTokens": TOKENS}

    def spoken_node(self, node):
        name, addr = MEMBERS[node]
        said = {
            "ID": node,
            "Version": {"Index": self.version},
            "UpdatedAt": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.version)),
            "Spec": self.nodes[node]["spec"],
            "Description": {"Hostname": name},
            "Status": {"State": self.nodes[node]["state"], "Addr": addr},
        }
        if self.is_manager(node):
            said["ManagerStatus"] = {"Leader": node == NODE, "Reachability": "reachable", "Addr": addr + ":2377"}
        return said


class State:
    """What one engine knows: the node of a swarm that it is, or none; its swarm state may be
    in error; whether an init-swarm has left its trace there, a volume. Of other volumes it
    remembers nothing. Its clock is `ahead` by that many seconds."""

    def __init__(self, swarm=None, node=NODE, broken=False, trace=False, ahead=0):
        self.swarm = swarm or Swarm(**{NODE: "manager"})
        self.node = node
        self.broken = broken
        self.ahead = ahead
        self.trace = "0123" if trace else None
        if trace:
            self.swarm.spec["Labels"][MARK] = self.trace
        self.error = "manager stopped" if broken else ""

    def info(self):
        if not self.node:
            said = {"NodeID": "", "NodeAddr": "", "LocalNodeState": "inactive", "ControlAvailable": False, "Error": ""}
            return {"Name": "dev-new", **self.always(), "Swarm": dict(said, RemoteManagers=None)}
        name, addr = MEMBERS[self.node]
        said = {
            "NodeID": self.node,
            "NodeAddr": addr,
            "LocalNodeState": "error" if self.broken else "active",
            "ControlAvailable": self.swarm.is_manager(self.node),
            "Error": self.error,
            "RemoteManagers": [{"NodeID": NODE, "Addr": "10.0.1.11:2377"}],
        }
        if said["ControlAvailable"]:
            said["Cluster"] = {"ID": CLUSTER}
        return {"Name": name, **self.always(), "Swarm": said}

    def always(self):
        now = time.strftime("%Y-%m-%dT%H:%M:%S.25+00:00", time.gmtime(time.time() + self.ahead))
        return {"ServerVersion": "20.10.24", "SystemTime": now}

    def answer(self, method, path, body):
        """Status and body."""
        with self.swarm.lock:
            if method == "POST":
                return self.change(path, body)
            if path == "/volumes":
                return 200, {"Volumes": None, "Warnings": None}
            if path.startswith("/volumes/"):
                return self.volume(method, path)
            if method == "DELETE":
                del self.swarm.nodes[path.split("/")[2]]
                return 200, None
            known = {"/info": self.info, "/containers/json": lambda: [], "/_ping": lambda: "OK"}
            if path in known:
                return 200, known[path]()
            if not self.swarm.is_manager(self.node):
                return 503, NO_MANAGER
            return self.of_swarm(path)

    def volume(self, method, path):
        if path != TRACE or self.trace is None:
            return 404, {"message": "no such volume"}
        if method == "DELETE":
            self.trace = None
            return 204, None
        return 200, {"Name": TRACE.split("/")[2], "Labels": {MARK: self.trace}}

    def of_swarm(self, path):
        swarm = self.swarm
        if path.startswith("/nodes/") and path[7:] in swarm.nodes:
            return 200, swarm.spoken_node(path[7:])
        known = {
            "/swarm": swarm.spoken,
            "/nodes": lambda: [swarm.spoken_node(node) for node in swarm.nodes],
            "/tasks": lambda: [],
            "/services": lambda: [],
            "/secrets": lambda: [],
            "/configs": lambda: [],
        }
        if path in known:
            return 200, known[path]()
        return 404, {"message": "no such thing: " + path}

    def change(self, path, body):
        swarm = self.swarm
        said = json.loads(body) if body else {}
        if path == "/swarm/update":
            swarm.spec = said
        elif path.startswith("/nodes/") and path.endswith("/update"):
            swarm.nodes[path.split("/")[2]]["spec"] = said
        elif path == "/volumes/create":
            if TRACE.endswith("/" + said["Name"]):
                self.trace = said["Labels"][MARK]
            return 201, {"Name": said["Name"], "Labels": said["Labels"]}
        elif path == "/swarm/init":
            self.node = NODE
            swarm.add(NODE, "manager")
        elif path == "/swarm/join":
            self.node = HOST
            swarm.add(HOST, "manager" if said["JoinToken"] == TOKENS["Manager"] else "worker")
        elif path == "/swarm/leave":
            self.node, self.broken, self.error = None, False, ""
        else:
            return 404, {"message": "no such thing: " + path}
        swarm.version += 1
        return 200, None


def head(status=200, *lines):
    return ("HTTP/1.1 %d Fake\r\nApi-Version: 1.41\r\n%s\r\n" % (status, "".join(x + "\r\n" for x in lines))).encode()


def plain(body, status=200):
    return head(status, "Content-Type: application/json", "Content-Length: %d" % len(body)) + body


class Engine:
    def __init__(self, path, lies=None, state=None):
        self.state = state or State()
        self.lies = lies or {}  # by what each is an answer to: "/info", or "DELETE /nodes/ID"
        self.request = threading.local()  # what is answered: method, path, body
        self.asked = []  # "GET /info", in the order that they came
        self.ended = threading.Event()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(path)
        self.listener.listen(16)
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.ended.set()
        # shutdown wakes accept, which close would not
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            try:
                while self.one(connection):
                    pass
            except OSError:
                pass  # the other side has had enough

    def read(self, connection):
        text = b""
        while b"\r\n\r\n" not in text:
            part = connection.recv(65536)
            if not part:
                return None
            text += part
        header, body = text.split(b"\r\n\r\n", 1)
        length = 0
        for line in header.split(b"\r\n"):
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        while len(body) < length:
            body += connection.recv(65536)
        method, target, _ = header.split(b"\r\n")[0].decode().split(" ")
        path = "/" + target.split("?")[0].split("/", 2)[2]
        return method, path, body

    def one(self, connection):
        """Answers one request; false when the connection is to be closed."""
        request = self.read(connection)
        if not request:
            return False
        method, path, body = request
        self.asked.append(method + " " + path)
        self.request.now = request
        lie = self.lies.get(method + " " + path) or self.lies.get(path)
        if lie:
            return lie(self, connection, path)
        if path == "/events":
            self.tell(connection)
            return False
        status, reply = self.state.answer(method, path, body)
        connection.sendall(plain(b"" if reply is None else json.dumps(reply).encode(), status))
        return True

    def tell(self, connection):
        """Events, for as long as somebody listens."""
        connection.sendall(head(200, "Transfer-Encoding: chunked"))
        told = self.state.swarm.version
        while not self.pause(0.01):
            if self.state.swarm.version != told:
                told = self.state.swarm.version
                event = self.state.swarm.event()
                connection.sendall(b"%x\r\n%s\r\n" % (len(event), event))

    def pause(self, seconds):
        """Waits, unless the engine ends."""
        return self.ended.wait(seconds)


def main():
    """engine.py SOCKET - tells the truth until it is killed."""
    import sys

    Engine(sys.argv[1])
    print("ready", flush=True)
    while True:
        time.sleep(3600)


if __name__ == "__main__":
    main()
