"""run - one run of a command: the process, the steps it takes, its end."""
import os
import signal
import subprocess
import tempfile
import threading
import time

from faults import PATIENCE


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
        if not step:
            return None
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
