"""How long watch-swarm takes to its first picture of 2,000 nodes and 20,000 tasks, of a scripted engine."""

import contextlib
import json
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
import urllib.request

import fcntl

NODES, SERVICES, TASKS = 2000, 100, 20000
ROUNDS = 5
MOST = 2.0  # seconds
WAIT = 60
ENGINE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "watch", "engine.py")


@contextlib.contextmanager
def engine(work):
    path = os.path.join(work, "watch.sock")
    with subprocess.Popen([sys.executable, ENGINE, path, str(NODES), str(SERVICES), str(TASKS)]) as child:
        try:
            end = time.monotonic() + WAIT
            while not os.path.exists(path):
                if time.monotonic() > end:
                    raise RuntimeError("the scripted engine does not begin")
                time.sleep(0.05)
            yield path
        finally:
            child.terminate()


def until(fd, text):
    """Reads until that has come."""
    got, end = b"", time.monotonic() + WAIT
    while text not in got:
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            raise RuntimeError(f"{text!r} has not come")
        got = got[-200:] + os.read(fd, 1 << 16)


def terminal(command):
    """Seconds to the first rows on a terminal of 80x24."""
    begun = time.monotonic()
    pid, fd = pty.fork()
    if not pid:
        os.execvpe(command[0], command, os.environ | {"TERM": "xterm"})
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    until(fd, b"dev-manager-1")
    took = time.monotonic() - begun
    os.write(fd, b"q")
    with contextlib.suppress(OSError):
        while os.read(fd, 1 << 16):
            pass
    os.waitpid(pid, 0)
    os.close(fd)
    return took


def lines(command):
    """Seconds until all has been told."""
    begun = time.monotonic()
    with subprocess.Popen([*command, "--json"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        until(child.stdout.fileno(), b'"kind":"whole"')
        took = time.monotonic() - begun
        child.stdout.close()
        child.terminate()
    return took


def page(command):
    """Seconds until a browser has all."""
    begun = time.monotonic()
    with subprocess.Popen([*command, "--listen", "127.0.0.1:0"], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        url = json.loads(child.stdout.readline())["url"]
        with urllib.request.urlopen(url + "events", timeout=WAIT) as stream:
            while b'"kind":"whole"' not in stream.readline():
                pass
        took = time.monotonic() - begun
        child.terminate()
    return took


def watch(bench, _lab, work):
    with engine(work) as path:
        command = [bench.helper("watch-swarm"), "--host", "unix://" + path]
        for what, face in ("terminal", terminal), ("page", page), ("lines of JSON", lines):
            row = bench.row("watch", f"{NODES} nodes, {TASKS} tasks: first picture, {what}", [face(command) for _ in range(ROUNDS)])
            bench.judge(row, f"<= {MOST:.0f} s", row.median <= MOST)
