"""calls.py - makes every --step-th call fail, each in a run of its own.

The executables of the folder --bins are run against an engine of our own, some through a
real sshd. With a --library, the shim, all calls of the process are counted; without, they
have been linked with it. A run in which a call failed either does its work all the same or
ends with one line that says what is wrong, and never hangs, crashes or leaks.
"""
import concurrent.futures
import itertools
import json
import os
import signal
import socket
import subprocess
import tempfile

import pytest

import engine
from sshd import no_penalties

TIMEOUT = 5  # seconds that a run is given
HANGS = 15  # seconds after which one is killed that is still there
KINDS = ("memory", "system")
PASSPHRASE = "correct horse battery staple"

JOIN = {"role": "manager", "availability": "active", "labels": '{"zone":"b"}', "token_env": "TEST_TOKEN"}


class Sshd:
    """A real sshd on the loopback, with a key pair of its own in `folder`; `start` is a command
    that starts it."""

    def __init__(self, folder, start=()):
        self.folder = folder
        for name, passphrase in (("host_key", ""), ("key", PASSPHRASE)):
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-a", "1", "-N", passphrase, "-f", self.path(name)], check=True
            )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        with open(self.path("sshd_config"), "w", encoding="ascii") as config:
            config.write(
                "Port %d\nListenAddress 127.0.0.1\nHostKey %s\nAuthorizedKeysFile %s\nStrictModes no\n"
                "PidFile none\nUsePAM no\nPermitRootLogin yes\nMaxStartups 100\n%s"
                % (self.port, self.path("host_key"), self.path("key.pub"), no_penalties())
            )
        # Where sshd locks its children in
        self.jail = "/run/sshd"
        self.made_jail = not os.path.exists(self.jail)
        if self.made_jail:
            os.mkdir(self.jail)
        self.child = subprocess.Popen(
            [*start, "/usr/sbin/sshd", "-D", "-e", "-f", self.path("sshd_config")], stderr=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        while b"listening" not in self.child.stderr.readline():
            if self.child.poll() is not None:
                raise RuntimeError("sshd does not start")
        # Nobody reads on, so it must not be able to fill the pipe.
        self.drain = subprocess.Popen(["cat"], stdin=self.child.stderr, stdout=subprocess.DEVNULL)

    def path(self, name):
        return os.path.join(self.folder, name)

    def query(self, path):
        with open(self.path("host_key.pub"), encoding="ascii") as file:
            host_key = " ".join(file.read().split()[:2])
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "user": "root",
            "private_key": self.path("key"),
            "passphrase_env": "TEST_PASSPHRASE",
            "host_key": host_key,
            "docker_socket": path,
        }

    def close(self):
        self.child.terminate()
        self.child.wait()
        self.drain.wait()
        if self.made_jail:
            os.rmdir(self.jail)


class Runs:
    def __init__(self, bins, shim, folder, sshd):
        self.bins, self.shim, self.folder, self.sshd = bins, shim, folder, sshd
        self.numbers = itertools.count()

    def environment(self, kind, nth, report):
        env = {
            "PATH": os.environ["PATH"],
            "HOME": self.folder,
            "TEST_TOKEN": "a-token",
            "TEST_PASSPHRASE": PASSPHRASE,
            "FAULT_KIND": kind,
            "FAULT_NTH": str(nth),
            "FAULT_REPORT": report,
        }
        if self.shim:
            env["LD_PRELOAD"] = self.shim
        return env

    def one(self, case, kind, nth):
        """Exit code, stdout, stderr, calls counted, name of the call that failed."""
        program, query, through_ssh, state = case
        path = os.path.join(self.folder, "%d.sock" % next(self.numbers))
        report = path + ".report"
        host = self.sshd.query(path) if through_ssh else {"host": "unix://" + path}
        text = json.dumps(dict(query, timeout="%ds" % TIMEOUT, name="dev-manager-1", **host))
        it = engine.Engine(path, state=state())
        try:
            done = subprocess.run(
                [os.path.join(self.bins, program)],
                input=text.encode(),
                capture_output=True,
                env=self.environment(kind, nth, report),
                timeout=HANGS,
                check=False,
            )
            code, out, err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as hung:
            code, out, err = None, b"", hung.stderr or b""
        finally:
            it.close()
            os.unlink(path)
        calls, failed = 0, "none"
        if os.path.exists(report):
            with open(report, encoding="ascii") as file:
                calls, failed = file.read().split()
            os.unlink(report)
        return code, out, err.decode(errors="replace"), int(calls), failed


def is_result(out):
    try:
        return all(isinstance(value, str) for value in json.loads(out).values())
    except (ValueError, AttributeError):
        return False


def problem(program, kind, ended):
    """What is wrong with the end of a run, None for nothing."""
    code, out, err, _, failed = ended
    last = err.splitlines()[-1] if err else ""
    if code is None:
        return "it hangs"
    if code < 0:
        return "killed by %s" % signal.Signals(-code).name
    if code not in range(5):
        return "exit code %d" % code
    if failed == "none":
        return "no call failed"
    if code == 0:
        return None if is_result(out) else "exit code 0 without a result"
    if out and failed != "write":
        return "exit code %d with something on stdout" % code
    if not last.startswith(program + ": ") or last.endswith(": ") or not last.isprintable():
        return "no sentence"
    if code == 2 and (kind == "memory" or "stdin" not in last):
        return "blames the query"
    if code == 3:
        return "waits for the deadline"
    return None


def over_before(nth, ended):
    """Whether a run did its work with fewer than `nth` calls.

    Threads take turns as they like, and an answer is read in as many pieces as it comes in,
    so the run that was counted may have made more of them.
    """
    code, _, _, calls, failed = ended
    return failed == "none" and code == 0 and calls < nth


def worker():
    return engine.State(engine.Swarm(**{engine.HOST: "worker"}), engine.HOST)


def nothing():
    return engine.State(engine.Swarm(), None)


# Executable, query, whether through SSH, what the engine is at first
CASES = (
    ("fetch-tokens", {}, False, engine.State),
    ("join-node", JOIN, False, engine.State),
    ("init-swarm", {"advertise_addr": "10.0.1.11"}, False, nothing),
    ("drain-and-remove", {"drain_timeout": "1s"}, False, worker),
    ("fetch-tokens", {}, True, engine.State),
)


@pytest.fixture(scope="session")
def runs(request, bins):
    library = request.config.getoption("library")
    with tempfile.TemporaryDirectory(prefix="tsh-faults-") as folder:
        sshd = Sshd(folder)
        try:
            yield Runs(bins, library and os.path.abspath(library), folder, sshd)
        finally:
            sshd.close()


def ends_of(runs, case, kind, calls, step):
    """(number of the call that was to fail, how the run ended), of all that came to it."""
    every = range(1, calls + 1, step if kind == "memory" else max(1, step // 30))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        ends = list(zip(every, pool.map(lambda nth: runs.one(case, kind, nth), every)))
    came = [(nth, ended) for nth, ended in ends if not over_before(nth, ended)]
    return came, len(ends)


SORTS = [(case, kind) for case in CASES for kind in KINDS]


# STEP 1 takes many minutes.
# mutant helpers/base/buf.c reserve: secret_must_realloc => secret_realloc
#   fails sanitized fetch-tokens
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("case, kind", SORTS, ids=["%s%s: %s" % (c[0], " through ssh" if c[2] else "", k) for c, k in SORTS])
def test_calls(runs, record_property, request, case, kind):
    code, out, err, calls, _ = runs.one(case, kind, 0)
    assert code == 0 and is_result(out) and calls, "without a fault: exit code %s, %d calls\n%s" % (code, calls, err)
    came, played = ends_of(runs, case, kind, calls, request.config.getoption("step"))
    survived = sum(ended[0] == 0 for _, ended in came)
    record_property("note", "%d of %d calls failed, %d runs did their work all the same" % (len(came), calls, survived))
    wrong = [(nth, ended, problem(case[0], kind, ended)) for nth, ended in came]
    said = ["call %d, %s: %s\n  %s" % (nth, ended[4], what, ended[2].strip()) for nth, ended, what in wrong if what]
    if len(came) * 2 < played:
        said.append("%d of %d runs were over before the call that was to fail" % (played - len(came), played))
    if said:
        pytest.fail("\n".join(said[:40]), pytrace=False)
