"""roll - a swarm of three managers and a worker that is rolled, by roll-swarm or by Terraform.

A step is what a roll asks of Docker, named by what it changes, or how far its script is.
"""
import json
import os
import signal

from command import Command, Wanted
from faults import FAULTS
from hosts import SOCKET, Down, wait
from proxy import OF_A_ROLL
from terraform import PROGRAM, Terraform, Tree

WORKER, MANAGER = "worker", "manager"
# What every roll does to a worker that asks for its drain, in this order,
STEPS_OF_A_NODE = (
    "swarm +rolling", "script asks", "swarm +before-roll", "node drain", "script begin",
    "script restarted", "script end", "node active", "swarm -before-roll", "swarm -rolling")
# what else to a manager that leads,
STEPS_OF_A_LEADER = (
    "swarm +becoming-manager", "swarm +handing-over", "node worker", "node manager", "swarm -handing-over",
    "swarm -becoming-manager")
# and what it reads.
READS = ("ssh", "GET /info", "GET /swarm", "GET /nodes", "GET /nodes/ID", "GET /services", "GET /tasks", "GET /events")

# The engine is restarted, as for another version; /etc/rolled is what the node has. Where the host is
# the one of this round its work has to go first, and is to be gone then. prepare-node, by which
# Terraform runs the same script on a new machine, says nothing of a drain. The proxy comes back a
# moment after the engine.
SCRIPT = """#!/bin/sh
set -eu
WANTED=${WANTED:-$DOCKER_DAEMON_JSON}
tell() {
    [ -n "$asks" ] || return 0
    for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        ! curl -s -m 2 --unix-socket %s "http://docker/prepare/$1" || return 0
        sleep 0.1
    done
}
[ "$(cat /etc/rolled 2>&1)" != "$WANTED" ] || exit 0
asks=
[ ! -e /etc/roll-asks ] || asks=${NODE_DRAINED-}
[ "$asks" != no ] || { tell asks; exit 75; }
if [ -n "$asks" ]; then
    [ -z "$(docker ps -q)" ] || : >/etc/rolled-over-work
    tell begin
    service docker restart
    tell restarted
fi
printf %%s "$WANTED" >/etc/rolled.new
mv /etc/rolled.new /etc/rolled
tell end
""" % SOCKET


# ---- faults ----

def leader(hosts):
    """The host that leads, by the word of whoever answers; None during an election."""
    for host in hosts.are_on():
        try:
            status, nodes = host.api("GET", "/nodes")
        except Down:
            continue
        for node in nodes if status == 200 else ():
            if (node.get("ManagerStatus") or {}).get("Leader"):
                return next(h for h in hosts.list if h.name == node["Description"]["Hostname"])
    return None


def terraform(world, run, host):
    os.kill(run.process.pid, signal.SIGKILL)


FAULTS["terraform"] = (terraform, False)


# ---- steps ----

class Steps:
    """Names requests by what they change; one and the same write can be two steps."""

    def __init__(self, role):
        self.labels, self.node = set(), (role, "active")

    def name(self, request):
        if " /prepare/" in request:
            return "script " + request.rpartition("/")[2]
        if request.startswith("POST /swarm/update"):
            before, self.labels = self.labels, set(request.partition(" roll ")[2].split("+")) - {""}
            changes = ["+" + k for k in sorted(self.labels - before)] + ["-" + k for k in sorted(before - self.labels)]
            return "swarm " + (" ".join(changes) or "renewed")
        if request.startswith("POST /nodes/ID/update"):
            before, self.node = self.node, tuple(request.split()[-2:])
            return "node " + " ".join(now for now, was in zip(self.node, before) if now != was)
        return request


# ---- commands ----

class Roll(Command):
    """A roll of all nodes by roll-swarm; the one of the round is drained."""

    def __init__(self, rolls, role):
        super().__init__(rolls.hosts, "roll-swarm", None, lambda: None, name="roll of a " + role)
        self.rolls, self.role = rolls, role
        self.before, self.target = self.begin, None

    def begin(self):
        self.target = self.rolls.next_version(self.role)
        self.steps = Steps(self.role)

    def argv(self, patience):
        first, *others = [h.address for h in self.rolls.wanted.managers()]
        return [
            os.path.join(self.hosts.bin, "roll-swarm"), "--host", first, "--managers", ",".join(others),
            "--nodes", ",".join(h.address for h in self.rolls.wanted.roles), "--private-key", self.hosts.key,
            "--host-key-policy", "accept-new", "--known-hosts", os.path.join(self.hosts.work, "known_hosts"),
            "--docker-socket", SOCKET, "--script", self.rolls.script,
            "--environment", json.dumps({"WANTED": self.rolls.version}),
            "--node-timeout", "80s", "--drain-timeout", "40s", "--timeout", "150s"]

    def claims(self, run):
        """While the fault lasts it may be refused: a node is Down, tasks are gone with it."""
        return ["it ended with %d" % run.code] if run.code == 2 else []

    def step(self, client, host, request):
        return self.steps.name(request), 0

    def ssh_step(self, host):
        return "ssh"


class TerraformRoll(Terraform):
    """The same by an apply of terraform/hosts; where the script is in its tree."""

    def __init__(self, rolls, role):
        super().__init__(rolls.tree, "terraform roll of a " + role, None, lambda: None)
        self.rolls, self.role = rolls, role
        self.before, self.target, self.anytime = self.begin, None, None

    begin = Roll.begin
    claims = Roll.claims

    def argv(self, patience):
        hosts = {h.name: {"address": h.address, "role": r, "availability": "active"}
                 for h, r in self.rolls.wanted.roles.items()}
        self.tree.write(hosts, docker={"labels": {"roll": self.rolls.version}},
                        prepare=True, rolling={"timeout": "80s"}, drain_timeout="40s")
        return [PROGRAM, "apply", "-auto-approve", "-input=false", "-no-color"]

    def step(self, client, host, request):
        if " /prepare/" in request:
            return self.steps.name(request), 0
        step, pid = super().step(client, host, request)
        _, roll, request = (step or "").partition("terraform, roll-swarm: ")
        return (self.steps.name(request), pid) if roll else (None, 0)


# ---- the swarm ----

class Rolls:
    """The swarm that is rolled, and what is wanted of it."""

    def __init__(self, hosts):
        self.hosts, self.wanted, self.version, self.target = hosts, None, "0", None
        self.script = os.path.join(hosts.work, "roll.sh")
        self.tree = None
        with open(self.script, "w", encoding="ascii") as f:
            f.write(SCRIPT)

    def plant(self):
        """The modules in a tree of their own, with the script in place of the real one."""
        if self.tree:
            self.tree.forget()
            return
        self.tree = Tree(self.hosts)
        with open(os.path.join(self.hosts.work, "tree/scripts/install-docker.sh"), "w", encoding="ascii") as f:
            f.write(SCRIPT)

    def fresh(self):
        """The swarm, made by Docker alone."""
        self.hosts.reset()
        first, *others = self.hosts.list
        first.api("POST", "/swarm/init", {"AdvertiseAddr": first.address, "ListenAddr": "0.0.0.0:2377"})
        tokens = first.get("/swarm")["JoinTokens"]
        for host in others:
            role = "Worker" if host is self.hosts.list[-1] else "Manager"
            wait(lambda h=host, r=role: h.api("POST", "/swarm/join", {
                "RemoteAddrs": [first.address + ":2377"], "JoinToken": tokens[r], "AdvertiseAddr": h.address,
                "ListenAddr": "0.0.0.0:2377"})[0] in (200, 503), 30, host.name + " did not join")
        self.is_wanted()

    def is_wanted(self):
        w = self.wanted = Wanted(self.hosts.list)
        w.roles = {h: WORKER if h is self.hosts.list[-1] else MANAGER for h in self.hosts.list}
        w.labels = {h: {} for h in w.roles}
        w.service = True
        w.all_are("active", False)
        for host in self.hosts.list:
            host.run("rm -f /etc/roll-asks /etc/rolled-over-work")

    def next_version(self, role):
        """Every host lacks it; the leader, or the worker, asks for its drain on the way there."""
        self.version = str(int(self.version) + 1)
        if self.target:
            self.target.run("rm -f /etc/roll-asks")
        wait(lambda: leader(self.hosts), 30, "nobody leads")
        self.target = self.hosts.list[-1] if role == WORKER else leader(self.hosts)
        self.target.run("touch /etc/roll-asks")
        return self.target

    def problems(self):
        """What is not as a roll has to leave it."""
        bad = []
        for host in self.hosts.list:
            with open(host.path("/etc/rolled"), encoding="ascii") as f:
                has = f.read()
            if has not in (self.version, json.dumps({"labels": ["roll=" + self.version]}, separators=(",", ":"))):
                bad.append("%s has %s, not %s" % (host.name, has, self.version))
            if os.path.exists(host.path("/etc/rolled-over-work")):
                bad.append(host.name + ": its engine was restarted under its work")
        labels = self.wanted.managers()[0].get("/swarm")["Spec"].get("Labels") or {}
        return bad + ["the swarm has %s still" % label for label in labels if OF_A_ROLL.match(label)]
