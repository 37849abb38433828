"""What the executables weigh, stripped, and that the static ones need nothing."""

import os
import shutil
import subprocess

from stats import Row

LIMIT = 1 << 20
# Those of 0.1.0, which have to stay below it together
LIMITED = ("describe-swarm", "drain-and-remove", "drain-swarm", "fetch-tokens", "init-swarm", "join-node", "prepare-node")


def stripped(path, work):
    copy = os.path.join(work, os.path.basename(path))
    subprocess.run(["strip", "-o", copy, path], check=True)
    return os.path.getsize(copy)


def runs_alone(path, work):
    """In a folder that holds nothing else, as its root."""
    root = os.path.join(work, "empty")
    os.makedirs(root)
    try:
        shutil.copy(path, os.path.join(root, "helper"))
        done = subprocess.run(["chroot", root, "/helper", "--version"], capture_output=True, check=False)
    finally:
        shutil.rmtree(root)
    return not done.returncode and os.path.basename(path).encode() in done.stdout


def size(bench, _lab, work):
    helpers = [os.path.join(bench.bin, name) for name in LIMITED]
    total = sum(stripped(path, work) for path in helpers)
    row = Row("size", f"{len(helpers)} executables of 0.1.0, stripped: {total} bytes", len(helpers), None, None)
    bench.judge(row, f"<= {LIMIT} bytes", total <= LIMIT)
    bench.rows.append(row)
    for name in sorted(set(os.listdir(bench.bin)) - set(LIMITED) - {"static"}):
        path = os.path.join(bench.bin, name)
        bench.rows.append(Row("size", f"{name}, stripped: {stripped(path, work)} bytes", 1, None, None))
    folder = os.path.join(bench.root, "bin", "static")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        row = Row("size", f"static {name}, stripped: {stripped(path, work)} bytes", 1, None, None)
        bench.judge(row, "starts in an empty root", runs_alone(path, work))
        bench.rows.append(row)
