"""interrupts.py - SIGINT and SIGTERM to every executable, in each phase of its life.

The executables of the folder --bins wait: for a connection, for each piece of what an SSH server
sends, for the answer to each call of the Docker API, for a file lock, for what a daemon
says it still has to do. Interrupted there they end within 0.2 s and with exit code 3, say
so in the last line, print no result, leave nothing behind, and have hardly computed
anything. A run is given ten minutes, so that one that does not heed the signal is still
there when it is looked for.
"""
import collections
import concurrent.futures
import contextlib
import fcntl
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time

import pytest

import calls
import engine
import hostile_engine
from results import Together

TIMEOUT = "10m"
HANGS = 20  # seconds after which one is killed that is still there
HELD = 0.3  # seconds that a run waits before the signal comes
SOON = 0.2  # seconds that its end may take
TRIES = 10  # for that: a busy machine is late now and then, a wait that goes on is each time
SHARE = 0.5  # of a core: a run that computes while it waits takes more
THREADS = 8
PARTS = 12  # of what an SSH server sends
SIGNALS = (signal.SIGINT, signal.SIGTERM)

# The query of an executable that is told everything it needs
WANTS = {
    "fetch-tokens": {"on_unreachable": "empty"},
    "describe-swarm": {"on_unreachable": "empty"},
    "prepare-node": {"script": __file__},
    "init-swarm": hostile_engine.ADDRESS,
    "join-node": hostile_engine.JOINS,
    "drain-and-remove": hostile_engine.LEAVES,
    "drain-swarm": {"on_unreachable": "proceed", "teardown_file": "teardown"},
    "fetch-host-key": {},
    "roll-swarm": {"nodes": "127.0.0.1", "script": __file__},
    "docker-tunnel": {},
    "backup-swarm": {"to": "."},
    "deploy-stack": {"stack": "web", "compose_file": __file__},
    "describe-stack": {"stack": "web", "compose_file": __file__},
    "remove-stack": {"stack": "web"},
    "store-tokens": {"store": "ssm://a/dev", "region": "eu-west-1"},
}
HALF_A_REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\nsome"
# What forget-host is told, but for the file
FORGETS = {"host": "h.ex"}
ASK_OTHERS = ("fetch-tokens", "describe-swarm", "join-node", "drain-and-remove", "drain-swarm")
WAIT_FOR_SSH = ("prepare-node", "init-swarm", "join-node", "fetch-host-key")

# When: an event, a part of a line on stderr, or seconds where nothing can be seen from
# outside. Files: what to pass to Popen, and what starts the executable in its place.
Phase = collections.namedtuple("Phase", "name program query when files", defaults=({},))


# ---- where they wait ----


def holds(reached, start=b""):
    """An answer that does not come, or not whole."""

    def lie(it, connection, _):
        connection.sendall(start)
        reached.set()
        it.pause(3600)
        return False

    return lie


class Stalling:
    """A TCP server that passes on the first bytes of what the port `behind` sends, and then
    nothing more; without any it says nothing."""

    def __init__(self, stack, behind=None, most=0):
        self.behind, self.most = behind, most
        self.reached = threading.Event()
        self.passed = 0
        self.listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        stack.callback(self.listener.shutdown, socket.SHUT_RDWR)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client:
            if not self.most:
                self.reached.set()
                with contextlib.suppress(OSError):
                    while client.recv(65536):
                        pass
                return
            with socket.create_connection(("127.0.0.1", self.behind)) as server:
                threading.Thread(target=self.back, args=(server, client), daemon=True).start()
                with contextlib.suppress(OSError):
                    while data := client.recv(65536):
                        server.sendall(data)

    def back(self, server, client):
        with contextlib.suppress(OSError):
            while self.passed < self.most and (data := server.recv(self.most - self.passed)):
                client.sendall(data)
                self.passed += len(data)
        if self.passed == self.most:
            self.reached.set()


def deaf_port(stack):
    """A port that answers no SYN: the queue of its listener is full."""
    listener = stack.enter_context(socket.socket())
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    for _ in range(4):
        client = stack.enter_context(socket.socket())
        client.setblocking(False)
        client.connect_ex(listener.getsockname())
    return listener.getsockname()[1]


def full_pipe(stack):
    """The end to write to of a pipe that takes nothing more."""
    out, into = os.pipe()
    stack.callback(os.close, out)
    stack.callback(os.close, into)
    os.set_blocking(into, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(into, b"x" * 4096)
    os.set_blocking(into, True)
    return into


# ---- the phases ----


class World:
    """The engines of one run, those of hostile_engine.py, which all tell the same lies, and the query
    that names them."""

    def __init__(self, runs, stack, program, query, world, told=None):
        self.path = runs.socket()
        self.query = hostile_engine.query_of(hostile_engine.Case(program, query, "", "", "", None, 0, "", world), self.path, runs.sshd)
        self.engines = []
        for number, state in enumerate(hostile_engine.WORLDS[world]()):
            it = engine.Engine(hostile_engine.beside(self.path) if number else self.path, told, state)
            stack.callback(it.close)
            self.engines.append(it)


def silent_calls(runs):
    """Each call that an executable makes in each world is not answered."""
    known = {(program, world): query for program, query, world, _, _ in hostile_engine.EVERY if world != "slow"}

    def make(program, query, world, call):
        def phase(runs, stack):
            reached = threading.Event()
            # What has to be put back after an interrupt is answered.
            it = World(runs, stack, program, query, world, Plain({call: hostile_engine.once(holds(reached))}))
            return Phase("%s (%s) waits for %s" % (program, world, call), program, it.query, reached)

        return phase

    for (program, world), query in known.items():
        for call in asked_in(runs, program, query, world):
            yield make(program, query, world, call)


def plain_name(call):
    """What a call is, without what differs from run to run and from node to node."""
    return re.sub("-[0-9a-f]{32}", "-ID", re.sub("/nodes/[0-9a-z]{25}", "/nodes/ID", call))


class Plain(dict):
    """Lies about such calls."""

    def get(self, call):
        return super().get(plain_name(call))


def asked_in(runs, program, query, world):
    """The calls of a run that is told the truth."""
    with contextlib.ExitStack() as stack:
        it = World(runs, stack, program, query, world)
        runs.to_the_end(program, it.query)
        return dict.fromkeys(plain_name(call) for one in it.engines for call in one.asked)


def silent_sshd(runs):
    """An SSH server falls silent within its banner, its key exchange, its answers."""

    def make(program, most, whole):
        def phase(runs, stack):
            path = runs.socket()
            stack.callback(engine.Engine(path).close)
            proxy = Stalling(stack, runs.sshd.port, most)
            query = dict(runs.sshd.query(path), **WANTS[program], port=str(proxy.port))
            return Phase("%s: %d of %d bytes from sshd" % (program, most, whole), program, query, proxy.reached)

        return phase

    def make_behind(most, whole):
        def phase(runs, stack):
            proxy = Stalling(stack, runs.sshd.port, most)
            query = dict(runs.sshd.query("/none"), bastion_host="127.0.0.1", bastion_port=str(runs.sshd.port), port=str(proxy.port))
            return Phase("behind a bastion: %d of %d bytes from sshd" % (most, whole), "fetch-tokens", query, proxy.reached)

        return phase

    with contextlib.ExitStack() as stack:
        path = runs.socket()
        stack.callback(engine.Engine(path).close)
        proxy = Stalling(stack, runs.sshd.port, 1 << 30)
        runs.to_the_end("fetch-tokens", dict(runs.sshd.query(path), port=str(proxy.port)))
        whole = proxy.passed
    for part in range(1, PARTS):
        yield make("fetch-tokens", whole * part // PARTS, whole)
    for part in range(0, PARTS, 3):
        yield make_behind(whole * part // PARTS, whole)
    # Before anything is asked they all do the same.
    for program in WANTS:
        for most in (0, 10, whole // 4, whole // 2):
            yield make(program, most, whole)


def connections():
    """Nothing answers where the host is, or where the managers are."""

    def host(program):
        def phase(runs, stack):
            query = dict(runs.sshd.query("/none"), **WANTS[program], port=str(deaf_port(stack)))
            return Phase("%s connects" % program, program, query, 0.3)

        return phase

    def others(program):
        def phase(runs, stack):
            it = World(runs, stack, program, WANTS[program], "worker" if program == "drain-and-remove" else "empty")
            silent = Stalling(stack)
            query = dict(it.query, managers="127.0.0.1:%d,127.0.0.2:1" % silent.port)
            return Phase("%s looks for a manager" % program, program, query, silent.reached)

        return phase

    def gone(program):
        def phase(runs, stack):
            with socket.create_server(("127.0.0.1", 0)) as free:
                port = free.getsockname()[1]
            query = dict(runs.sshd.query("/none"), **WANTS[program], port=str(port))
            return Phase("%s waits until SSH is there" % program, program, query, "waiting for SSH")

        return phase

    yield from map(host, WANTS)
    yield from map(others, ASK_OTHERS)
    yield from map(gone, WAIT_FOR_SSH)


# Executable, query, world, lies of its first engine, what it says while it waits
SAYING = [
    ("join-node", hostile_engine.JOIN, "alone", {hostile_engine.NODE: hostile_engine.NOT_READY}, "GET /events"),
    ("init-swarm", hostile_engine.ADDRESS, "alone", {"/info": hostile_engine.wrong("pending", "Swarm", "LocalNodeState")}, "pending"),
    ("drain-swarm", {}, "alone", {"/info": hostile_engine.wrong(None, "Swarm", "Cluster")}, "looking again"),
    (
        "drain-swarm",
        {},
        "alone",
        {"/tasks": hostile_engine.says(engine.plain(json.dumps([{
            "ID": "b" * 25, "NodeID": engine.NODE, "ServiceID": "c" * 25, "DesiredState": "shutdown", "Slot": 1,
            "Status": {"State": "running"}, "Spec": {"ContainerSpec": {"Image": "web"}},
        }]).encode()))},
        "task",
    ),
]


def waits():
    """The engine answers, and what is waited for does not come."""

    def make(program, query, world, told, says):
        def phase(runs, stack):
            if says.startswith("GET "):
                reached = threading.Event()
                told_then = dict(told, **{says[4:]: holds(reached, engine.head(200, hostile_engine.CHUNKED))})
                it = World(runs, stack, program, query, world, told_then)
                return Phase("%s waits for %s" % (program, says[4:]), program, it.query, reached)
            it = World(runs, stack, program, query, world, told)
            return Phase("%s says `%s`" % (program, says), program, it.query, says)

        return phase

    for case in SAYING:
        yield make(*case)


def no_docker(runs, _):
    query = dict(runs.sshd.query(runs.socket()), **WANTS["join-node"])
    return Phase("join-node waits for Docker", "join-node", query, "waiting for Docker")


def silent_agent(runs, stack):
    path = runs.socket()
    agent = stack.enter_context(socket.socket(socket.AF_UNIX))
    agent.bind(path)
    agent.listen(1)
    query = runs.sshd.query("/none")
    del query["private_key"], query["passphrase_env"]
    return Phase("fetch-tokens asks ssh-agent", "fetch-tokens", query, 0.5, {"env": dict(runs.environment(), SSH_AUTH_SOCK=path)})


# A /run of its own, where prepare-node has its lock
OWN_RUN = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs -o mode=755 tmpfs /run && mkdir /run/sshd && exec "$@"', "sh"]


def running_script(runs, stack):
    folder = runs.socket() + ".sshd"
    os.mkdir(folder)
    sshd = calls.Sshd(folder, OWN_RUN)
    stack.callback(sshd.close)
    with open(sshd.path("script"), "w", encoding="ascii") as file:
        file.write("#!/bin/sh\necho begun\nexec sleep 30\n")
    query = dict(sshd.query("/none"), script=sshd.path("script"))
    return Phase("prepare-node waits for its script", "prepare-node", query, "begun")


def late_logins():
    """The host does not let the user in yet. A server of its own, which may shut out whoever
    is refused too often."""

    def make(program):
        def phase(runs, stack):
            folder = runs.socket() + ".sshd"
            os.mkdir(folder)
            sshd = calls.Sshd(folder)
            stack.callback(sshd.close)
            query = dict(sshd.query("/none"), **WANTS[program])
            with open(sshd.path("key.pub"), "w", encoding="ascii"):
                pass
            return Phase(program + " waits to be let in", program, query, "to let user root in")

        return phase

    yield from map(make, (*WAIT_FOR_SSH, "drain-and-remove"))


def locked_known_hosts(runs, stack):
    path = runs.socket() + ".known"
    file = stack.enter_context(open(path, "w", encoding="ascii"))
    fcntl.flock(file, fcntl.LOCK_EX)
    query = dict(runs.sshd.query("/none"), known_hosts=path, host_key_policy="accept-new")
    del query["host_key"]
    return Phase("fetch-tokens waits for the lock of known_hosts", "fetch-tokens", query, 0.5)


def forgets_under_lock(runs, stack):
    path = runs.socket() + ".known"
    file = stack.enter_context(open(path, "w", encoding="ascii"))
    fcntl.flock(file, fcntl.LOCK_EX)
    return Phase("forget-host waits for the lock of known_hosts", "forget-host", dict(FORGETS, known_hosts=path), 0.5)


def no_end_of_query():
    def make(program):
        def phase(_, stack):
            out, into = os.pipe()
            stack.callback(os.close, out)
            stack.callback(os.close, into)
            return Phase(program + " reads its query", program, None, 0.3, {"stdin": out})

        return phase

    yield from map(make, (*WANTS, "forget-host", "restore-swarm"))


def silent_s3():
    """Where the archive is, whoever answers says nothing, or not all of it. The host is not asked yet."""

    def make(most):
        def phase(runs, stack):
            server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
            threading.Thread(target=half_a_reply, args=(server,), daemon=True).start()
            silent = Stalling(stack, server.getsockname()[1], most)
            query = dict(runs.sshd.query("/none"), region="x", endpoint="http://127.0.0.1:%d" % silent.port)
            query["from"] = "s3://bucket/archive.tar.gz"
            keys = {"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"}
            name = "restore-swarm has %d bytes of what S3 answers" % most
            return Phase(name, "restore-swarm", query, silent.reached, {"env": dict(runs.environment(), **keys)})

        return phase

    yield from map(make, (0, 10, len(HALF_A_REPLY)))


def half_a_reply(server):
    with contextlib.suppress(OSError):
        client, _ = server.accept()
        with client:
            client.sendall(HALF_A_REPLY)
            client.recv(65536)
            time.sleep(HANGS)


def silent_names(runs, stack):
    """The name server says nothing."""
    server = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    server.bind(("127.0.0.1", 53))
    path = runs.socket() + ".conf"
    with open(path, "w", encoding="ascii") as file:
        file.write("nameserver 127.0.0.1\n")
    # The run alone is to see it; all of this is one process after the other.
    start = ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/resolv.conf && exec "$@"', path]
    query = dict(runs.sshd.query("/none"), host="manager.example")
    return Phase("fetch-tokens looks a name up", "fetch-tokens", query, 1.0, {"start": start})


def full_stdout(runs, stack):
    it = World(runs, stack, "fetch-tokens", {}, "alone")
    return Phase("fetch-tokens has nobody to read its result", "fetch-tokens", it.query, 0.5, {"stdout": full_pipe(stack)})


# ---- one run ----


class Runs:
    def __init__(self, bins, folder, sshd):
        self.bins, self.folder, self.sshd = bins, folder, sshd
        self.number = iter(range(10**6))

    def socket(self):
        return os.path.join(self.folder, "%d.sock" % next(self.number))

    def binary(self, program):
        return os.path.join(self.bins, program)

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": self.folder, "TEST_PASSPHRASE": calls.PASSPHRASE}

    def to_the_end(self, program, query):
        text = json.dumps(dict(query, timeout="5s")).encode()
        subprocess.run([self.binary(program)], input=text, capture_output=True, check=False, env=self.environment())

    def start(self, phase, folder):
        """In that folder, which is the one for temporary files as well."""
        files = dict({"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "env": self.environment()}, **phase.files)
        files["env"]["TMPDIR"] = folder
        command = [*files.pop("start", []), self.binary(phase.program)]
        child = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=folder, **files)
        if phase.query is not None:
            child.stdin.write(json.dumps(dict(phase.query, timeout=TIMEOUT)).encode())
            child.stdin.close()
        return child


class Listener(threading.Thread):
    """Reads what comes on stderr; `heard` once a line holds the pattern."""

    def __init__(self, pipe, pattern):
        super().__init__(daemon=True)
        self.pipe, self.pattern = pipe, pattern
        self.heard, self.text = threading.Event(), ""
        self.start()

    def run(self):
        for line in self.pipe:
            self.text += line.decode(errors="replace")
            if isinstance(self.pattern, str) and self.pattern in self.text:
                self.heard.set()


def computed(pid):
    """Seconds of processor time so far."""
    with open("/proc/%d/stat" % pid, encoding="ascii") as file:
        fields = file.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_for(phase, listener):
    """Whether the run is where it is to be interrupted."""
    if isinstance(phase.when, float):
        time.sleep(phase.when)
        return True
    return (listener.heard if isinstance(phase.when, str) else phase.when).wait(HANGS)


def interrupt(child, phase, listener, number, late):
    """Interrupts a run; yields what is wrong with its end, and adds to `late` how many seconds
    that took, where it is too many."""
    if not wait_for(phase, listener):
        child.kill()
        child.wait()
        listener.join()
        yield "it did not come there"
        return
    before, since = computed(child.pid), time.monotonic()
    time.sleep(HELD)
    # Popen's own way would reap it, and then nobody could say what it has used.
    os.kill(child.pid, number)
    signalled = time.monotonic()
    killer = threading.Timer(HANGS, os.kill, (child.pid, signal.SIGKILL))
    killer.start()
    _, status, usage = os.wait4(child.pid, 0)
    killer.cancel()
    if time.monotonic() - signalled > SOON:
        late.append(time.monotonic() - signalled)
    took, used = time.monotonic() - since, usage.ru_utime + usage.ru_stime - before
    child.returncode = os.waitstatus_to_exitcode(status)
    listener.join()
    if used > SHARE * took:
        yield "it computed for %.2f of %.2f s" % (used, took)
    if child.returncode == -signal.SIGKILL:
        yield "it is still there after %d s" % HANGS
        return
    if child.returncode != 3:
        yield "exit code %d, expected 3" % child.returncode
    last = listener.text.splitlines()[-1] if listener.text else ""
    if not last.startswith(phase.program + ": ") or "interrupted by " + number.name not in last:
        yield "it does not say that it was interrupted"
    if child.stdout and child.stdout.read():
        yield "something on stdout"


def play_once(runs, make, number, late):
    with contextlib.ExitStack() as stack:
        phase = make(runs, stack)
        folder = runs.socket() + ".folder"
        os.mkdir(folder)
        child = runs.start(phase, folder)
        listener = Listener(child.stderr, phase.when)
        wrongs = list(interrupt(child, phase, listener, number, late))
        wrongs += ["it left " + left for left in os.listdir(folder)]
        return "%s: %s" % (phase.name, number.name), wrongs, listener.text


def play(runs, make, number):
    """Plays one phase with one signal: its name, what is wrong, what was said."""
    late = []
    for tries in range(1, TRIES + 1):
        name, wrongs, said = play_once(runs, make, number, late)
        if wrongs or len(late) < tries:
            return name, wrongs, said
    return name, ["it took at least %.2f s to end" % min(late)], said


def phases(runs):
    yield from (no_docker, running_script, silent_agent, silent_names, locked_known_hosts, forgets_under_lock, full_stdout)
    yield from no_end_of_query()
    yield from silent_s3()
    yield from late_logins()
    yield from connections()
    yield from waits()
    yield from silent_sshd(runs)
    yield from silent_calls(runs)


def begin(config):
    folder = tempfile.TemporaryDirectory(prefix="tsh-interrupts-")
    config.add_cleanup(folder.cleanup)
    sshd = calls.Sshd(folder.name)
    config.add_cleanup(sshd.close)
    return Runs(os.path.abspath(config.getoption("bins")), folder.name, sshd)


# How many phases there are is seen by runs that are not interrupted.
def pytest_generate_tests(metafunc):
    runs = begin(metafunc.config)
    metafunc.parametrize("interrupted", [(runs, make, number) for make in phases(runs) for number in SIGNALS])


@pytest.fixture(scope="session")
def played(request):
    """What came of the chosen interrupts."""
    with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
        yield Together(pool, request, "interrupted", lambda one: play(*one))


# mutant helpers/swarm/manager.c search: term !deadline_stopped => true
# mutant helpers/base/deadline.c deadline_pause: poll() => poll(&p, 0, (int)left)
def test_interrupt(played, record_property, interrupted):
    name, wrongs, said = played.end_of(interrupted)
    record_property("name", name)
    if wrongs:
        pytest.fail("; ".join(wrongs) + "\n" + said, pytrace=False)
