"""hostile_engine.py - what the executables of the folder --bins do when the Docker API lies.

Every lie ends with one line that names the call, the right exit code, an empty stdout,
within the deadline, in bounded memory (not looked at without --rss, as sanitizers need
more); or it does not matter, and the work is done. Some calls are told every lie that we
know, every call of every executable is told a few.
"""
import collections
import concurrent.futures
import copy
import json
import os
import random
import re
import subprocess
import tempfile
import threading
import time

import pytest

import calls
import engine
from engine import head, plain
from results import Together

TIMEOUT = 3  # seconds that a run is given
GRACE = 10  # and what a busy machine may take to notice that
THREADS = 10
MEMORY_KIB = 64 * 1024

REFUSED, DEADLINE, LOST = 1, 3, 4


def says(*pieces):
    """A lie of fixed bytes, after which the connection closes."""

    def lie(_, connection, __):
        for piece in pieces:
            connection.sendall(piece)
        return False

    return lie


def stalls(*pieces):
    def lie(it, connection, path):
        says(*pieces)(it, connection, path)
        it.pause(3600)
        return False

    return lie


def floods(start, piece, total):
    def lie(_, connection, __):
        connection.sendall(start)
        for _ in range(total // len(piece)):
            connection.sendall(piece)
        return False

    return lie


def drips(it, connection, _):
    connection.sendall(head(200, "Content-Length: 1000000"))
    while not it.pause(0.05):
        connection.sendall(b" ")
    return False


def many(text, count):
    """A valid list of so many values."""

    def lie(_, connection, __):
        connection.sendall(plain(b"[" + b",".join([text] * count) + b"]"))
        return False

    return lie


MEGA = b"x" * (1 << 20)
CHUNKED = "Transfer-Encoding: chunked"
TOKEN = engine.TOKENS["Manager"].encode()

# What every call is answered with; exit code, part of the last line
LIES = {
    "cut JSON": (says(plain(b'{"ID":"' + TOKEN)), REFUSED, "not valid JSON"),
    "an empty body": (says(plain(b"")), REFUSED, "not valid JSON"),
    "no JSON": (says(plain(b"<html>" + TOKEN + b"</html>")), REFUSED, "not valid JSON"),
    "deep JSON": (says(plain(b"[" * 100000)), REFUSED, "not valid JSON"),
    "the same key twice": (says(plain(b'{"ID":"a","ID":"b"}')), REFUSED, "the same key"),
    "no UTF-8": (says(plain(b'{"ID":"\xff\xfe"}')), REFUSED, "not valid JSON"),
    "NUL in a string": (says(plain(b'{"ID":"a\\u0000b"}')), REFUSED, "not valid JSON"),
    "gzip that was not asked for": (
        says(head(200, "Content-Encoding: gzip", "Content-Length: 4") + b"\x1f\x8b\0\0"),
        REFUSED,
        "not valid JSON",
    ),
    "a number": (says(plain(b"7")), REFUSED, ""),
    "null": (says(plain(b"null")), REFUSED, ""),
    "a body too short": (says(head(200, "Content-Length: 100"), b"{}"), LOST, "no whole HTTP reply"),
    "a body too long": (stalls(plain(b'{"a":1'), b"}"), REFUSED, "not valid JSON"),
    "a length below zero": (says(head(200, "Content-Length: -5"), b"{}"), LOST, "no whole HTTP reply"),
    "a length that is none": (says(head(200, "Content-Length: many"), b"{}"), LOST, "no whole HTTP reply"),
    "chunks that are none": (says(head(200, CHUNKED), b"zz\r\n{}\r\n"), LOST, "no whole HTTP reply"),
    "chunks without an end": (says(head(200, CHUNKED), b"2\r\n{}\r\n"), LOST, "no whole HTTP reply"),
    "200 MB": (floods(head(200, "Content-Length: 209715200"), MEGA, 200 << 20), REFUSED, "longer than"),
    "200 MB in chunks": (
        floods(head(200, CHUNKED), b"100000\r\n" + MEGA + b"\r\n", 200 << 20),
        REFUSED,
        "longer than",
    ),
    "200 MB of reasons": (floods(head(500, "Content-Length: 209715200"), MEGA, 200 << 20), REFUSED, "xxx"),
    "a million objects": (many(b"{}", 1000000), REFUSED, "32 MiB of memory"),
    "a million lists": (many(b"[[]]", 1000000), REFUSED, "32 MiB of memory"),
    "endless headers": (floods(head(200)[:-2], b"X-Lie: " + b"y" * 1000 + b"\r\n", 200 << 20), LOST, "header"),
    "an endless header": (floods(head(200)[:-2] + b"X-Lie: ", MEGA, 200 << 20), REFUSED, "header"),
    "endless patience": (floods(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 20 << 20), LOST, "header"),
    "a header cut off": (says(head(200)[:-2]), LOST, "cut off"),
    "no header": (says(b"SSH-2.0-OpenSSH_9.2\r\n"), LOST, "no whole HTTP reply"),
    "nothing at all": (says(), LOST, "no whole HTTP reply"),
    "silence": (stalls(), DEADLINE, "no reply in time"),
    "a silent header": (stalls(head(200)[:-2]), DEADLINE, "no reply in time"),
    "a silent body": (stalls(head(200, "Content-Length: 9"), b"{"), DEADLINE, "no reply in time"),
    "one byte at a time": (drips, DEADLINE, "no reply in time"),
    "a redirect": (says(head(301, "Location: http://docker/x", "Content-Length: 0")), REFUSED, "301"),
    "a redirect in a circle": (says(head(307, "Location: /v1.41/info", "Content-Length: 0")), REFUSED, "307"),
    "switching protocols": (says(head(101, "Upgrade: tcp", "Connection: Upgrade")), LOST, "no whole HTTP reply"),
    "a page instead of a reason": (says(plain(b"<html>" + TOKEN, 502)), REFUSED, "SWMTKN-***"),
    "a secret reason": (says(plain(b'{"message":"no ' + TOKEN + b'"}', 500)), REFUSED, "SWMTKN-***"),
}

JOIN = {"role": "manager", "availability": "active", "labels": '{"zone":"b"}'}
# Every lie is told to these: executable, more of the query, the call
CALLS = [
    ("fetch-tokens", {}, "GET", "/swarm"),
    ("join-node", JOIN, "GET", "/info"),
    ("join-node", JOIN, "GET", "/nodes/" + engine.NODE),
]


def wrong(value, *names):
    """The truth of a call with one value replaced."""

    def lie(it, connection, path):
        _, reply = it.state.answer("GET", path, b"")
        reply = copy.deepcopy(reply)
        at = reply
        for name in names[:-1]:
            at = at[name]
        at[names[-1]] = value
        connection.sendall(plain(json.dumps(reply).encode()))
        return True

    return lie


NODE = "/nodes/" + engine.NODE
NOT_READY = wrong("unknown", "Status", "State")
ENDS = says(head(200, CHUNKED), b"0\r\n\r\n")


def chunk(body):
    return b"%x\r\n%s\r\n" % (len(body), body)


# Bytes of a list that goes on
NODES = chunk(b'{"ID":"%s"},' % engine.NODE.encode() * 1000)
LABELS = chunk(
    b'{"ID":"%s","Spec":{"Labels":{%s}}},'
    % (engine.NODE.encode(), b",".join(b'"%d":""' % number for number in range(20000)))
)
# A large swarm, of which one worker says odd things of itself
CROWD = [
    {
        "ID": "%025d" % number,
        "UpdatedAt": "2026-01-01T00:00:00Z",
        "Spec": {"Role": "worker", "Availability": "active", "Labels": {"zone": "b"}},
        "Description": {"Hostname": "dev-worker-%d" % number, "Platform": {"Architecture": "x86_64", "OS": "linux"}},
        "Status": {"State": "ready", "Addr": "10.0.%d.%d" % (number // 250, number % 250)},
    }
    for number in range(5000)
]
CROWD[7]["Description"] = {"Hostname": "\u009b2J\u00e9" * 200, "Engine": {"Plugins": [{"Type": "x", "Name": "y"}] * 1000}}
CROWD[7]["Status"] = {"State": "odd" * 100, "Addr": "9" * 1000}
CROWD = says(plain(json.dumps(CROWD).encode()))
NO_LINE = floods(head(200, CHUNKED), b"100000\r\n" + MEGA + b"\r\n", 20 << 20)
# One lie to one call: executable, query, the call, its name, lie, exit code, part of the line
ALONE = [
    ("fetch-tokens", {}, "GET", "/swarm", "a number for the ID", wrong(5, "ID"), REFUSED, "lacks"),
    ("fetch-tokens", {}, "GET", "/swarm", "null for a token", wrong(None, "JoinTokens", "Worker"), REFUSED, "lacks"),
    ("fetch-tokens", {}, "GET", "/swarm", "a list of tokens", wrong(["a"], "JoinTokens"), REFUSED, "lacks"),
    ("fetch-tokens", {}, "GET", "/swarm", "a long ID", wrong("x" * 9999, "ID"), REFUSED, "longer than"),
    ("join-node", JOIN, "GET", "/info", "null for the state", wrong(None, "Swarm", "LocalNodeState"), REFUSED, "LocalNodeState"),
    ("join-node", JOIN, "GET", "/info", "a number for the state", wrong(1, "Swarm", "LocalNodeState"), REFUSED, "LocalNodeState"),
    ("join-node", JOIN, "GET", "/info", "null for the swarm", wrong(None, "Swarm"), REFUSED, "LocalNodeState"),
    ("join-node", JOIN, "GET", NODE, "another node", wrong("x" * 25, "ID"), REFUSED, "not in the swarm"),
    ("join-node", JOIN, "GET", NODE, "null for the Spec", wrong(None, "Spec"), REFUSED, ""),
    ("join-node", JOIN, "GET", "/nodes", "no list", says(plain(b"{}")), REFUSED, "GET /nodes"),
    ("join-node", JOIN, "GET", "/nodes", "a label of lists", wrong({"a": []}, 0, "Spec", "Labels"), REFUSED, "no text"),
    ("join-node", JOIN, "GET", "/nodes", "nodes without an end", floods(head(200, CHUNKED) + b"1\r\n[\r\n", NODES, 200 << 20), REFUSED, "longer than"),
    ("join-node", JOIN, "GET", "/nodes", "labels without an end", floods(head(200, CHUNKED) + b"1\r\n[\r\n", LABELS, 200 << 20), REFUSED, "longer than"),
    ("join-node", JOIN, "GET", "/nodes", "nodes that are null", says(plain(b"[null]")), REFUSED, "list of objects"),
    ("join-node", JOIN, "GET", "/events", "events refused", {NODE: NOT_READY, "/events": says(plain(b'{"message":"no"}', 500))}, DEADLINE, "not Ready"),
    ("join-node", JOIN, "GET", "/events", "events that never begin", stalls(), DEADLINE, "in time"),
    ("join-node", JOIN, "GET", "/events", "events that end", {NODE: NOT_READY, "/events": ENDS}, DEADLINE, "not Ready"),
    ("join-node", JOIN, "GET", "/events", "events that stall", {NODE: NOT_READY}, DEADLINE, "not Ready"),
    ("join-node", JOIN, "GET", "/events", "a line without an end", {NODE: NOT_READY, "/events": NO_LINE}, DEADLINE, "not Ready"),
    ("join-node", dict(JOIN, role="worker"), "GET", "/swarm", "a swarm of null", says(plain(b"null")), REFUSED, "GET /swarm"),
    ("describe-swarm", {}, "GET", "/nodes", "5,000 nodes, an odd one among them", CROWD, 0, ""),
    ("drain-swarm", {}, "GET", "/tasks", "tasks that are none", says(plain(b"[1]")), REFUSED, "GET /tasks"),
    ("drain-swarm", {}, "GET", "/tasks", "a task without an end", floods(head(200, CHUNKED), b"100000\r\n" + b'[{"a' + MEGA[4:] + b"\r\n", 200 << 20), REFUSED, "GET /tasks"),
    ("drain-swarm", {}, "GET", "/tasks", "tasks in silence", stalls(head(200, CHUNKED), b"1\r\n[\r\n"), DEADLINE, "/tasks"),
]



# ---- every call of every executable ----


MANAGER, BOTH = {engine.NODE: "manager"}, {engine.NODE: "manager", engine.HOST: "manager"}
WORKER = {engine.NODE: "manager", engine.HOST: "worker"}


def one(marked=False, old=False):
    state = engine.State()
    if marked:
        state.swarm.spec["Labels"]["terraform-swarm-helpers.going"] = "nothing"
    if old:
        state.swarm.add(engine.OLD, "worker")
        state.swarm.nodes[engine.OLD]["state"] = "down"
    return [state]


def two(roles, node, broken=False, ahead=0):
    swarm = engine.Swarm(**roles)
    return [engine.State(swarm, node, broken, ahead=ahead), engine.State(swarm)]


# The engine of the host, and of the manager beside it that is asked through SSH
WORLDS = {
    "alone": one,
    "slow": one,
    "marked": lambda: one(marked=True),
    "old": lambda: one(old=True),
    "empty": lambda: [engine.State(engine.Swarm(), None)],
    "dying": lambda: [engine.State(engine.Swarm(), None)],
    "new": lambda: two(MANAGER, None),
    "ahead": lambda: two(MANAGER, None, ahead=100 * 86400),
    "behind": lambda: two(MANAGER, None, ahead=-86400),
    "unfinished": lambda: [engine.State(trace=True)],
    "broken": lambda: two(WORKER, engine.HOST, broken=True),
    "worker": lambda: two(WORKER, engine.HOST),
    "managers": lambda: two(BOTH, engine.HOST),
    "itself": lambda: two(BOTH, engine.HOST)[:1],
}
PAIRS = ("new", "ahead", "behind", "broken", "worker", "managers")
PATIENCE = dict({world: 8 for world in PAIRS}, slow=20, dying=20, unfinished=8)  # seconds that a run is given there


def done(lie):
    """A lie about what has been done."""

    def after(it, connection, path):
        it.state.answer(*it.request.now)
        return lie(it, connection, path)

    return after


def loses_leader(it, connection, path):
    """It has joined, and its raft could not."""
    it.state.answer(*it.request.now)
    it.state.broken = True
    it.state.error = "rpc error: code = Unknown desc = raft: failed to process the request: node lost leader status"
    connection.sendall(plain(b""))
    return True


def demoted(it, connection, path):
    """It was a manager until this very moment."""
    it.state.swarm.nodes[engine.HOST]["spec"]["Role"] = "worker"
    connection.sendall(plain(json.dumps(engine.NO_MANAGER).encode(), 503))
    return True


def once(lie):
    """The truth from the second time on."""
    told = set()  # engines

    def first(it, connection, path):
        if it not in told:
            told.add(it)
            return lie(it, connection, path)
        status, reply = it.state.answer(*it.request.now)
        connection.sendall(plain(json.dumps(reply).encode() if reply else b"", status))
        return True

    return first


def dies(*then):
    """Killed over what it was asked for, and back by halves when it is asked anew: the next
    times it says what `then` has, and after that the truth."""
    met = collections.Counter()

    def lie(it, connection, path):
        met[it] += 1
        if met[it] > 1 and met[it] < len(then) + 2:
            connection.sendall(then[met[it] - 2])
            return True
        _, reply = it.state.answer(*it.request.now)
        if met[it] > 1:
            connection.sendall(plain(json.dumps(reply).encode() if reply else b""))
        return met[it] > 1

    return lie


ALREADY = plain(b'{"message":"This node is already part of a swarm. Use \\"docker swarm leave\\" to leave it."}', 503)
LONG = stalls(plain(b'{"a":1'), b"}")
CUT, NOTHING = says(plain(b'[{"ID":"' + TOKEN)), says(plain(b"null"))


def reading(wrong_type, code=REFUSED, silence=DEADLINE):
    """The lies to a question, and how they end."""
    return {
        "cut JSON": (CUT, code),
        "null": (NOTHING, code),
        "a wrong type": (says(plain(wrong_type)), code),
        "a body too long": (LONG, code),
        "silence": (stalls(), silence),
    }


# Nobody reads the reply to what is to be done: done is done.
DOING = {
    "cut JSON": (done(CUT), 0),
    "null": (done(NOTHING), 0),
    "a wrong type": (done(says(plain(b"[1]"))), 0),
    "a refusal cut off": (says(plain(b'{"message":"' + TOKEN, 500)), REFUSED),
    "1 MB": (done(says(plain(b"[" + b" " * (1 << 20) + b"]"))), 0),
    "silence": (done(stalls()), DEADLINE),
}
OBJECT, LIST = reading(b"[1]"), reading(b'{"a":1}')
# A machine is not taken for dead as long as the swarm sees it, and a worker whose managers
# cannot be understood leaves by itself; whether it still can when they have been silent to
# the end is a matter of luck.
SILENT, NOBODY = reading(b"[1]", silence=LOST), reading(b"[1]", code=0)
del NOBODY["silence"]
# What has to be put back is not silent a second time.
MARKING = dict(DOING, silence=(once(stalls()), DEADLINE))

HOST, OLD = "/nodes/" + engine.HOST, "/nodes/" + engine.OLD
ADDRESS = {"advertise_addr": "10.0.1.12"}
BECOMES = dict(ADDRESS, role="manager")
# An engine that tells of no change, or of none that has a time, has not caught up.
# As a host says it whose clock is wrong: gRPC takes it for what passes.
EXPIRED = says(
    plain(
        b'{"message":"rpc error: code = Unavailable desc = connection error: desc = \\"transport: authentication handshake failed:'
        b' x509: certificate has expired or is not yet valid: current time is after 2027-02-26T00:00:00Z\\""}',
        503,
    )
)
EVENTS = {
    "refused": (says(plain(b'{"message":"no"}', 500)), REFUSED),
    "silence": (stalls(), DEADLINE),
    "nothing": (stalls(head(200, CHUNKED)), DEADLINE),
    "the end": (says(head(200, CHUNKED), b"0\r\n\r\n"), LOST),
    "no times": (stalls(head(200, CHUNKED), chunk(b'{"timeNano":"1"}\n' * 100)), DEADLINE),
    "null": (stalls(head(200, CHUNKED), chunk(b"null\n")), DEADLINE),
    "cut JSON": (stalls(head(200, CHUNKED), chunk(b'{"timeNano":1\n')), DEADLINE),
    "a line without an end": (NO_LINE, LOST),
}
JOINS, LEAVES = dict(ADDRESS, role="worker", labels='{"zone":"b"}'), dict(ADDRESS, drain_timeout="1s")
# Executable, query, world, the engine that lies in it, its calls
EVERY = [
    ("fetch-tokens", {}, "slow", 0, {"GET /swarm": {"silence once": (once(stalls()), 0)}}),
    ("fetch-tokens", {}, "new", 1, {"GET /info": OBJECT, "GET /swarm": OBJECT}),
    ("describe-swarm", {}, "alone", 0, {"GET /info": OBJECT, "GET /nodes": LIST}),
    ("init-swarm", ADDRESS, "empty", 0, {"GET /info": OBJECT, "POST /swarm/init": DOING}),
    ("init-swarm", ADDRESS, "empty", 0, {"GET /volumes": OBJECT, "POST /volumes/create": OBJECT, "DELETE " + engine.TRACE: DOING}),
    ("init-swarm", ADDRESS, "dying", 0, {"POST /swarm/init": {"a death by halves": (dies(ALREADY), 0)}}),
    ("init-swarm", ADDRESS, "unfinished", 0, {"GET " + engine.TRACE: OBJECT, "GET /swarm": OBJECT}),
    ("init-swarm", ADDRESS, "unfinished", 0, {"GET /" + what: LIST for what in ("nodes", "services", "secrets", "configs")}),
    ("init-swarm", ADDRESS, "new", 0, {"POST /swarm/join": DOING}),
    ("init-swarm", ADDRESS, "new", 1, {"GET /info": OBJECT, "GET /swarm": OBJECT}),
    ("join-node", JOIN, "alone", 0, {"GET /swarm": OBJECT, "GET /nodes": LIST, "POST " + NODE + "/update": DOING}),
    ("join-node", JOIN, "marked", 0, {"POST /swarm/update": DOING}),
    ("join-node", JOIN, "old", 0, {"GET " + OLD: OBJECT, "DELETE " + OLD: DOING}),
    ("join-node", JOINS, "new", 0, {"POST /swarm/join": dict(DOING, **{"an election": (once(loses_leader), 0)})}),
    ("join-node", JOINS, "new", 0, {"POST /swarm/join": {"a certificate that has expired": (EXPIRED, REFUSED, "is not valid at this time")}}),
    ("join-node", JOINS, "ahead", 0, {"POST /swarm/join": {"its clock is wrong": (EXPIRED, REFUSED, "the clock of this host is 100 days ahead of")}}),
    ("join-node", JOINS, "behind", 0, {"POST /swarm/join": {"its clock is wrong": (EXPIRED, REFUSED, "the clock of this host is 24 hours behind")}}),
    (
        "join-node",
        JOINS,
        "new",
        1,
        {"GET /info": OBJECT, "GET /swarm": OBJECT, "GET " + HOST: OBJECT, "POST " + HOST + "/update": DOING},
    ),
    ("join-node", BECOMES, "new", 0, {"POST /swarm/join": DOING, "GET /events": EVENTS}),
    ("join-node", BECOMES, "new", 1, {"GET /swarm": OBJECT, "POST /swarm/update": DOING, "GET " + HOST: OBJECT}),
    ("join-node", BECOMES, "worker", 1, {"GET /info": {"silence": (stalls(), DEADLINE, "a worker of the swarm with the managers 10.0.1.11:2377")}}),
    ("join-node", JOINS, "broken", 0, {"POST /swarm/leave": DOING}),
    ("drain-and-remove", LEAVES, "worker", 0, {"GET /info": SILENT, "GET /containers/json": LIST, "POST /swarm/leave": DOING}),
    ("drain-and-remove", LEAVES, "worker", 1, {"GET /info": NOBODY, "GET /tasks": LIST, "DELETE " + HOST: DOING}),
    ("drain-and-remove", LEAVES, "managers", 1, {"GET /nodes": LIST, "GET " + HOST: OBJECT, "POST " + HOST + "/update": DOING}),
    ("drain-and-remove", LEAVES, "itself", 0, {"GET /" + what: {"a demotion": (once(demoted), 0)} for what in ("nodes", HOST[1:])}),
    (
        "drain-swarm",
        {},
        "alone",
        0,
        {"GET /info": OBJECT, "GET /nodes": LIST, "GET /swarm": OBJECT, "POST /swarm/update": MARKING, "POST " + NODE + "/update": MARKING},
    ),
]
Case = collections.namedtuple("Case", "program query method path name lie code part world liar", defaults=("alone", 0))


def cases():
    for program, query, method, path in CALLS:
        for name, (lie, code, part) in LIES.items():
            yield Case(program, query, method, path, name, lie, code, part)
    for case in ALONE:
        yield Case(*case)
    for program, query, world, liar, asked in EVERY:
        for call, told in asked.items():
            for name, (lie, code, *part) in told.items():
                yield Case(program, query, *call.split(), name, lie, code, "".join(part), world, liar)


def query_of(case, path, sshd):
    """What the executable is asked: the host's engine at `path`, through SSH one beside it."""
    name = "dev-worker-1" if case.world in PAIRS else "dev-manager-1"
    own = {"host": "unix://" + path, "name": name, "timeout": "%ds" % timeout_of(case)}
    if case.world not in PAIRS:
        return dict(case.query, **own)
    others = "peers" if case.program == "init-swarm" else "managers"
    return dict(sshd.query(beside(path)), **case.query, **own, **{others: "127.0.0.1:%d" % sshd.port})


def timeout_of(case):
    """Seconds; through SSH there has to be time for a connection, on a busy machine too, and
    for a question that is asked a second time after 5 s."""
    return PATIENCE.get(case.world, TIMEOUT)


def run(binary, query, seconds):
    """Exit code, stdout, stderr, seconds and KiB of a run."""
    start = time.monotonic()
    child = subprocess.Popen(
        [binary],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        close_fds=True,
        env=dict(os.environ, TEST_PASSPHRASE=calls.PASSPHRASE),
    )
    killer = threading.Timer(seconds + 2 * GRACE, child.kill)
    killer.start()
    child.stdin.write(json.dumps(query).encode())
    child.stdin.close()
    out, err = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    killer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, out, err.decode(errors="replace"), time.monotonic() - start, usage.ru_maxrss


def failure_problems(case, out, err):
    last = err.splitlines()[-1] if err else ""
    call = "%s (/v1[.][0-9]+)?%s[ :]" % (case.method, re.escape(case.path))
    if out:
        yield "something on stdout"
    if not last.startswith(case.program + ": ") or not err.endswith("\n"):
        yield "no last line of its own"
    if not re.search(call, last) and engine.NODE not in last and case.code != DEADLINE and case.name != "silence":
        yield "the line does not name %s %s" % (case.method, case.path)
    if case.part not in last:
        yield "the line does not say `%s`" % case.part


def problems(case, ended, rss):
    got, out, err, seconds, kib = ended
    # Whoever looks again may be doing so when the time is up.
    if case.code == LOST and got == DEADLINE and "; looking again" in err:
        case = case._replace(code=DEADLINE, part="")
    if got != case.code:
        yield "exit code %d, expected %d" % (got, case.code)
    if case.code:
        yield from failure_problems(case, out, err)
    elif not calls.is_result(out):
        yield "no result"
    if any(token in err for token in engine.TOKENS.values()):
        yield "a token in the messages"
    if seconds > timeout_of(case) + GRACE:
        yield "it took %.1f s" % seconds
    if rss and kib > MEMORY_KIB:
        yield "it took %d KiB" % kib


def socket_of(folder, number):
    return os.path.join(folder, "%d.sock" % number)


def beside(path):
    return path + ".manager"


def start_engine(case, path):
    lies = case.lie if isinstance(case.lie, dict) else {case.method + " " + case.path: case.lie}
    for number, state in enumerate(WORLDS[case.world]()):
        engine.Engine(beside(path) if number else path, lies if number == case.liar else {}, state)


def start_engines(folder):
    """Starts all of them in one process, so that what they need is not counted as the
    executables'. It ends when the pipe does that is returned."""
    ready, tell = os.pipe()
    wait, alive = os.pipe()
    if os.fork():
        os.close(tell)
        os.close(wait)
        os.read(ready, 1)
        return alive
    os.close(alive)
    for number, case in enumerate(cases()):
        start_engine(case, socket_of(folder, number))
    os.write(tell, b"!")
    os.read(wait, 1)
    os._exit(0)


def name_of(case):
    call = case.method + " " + case.path if case.method != "GET" else case.path
    name = "%s: %s to %s" % (case.program, case.name, re.sub("/nodes/[0-9a-z]{25}", "/nodes/ID", call))
    return name if case.world == "alone" else "%s (%s%s)" % (name, case.world, ", the manager" if case.liar else "")


# Those that compute among those that wait for deadlines
CASES = list(enumerate(cases()))
random.Random(1).shuffle(CASES)


@pytest.fixture(scope="session")
def told(request, bins):
    """Tells the chosen lies; what came of them."""
    rss = request.config.getoption("rss")
    with tempfile.TemporaryDirectory(prefix="tsh-hostile-") as folder:
        alive, sshd = start_engines(folder), calls.Sshd(folder)

        def tell(number):
            case = of_number[number]
            query = query_of(case, socket_of(folder, number), sshd)
            ended = run(os.path.join(bins, case.program), query, timeout_of(case))
            return list(problems(case, ended, rss)), ended

        of_number = dict(CASES)
        try:
            with concurrent.futures.ThreadPoolExecutor(THREADS) as pool:
                yield Together(pool, request, "number", tell)
        finally:
            sshd.close()
            os.close(alive)


# mutant helpers/docker/call.c send_once: .again_ms = 0
#   fails fetch-tokens: silence once to /swarm (slow)
# mutant helpers/swarm/why.c swarm_why_clock: ns = 0
#   fails join-node: its clock is wrong
# mutant helpers/swarm/rejoin.c is_joined: docker_api_error_kind() => ERR_REFUSED
#   fails join-node: an election to POST /swarm/join (new)
# mutant helpers/swarm/remove.c may_pass: ERR_NOT_MANAGER => ERR_BUSY
#   fails drain-and-remove: a demotion to /
# mutant helpers/http/http.h HTTP_MAX_REPLY: 8u => 512u
@pytest.mark.parametrize("number", [number for number, _ in CASES], ids=[name_of(case) for _, case in CASES])
def test_lie(told, number):
    wrongs, ended = told.end_of(number)
    if wrongs:
        pytest.fail("; ".join(wrongs) + "\n" + ended[2], pytrace=False)
