"""A Docker Engine that plays a manager of a swarm of any size, on a unix socket.

Its objects are copies of what a real engine has answered, with names and IDs of their own.
As the real one does, it returns everything where no filter was sent, or one that it does not
know. The node that leaves is one of its managers and has a few tasks that stop some time
after it was drained; everything else stays as it is.
"""

import copy
import http.server
import json
import os
import re
import socketserver
import threading
import time
import urllib.parse

MANAGERS = 3
TASKS = 10  # of the node that leaves
STOP_AFTER = 1.0  # seconds from its drain until its first task stops
STOP_EVERY = 0.02  # from one task to the next


def identity(kind, number):
    """25 letters and digits, as swarmkit makes them."""
    return f"{kind}{number:024d}"


def node_of(template, number):
    node = copy.deepcopy(template)
    node["ID"] = identity("n", number)
    node["Description"]["Hostname"] = f"node-{number}"
    node["Status"] = {"State": "ready", "Addr": f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"}
    node["Spec"].update(Role="manager" if number < MANAGERS else "worker", Availability="active")
    node.pop("ManagerStatus", None)
    if number < MANAGERS:
        node["ManagerStatus"] = {"Leader": number == 1, "Reachability": "reachable",
                                 "Addr": node["Status"]["Addr"] + ":2377"}
    return node


def task_of(template, number, nodes):
    task = copy.deepcopy(template)
    task["ID"] = identity("t", number)
    task["NodeID"] = identity("n", 0 if number < TASKS else 1 + number % (nodes - 1))
    return task


class Swarm:
    """What the engine knows, and the leaving node's tasks stopping."""

    def __init__(self, templates, nodes, tasks, events=True):
        self.info = copy.deepcopy(templates["info"])
        self.swarm = templates["swarm"]
        self.nodes = {node["ID"]: node for node in (node_of(templates["node"], i) for i in range(nodes))}
        self.tasks = [task_of(templates["task"], i, nodes) for i in range(tasks)]
        self.own = identity("n", 0)
        self.info["Swarm"].update(NodeID=self.own, LocalNodeState="active", ControlAvailable=True)
        self.info["Name"] = "node-0"
        self.elsewhere = [json.dumps(task).encode() for task in self.tasks[TASKS:]]
        self.events = events
        self.changed = threading.Condition()
        self.died = 0
        self.sent = 0  # bytes of bodies

    def drain(self):
        threading.Thread(target=self._stop_tasks, daemon=True).start()

    def _stop_tasks(self):
        time.sleep(STOP_AFTER)
        for i in range(TASKS):
            time.sleep(STOP_EVERY)
            with self.changed:
                self.tasks[i]["Status"]["State"] = "complete"
                self.died += 1
                self.changed.notify_all()

    def list_nodes(self, filters):
        found = list(self.nodes.values())
        if "role" in filters:
            found = [n for n in found if n["Spec"]["Role"] in filters["role"]]
        if "name" in filters:
            found = [n for n in found if n["Description"]["Hostname"].startswith(tuple(filters["name"]))]
        if "id" in filters:
            found = [n for n in found if n["ID"].startswith(tuple(filters["id"]))]
        return json.dumps(found).encode()

    def list_tasks(self, filters):
        wanted = filters.get("node")
        own = [json.dumps(t).encode() for t in self.tasks[:TASKS] if not wanted or t["NodeID"] in wanted]
        if not wanted:
            own += self.elsewhere
        return b"[" + b",".join(own) + b"]"

    def update(self, node, spec):
        before = node["Spec"]
        node["Spec"] = spec
        node["Version"]["Index"] += 1
        if node["ID"] != self.own:
            return
        if spec["Availability"] == "drain" and before["Availability"] != "drain":
            self.drain()
        if spec["Role"] == "worker":
            node.pop("ManagerStatus", None)
            self.info["Swarm"]["ControlAvailable"] = False


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def address_string(self):
        return "local"

    def answer(self, body=b"", status=200):
        self.server.swarm.sent += len(body)
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        # The caller may have gone with the header.
        if body:
            self.wfile.write(body)

    def asked(self):
        url = urllib.parse.urlsplit(self.path)
        filters = json.loads(urllib.parse.parse_qs(url.query).get("filters", ["{}"])[0])
        return re.sub(r"^/v1\.\d+", "", url.path), filters

    def node(self, path):
        return self.server.swarm.nodes.get(path.split("/")[2])

    def do_GET(self):
        swarm = self.server.swarm
        path, filters = self.asked()
        plain = {
            "/_ping": lambda: b"OK",
            "/info": lambda: json.dumps(swarm.info).encode(),
            "/swarm": lambda: json.dumps(swarm.swarm).encode(),
            "/nodes": lambda: swarm.list_nodes(filters),
            "/tasks": lambda: swarm.list_tasks(filters),
            "/containers/json": lambda: b"[]",
        }
        if path == "/events":
            self.stream()
        elif path in plain:
            self.answer(plain[path]())
        elif path.startswith("/nodes/") and self.node(path):
            self.answer(json.dumps(self.node(path)).encode())
        else:
            self.answer(b'{"message":"not found"}', 404)

    def stream(self):
        """One line for each task that dies, until the caller hangs up."""
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        swarm, told = self.server.swarm, 0
        self.close_connection = True
        while True:
            with swarm.changed:
                swarm.changed.wait_for(lambda: swarm.died > told)
                told += 1
            line = b'{"Type":"container","Action":"die","status":"die"}\n' if swarm.events else b""
            try:
                if line:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(line), line))
            except OSError:
                return

    def do_POST(self):
        swarm = self.server.swarm
        path, _ = self.asked()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if path.startswith("/nodes/") and path.endswith("/update"):
            swarm.update(self.node(path), json.loads(body))
        elif path == "/swarm/leave":
            swarm.info["Swarm"]["LocalNodeState"] = "inactive"
        self.answer()


class Server(socketserver.ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path, swarm):
        self.swarm = swarm
        self.path = path
        super().__init__(path, Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def end(self):
        self.shutdown()
        self.server_close()
        os.unlink(self.path)
