"""hosts - the lab's hosts as the harness sees them: from outside, without SSH.

Processes of a host are processes of this machine, and its files are below
/proc/<its process 1>/root, so that its dockerd is asked through its own socket
and never through anything that is under test.
"""
import http.client
import json
import os
import shutil
import socket
import subprocess
import threading
import time

ROOT = os.path.realpath(os.path.join(os.path.dirname(__file__), "..", ".."))
LAB = os.path.join(ROOT, "scripts", "lab")
SOCKET = "/run/tsh-kill.sock"  # the proxy's, which the executables are told of
ENDS = "/run/tsh-kill"         # where tasks write down how they end
IMAGE = "lab/busybox"


def lab(*args, **more):
    """Runs scripts/lab; its output is shown only when it fails."""
    done = subprocess.run([LAB, *args], stdin=subprocess.DEVNULL, timeout=180,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)
    if done.returncode:
        raise RuntimeError("lab %s: %s" % (" ".join(args), done.stdout.decode()))


class Down(Exception):
    """The host, or its dockerd, does not answer."""


class UnixConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("docker", timeout=30)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Host:
    def __init__(self, cluster, number, address):
        self.cluster, self.number, self.address = cluster, number, address
        self.name = "%s-%d" % (cluster, number)
        self.folder = os.path.join(os.environ["LAB_STATE"], cluster, "hosts", self.name)
        self.exempt = set()  # containers whose end a power loss or crash has cut
        self.off = False     # on purpose, until somebody switches it on again
        self.switch = threading.Lock()  # held while its power goes off or on

    def pid(self):
        """Its process 1, as a process of this machine."""
        try:
            with open(os.path.join(self.folder, "keeper"), encoding="ascii") as f:
                keeper = f.read().strip()
            with open("/proc/%s/task/%s/children" % (keeper, keeper), encoding="ascii") as f:
                return int(f.read().split()[0])
        except (OSError, IndexError, ValueError):
            raise Down(self.name) from None

    def path(self, path):
        return "/proc/%d/root%s" % (self.pid(), path)

    def up(self, key):
        lab("up", self.cluster, self.name, self.address + "/24", "--authorized-keys", key)
        lab("image", self.cluster, self.name, IMAGE)

    def run(self, command):
        """A shell command in the host, within a few milliseconds."""
        subprocess.run(["nsenter", "--target", str(self.pid()), "--mount", "--pid", "--root",
                        "--", "/bin/sh", "-c", command], check=True, timeout=60, stdin=subprocess.DEVNULL)

    def power_off(self):
        with self.switch:
            lab("kill", self.cluster, self.name)

    def power_on(self):
        with self.switch:
            lab("boot", self.cluster, self.name)

    # ---- its engine ----

    def api(self, method, path, body=None):
        """(status, reply) of its engine; raises Down when that does not answer."""
        try:
            c = UnixConnection(self.path("/run/docker.sock"))
            c.request(method, "/v1.41" + path, body and json.dumps(body),
                      {"Content-Type": "application/json"})
            r = c.getresponse()
            text = r.read()
            c.close()
            return r.status, json.loads(text) if text.strip() else None
        except (OSError, http.client.HTTPException, ValueError) as e:
            raise Down("%s: %s" % (self.name, e)) from None

    def get(self, path):
        status, reply = self.api("GET", path)
        if status != 200:
            raise Down("%s: GET %s: %s" % (self.name, path, reply))
        return reply

    def swarm(self):
        return self.get("/info")["Swarm"]

    def ssh_listens(self):
        try:
            socket.create_connection((self.address, 22), 1).close()
            return True
        except OSError:
            return False

    def answers(self):
        try:
            self.get("/version")
            return True
        except Down:
            return False

    # ---- how its tasks end ----

    def begin_ends(self):
        os.makedirs(self.path(ENDS), mode=0o777, exist_ok=True)

    def ends(self):
        """Short IDs of the tasks' containers that have (begun, ended by themselves)."""
        try:
            names = os.listdir(self.path(ENDS))
        except (Down, OSError):
            return set(), set()
        return ({n[:-6] for n in names if n.endswith(".begun")},
                {n[:-6] for n in names if n.endswith(".ended")})

    def killed_tasks(self):
        """Containers that are gone without having ended by themselves."""
        running = {c["Id"][:12] for c in self.get("/containers/json")}
        begun, ended = self.ends()
        return begun - ended - running - self.exempt

    def exempt_all(self):
        self.exempt |= self.ends()[0]

    def exempt_before_engine(self):
        """What had begun before the present dockerd did: an engine that died has left it, and the
        next one ends it. On a busy machine a task writes down that it has begun after that death."""
        try:
            engine = os.stat(self.path("/run/tsh/docker.pid")).st_mtime
            begun = [f for f in os.scandir(self.path(ENDS)) if f.name.endswith(".begun")]
            self.exempt |= {f.name[:-6] for f in begun if f.stat().st_mtime < engine}
        except (Down, OSError):
            pass

    def forget_ends(self):
        """For a new swarm: what has ended before does not count any more."""
        self.exempt.clear()
        shutil.rmtree(self.path(ENDS), ignore_errors=True)
        self.begin_ends()


class Hosts:
    """All of them, their network, and the folder of the test."""

    def __init__(self, cluster, subnet, count, work):
        self.cluster, self.subnet, self.work = cluster, subnet, work
        # A copy, since the checkout may be built anew meanwhile.
        self.bin = shutil.copytree(os.environ.get("BIN", os.path.join(ROOT, "bin")),
                                   os.path.join(os.path.dirname(work), "bin"))
        self.key = os.path.join(work, "key")
        self.list = [Host(cluster, n, "%s.1%d" % (subnet, n)) for n in range(1, count + 1)]

    def up(self):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", self.key], check=True)
        lab("network-up", self.cluster, self.subnet + ".0/24")
        threads = [threading.Thread(target=h.up, args=(self.key + ".pub",)) for h in self.list]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for h in self.list:
            h.begin_ends()

    def are_on(self):
        return [h for h in self.list if not h.off]

    def on_again(self, host):
        if host.off:
            host.power_on()
            host.off = False
        wait(host.answers, 60, host.name + " does not answer")

    def reset(self):
        """No host is in a swarm. An engine that hangs in what went wrong begins again, so
        that the next life is none the worse for it."""
        for h in self.list:
            self.on_again(h)
            if h.api("POST", "/swarm/leave?force=true")[0] == 500:
                h.power_off()
                h.off = True
                self.on_again(h)
                h.api("POST", "/swarm/leave?force=true")
            h.forget_ends()


def wait(condition, seconds, what):
    """Until the condition holds; there is no event for what is waited for so."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError("%s within %d s" % (what, seconds))
        time.sleep(0.05)
