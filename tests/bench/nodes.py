"""Joining, draining and leaving beside dockerd's own calls and the usual commands."""

import json
import re
import subprocess
import threading
import time

from lab import CLUSTER

ROUNDS = 8
DRAINS = 5
DEATHS = 2
MANAGER, NODE, OTHER = 1, 2, 3
TASKS = 4
STOPPED = ("complete", "shutdown", "failed", "rejected", "remove", "orphaned")


def helper(bench, lab, name, n, *options):
    return [bench.helper(name), *lab.login(n), "--name", lab.name(n), "--advertise-addr", lab.address(n),
            "--managers", lab.address(MANAGER), *options]


def bare_leave(lab, n):
    """Out of the swarm without a trace, by the API; the seconds that dockerd's leave took."""
    took = lab.leave(n)
    lab.forget(MANAGER, n)
    return took


def ready(lab, n):
    node = lab.node(MANAGER, n)
    return node and node["Status"]["State"] == "ready"


# ---- join ----

def joins(bench, lab):
    token = lab.token(MANAGER)

    def ours():
        sample = bench.run(helper(bench, lab, "join-node", NODE, "--role", "worker"))
        bare_leave(lab, NODE)
        return sample

    def commands():
        sample = bench.run(lab.ssh(NODE, "docker", "swarm", "join", "--advertise-addr", lab.address(NODE),
                                   "--token", token, f"{lab.address(MANAGER)}:2377"))
        bare_leave(lab, NODE)
        return sample

    def dockerd():
        took = lab.join(MANAGER, NODE)
        bare_leave(lab, NODE)
        return took

    def dockerd_until_ready():
        start = time.monotonic()
        lab.join(MANAGER, NODE)
        lab.until(10, lambda: ready(lab, NODE), step=0.005)
        took = time.monotonic() - start
        bare_leave(lab, NODE)
        return took

    bare_leave(lab, NODE)
    runs = {"dockerd's own join": dockerd, "the same until a manager sees it ready": dockerd_until_ready,
            "join-node": ours, "ssh host docker swarm join": commands}
    samples = bench.interleave(ROUNDS, **runs)
    own, until, join, usual = (bench.row("join", name, samples[name]) for name in runs)
    join.ratio, usual.ratio, until.ratio = (row.median / own.median for row in (join, usual, until))
    # It ends when the node is Ready, so that is what it is held against.
    bench.judge(join, "<= 1.2 times dockerd's own until ready", join.median <= 1.2 * until.median)
    lab.join(MANAGER, NODE)


# ---- leave ----

def back(lab):
    lab.join(MANAGER, NODE)
    lab.until(20, lambda: ready(lab, NODE))


def leaves(bench, lab):
    def ours():
        sample = bench.run(helper(bench, lab, "drain-and-remove", NODE))
        back(lab)
        return sample

    def commands():
        """The usual sequence; it waits for nothing."""
        name = lab.name(NODE)
        steps = [(MANAGER, "docker", "node", "update", "--availability", "drain", name),
                 (NODE, "docker", "swarm", "leave"), (MANAGER, "docker", "node", "rm", "--force", name)]
        start = time.monotonic()
        for n, *step in steps:
            subprocess.run(lab.ssh(n, *step), check=True, capture_output=True)
        took = time.monotonic() - start
        back(lab)
        return took

    def dockerd():
        took = bare_leave(lab, NODE)
        back(lab)
        return took

    runs = {"dockerd's own leave": dockerd, "drain-and-remove": ours, "drain, leave, rm over ssh": commands}
    samples = bench.interleave(ROUNDS, **runs)
    own, ours_row, _ = (bench.row("an idle worker leaves", name, samples[name]) for name in runs)
    bench.judge(ours_row, "<= dockerd's own + 0.7 s", ours_row.median <= own.median + 0.7)


# ---- drain ----

class Watch:
    """When the node's containers die, by its engine's word, and when the manager knows it."""

    def __init__(self, lab):
        self.died = None
        self.known = None
        self.node = lab.node(MANAGER, NODE)["ID"]
        self.lab = lab
        threading.Thread(target=self.containers, daemon=True).start()
        threading.Thread(target=self.tasks, daemon=True).start()

    def containers(self):
        left = TASKS
        for event in self.lab.engine(NODE).events(type=["container"], event=["die"]):
            self.died = event["timeNano"] / 1e9
            left -= 1
            if not left:
                return

    def tasks(self):
        manager = self.lab.engine(MANAGER)
        while self.known is None:
            tasks = manager.call("GET", "/tasks", filters={"node": [self.node]})
            if all(task["Status"]["State"] in STOPPED for task in tasks):
                self.known = time.time()
            time.sleep(0.01)


def work_on(lab):
    """Tasks on the node that need two seconds to stop."""
    manager = lab.engine(MANAGER)
    manager.call("POST", "/services/create", {
        "Name": "work", "Mode": {"Replicated": {"Replicas": TASKS}},
        "TaskTemplate": {
            "Placement": {"Constraints": [f"node.hostname=={lab.name(NODE)}"]},
            "ContainerSpec": {"Image": "lab/busybox", "StopGracePeriod": 20_000_000_000, "Command": [
                "sh", "-c", "trap 'sleep 2; exit 0' TERM; while :; do sleep 0.1; done"]}}})
    lab.until(30, lambda: sum(
        task["Status"]["State"] == "running" for task in manager.call("GET", "/tasks")) == TASKS)


def wait_ends(bench, lab):
    """Drains the node once; seconds from the death of its last container, and from the moment
    that the manager knew, until the helper goes on."""
    work_on(lab)
    watch = Watch(lab)
    process = subprocess.Popen(helper(bench, lab, "drain-and-remove", NODE), stderr=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    ended = None
    for line in process.stderr:
        if re.search(b"leaving the swarm", line):
            ended = time.time()
    if process.wait() or ended is None or watch.died is None or watch.known is None:
        raise RuntimeError("the drain did not go as it should")
    lab.engine(MANAGER).call("DELETE", "/services/work")
    back(lab)
    return ended - watch.died, ended - watch.known


def drains(bench, lab):
    for n in (NODE, OTHER):
        lab.image(n)
    delays = [wait_ends(bench, lab) for _ in range(DRAINS)]
    died = bench.row("end of the drain wait", "after the last container died", [d for d, _ in delays])
    known = bench.row("end of the drain wait", "after the manager knew", [k for _, k in delays])
    bench.judge(died, "<= 0.6 s", died.p95 <= 0.6)
    bench.judge(known, "<= 0.2 s", known.p95 <= 0.2)


# ---- a dead node ----

def watch_down(lab, node, seen):
    """Leaves in `seen` when the manager's own event says that the node is Down."""
    for event in lab.engine(MANAGER).events(type=["node"], event=["update"]):
        actor = event["Actor"]
        if actor["ID"] == node and actor["Attributes"].get("state.new") == "down":
            seen.append(event["timeNano"] / 1e9)
            return


def removal_of_dead(bench, lab):
    """Seconds from the moment that the manager sees the node Down to the helper's end."""
    seen = []
    watcher = threading.Thread(target=watch_down, args=(lab, lab.node(MANAGER, NODE)["ID"], seen), daemon=True)
    watcher.start()
    lab.call("kill", CLUSTER, lab.name(NODE))
    sample, said = bench.finish(bench.start(helper(bench, lab, "drain-and-remove", NODE, "--timeout", "90s")))
    ended = time.time()
    watcher.join(5)
    if sample.code or not seen or json.loads(sample.out)["outcome"] != "removed-dead":
        raise RuntimeError(said.decode())
    lab.call("boot", CLUSTER, lab.name(NODE))
    lab.leave(NODE)
    back(lab)
    return ended - seen[0]


def nodes(bench, lab, _work):
    joins(bench, lab)
    leaves(bench, lab)
    drains(bench, lab)
    dead = bench.row("a dead worker", "drain-and-remove, after the manager sees it Down",
                     [removal_of_dead(bench, lab) for _ in range(DEATHS)])
    bench.judge(dead, "<= 1 s", dead.p95 <= 1)
