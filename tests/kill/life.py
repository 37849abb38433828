"""life - the commands of a swarm's life, each once the one before has been done."""
import json
import os

from command import Command, Wanted
from hosts import SOCKET, wait
from wanted import MARKER as DRAINED

LABELS = {"zone": "a"}
UNFINISHED = "init-swarm-unfinished"  # the trace that init-swarm lays
MARK = "terraform-swarm-helpers.init-swarm"  # its label, and that of the swarm it is for


def listed(hosts):
    return ",".join(h.address for h in hosts)


class Life:
    """One life on the hosts in a random order. commands() yields each command
    when the one before has been done; its `change` sets `wanted` to what it is for.
    `wants` tells whether commands of these names are worth doing (once more)."""

    by = "the executables"

    def __init__(self, hosts, rng, wants):
        self.hosts, self.rng, self.wants = hosts, rng, wants
        self.order = rng.sample(hosts.list, 4)
        self.wanted = Wanted(hosts.list)
        self.left = None  # the managers that there were when they left by force
        self.script = os.path.join(hosts.work, "prepare.sh")

    def _command(self, executable, host, change, *options, name=None):
        return Command(self.hosts, executable, host, change, *options, name=name)

    # ---- commands ----

    def prepare(self, host):
        """The script tells the proxy how far it is, so that it has steps too. The one of a
        run that was cut off goes on, and the next run waits for it: so a proxy that has
        fallen silent for good must not keep it."""
        with open(self.script, "w", encoding="ascii") as f:
            f.write("set -eu\ntell() { curl -s -m 5 --unix-socket %s http://docker/prepare/$1 || :; }\n"
                    "tell begin\necho one >/etc/prepared.$$\ntell middle\necho two >>/etc/prepared.$$\n"
                    "mv /etc/prepared.$$ /etc/prepared\ntell end\necho prepared\n" % SOCKET)

        def change():
            self.wanted.prepared = host
        return self._command("prepare-node", host, change, "--script", self.script)

    def init(self, host, peers, name=None):
        def change():
            self.wanted.roles[host] = "manager"
            self.wanted.availability[host] = "active"
        return self._command("init-swarm", host, change, "--advertise-addr", host.address,
                             "--peers", listed(peers), name=name)

    def join(self, host, role, labels=None, name=None, alone=False, options=()):
        w = self.wanted
        managers = [h for h in self.order if w.roles.get(h) == "manager" and not alone or h is host]

        def change():
            w.roles[host] = role
            w.labels[host] = labels or {}
            w.availability[host] = "active"
        return self._command(
            "join-node", host, change, "--role", role, "--managers", listed(managers),
            "--advertise-addr", host.address, "--availability", "active",
            "--labels", json.dumps(labels or {}), *options, name=name or "join-node %s" % role)

    def back(self, host, name, alone=False):
        """A join that finds what a drain-swarm that was killed has left, and puts it back."""
        w = self.wanted
        command = self.join(host, w.roles[host], w.labels[host], name, alone)
        command.before, command.change = self.mark, lambda: w.all_are("active", False)
        return command

    def query(self, executable, host, name=None):
        """`host` may be no manager: then the others are asked."""
        managers = [h for h in self.wanted.managers() if h is not host]
        options = ["--managers", listed(managers)] if name else []
        return self._command(executable, host, lambda: None, *options, name=name)

    def leave(self, host, name, alone=False):
        w = self.wanted
        others = [h for h in (self.left or w.managers()) if h is not host and not alone]
        options = ["--managers", listed(others)] if others else []
        return self._command("drain-and-remove", host, lambda: w.roles.pop(host), "--advertise-addr", host.address,
                             "--drain-timeout", "60s", *options, name="drain-and-remove " + name)

    def drain(self, host, name="drain-swarm", patience="60s"):
        """`host` may be no manager: then the others are asked."""
        w = self.wanted
        managers = w.managers()

        return self._command("drain-swarm", host, w.roles.clear, "--drain-timeout", patience, "--managers",
                             listed(h for h in managers if h is not host), "--nodes", listed(w.roles), name=name)

    def drain_in_vain(self, host, name):
        """Its tasks take longer than it waits, so that it takes back what it has done; not
        so a second run, when the first was cut off and they have stopped since."""
        command = self.drain(host, name, "500ms")
        command.ends = (3, 0)
        command.change = lambda: None
        command.after = lambda code: self.wanted.all_are("active", False) if code else self.wanted.roles.clear()
        return command

    # ---- what happens to hosts behind the back of all ----

    def mark(self):
        """As a drain-swarm leaves the swarm that is killed while it waits for the tasks."""
        manager = self.wanted.managers()[0]
        nodes = manager.get("/nodes")
        self._label(manager, ",".join("%s=active" % n["ID"] for n in nodes))
        for n in nodes:
            self._set_drained(manager, n["ID"])
        self.wanted.all_are("drain", True)

    @staticmethod
    def _label(manager, value):
        def done():
            swarm = manager.get("/swarm")
            spec = swarm["Spec"]
            spec["Labels"] = dict(spec.get("Labels") or {}, **{DRAINED: value})
            path = "/swarm/update?version=%d" % swarm["Version"]["Index"]
            return manager.api("POST", path, spec)[0] == 200
        wait(done, 20, "the swarm could not be marked")

    @staticmethod
    def _set_drained(manager, node):
        def done():
            n = manager.get("/nodes/" + node)
            spec = dict(n["Spec"], Availability="drain")
            path = "/nodes/%s/update?version=%d" % (node, n["Version"]["Index"])
            return manager.api("POST", path, spec)[0] == 200
        wait(done, 20, "a node could not be drained")

    def abandon(self):
        """All is drained, and the managers leave by force: a worker is left behind."""
        self.mark()
        hosts = list(self.wanted.roles)
        wait(lambda: not any(h.get("/containers/json") for h in hosts), 60, "the tasks have not stopped")
        self.left = self.wanted.managers()
        for manager in self.left:
            self.wipe(manager)
            self.wanted.roles.pop(manager)
        self.wanted.all_are("drain", False)

    def wipe(self, host):
        """It has left, by force and without a word."""
        host.exempt_all()
        host.api("POST", "/swarm/leave?force=true")
        host.exempt_all()

    def own_swarm(self, host):
        host.api("POST", "/swarm/init", {"AdvertiseAddr": host.address, "ListenAddr": "0.0.0.0:2377"})

    def renew(self, host):
        """A manager that has left by force and joined again by hand has two entries."""
        other = next(h for h in self.wanted.managers() if h is not host)
        self.wipe(host)

        # An engine that is kept waiting for 20 s, as by an election, goes on joining.
        def joined():
            state = host.swarm()["LocalNodeState"]
            status, reply = other.api("GET", "/swarm")
            if status == 200 and state == "inactive":
                host.api("POST", "/swarm/join", {
                    "RemoteAddrs": [other.address + ":2377"], "JoinToken": reply["JoinTokens"]["Manager"],
                    "AdvertiseAddr": host.address, "ListenAddr": "0.0.0.0:2377"})
            elif state == "error":
                host.api("POST", "/swarm/leave?force=true")
            swarm = host.swarm()
            return swarm["LocalNodeState"] == "active" and swarm["ControlAvailable"]
        wait(joined, 60, "%s did not join again" % host.name)

    def lose(self, host):
        """Without power until the swarm has given it up, and for the whole command."""
        other = next(h for h in self.wanted.managers() if h is not host)
        host.exempt_all()
        host.power_off()
        host.off = True

        def is_down():
            status, nodes = other.api("GET", "/nodes")
            return status == 200 and all(n["Status"]["State"] == "down" for n in nodes
                                         if n["Description"].get("Hostname") == host.name)
        wait(is_down, 60, "%s was not given up" % host.name)

    def find(self, host):
        """It comes back as a machine of its own."""
        self.hosts.on_again(host)
        self.wipe(host)

    def remove(self, host):
        """The entry of a host that has left without anybody to remove it."""
        manager = self.wanted.managers()[0]

        def gone():
            for n in manager.get("/nodes"):
                if n["Description"].get("Hostname") == host.name:
                    manager.api("DELETE", "/nodes/%s?force=true" % n["ID"])
                    return False
            return True
        wait(gone, 30, "the entry of %s stays" % host.name)

    # ---- the life ----

    def commands(self):
        a, b, c, d = self.order
        yield from self.birth(a, b, c, d)
        self.wanted.service = True
        yield self.leave(d, "worker")
        yield from self.move(d)
        yield self.join(c, "worker", LABELS, name="join-node demote")
        yield from self.manager_again(d, a, b)
        yield from self.seldom(c, d, a, b)
        first = self.rng.choice([a, b])
        yield self.leave(first, "manager")
        rest = self.rng.sample([h for h in (a, b, d) if h is not first], 2)
        yield from self.backs(*rest, c)
        yield from self.vain(rest[0], c)
        if self.wanted.roles:
            yield from self.end(first, rest[0], c)

    @staticmethod
    def _lay_trace(host):
        """As where an init-swarm was cut off when the swarm was just made."""
        labels = host.get("/swarm")["Spec"]["Labels"]
        host.api("POST", "/volumes/create", {"Name": UNFINISHED, "Labels": {MARK: labels[MARK]}})

    def birth(self, a, b, c, d):
        yield self.query("fetch-host-key", a)
        yield self.prepare(b)
        yield self.init(a, [b, c])
        while self.wants("init-swarm again"):
            init = self.init(a, [b, c], "init-swarm again")
            init.before = lambda: self._lay_trace(a)
            yield init
        yield self.join(a, "manager")
        for host in b, c, d:
            yield self.join(host, "worker")
        for executable in "fetch-tokens", "describe-swarm":
            yield self.query(executable, a)
            while self.wants(executable + " elsewhere"):
                yield self.query(executable, d, executable + " elsewhere")
        yield self.join(b, "manager", name="join-node promote")
        yield self.join(c, "manager", name="join-node promote")

    def vain(self, manager, worker):
        """Until it was not in vain: then there is no swarm any more."""
        name = "drain-swarm in vain"
        yield self.drain_in_vain(manager, name)
        while self.wanted.roles and self.wants(name, name + " elsewhere"):
            elsewhere = self.wants(name + " elsewhere")
            yield self.drain_in_vain(worker if elsewhere else manager, name + " elsewhere" * elsewhere)

    def move(self, d):
        """From a swarm of its own."""
        while self.wants("join-node of another swarm"):
            join = self.join(d, "worker", name="join-node of another swarm", options=["--from-other-swarm", "leave"])
            join.before = lambda: self.own_swarm(d)
            yield join
            yield self.leave(d, "worker")

    def manager_again(self, d, a, b):
        yield self.init(d, [a, b], "init-swarm joins")
        yield self.join(d, "manager", name="join-node manager too")

    def seldom(self, c, d, a, b):
        if self.wants("join-node anew"):
            join = self.join(c, "worker", LABELS, name="join-node anew")
            join.before = lambda: self.wipe(c)
            yield join
        if self.wants("join-node anew, alone"):
            join = self.join(d, "manager", name="join-node anew, alone", alone=True)
            join.before = lambda: self.renew(d)
            yield join
        while self.wants("drain-and-remove alone"):
            leave = self.leave(d, "alone", alone=True)
            leave.after = lambda code: self.remove(d)
            yield leave
            yield from self.manager_again(d, a, b)
        if self.wants("drain-and-remove dead"):
            leave = self.leave(d, "dead")
            leave.before, leave.after = lambda: self.lose(d), lambda code: self.find(d)
            yield leave
            yield from self.manager_again(d, a, b)

    def backs(self, manager, other, worker):
        """What a killed drain-swarm leaves, put back by whoever joins next."""
        yield self.back(worker, "join-node back")
        while self.wants("join-node back", "join-node back, alone"):
            if self.wants("join-node back, alone"):
                yield self.back(other, "join-node back, alone", alone=True)
            else:
                yield self.back(worker, "join-node back")

    def end(self, first, manager, worker):
        """Of the whole swarm, in one of several ways."""
        ways = {"drain-swarm": manager, "drain-swarm elsewhere": worker,
                "drain-swarm, one dead": manager, "drain-swarm elsewhere, one dead": worker}
        left_behind = "drain-and-remove left behind"
        way = self.rng.choice([w for w in [*ways, left_behind] if self.wants(w)] or ["drain-swarm"])
        if way == left_behind:
            leave = self.leave(worker, "left behind")
            leave.before = self.abandon
            yield leave
            return
        if way.endswith("one dead"):
            yield self.join(first, "manager", name="join-node manager again")
        drain = self.drain(ways[way], way)
        if way.endswith("one dead"):
            drain.before, drain.after = lambda: self.lose(first), lambda code: self.find(first)
        yield drain
