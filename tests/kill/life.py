"""life - the commands of a swarm's life, and what has to be true after each."""
import json
import os

from faults import ON_ONE
from hosts import SOCKET
from run import SshWatch

LABELS = {"zone": "a"}
# What may be said with 1 while the fault lasts, since a person has to look: who has not
# seen Docker run before cannot know whether it ever will, and a quorum may not come back.
LEGITIMATE = ("Docker is not installed", "Docker is not running", "bring a manager back")


class Wanted:
    """What the swarm should be: the role of each member, and what goes for all."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.roles = {}   # host: "manager" or "worker"
        self.labels = {}  # host: {label: value}
        self.availability = {}  # host: "active", "drain", None where it does not matter
        self.going = False      # None where it does not matter
        self.prepared = None  # a host
        self.service = False

    def managers(self):
        return [h for h in self.hosts if self.roles.get(h) == "manager"]


class Command:
    """A run of one executable for one host."""

    most = 170  # seconds until it counts as hung
    faults = ON_ONE
    anytime = None
    run = None

    def __init__(self, hosts, executable, host, change, *options, name=None):
        self.hosts, self.executable, self.host = hosts, executable, host
        self.options, self.change = options, change
        self.name = name or executable
        self.again = True  # whether it is run again after a fault
        self.like = self.name.removesuffix(" in vain")  # whose steps it has
        self.popen = {"env": {"PATH": os.environ["PATH"], "HOME": hosts.work,
                              "TMPDIR": os.path.join(hosts.work, "tmp")}}

    def argv(self, patience):
        argv = [os.path.join(self.hosts.bin, self.executable), "--host", self.host.address, "--name", self.host.name,
                "--private-key", self.hosts.key, "--host-key-policy", "accept-new",
                "--known-hosts", os.path.join(self.hosts.work, "known_hosts"),
                "--docker-socket", SOCKET, *self.options]
        return argv + ["--timeout", "%ds" % (patience or self.most - 50)]

    def claims(self, run):
        """What is wrong with what it says of itself."""
        if run.code == 1 and any(text in run.said for text in LEGITIMATE):
            return []
        if run.code in (1, 2) and run.shot:
            return ["after a fault it ended with %d, as if trying again would not help" % run.code]
        if run.code != 0:
            return []
        try:
            result = json.loads(run.said.splitlines()[-1])
        except (ValueError, IndexError):
            return ["it ended with 0 and without a result"]
        state = result.get("state", "ready")
        return [] if state == "ready" else ["it ended with 0 and the node is " + state]

    # ---- its steps, as the proxy sees them ----

    def step(self, client, host, request):
        """The name of a request as a step, and the process whose it is (0: the only one)."""
        if " /prepare/" in request:
            return "%s: %s" % (self.executable, request), 0
        return "%s: %s %s" % (self.executable, "host" if host is self.host else "manager", request), 0

    def ssh_step(self, host):
        return "%s: %s ssh" % (self.executable, "host" if host is self.host else "manager")

    @staticmethod
    def watch(run, shot, rng):
        SshWatch(run, shot, rng)


def listed(hosts):
    return ",".join(h.address for h in hosts)


class Life:
    """One life on the hosts in a random order. commands() yields each command
    when the one before has been done, and sets `wanted` to what it is for."""

    by = "the executables"

    def __init__(self, hosts, rng):
        self.hosts, self.rng = hosts, rng
        self.order = rng.sample(hosts.list, 4)
        self.wanted = Wanted(hosts.list)
        self.drained = None  # the managers that there were when the whole swarm began to go
        self.script = os.path.join(hosts.work, "prepare.sh")

    def _command(self, executable, host, change, *options, name=None):
        return Command(self.hosts, executable, host, change, *options, name=name)

    def join(self, host, role, labels=None, name=None):
        w = self.wanted
        managers = [h for h in self.order if w.roles.get(h) == "manager" or h is host]

        def change():
            w.roles[host] = role
            w.labels[host] = labels or {}
            w.availability[host] = "active"
            w.going = False
        return self._command(
            "join-node", host, change, "--role", role, "--managers", listed(managers),
            "--advertise-addr", host.address, "--availability", "active",
            "--labels", json.dumps(labels or {}), name=name or "join-node %s" % role)

    def init(self, host, peers):
        def change():
            self.wanted.roles[host] = "manager"
            self.wanted.availability[host] = "active"
        return self._command("init-swarm", host, change, "--advertise-addr", host.address,
                             "--peers", listed(peers))

    def leave(self, host, name):
        w = self.wanted
        others = [h for h in (self.drained or w.managers()) if h is not host]

        def change():
            w.roles.pop(host)
        options = ["--managers", listed(others)] if others else []
        return self._command("drain-and-remove", host, change, "--advertise-addr", host.address,
                             "--drain-timeout", "60s", *options, name="drain-and-remove " + name)

    def drain(self, host, name, again=True):
        w = self.wanted
        managers = w.managers()

        def change():
            w.going = True if again else None
            w.availability = {h: "drain" if again else None for h in w.roles}
            self.drained = managers if again else None
        command = self._command("drain-swarm", host, change, "--drain-timeout", "60s", "--managers",
                                listed(h for h in managers if h is not host), name=name)
        command.again = again
        return command

    def prepare(self, host):
        """The script tells the proxy how far it is, so that it has steps too. It may run
        beside the one of a run that was cut off: nobody stops that one."""
        with open(self.script, "w", encoding="ascii") as f:
            f.write("set -eu\ntell() { curl -s --unix-socket %s http://docker/prepare/$1 || :; }\n"
                    "tell begin\necho one >/etc/prepared.$$\ntell middle\necho two >>/etc/prepared.$$\n"
                    "mv /etc/prepared.$$ /etc/prepared\ntell end\necho prepared\n" % SOCKET)

        def change():
            self.wanted.prepared = host
        return self._command("prepare-node", host, change, "--script", self.script)

    def query(self, executable, host):
        return self._command(executable, host, lambda: None)

    def commands(self):
        a, b, c, d = self.order
        yield self.prepare(b)
        yield self.init(a, [b, c])
        yield self.join(a, "manager")
        yield self.join(b, "worker")
        yield self.join(c, "worker")
        yield self.join(d, "worker")
        yield self.query("fetch-tokens", a)
        yield self.query("describe-swarm", a)
        yield self.join(b, "manager", name="join-node promote")
        yield self.join(c, "manager", name="join-node promote")
        self.wanted.service = True
        yield self.leave(d, "worker")
        yield self.join(c, "worker", LABELS, name="join-node demote")
        yield self.init(d, [a, b])
        yield self.join(d, "manager")
        first = self.rng.choice([a, b])
        yield self.leave(first, "manager")
        rest = self.rng.sample([h for h in (a, b, d) if h is not first], 2)
        yield self.drain(rest[0], "drain-swarm in vain", again=False)
        for host in rest + [c]:
            yield self.join(host, self.wanted.roles[host], self.wanted.labels[host],
                            name="join-node again")
        yield self.drain(rest[0], "drain-swarm")
        for host in [rest[0]] + self.rng.sample([rest[1], c], 2):
            yield self.leave(host, "going")
