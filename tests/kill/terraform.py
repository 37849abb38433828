"""terraform - the life as `terraform apply` and `terraform destroy` of
terraform/hosts, on the same hosts.

Several executables run side by side here; whose request it is, is found by
following the connection back from sshd's end.
"""
import json
import os
import shutil
import socket
import struct
import subprocess

from faults import ON_TERRAFORM
from hosts import ROOT, SOCKET
from command import Wanted
from life import LABELS
from run import fire_sometime

PROGRAM = os.environ.get("TF", "terraform")


def _sockets(pid):
    """Inodes of the sockets that a process holds."""
    found = set()
    try:
        for fd in os.listdir("/proc/%d/fd" % pid):
            to = os.readlink("/proc/%d/fd/%s" % (pid, fd))
            if to.startswith("socket:["):
                found.add(to[8:-1])
    except OSError:
        pass
    return found


def _connections(pid):
    """(local port, remote port, inode) of each, in the process's own network."""
    with open("/proc/%s/net/tcp" % pid, encoding="ascii") as f:
        for line in f.readlines()[1:]:
            fields = line.split()
            yield int(fields[1].split(":")[1], 16), int(fields[2].split(":")[1], 16), fields[9]


def _group(leader):
    """Processes of Terraform's process group, without itself: (pid, program)."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            if os.getpgid(int(pid)) == leader and int(pid) != leader:
                yield int(pid), os.path.basename(os.readlink("/proc/%s/exe" % pid))
        except OSError:
            pass


class Terraform:
    """One apply or destroy of the workspace."""

    most = 150
    faults = ON_TERRAFORM
    executable, host, ends = None, None, (0,)
    anytime = "terraform: any moment"  # a step of every run

    def __init__(self, tree, name, hosts, change, destroy=False):
        self.tree, self.name, self.hosts, self.change = tree, name, hosts, change
        self.action = "destroy" if destroy else "apply"
        self.popen = {"cwd": tree.folder, "env": tree.environment()}
        self.run, self.seconds = None, 10.0

    def argv(self, patience):
        self.tree.write(self.hosts)
        return [PROGRAM, self.action, "-auto-approve", "-input=false", "-no-color"]

    @staticmethod
    def claims(run):
        return []

    @staticmethod
    def before():
        """Nothing happens to the hosts by themselves."""

    @staticmethod
    def after(code):
        """Nor afterwards."""

    def step(self, client, host, request):
        """As of life.Command; on whose host the executable works is not known here."""
        pid = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
        held = _sockets(pid)
        ports = {remote for local, remote, inode in _connections(pid) if inode in held and local == 22}
        inodes = {inode for local, _, inode in _connections("self") if local in ports}
        for pid, program in _group(self.run.process.pid):
            if inodes & _sockets(pid):
                return "terraform, %s: %s" % (program, request), pid
        return None, 0  # it has gone

    watch = staticmethod(fire_sometime)


class Tree:
    """A copy of the modules with a workspace of its own."""

    def __init__(self, hosts):
        self.hosts = hosts
        root = os.path.join(hosts.work, "tree")
        for folder in ("modules", "scripts", "terraform/hosts"):
            shutil.copytree(os.path.join(ROOT, folder), os.path.join(root, folder),
                            ignore=shutil.ignore_patterns(".terraform*", "*.tfstate*", "*.tfvars"))
        self.folder = os.path.join(root, "terraform/hosts")
        init = subprocess.run([os.path.join(ROOT, "scripts/providers"), "init", self.folder, PROGRAM],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              env=self.environment(), check=False)
        if init.returncode:
            raise RuntimeError("terraform init: " + init.stdout.decode())

    def forget(self):
        """The state of a life that was given up is not the next one's."""
        for name in os.listdir(self.folder):
            if ".tfstate" in name:
                os.unlink(os.path.join(self.folder, name))

    def write(self, hosts, docker=None, **of_swarm):
        """The cluster's file; JSON is YAML."""
        ssh = {"private_key": self.hosts.key, "host_key_policy": "accept-new",
               "known_hosts": os.path.join(self.hosts.work, "known_hosts")}
        swarm = {"docker_socket": SOCKET, "prepare": False, "drain_timeout": "60s", **of_swarm}
        with open(os.path.join(self.folder, "clusters/default.yaml"), "w", encoding="utf-8") as file:
            json.dump({"hosts": hosts, "ssh": ssh, "swarm": swarm, **({"docker": docker} if docker else {})}, file)

    def environment(self):
        keep = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "XDG_CACHE_HOME")}
        return dict(keep, TMPDIR=os.path.join(self.hosts.work, "tmp"), CHECKPOINT_DISABLE="1",
                    TF_VAR_helpers=self.hosts.bin)


class TerraformLife:
    """A life with Terraform, on the same hosts."""

    by = "terraform"
    tree = None

    def __init__(self, hosts, rng, wants):
        if TerraformLife.tree is None:
            TerraformLife.tree = Tree(hosts)
        self.tree.forget()
        self.wants = wants
        self.order = rng.sample(hosts.list, 4)
        self.wanted = Wanted(hosts.list)

    def to(self, name, roles, labels=None, destroy=False):
        """The command that makes the swarm what `roles` says."""
        w, labels = self.wanted, labels or {}

        def change():
            w.roles = {} if destroy else dict(roles)
            w.labels = {h: labels.get(h, {}) for h in w.roles}
            w.availability = {h: "active" for h in w.roles}
            w.teardown = False
        hosts = {h.name: {"address": h.address, "role": r, "labels": labels.get(h, {}),
                         "availability": "active"}
                 for h, r in roles.items()}
        return Terraform(self.tree, name, hosts, change, destroy)

    def commands(self):
        a, b, c, d = self.order
        small = {a: "manager", b: "worker", c: "worker"}
        large = {a: "manager", b: "manager", c: "manager", d: "worker"}
        less = {a: "manager", b: "manager", c: "manager"}
        other = {a: "worker", b: "manager", c: "worker"}
        yield self.to("terraform create", small)
        yield self.to("terraform grow", large)
        self.wanted.service = True
        yield self.to("terraform shrink", less)
        while self.wants("terraform shrink", "terraform grow again"):
            yield self.to("terraform grow again", large)
            yield self.to("terraform shrink", less)
        yield self.to("terraform change", other, {c: LABELS})
        yield self.to("terraform destroy", other, {c: LABELS}, destroy=True)
        while self.wants("terraform destroy", "terraform create again"):
            yield self.to("terraform create again", other, {c: LABELS})
            yield self.to("terraform destroy", other, {c: LABELS}, destroy=True)
