"""What the executables weigh, stripped, and that the static ones need nothing."""

import os
import shutil
import subprocess

from stats import Row

LIMIT = 1 << 20
# A person's tools, which Terraform needs none of
TOOLS = ("docker-tunnel",)


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
    names = sorted(set(os.listdir(bench.bin)) - set(TOOLS))
    helpers = [path for path in (os.path.join(bench.bin, name) for name in names) if os.path.isfile(path)]
    total = sum(stripped(path, work) for path in helpers)
    row = Row("size", f"{len(helpers)} executables, stripped: {total} bytes", len(helpers), None, None)
    bench.judge(row, f"<= {LIMIT} bytes", total <= LIMIT)
    bench.rows.append(row)
    for name in TOOLS:
        path = os.path.join(bench.bin, name)
        bench.rows.append(Row("size", f"{name}, stripped: {stripped(path, work)} bytes", 1, None, None))
    folder = os.path.join(bench.root, "bin", "static")
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        path = os.path.join(folder, name)
        row = Row("size", f"static {name}, stripped: {stripped(path, work)} bytes", 1, None, None)
        bench.judge(row, "starts in an empty root", runs_alone(path, work))
        bench.rows.append(row)
