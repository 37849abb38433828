"""fetch-tokens beside the usual script, a bare ssh, a shared connection and the floor."""

import json
import os
import re
import shutil
import subprocess
import time

from link import Link

ROUND_TRIP = 0.1
BURST = 100


def has_tokens(sample):
    result = json.loads(sample.out)
    if not result["worker"].startswith("SWMTKN-") or not result["manager"].startswith("SWMTKN-"):
        raise RuntimeError("no tokens came back")
    return sample


def master(lab, work):
    """An open ControlMaster connection to host 1; its socket."""
    path = os.path.join(work, "master")
    subprocess.run(lab.ssh(1, options=["-M", "-N", "-f", "-S", path]), check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return path


def in_empty_root(lab, work, static):
    """The executable's call in a root that has nothing but it, its key and a /tmp."""
    root = os.path.join(work, "root")
    os.makedirs(os.path.join(root, "tmp"))
    for path in (static, lab.key, lab.known_hosts):
        shutil.copy(path, root)
    return ["chroot", root, "/fetch-tokens", "--host", lab.address(1), "--private-key", "/key",
            "--known-hosts", "/known_hosts"]


def reading(bench, lab, port=22, address=None):
    """The ways of reading tokens from host 1, by name."""
    options = lab.ssh(1, port=port, address=address)[1:-1]
    script = [os.path.join(bench.root, "tests", "bench", "usual-script.sh"), *options]
    query = json.dumps({"host": f"root@{address or lab.address(1)}"}).encode()
    return {
        "fetch-tokens": lambda: has_tokens(
            bench.run([bench.helper("fetch-tokens"), *lab.login(1, port=port, address=address)])),
        "two ssh and jq": lambda: has_tokens(bench.run(script, query)),
        "ssh host true": lambda: bench.run(lab.ssh(1, "true", port=port, address=address)),
        "floor: libssh2 alone": lambda: bench.run(
            [os.path.join(bench.tools, "floor"), address or lab.address(1), str(port), "root", lab.key]),
        "floor: libssh2, and libcurl started": lambda: bench.run(
            [os.path.join(bench.tools, "floor-with-curl"), address or lab.address(1), str(port), "root", lab.key]),
    }


def near(bench, lab, work):
    """On the lab's network, a bridge."""
    ways = reading(bench, lab)
    shared = master(lab, work)
    script = [os.path.join(bench.root, "tests", "bench", "usual-script.sh"), "-F", "none", "-S", shared]
    query = json.dumps({"host": f"root@{lab.address(1)}"}).encode()
    ways["the same over ControlMaster"] = lambda: has_tokens(bench.run(script, query))
    static = os.path.join(bench.root, "bin", "static", "fetch-tokens")
    if os.access(static, os.X_OK):
        command = in_empty_root(lab, work, static)
        ways["fetch-tokens, static, in an empty root"] = lambda: has_tokens(bench.run(command))
    samples = bench.interleave(bench.pairs, **ways)
    subprocess.run(["ssh", "-S", shared, "-O", "exit", "host"], check=False, stderr=subprocess.DEVNULL)
    rows = {name: bench.row("tokens, near", name, taken) for name, taken in samples.items()}
    ours = rows["fetch-tokens"]
    for name, row in rows.items():
        row.ratio = row.median / ours.median
    bench.judge(ours, "<= 42 ms", ours.median <= 0.042)
    bench.judge(ours, "<= 9 ms CPU", ours.cpu <= 0.009)
    bench.judge(ours, "<= 8 MiB", ours.memory <= 8192)
    bench.judge(rows["two ssh and jq"], ">= 16 times fetch-tokens", rows["two ssh and jq"].ratio >= 16)
    bench.judge(rows["ssh host true"], ">= 7 times fetch-tokens", rows["ssh host true"].ratio >= 7)
    return rows


def far(bench, lab, near_rows):
    """Through a proxy that adds a round trip's time; what is waited for is what is above the
    same on the near link."""
    link = Link(lab.address(1), round_trip=ROUND_TRIP)
    with open(lab.known_hosts, encoding="ascii") as known:
        key = next(line.split(" ", 1)[1] for line in known if line.startswith(lab.address(1) + " "))
    with open(lab.known_hosts, "a", encoding="ascii") as known:
        known.write(f"[127.0.0.1]:{link.port} {key}")
    seen = {}

    def counted(name, way):
        def run():
            link.forget()
            sample = way()
            seen[name] = (link.bytes(), link.flights)
            return sample
        return run

    ways = reading(bench, lab, port=link.port, address="127.0.0.1")
    samples = bench.interleave(bench.pairs, **{name: counted(name, way) for name, way in ways.items()})
    for name, taken in samples.items():
        row = bench.row("tokens, 100 ms link", name, taken, sent=seen[name][0][0], received=seen[name][0][1])
        row.round_trips = (row.median - near_rows[name].median) / ROUND_TRIP
        if name == "fetch-tokens":
            bench.judge(row, "<= 8.5 round trips", row.round_trips <= 8.5)
    return seen["fetch-tokens"][1]


def burst(bench, lab):
    """All at once against one sshd with Debian's settings (MaxStartups 10:30:100)."""
    start = time.monotonic()
    started = [bench.start([bench.helper("fetch-tokens"), *lab.login(1)]) for _ in range(BURST)]
    samples = [bench.finish(one)[0] for one in started]
    whole = time.monotonic() - start
    fine = sum(not s.code and bool(re.search(b"SWMTKN-", s.out)) for s in samples)
    bench.row(f"{BURST} at once", "each fetch-tokens", samples)
    row = bench.row(f"{BURST} at once", f"all of them, {fine} succeeded", [whole])
    bench.judge(row, "100 succeed in <= 2 s", fine == BURST and whole <= 2)


def tokens(bench, lab, work):
    rows = near(bench, lab, work)
    flights = far(bench, lab, rows)
    burst(bench, lab)
    return flights
