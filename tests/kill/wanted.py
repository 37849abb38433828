"""wanted - whether everything is as it should be, as dockerd tells it."""
import os
import re
import time

from hosts import Down

MARKER = "terraform-swarm-helpers.going"
LEASE = "terraform-swarm-helpers.becoming-manager"
SETTLE = 45  # seconds for what a swarm mends by itself, such as a node that is back


def _entry(node):
    """Of a node as a manager lists it: (hostname, role, availability, state, reachable)."""
    manager = node.get("ManagerStatus") or {}
    return (node["Description"].get("Hostname"), node["Spec"]["Role"], node["Spec"]["Availability"],
            node["Status"]["State"], manager.get("Reachability"))


def _own_view(wanted, host, info):
    """What a host says of itself."""
    state, role = info["LocalNodeState"], wanted.roles.get(host)
    if role is None:
        # One that had no power while the swarm gave it up and removed it has not heard of it.
        fine = ("inactive", "pending", "error") if host in wanted.removed_dead else ("inactive",)
        return [] if state in fine else ["%s: in no swarm was wanted, it is %s" % (host.name, state)]
    if state != "active":
        return ["%s: %s was wanted, it is %s %s" % (host.name, role, state, info.get("Error", ""))]
    if info["ControlAvailable"] != (role == "manager"):
        return ["%s: %s was wanted, ControlAvailable is %s" % (host.name, role, info["ControlAvailable"])]
    return []


def _listed(wanted, manager, ids):
    """What a manager's list says, against what is wanted."""
    nodes = manager.get("/nodes")
    bad = []
    for host, role in wanted.roles.items():
        own = [n for n in nodes if n["Description"].get("Hostname") == host.name]
        if len(own) != 1 or own[0]["ID"] != ids[host]:
            bad.append("%s lists %s as %s, its own ID is %s" % (
                manager.name, host.name, [n["ID"] for n in own], ids[host]))
            continue
        bad += _as_wanted(wanted, host, role, own[0])
    known = set(ids.values())
    stale = [_entry(n) for n in nodes if n["ID"] not in known]
    if stale:
        bad.append("%s lists nodes that nobody wanted: %s" % (manager.name, stale))
    return bad


def _as_wanted(wanted, host, role, node):
    name, is_role, availability, state, reachable = _entry(node)
    bad = []
    if (is_role, state) != (role, "ready") or reachable != ("reachable" if role == "manager" else None):
        bad.append("%s: ready %s was wanted, it is %s" % (name, role, _entry(node)))
    if wanted.availability[host] != availability:
        bad.append("%s: %s was wanted, it is %s" % (name, wanted.availability[host], availability))
    if host in wanted.labels and node["Spec"].get("Labels", {}) != wanted.labels[host]:
        bad.append("%s: labels are %s" % (name, node["Spec"].get("Labels")))
    return bad


def _writes(manager):
    """A write to the raft: there is a quorum."""
    name = "probe-%d" % time.monotonic_ns()
    status, reply = manager.api("POST", "/configs/create", {"Name": name, "Data": "eA=="})
    if status != 201:
        return ["%s: no config can be made: %s" % (manager.name, reply)]
    status, reply = manager.api("DELETE", "/configs/" + reply["ID"])
    return [] if status == 204 else ["%s: the config cannot be removed: %s" % (manager.name, reply)]


def _swarm(wanted, infos):
    """The swarm as a whole, as each of its managers tells it."""
    managers = wanted.managers()
    ids = {h: infos[h]["NodeID"] for h in wanted.roles}
    clusters = {infos[h]["Cluster"]["ID"] for h in managers}
    if len(clusters) > 1:
        return ["there are %d swarms: %s" % (len(clusters), clusters)]
    bad = []
    for manager in managers:
        bad += _listed(wanted, manager, ids)
    if managers:
        bad += _writes(managers[0])
        labels = managers[0].get("/swarm")["Spec"].get("Labels", {})
        marked = MARKER in labels
        if wanted.teardown != marked:
            bad.append("the swarm has %s teardown marker" % ("a" if marked else "no"))
        if LEASE in labels:
            bad.append("%s has the join lease still" % labels[LEASE])
    bad += ["%s: the trace of init-swarm is left" % m.name for m in managers if m.get("/volumes")["Volumes"]]
    return bad


def _others(wanted):
    bad = []
    for host in wanted.hosts:
        killed = host.killed_tasks()
        if killed:
            bad.append("%s: tasks were killed: %s" % (host.name, sorted(killed)))
    if wanted.prepared:
        with open(wanted.prepared.path("/etc/prepared"), encoding="ascii") as f:
            if f.read() != "one\ntwo\n":
                bad.append("%s: prepared by halves" % wanted.prepared.name)
    return bad


def _look(wanted):
    try:
        infos = {h: h.swarm() for h in wanted.hosts}
        bad = sum((_own_view(wanted, h, infos[h]) for h in wanted.hosts), [])
        return (bad or _swarm(wanted, infos)) + _others(wanted)
    except (Down, KeyError, OSError) as e:
        return ["cannot be asked: %r" % e]


def hear_removed_dead(wanted, command, said):
    """Takes note of the hosts that a leave says it removed as dead, until they are wanted again."""
    wanted.removed_dead -= wanted.roles.keys()
    if '"outcome":"removed-dead"' not in said:
        return
    names = re.findall(r'leave\["([^"]+)"\] \(local-exec\): {"outcome":"removed-dead"}', said)
    names += [command.host.name] if command.host else []
    wanted.removed_dead |= {h for h in wanted.hosts if h.name in names}


def problems(wanted):
    """What is not as wanted, once it has had time to settle; empty when all is."""
    end = time.monotonic() + SETTLE
    while True:
        bad = _look(wanted)
        if not bad or time.monotonic() > end:
            return bad
        time.sleep(0.1)


class Secrets:
    """The tokens of every swarm that there was, and where they must not be."""

    def __init__(self):
        self.known = set()

    def learn(self, wanted):
        for manager in wanted.managers():
            try:
                self.known |= set(manager.get("/swarm")["JoinTokens"].values())
            except (Down, KeyError):
                pass

    def leaks(self, what, text):
        """A token is known by its last part, the secret itself."""
        return ["%s holds a join token" % what for token in self.known if token.split("-")[-1] in text]

    def in_files(self, folder):
        found = []
        for base, _, names in os.walk(folder):
            for name in names:
                path = os.path.join(base, name)
                if os.path.isfile(path):
                    with open(path, encoding="utf-8", errors="replace") as f:
                        found += self.leaks(path, f.read())
        return found
