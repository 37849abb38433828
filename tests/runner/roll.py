"""roll.py - scripts/roll over a Terraform and a swarm that are a file (roll/fake): the order, what is
refused, and how it ends and goes on. The same with real ones: tests/faults/test-machines.sh.
"""
import fcntl
import importlib.util
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FAKE = ROOT / "tests/runner/roll/fake"
M, W = "dev-manager-", "dev-worker-"


class Cluster:
    """A root in a folder, and the file that is its world."""

    def __init__(self, folder, managers=3, workers=3):
        self.folder = folder
        (folder / ".terraform").mkdir()
        (folder / "bin").mkdir()
        for name in ("terraform", "describe-swarm"):
            (folder / "bin" / name).write_bytes(FAKE.read_bytes())
            (folder / "bin" / name).chmod(0o755)
        self.path = folder / "world.json"
        self.env = dict(os.environ, WORLD=str(self.path), TF=str(folder / "bin/terraform"))
        nodes = {f"dev-{group}-{n}": {"made": "a", "finished": True, "joined": True, "availability": "active"}
                 for group, count in (("manager", managers), ("worker", workers)) for n in range(1, count + 1)}
        self.write({"wanted": "a", "counts": {"manager": managers, "worker": workers}, "nodes": nodes, "log": [], "outputs": {}})
        subprocess.run([self.env["TF"], "plan", f"-out={folder}/p"], env=self.env, check=True)
        subprocess.run([self.env["TF"], "apply", f"{folder}/p"], env=self.env, check=True)
        self.change(wanted="b", log=[])

    def read(self):
        return json.loads(self.path.read_text())

    def write(self, world):
        self.path.write_text(json.dumps(world))

    def change(self, **what):
        with open(f"{self.path}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.write(dict(self.read(), **what))

    def node(self, name, **what):
        nodes = self.read()["nodes"]
        nodes[name].update(what)
        self.change(nodes=nodes)

    def start(self, *arguments, pace=0):
        return subprocess.Popen([ROOT / "scripts/roll", self.folder, *arguments], env=dict(self.env, PACE=str(pace)),
                                stderr=subprocess.PIPE, text=True, start_new_session=True)

    def roll(self, *arguments, code=0):
        child = self.start(*arguments)
        said = child.communicate()[1]
        assert child.returncode == code, said
        return said

    def made(self):
        """Those whose machines were made, in that order."""
        return [line.split()[1] for line in self.read()["log"] if line.startswith("make ")]

    def did(self, step):
        return step in self.read()["log"]

    def current(self):
        return all(node["made"] == "b" and node["joined"] for node in self.read()["nodes"].values())


@pytest.fixture
def cluster(tmp_path):
    return Cluster(tmp_path)


@pytest.fixture
def sole(tmp_path):
    return Cluster(tmp_path, managers=1)


def until(what, limit=60):
    end = time.monotonic() + limit
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


# mutant scripts/roll.d/order.py -: key=swarm.leads => key=number
def test_order(cluster):
    cluster.change(leader=M + "2")
    said = cluster.roll()
    assert cluster.made() == [M + "1", M + "3", M + "2", W + "1", W + "2", W + "3"]
    assert "6 outdated; in this order: dev-manager-1; dev-manager-3; dev-manager-2; dev-worker-1; dev-worker-2; dev-worker-3" in said
    assert "dev-worker-3: done in" in said and "(6 of 6)" in said and "nothing is outdated; 6 replaced" in said
    assert cluster.current()
    assert not list((cluster.folder / ".terraform").glob("*.plan"))
    assert "0 replaced" in cluster.roll()


def test_workers_side_by_side(tmp_path):
    cluster = Cluster(tmp_path, workers=5)
    cluster.roll("--max-unavailable", "50%")
    plans = [line.count("fake_machine") for line in cluster.read()["log"] if line.startswith("plan fake")]
    assert plans == [1, 1, 1, 2, 2, 1]


def test_only(cluster):
    cluster.roll("--only", "dev-worker-2,dev-manager-3")
    assert cluster.made() == [M + "3", W + "2"]
    assert "0 replaced" in cluster.roll("--only", "dev-worker-2")
    assert "there is no node dev-worker-9" in cluster.roll("--only", "dev-worker-9", code=1)


def test_dry_run(cluster):
    said = cluster.roll("--dry-run")
    assert "in this order: dev-manager-2; dev-manager-3; dev-manager-1; dev-worker-1" in said
    assert "dev-worker-1: image: a, and b in new ones" in said
    assert {line.split()[0] for line in cluster.read()["log"]} == {"plan"}


def test_surge(cluster):
    said = cluster.roll("--surge", "1", "--only", W + "1," + W + "2")
    assert cluster.made() == [W + "4", W + "1", W + "2"]
    assert cluster.did("leave " + W + "4") and W + "4" not in cluster.read()["nodes"]
    assert "taking away dev-worker-4" in said


# mutant scripts/roll.d/order.py -: len(managers) == 1 => False
def test_sole_manager(sole):
    sole.roll()
    assert sole.made()[:3] == [M + "2", M + "3", M + "1"]
    assert sorted(n for n in sole.read()["nodes"] if n.startswith(M)) == [M + "1"]
    assert sole.current()


def test_sole_manager_of_a_root_without_surge(sole):
    sole.change(knows_surge=False)
    said = sole.roll(code=1)
    assert "a sole manager is replaced beside two others only; make three managers" in said
    assert not sole.made()


def test_bastion(cluster):
    """A machine that is no node goes last, and says so where it is not known."""
    order = load("order")
    nodes = {M + "1": {"role": "manager"}, W + "1": {"role": "worker"}}
    world = Seen({M + "1": "leader", W + "1": ""})
    assert order.batches(["dev-bastion", W + "1", M + "1"], nodes, world, 3) == [[M + "1"], [W + "1"], ["dev-bastion"]]


class Seen:
    def __init__(self, reach):
        self.reach = reach

    def idle(self, name):
        return name not in self.reach

    def leads(self, name):
        return self.reach.get(name) == "leader"


def load(name):
    sys.path.insert(0, str(ROOT / "scripts/roll.d"))
    spec = importlib.util.spec_from_file_location(name, ROOT / f"scripts/roll.d/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# ---- refused ----


def nothing_begun(cluster, text, *arguments):
    assert text in cluster.roll(*arguments, code=1)
    assert not cluster.made()
    assert {line.split()[0] for line in cluster.read()["log"]} <= {"plan"}


# mutant scripts/roll -: names is None => False
def test_other_changes(cluster):
    cluster.change(foreign=[{"address": "fake_rule.web", "name": "web", "change": {"actions": ["create"]}}])
    nothing_begun(cluster, "has changes of its own, 1, the first is fake_rule.web (create): apply them first")


def test_a_node_that_is_added(cluster):
    cluster.change(counts={"manager": 3, "worker": 4})
    nothing_begun(cluster, "has changes of its own, 2")


def test_a_role_that_is_changed(cluster):
    cluster.change(foreign=[{"address": f'module.swarm.module.join.terraform_data.run["{W}1"]', "name": "run", "index": W + "1",
                             "action_reason": "replace_because_cannot_update", "change": {"actions": ["delete", "create"]}}])
    nothing_begun(cluster, "has changes of its own, 1")


# mutant scripts/roll -: if others => if False
def test_a_plan_that_takes_another_one_along(cluster):
    cluster.change(drags=[{"address": f'module.swarm.terraform_data.leave["{W}1"]', "name": "leave", "index": W + "1",
                           "change": {"actions": ["delete", "create"]}}])
    nothing_begun(cluster, "nothing was begun, since the plan would take something of dev-worker-1 too")


def test_a_node_that_is_down(cluster):
    cluster.node(W + "3", state="down", made="b")
    nothing_begun(cluster, "dev-worker-3 is Down, and another node that goes could take more with it; nothing was begun")


def test_a_service_that_lacks_tasks(cluster):
    cluster.change(running=2)
    before = time.monotonic()
    nothing_begun(cluster, "service web runs 2 of 3 tasks", "--wait", "3")
    assert time.monotonic() - before > 3


def test_outputs_that_are_missing(cluster):
    world = cluster.read()
    del world["outputs"]["roll"]
    cluster.write(world)
    nothing_begun(cluster, "has no output roll")


def test_a_change_of_a_node_that_is_down(cluster):
    """It may come back, with what lies on its disk."""
    cluster.node(W + "1", state="down")
    test_a_role_that_is_changed(cluster)


def test_a_swarm_that_cannot_be_seen(cluster):
    cluster.node(W + "1", finished=False)
    cluster.change(silent=True)
    nothing_begun(cluster, "an earlier run has left dev-worker-1 half-way, and the swarm cannot be seen: no manager of the swarm answers")


def test_a_node_whose_join_was_cut_off(cluster):
    """It runs, and is not made once more for that."""
    cluster.node(W + "1", finished=False, made="b")
    cluster.roll("--only", W + "1")
    assert cluster.did("join " + W + "1") and not cluster.made()


# ---- first what has no work ----


def test_a_dead_one_goes_first(cluster):
    cluster.node(W + "2", state="down")
    cluster.change(running=1)  # its tasks have nowhere to go
    child = cluster.start()
    until(lambda: cluster.made() == [W + "2"])
    cluster.change(running=3)
    child.communicate()
    assert cluster.made() == [W + "2", M + "2", M + "3", M + "1", W + "1", W + "3"]


# ---- failures, and going on ----


# mutant scripts/roll -: c.isprintable() => True
#   fails a machine that does not come
def test_a_machine_that_does_not_come(cluster):
    cluster.change(broken=[[M + "3", "b"]], words=" \x1b[2J \x9b2J \u202eback")
    said = cluster.roll(code=1)
    assert "Error: dev-manager-3 does not come ?[2J ?2J ?back" in said
    assert "stopped at dev-manager-3: terraform apply ended with code 1" in said and "1 of 6 are done, all others as they were" in said
    assert cluster.made() == [M + "2"]
    cluster.change(broken=[])
    said = cluster.roll()
    assert "dev-manager-3: an earlier run has left it half-way" in said and "5 replaced" not in said
    assert cluster.made() == [M + "2", M + "3", M + "1", W + "1", W + "2", W + "3"]
    assert cluster.current()


def test_a_node_that_does_not_get_ready(cluster):
    cluster.change(stays_down=[M + "2"])
    said = cluster.roll("--wait", "1", code=1)
    assert "stopped after dev-manager-2: dev-manager-2 is Down after 1 s; 0 of 6 are done" in said
    assert cluster.made() == [M + "2"]


def test_services_that_do_not_come_back(cluster):
    child = cluster.start("--wait", "2", pace=0.2)
    until(lambda: cluster.did("plan " + f'fake_machine.node["{M}2"]'))
    cluster.change(running=2)
    said = child.communicate()[1]
    assert child.returncode == 1 and "service web runs 2 of 3 tasks" in said


# mutant scripts/roll.d/terraform.py -: self.count > 0 => False
def test_interrupted_once(cluster):
    child = cluster.start(pace=0.2)
    until(lambda: cluster.did("leave " + M + "2"))
    os.killpg(child.pid, signal.SIGINT)
    said = child.communicate()[1]
    assert child.returncode == 130
    assert "stopping after this batch" in said and "interrupted; 1 of 6 are done" in said
    assert cluster.made() == [M + "2"] and cluster.did("join " + M + "2")
    cluster.roll()
    assert cluster.made() == [M + "2", M + "3", M + "1", W + "1", W + "2", W + "3"]


# mutant scripts/roll.d/terraform.py -: self.child.send_signal(signal.SIGINT) => pass
def test_interrupted_twice(cluster):
    child = cluster.start(pace=1)
    until(lambda: cluster.did("leave " + M + "2"))
    os.killpg(child.pid, signal.SIGINT)
    time.sleep(0.2)
    os.killpg(child.pid, signal.SIGINT)
    before = time.monotonic()
    said = child.communicate()[1]
    assert child.returncode == 130 and time.monotonic() - before < 3
    assert "terraform is interrupted" in said and not cluster.made()
    cluster.roll()
    assert cluster.current() and len(cluster.made()) == 6


# mutant scripts/roll.d/terraform.py -: start_new_session=True, env => start_new_session=False, env
def test_killed(cluster):
    """Terraform goes on to its end, and the next run waits for that."""
    child = cluster.start(pace=0.5)
    until(lambda: cluster.did("leave " + M + "2"))
    os.killpg(child.pid, signal.SIGKILL)
    child.communicate()
    until(lambda: cluster.did("join " + M + "2"))
    cluster.roll()
    assert cluster.made() == [M + "2", M + "3", M + "1", W + "1", W + "2", W + "3"]
    assert cluster.current()


def test_another_one(cluster):
    child = cluster.start(pace=0.5)
    until(lambda: cluster.did("leave " + M + "2"))
    assert "another roll of this root runs" in cluster.roll(code=1)
    child.send_signal(signal.SIGTERM)
    child.communicate()
    assert child.returncode == 130
