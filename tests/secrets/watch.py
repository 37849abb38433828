#!/usr/bin/env python3
"""watch.py FILE - writes to FILE what /proc tells of the command line and environment of
every process, on every host of a lab too, as often as it can until it gets SIGTERM or
whoever started it is gone.

A line is "PROGRAM<tab>cmdline|environ<tab>one word or variable"; each is written once.
The last line says how many rounds it made and how many processes it saw.
"""
import os
import signal
import sys

running = True


def stop(_signal, _frame):
    global running
    running = False


def words(pid, name):
    """The words of /proc/PID/NAME; none when the process is gone."""
    try:
        with open(f"/proc/{pid}/{name}", "rb") as f:
            return f.read().split(b"\0")
    except OSError:
        return []


def program_of(pid):
    try:
        return os.path.basename(os.readlink(f"/proc/{pid}/exe"))
    except OSError:
        return "?"


def main():
    own, parent = str(os.getpid()), os.getppid()
    seen, pids, rounds = set(), set(), 0
    signal.signal(signal.SIGTERM, stop)
    with open(sys.argv[1], "w", encoding="ascii", errors="backslashreplace") as out:
        while running and os.getppid() == parent:
            rounds += 1
            for pid in filter(str.isdigit, os.listdir("/proc")):
                if pid == own:
                    continue
                pids.add(pid)
                for name in ("cmdline", "environ"):
                    for word in words(pid, name):
                        if word and (name, word) not in seen:
                            seen.add((name, word))
                            text = word.decode("utf-8", "backslashreplace").replace("\n", "\\n")
                            out.write(f"{program_of(pid)}\t{name}\t{text}\n")
            out.flush()
        out.write(f"watched\t{rounds} rounds\t{len(pids)} processes\n")


main()
