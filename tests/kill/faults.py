"""faults - what can happen to a run, each a function, and how it passes again."""
import os
import signal
import subprocess
import tempfile
import threading
import time

from hosts import wait

PATIENCE = 6        # seconds a run gets when a host falls silent
RESET_SECONDS = 0.3  # how long connections to the host are refused
DARK_SECONDS = 1.0   # without power


def _iptables(*args):
    subprocess.run(["iptables", "-w", *args], check=True, stdin=subprocess.DEVNULL)


def kill(world, run, host):
    run.kill_helper()


def kill_all(world, run, host):
    run.kill_group()


def half(world, run, host):
    """The proxy has done it."""


def reset(world, run, host):
    """Every connection to the host is reset, and new ones are for a moment."""
    rule = ("OUTPUT", "-p", "tcp", "-d", host.address, "--dport", "22",
            "-j", "REJECT", "--reject-with", "tcp-reset")
    _iptables("-I", *rule)
    subprocess.run(["ss", "-K", "dst", host.address, "dport", "=", "22"], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    world.later(RESET_SECONDS, lambda: _iptables("-D", *rule))


def silence(world, run, host):
    """Nothing comes from the host or goes there, for longer than the run waits."""
    rules = [("OUTPUT", "-d", host.address, "-j", "DROP"), ("INPUT", "-s", host.address, "-j", "DROP")]
    for rule in rules:
        _iptables("-I", *rule)
    world.after_run.extend(lambda rule=rule: _iptables("-D", *rule) for rule in rules)


def dockerd(world, run, host):
    world.proxy.drop_now(host)
    host.exempt_all()
    host.run("p=$(cat /run/tsh/docker.pid); kill -KILL $p; while kill -0 $p 2>/dev/null; do sleep 0.01; done")


def sshd(world, run, host):
    host.run("pkill -KILL -x sshd")


def power(world, run, host):
    world.proxy.drop_now(host)
    host.exempt_all()
    host.power_off()
    world.later(DARK_SECONDS, host.power_on)


# name: (function, whether what waits for a reply gets none at all)
FAULTS = {
    "kill": (kill, False),
    "reset": (reset, True),
    "silence": (silence, True),
    "half": (half, False),
    "dockerd": (dockerd, False),
    "sshd": (sshd, True),
    "power": (power, True),
    "kill-all": (kill_all, False),
}
ON_ONE = ("kill", "reset", "silence", "half", "dockerd", "sshd", "power")
ON_TERRAFORM = ("kill-all", "kill-all", "kill", "reset", "half", "dockerd", "sshd", "power")


class Shot:
    """One fault, at the `nth` time that a step is reached."""

    def __init__(self, world, step, nth, phase, fault):
        self.world, self.step, self.nth, self.phase, self.fault = world, step, nth, phase, fault
        self.act, self.silent = FAULTS[fault]
        self.run, self.fired_at, self.must_fire = None, None, False
        self.done = threading.Event()  # set once the fault has happened
        self.lock = threading.Lock()

    def is_due(self, step):
        with self.lock:
            if self.fired_at or step != self.step:
                return False
            self.nth -= 1
            return self.nth == 0

    def fire(self, host):
        with self.lock:
            if self.fired_at:
                return
            self.fired_at = time.monotonic()
        try:
            self.act(self.world, self.run, host)
        except Exception as e:  # told by settle
            self.world.broken.append(e)
        self.done.set()

    def part_of(self, data):
        """What of a reply still gets through."""
        return data[:len(data) // 2] if self.fault == "half" else b""

    def __str__(self):
        return "%s %s %s%s" % (self.fault, self.phase, self.step, "" if self.fired_at else " (never reached)")


class World:
    """What a fault may touch, and what has to pass before the next run."""

    def __init__(self, hosts, proxy):
        self.hosts, self.proxy = hosts, proxy
        self.after_run, self.under_way, self.broken = [], [], []

    def later(self, seconds, act):
        def do():
            time.sleep(seconds)
            try:
                act()
            except Exception as e:  # told by settle
                self.broken.append(e)
        t = threading.Thread(target=do)
        t.start()
        self.under_way.append(t)

    def settle(self):
        """The fault is over: hosts are on, dockerd listens, nothing is cut off."""
        for act in self.after_run:
            act()
        for t in self.under_way:
            t.join()
        self.after_run, self.under_way = [], []
        if self.broken:
            raise self.broken.pop()
        wait(self.proxy.ready, 60, "not every dockerd came back")
        for host in self.hosts.list:
            wait(host.ssh_listens, 20, "sshd of %s did not come back" % host.name)


class SshWatch(threading.Thread):
    """Fires a shot a random moment after a connection to port 22 was begun."""

    def __init__(self, run, shot, rng):
        super().__init__(daemon=True)
        self.run_of, self.shot = run, shot
        self.delay = rng.random() * 0.04
        self.seen = self.connections()
        self.start()

    @staticmethod
    def connections():
        found = {}
        with open("/proc/self/net/tcp", encoding="ascii") as f:
            for line in f.readlines()[1:]:
                local, remote = line.split()[1:3]
                if remote.endswith(":0016"):
                    raw = bytes.fromhex(remote[:8])[::-1]
                    found[local] = ".".join(str(b) for b in raw)
        return found

    def run(self):
        by_address = {h.address: h for h in self.shot.world.hosts.list}
        while not self.run_of.ended.is_set() and not self.shot.fired_at:
            now = self.connections()
            for local in now.keys() - self.seen.keys():
                host = by_address.get(now[local])
                if host and self.shot.is_due(self.run_of.command.ssh_step(host)):
                    if not self.run_of.ended.wait(self.delay):
                        self.shot.fire(host)
            self.seen = now
            time.sleep(0.0005)


def fire_sometime(run, shot, rng):
    """Fires a shot at any moment of a run that takes as long as the one before."""
    delay = rng.random() * run.command.seconds

    def do():
        if not run.ended.wait(delay) and shot.is_due(shot.step):
            shot.fire(None)
    threading.Thread(target=do, daemon=True).start()


class Run:
    """One run of a command, perhaps with a shot armed, and all that it said."""

    def __init__(self, world, command, shot, rng):
        self.world, self.command, self.shot = world, command, shot
        self.steps, self.connected = [], set()
        self.lock = threading.Lock()
        self.ended = threading.Event()
        self.process, self.code, self.said, self.seconds = None, None, "", 0.0
        self.rng = rng
        self.victim = None  # the process whose request it was

    # ---- called by the proxy ----

    def request(self, client, host, step):
        """The shot that is due at this request of a client, if any."""
        if self.ended.is_set():
            return None
        step, sender = self.command.step(client, host, step)
        with self.lock:
            if host not in self.connected and self.command.host:
                self.connected.add(host)
                self.steps.append(self.command.ssh_step(host))
            self.steps.append(step)
        if not self.shot or not self.shot.is_due(step):
            return None
        self.victim = sender or self.process.pid
        return self.shot

    # ---- called by faults ----

    def kill_helper(self):
        try:
            os.kill(self.victim or self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def kill_group(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass

    # ---- the whole ----

    def go(self):
        if self.shot:
            self.shot.run = self
        begun = time.monotonic()
        quick = bool(self.shot) and self.shot.fault == "silence"
        self.world.proxy.run = self
        if self.shot and self.shot.phase == "at":
            self.command.watch(self, self.shot, self.rng)
        with tempfile.TemporaryFile() as out:
            self.process = subprocess.Popen(
                self.command.argv(PATIENCE if quick else None), stdin=subprocess.DEVNULL, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True, **self.command.popen)
            try:
                self.code = self.process.wait(self.command.most)
            except subprocess.TimeoutExpired:
                self.kill_group()
                self.process.wait()
                self.code = "hung"
            self.ended.set()
            self.seconds = time.monotonic() - begun
            if self.shot and self.shot.fired_at:
                self.shot.done.wait(60)
            self.world.proxy.run = None
            out.seek(0)
            self.said = out.read().decode(errors="replace")
        return self
