"""life - the commands of a swarm's life, each once the one before has been done."""
import json
import os

from command import Command, Wanted
from hosts import SOCKET, wait

LABELS = {"zone": "a"}
UNFINISHED = "init-swarm-unfinished"  # the trace that init-swarm lays


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
        self.drained = None  # the managers that there were when the whole swarm began to go
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
        """A join that finds the mark of drain-swarm and puts back what that has drained."""
        w = self.wanted
        command = self.join(host, w.roles[host], w.labels[host], name, alone)
        command.change = lambda: w.all_are("active", False)
        return command

    def query(self, executable, host, name=None):
        """`host` may be no manager: then the others are asked."""
        managers = [h for h in self.wanted.managers() if h is not host]
        options = ["--managers", listed(managers)] if name else []
        return self._command(executable, host, lambda: None, *options, name=name)

    def leave(self, host, name, alone=False):
        w = self.wanted
        others = [h for h in (self.drained or w.managers()) if h is not host and not alone]
        options = ["--managers", listed(others)] if others else []
        return self._command("drain-and-remove", host, lambda: w.roles.pop(host), "--advertise-addr", host.address,
                             "--drain-timeout", "60s", *options, name="drain-and-remove " + name)

    def drain(self, host, name="drain-swarm", patience="60s"):
        """`host` may be no manager: then the others are asked."""
        w = self.wanted
        managers = w.managers()

        def change():
            w.all_are("drain", True)
            self.drained = managers
        return self._command("drain-swarm", host, change, "--drain-timeout", patience, "--managers",
                             listed(h for h in managers if h is not host), name=name)

    def drain_in_vain(self, host, name):
        """Its tasks take longer than it waits, so that it takes back what it has done; not
        so a second run, when the first was cut off and they have stopped since."""
        command = self.drain(host, name, "500ms")
        command.ends = (3, 0)
        command.change = lambda: None

        def after(code):
            self.wanted.all_are("active" if code else "drain", not code)
        command.after = after
        return command

    # ---- what happens to hosts behind the back of all ----

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

        def given_up():
            status, nodes = other.api("GET", "/nodes")
            return status == 200 and all(n["Status"]["State"] == "down" for n in nodes
                                         if n["Description"].get("Hostname") == host.name)
        wait(given_up, 60, "%s was not given up" % host.name)

    def find(self, host):
        """It comes back as a machine of its own."""
        self.hosts.on_again(host)
        self.wipe(host)

    def bury(self, host):
        """What its own leave would do: a swarm that goes keeps the entry of a dead worker,
        and a dead manager is one once it was demoted."""
        self.find(host)
        self.remove(host)

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
        yield from self.vain(a, c)
        yield self.leave(d, "worker")
        yield from self.move(d)
        yield self.join(c, "worker", LABELS, name="join-node demote")
        yield from self.manager_again(d, a, b)
        yield from self.seldom(c, d, a, b)
        first = self.rng.choice([a, b])
        yield self.leave(first, "manager")
        rest = self.rng.sample([h for h in (a, b, d) if h is not first], 2)
        yield from self.drains(*rest, c)
        yield from self.dead_manager(first, rest[0], c)
        yield self.drain(rest[0])
        yield self.leave(rest[0], "going")
        if self.rng.random() < 0.5:
            yield self.leave(rest[1], "going last")
            yield self.leave(c, "left behind")
        else:
            yield self.leave(c, "going worker")
            yield self.leave(rest[1], "going last")

    def birth(self, a, b, c, d):
        yield self.prepare(b)
        yield self.init(a, [b, c])
        while self.wants("init-swarm anew"):
            init = self.init(a, [b, c], "init-swarm anew")
            init.before = lambda: a.api("POST", "/volumes/create", {"Name": UNFINISHED})
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

    def vain(self, a, c):
        """c is a manager still, so that whom it asks is its own business."""
        name = "drain-swarm in vain"
        yield self.drain_in_vain(a, name)
        while self.wanted.going or self.wants(name, name + " elsewhere"):
            if self.wanted.going:
                yield self.back(c, "join-node back")
            if self.wants(name + " elsewhere"):
                yield self.drain_in_vain(self.order[3], name + " elsewhere")
            elif self.wants(name):
                yield self.drain_in_vain(a, name)

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

    def drains(self, manager, other, worker):
        while True:
            yield self.drain(manager)
            yield self.back(worker, "join-node back")
            if self.wants("drain-swarm elsewhere", "join-node back, alone"):
                yield self.drain(worker, "drain-swarm elsewhere")
                yield self.back(other, "join-node back, alone", alone=True)
            if not self.wants("drain-swarm", "join-node back", "drain-swarm elsewhere", "join-node back, alone"):
                return

    def dead_manager(self, dead, manager, worker):
        for host, name in (manager, "drain-swarm, one dead"), (worker, "drain-swarm elsewhere, one dead"):
            if self.wants(name):
                yield self.join(dead, "manager", name="join-node manager again")
                drain = self.drain(host, name)
                change = drain.change

                def gone(change=change):
                    self.wanted.roles.pop(dead)
                    change()
                drain.change = gone
                drain.before, drain.after = lambda: self.lose(dead), lambda code: self.bury(dead)
                yield drain
                yield self.back(worker, "join-node back")
