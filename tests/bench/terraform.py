"""terraform/hosts with the helpers: many joins in one apply, a whole destroy, an idle plan."""

import json
import os
import re
import shutil
import subprocess
import time

WORKERS = 20
PLANNED = 50
GRACE = 10  # seconds that a task needs to stop


class Workspace:
    """A copy of terraform/hosts with what it uses, and one cluster's file."""

    def __init__(self, bench, work, helpers=None):
        self.terraform = os.environ.get("TF", "terraform")
        self.folder = os.path.join(work, "terraform", "hosts")
        self.helpers = helpers or os.path.abspath(bench.bin)
        ignore = shutil.ignore_patterns(".terraform*", "*.tfstate*", ".swarm")
        for name in ("modules", "terraform/hosts"):
            shutil.copytree(os.path.join(bench.root, name), os.path.join(work, name), ignore=ignore)
        os.makedirs(os.path.join(work, "scripts"))
        shutil.copy(os.path.join(bench.root, "scripts", "install-docker.sh"), os.path.join(work, "scripts"))
        providers = os.path.join(bench.root, "scripts", "providers")
        subprocess.run([providers, "init", self.folder, self.terraform], check=True, capture_output=True)
        self.env = dict(os.environ, TF_IN_AUTOMATION="1")
        for line in subprocess.run([providers, "env"], check=True, capture_output=True, text=True).stdout.splitlines():
            found = re.match(r"export (\w+)='?(.*?)'?$", line)
            if found:
                self.env[found[1]] = found[2]

    def set(self, hosts, key, **more):
        # JSON is YAML.
        cluster = {"hosts": hosts, "ssh": {"private_key": key}, "swarm": {"prepare": False, **more}}
        with open(os.path.join(self.folder, "clusters", "default.yaml"), "w", encoding="utf-8") as out:
            json.dump(cluster, out)
        self.env["TF_VAR_helpers"] = self.helpers

    def run(self, *command):
        """Seconds that it took."""
        start = time.monotonic()
        done = subprocess.run([self.terraform, *command, "-input=false", "-no-color"], cwd=self.folder, env=self.env,
                              stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"terraform {command[0]}: {done.stdout[-3000:]}{done.stderr[-3000:]}")
        return time.monotonic() - start

    def apply(self):
        return self.run("apply", "-auto-approve")

    def destroy(self):
        return self.run("destroy", "-auto-approve")


def hosts_of(lab, managers, workers):
    roles = ["manager"] * managers + ["worker"] * workers
    return {lab.name(n): {"address": lab.address(n), "role": role} for n, role in enumerate(roles, 1)}


# ---- one apply ----

def join_bare(lab, numbers):
    """`docker swarm join` in all of these hosts at once."""
    token = lab.token(1)
    joining = [subprocess.Popen(
        lab.ssh(n, "docker", "swarm", "join", "--token", token, f"{lab.address(1)}:2377"),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) for n in numbers]
    for process in joining:
        if process.wait():
            raise RuntimeError(process.stderr.read().decode())


def apply(bench, lab, work):
    """The same hosts both times; the manager's swarm is made by terraform in both."""
    workspace = Workspace(bench, work)

    def ours():
        workspace.set(hosts_of(lab, 1, WORKERS), lab.key)
        took = workspace.apply()
        workspace.destroy()
        return took

    def bare():
        workspace.set(hosts_of(lab, 1, 2), lab.key)
        start = time.monotonic()
        workspace.apply()
        join_bare(lab, range(4, WORKERS + 2))
        took = time.monotonic() - start
        for n in range(4, WORKERS + 2):
            lab.leave(n)
        workspace.destroy()
        return took

    samples = bench.interleave(3, **{f"terraform apply, {WORKERS} workers": ours,
                                     f"terraform apply, 2 workers, and {WORKERS - 2} bare joins at once": bare})
    rows = [bench.row("one apply", name, taken) for name, taken in samples.items()]
    rows[0].ratio = rows[0].median / rows[1].median
    bench.judge(rows[0], "<= 1.5 times the other", rows[0].ratio <= 1.5)


# ---- a whole destroy ----

def destroy(bench, lab, work):
    workspace = Workspace(bench, work)
    workspace.set(hosts_of(lab, 3, 5), lab.key)
    workspace.apply()
    for n in range(1, 9):
        lab.image(n)
    manager = lab.engine(1)
    manager.call("POST", "/services/create", {
        "Name": "work", "Mode": {"Global": {}},
        "TaskTemplate": {"ContainerSpec": {
            "Image": "lab/busybox", "StopGracePeriod": 30_000_000_000, "Command": [
                "sh", "-c", f"trap 'sleep {GRACE}; exit 0' TERM; while :; do sleep 0.1; done"]}}})
    lab.until(60, lambda: sum(task["Status"]["State"] == "running" for task in manager.call("GET", "/tasks")) == 8)
    row = bench.row("a whole destroy", f"3 managers, 5 workers, tasks that need {GRACE} s", [workspace.destroy()])
    bench.judge(row, "<= 18 s", row.median <= GRACE + 8)


# ---- a plan with nothing to change ----

def count_calls(bins, work):
    """A folder of helpers that do nothing but write down that they were called. Only plans are
    measured with it: what they would do is done elsewhere. Their version, which
    every plan asks for, does not count."""
    folder = os.path.join(work, "counted")
    os.makedirs(folder)
    for name in os.listdir(bins):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as out:
            out.write("#!/bin/sh\n"
                      f"[ \"$1\" != --version ] || {{ echo '{name} (terraform-swarm-helpers) 99.0.0'; exit; }}\n"
                      f"echo {name} >>{folder}/calls\n"
                      'echo \'{"manager":"","worker":"","cluster_id":"","reachable":"false","nodes":"[]","host_key":"ssh-ed25519 AAAA"}\'\n')
        os.chmod(path, 0o755)
    return folder


def calls(folder):
    path = os.path.join(folder, "calls")
    if not os.path.exists(path):
        return []
    with open(path, encoding="ascii") as lines:
        found = lines.read().split()
    os.unlink(path)
    return found


def plan(bench, lab, work):
    key = os.path.join(work, "key")
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    hosts = {f"node-{n}": {"address": f"10.212.200.{n}", "role": "manager" if n < 4 else "worker"}
             for n in range(1, PLANNED + 1)}
    for delivery, wanted in (("ssh", []), ("state", ["fetch-tokens"])):
        folder = count_calls(bench.bin, os.path.join(work, delivery))
        workspace = Workspace(bench, os.path.join(work, delivery), folder)
        workspace.set(hosts, key, token_delivery=delivery)
        workspace.apply()
        calls(folder)
        took = workspace.run("plan", "-detailed-exitcode")
        ran = calls(folder)
        row = bench.row("plan, nothing to change", f"{PLANNED} nodes, token_delivery {delivery}: {len(ran)} helpers ran",
                        [took])
        bench.judge(row, f"{len(wanted)} helpers run", ran == wanted)
