"""A Docker Engine of one manager on a unix socket, which tells the truth or lies.

Engine(path) serves in threads of its own until close(). A lie is a function of
engine, connection and path that answers in place of the truth; lies.py and calls.py use it. Only what the executables ask is there.
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


class State:
    """The swarm behind one engine."""

    def __init__(self):
        self.lock = threading.Lock()
        self.version = 10
        self.swarm = {"Name": "default", "Labels": {}}
        self.node = {"Labels": {"zone": "a"}, "Role": "manager", "Availability": "active"}

    def info(self):
        return {
            "Name": "dev-manager-1",
            "ServerVersion": "20.10.24",
            "Swarm": {
                "NodeID": NODE,
                "NodeAddr": "10.0.1.11",
                "LocalNodeState": "active",
                "ControlAvailable": True,
                "Error": "",
                "RemoteManagers": [{"NodeID": NODE, "Addr": "10.0.1.11:2377"}],
                "Cluster": {"ID": CLUSTER},
            },
        }

    def spoken_swarm(self):
        return {"ID": CLUSTER, "Version": {"Index": self.version}, "Spec": self.swarm, "JoinTokens": TOKENS}

    def spoken_node(self):
        return {
            "ID": NODE,
            "Version": {"Index": self.version},
            "Spec": self.node,
            "Description": {"Hostname": "dev-manager-1"},
            "Status": {"State": "ready", "Addr": "10.0.1.11"},
            "ManagerStatus": {"Leader": True, "Reachability": "reachable", "Addr": "10.0.1.11:2377"},
        }

    def answer(self, method, path, body):
        """Status and body; NotImplemented for the stream of events."""
        with self.lock:
            if method == "POST":
                return self.change(path, body)
            known = {
                "/info": self.info,
                "/swarm": self.spoken_swarm,
                "/nodes": lambda: [self.spoken_node()],
                "/nodes/" + NODE: self.spoken_node,
                "/tasks": lambda: [],
                "/containers/json": lambda: [],
                "/_ping": lambda: "OK",
            }
            if path in known:
                return 200, known[path]()
            return 404, {"message": "no such thing: " + path}

    def change(self, path, body):
        if path == "/swarm/update":
            self.swarm = json.loads(body)
        elif path == "/nodes/%s/update" % NODE:
            self.node = json.loads(body)
        elif path != "/swarm/leave":
            return 404, {"message": "no such thing: " + path}
        self.version += 1
        return 200, None


def head(status=200, *lines):
    return ("HTTP/1.1 %d Fake\r\nApi-Version: 1.41\r\n%s\r\n" % (status, "".join(x + "\r\n" for x in lines))).encode()


def plain(body, status=200):
    return head(status, "Content-Type: application/json", "Content-Length: %d" % len(body)) + body


class Engine:
    def __init__(self, path, lies=None):
        self.state = State()
        self.lies = lies or {}  # by the path that each is an answer to
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
        if path in self.lies:
            return self.lies[path](self, connection, path)
        if path == "/events":
            connection.sendall(head(200, "Transfer-Encoding: chunked"))
            self.pause(3600)
            return False
        status, reply = self.state.answer(method, path, body)
        connection.sendall(plain(b"" if reply is None else json.dumps(reply).encode(), status))
        return True

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
