"""streams.py - what a script prints as its last arrives between two reads.

prepare-node of the folder --bins reads the two streams of a script in turn, and a read for one
of them takes in what has come for both. Here the system waits before each read, so that the
last line arrives between the two, where no poll tells of it any more.
"""
import concurrent.futures
import json
import os
import subprocess

import calls
import pytest

READ_US = 30000  # microseconds that each read is held back
# Milliseconds from the last line but one to the last: the gap is somewhere in between, by the
# speed of the machine.
PAUSES_MS = range(10, 170, 10)
DELAY = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=recvfrom", "-e", "inject=recvfrom:delay_enter=%d" % READ_US]


@pytest.fixture
def sshd(tmp_path):
    it = calls.Sshd(str(tmp_path))
    yield it
    it.close()


def prepare(bins, sshd, pause_s, timeout, delay=()):
    """Exit code, stdout, stderr of a script that prints two lines so many seconds apart."""
    path = sshd.path("script-%.3f" % pause_s)
    with open(path, "w", encoding="ascii") as script:
        script.write("echo first\nsleep %.3f\necho last\n" % pause_s)
    query = {"script": path, "name": "dev-manager-1", "timeout": timeout}
    query.update((key, value) for key, value in sshd.query("").items() if key != "docker_socket")
    done = subprocess.run(
        [*delay, os.path.join(bins, "prepare-node")],
        input=json.dumps(query).encode(),
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": sshd.folder, "TEST_PASSPHRASE": calls.PASSPHRASE},
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


# mutant helpers/ssh/exec.c round_of: s->received != before => false
#   fails the last line between two reads
@pytest.mark.parametrize("_", [0], ids=["the last line between two reads"])
def test_between(bins, sshd, _):
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        ends = list(pool.map(lambda ms: prepare(bins, sshd, ms / 1000, "20s", DELAY), PAUSES_MS))
    for code, out, err in ends:
        assert code == 0, err
        assert json.loads(out)["last_line"] == "last"


@pytest.mark.parametrize("_", [0], ids=["a script that does not end in time"])
def test_late(bins, sshd, _):
    code, out, err = prepare(bins, sshd, 20, "2s")
    last = err.splitlines()[-1]
    assert (code, out) == (3, b""), err
    assert "script-20.000 did not end in time (its last line: first)" in last and "longer timeout" in last
