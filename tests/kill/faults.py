"""faults - what can happen to a run, each a function, and how it passes again."""
import subprocess
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
    """The proxy has done it: half of the reply, and the connection ends."""


def lost(world, run, host):
    """The same with nothing of it, upon which libcurl may ask once more."""


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
    "lost": (lost, False),
    "dockerd": (dockerd, False),
    "sshd": (sshd, True),
    "power": (power, True),
    "kill-all": (kill_all, False),
}
ON_ONE = ("kill", "reset", "silence", "half", "lost", "dockerd", "sshd", "power")
ON_TERRAFORM = ("kill-all", "kill-all", "kill", "reset", "half", "lost", "dockerd", "sshd", "power")
OF_A_REPLY = ("half", "lost")


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
        for host in self.hosts.are_on():
            host.exempt_before_engine()
            wait(host.ssh_listens, 20, "sshd of %s did not come back" % host.name)
