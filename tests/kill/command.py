"""command - one run of an executable in a swarm's life, and what it is for."""
import json
import os

from faults import ON_ONE
from hosts import SOCKET
from run import SshWatch

# What may be said with 1 while the fault lasts, since a person has to look: who has not
# seen Docker run before cannot know whether it ever will, and a quorum may not come back.
LEGITIMATE = ("Docker is not installed", "Docker is not running", "bring a manager back")


class Wanted:
    """What the swarm should be: the role of each member, and what goes for all."""

    def __init__(self, hosts):
        self.hosts = hosts
        self.roles = {}   # host: "manager" or "worker"
        self.labels = {}  # host: {label: value}
        self.availability = {}  # host: "active", "drain"
        self.teardown = False  # whether the swarm has the teardown marker
        self.prepared = None  # a host
        self.service = False
        self.removed_dead = set()  # hosts that a leave has taken for dead

    def managers(self):
        return [h for h in self.hosts if self.roles.get(h) == "manager"]

    def all_are(self, availability, teardown):
        self.availability = {h: availability for h in self.roles}
        self.teardown = teardown


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
        self.ends = (0,)  # exit codes, the first of a run without a fault
        self.before = lambda: None      # what happens to the hosts first
        self.after = lambda code: None  # and once it has been done
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
