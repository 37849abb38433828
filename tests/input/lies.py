"""lies.py BIN [RSS] - what the executables of folder BIN do when the Docker API lies.

Every lie ends with one line that names the call, the right exit code, an empty stdout,
within the deadline, in bounded memory (not looked at without RSS, as sanitizers need
more). Prints a result line for each.
"""
import copy
import json
import os
import queue
import re
import subprocess
import sys
import tempfile
import threading
import time

import engine
from engine import head, plain

TIMEOUT = 3  # seconds that a run is given
GRACE = 2  # and what it may take to notice that
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
    ("join-node", JOIN, "GET", "/events", "events refused", says(plain(b'{"message":"no"}', 500)), REFUSED, "GET /events"),
    ("join-node", JOIN, "GET", "/events", "events that never begin", stalls(), DEADLINE, "/events"),
    ("join-node", JOIN, "GET", "/events", "events that end", {NODE: NOT_READY, "/events": ENDS}, LOST, "ended the stream"),
    ("join-node", JOIN, "GET", "/events", "events that stall", {NODE: NOT_READY}, DEADLINE, "not Ready"),
    ("join-node", JOIN, "GET", "/events", "a line without an end", {NODE: NOT_READY, "/events": NO_LINE}, LOST, "does not end"),
    ("join-node", dict(JOIN, role="worker"), "GET", "/swarm", "a swarm of null", says(plain(b"null")), REFUSED, "GET /swarm"),
    ("drain-swarm", {}, "GET", "/tasks", "tasks that are none", says(plain(b"[1]")), REFUSED, "GET /tasks"),
    ("drain-swarm", {}, "GET", "/tasks", "a task without an end", floods(head(200, CHUNKED), b"100000\r\n" + b'[{"a' + MEGA[4:] + b"\r\n", 200 << 20), REFUSED, "GET /tasks"),
    ("drain-swarm", {}, "GET", "/tasks", "tasks in silence", stalls(head(200, CHUNKED), b"1\r\n[\r\n"), DEADLINE, "/tasks"),
]


def cases():
    for program, query, method, path in CALLS:
        for name, (lie, code, part) in LIES.items():
            yield program, query, method, path, name, lie, code, part
    yield from ALONE


def run(binary, host, query):
    """Exit code, stdout, stderr, seconds and KiB of a run."""
    full = dict(query, host="unix://" + host, name="dev-manager-1", timeout="%ds" % TIMEOUT)
    start = time.monotonic()
    child = subprocess.Popen(
        [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, close_fds=True
    )
    killer = threading.Timer(TIMEOUT + 4 * GRACE, child.kill)
    killer.start()
    child.stdin.write(json.dumps(full).encode())
    child.stdin.close()
    out, err = child.stdout.read(), child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    killer.cancel()
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, out, err.decode(errors="replace"), time.monotonic() - start, usage.ru_maxrss


def problems(case, ended, rss):
    program, _, method, path, _, _, code, part = case
    got, out, err, seconds, kib = ended
    last = err.splitlines()[-1] if err else ""
    call = "%s (/v1[.][0-9]+)?%s[ :]" % (method, re.escape(path))
    if got != code:
        yield "exit code %d, expected %d" % (got, code)
    if out:
        yield "something on stdout"
    if not last.startswith(program + ": ") or not err.endswith("\n"):
        yield "no last line of its own"
    if not re.search(call, last) and engine.NODE not in last and code != DEADLINE:
        yield "the line does not name %s %s" % (method, path)
    if part not in last:
        yield "the line does not say `%s`" % part
    if any(token in err for token in engine.TOKENS.values()):
        yield "a token in the messages"
    if seconds > TIMEOUT + GRACE:
        yield "it took %.1f s" % seconds
    if rss and kib > MEMORY_KIB:
        yield "it took %d KiB" % kib


def socket_of(folder, number):
    return os.path.join(folder, "%d.sock" % number)


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
    for number, (_, _, _, path, _, lie, _, _) in enumerate(cases()):
        engine.Engine(socket_of(folder, number), lie if isinstance(lie, dict) else {path: lie})
    os.write(tell, b"!")
    os.read(wait, 1)
    os._exit(0)


def work(todo, folder, bins, rss, failed, most):
    while True:
        try:
            number, case = todo.get_nowait()
        except queue.Empty:
            return
        ended = run(os.path.join(bins, case[0]), socket_of(folder, number), case[1])
        most.append(ended[4])
        wrongs = list(problems(case, ended, rss))
        name = "%s: %s to %s" % (case[0], case[4], case[3].replace(engine.NODE, "ID"))
        if not wrongs:
            print("ok " + name, flush=True)
            continue
        failed.append(name)
        print("not ok %s - %s\n# %s" % (name, "; ".join(wrongs), ended[2].replace("\n", "\n# ")), flush=True)


def main():
    bins, rss = sys.argv[1], len(sys.argv) > 2
    todo, failed, most = queue.Queue(), [], []
    with tempfile.TemporaryDirectory(prefix="tsh-lies-") as folder:
        alive = start_engines(folder)
        for case in enumerate(cases()):
            todo.put(case)
        # Most of the time goes into waiting for deadlines.
        threads = [
            threading.Thread(target=work, args=(todo, folder, bins, rss, failed, most)) for _ in range(10)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        os.close(alive)
    print("# at most %d KiB" % max(most))
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
