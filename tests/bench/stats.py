"""Running commands in turns and what comes out of it: the samples and the rows."""

import dataclasses
import math
import os
import statistics
import subprocess


@dataclasses.dataclass
class Sample:
    wall: float  # seconds
    cpu: float  # seconds, user and system
    memory: int  # KiB, peak
    code: int
    out: bytes


@dataclasses.dataclass
class Row:
    """One line of the table. Times in seconds, memory in KiB."""

    case: str
    what: str
    n: int
    median: float
    p95: float
    cpu: float = None
    memory: int = None
    ratio: float = None  # to the median of what it is compared with
    sent: int = None  # bytes
    received: int = None
    round_trips: float = None
    target: str = ""
    met: str = ""


def p95(values):
    """The nearest-rank 95th percentile."""
    return sorted(values)[math.ceil(0.95 * len(values)) - 1]


class Bench:
    """Knows where the programs are and collects the rows."""

    def __init__(self, root, tools, pairs):
        self.root = root
        self.bin = os.environ.get("BIN", os.path.join(root, "bin"))
        self.tools = tools
        self.pairs = pairs
        self.rows = []

    def helper(self, name):
        return os.path.join(self.bin, name)

    def start(self, command, query=b""):
        """Starts a command under `timed`; finish() waits for it."""
        read, write = os.pipe()
        process = subprocess.Popen(
            [os.path.join(self.tools, "timed"), str(write), *command],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=[write])
        os.close(write)
        process.stdin.write(query)
        process.stdin.close()
        process.stdin = None
        return process, read

    def finish(self, started):
        process, read = started
        out, said = process.communicate()
        with os.fdopen(read) as line:
            wall, cpu, memory, code = map(int, line.read().split())
        return Sample(wall / 1e6, cpu / 1e6, memory, code, out), said

    def run(self, command, query=b"", fine=True):
        sample, said = self.finish(self.start(command, query))
        if fine and sample.code:
            raise RuntimeError(f"{command[0]} ended with {sample.code}: {said.decode()}")
        return sample

    def interleave(self, pairs, **runs):
        """Calls each function once a round, in turn; each returns a sample. One round
        before the first that counts warms the caches of both sides."""
        samples = {name: [] for name in runs}
        for i in range(-1, pairs):
            for name, run in runs.items():
                sample = run()
                if i >= 0:
                    samples[name].append(sample)
        return samples

    def row(self, case, what, samples, reference=None, **more):
        """Adds the row of these samples. A sample may also be a number of seconds."""
        full = [s for s in samples if isinstance(s, Sample)]
        walls = [s.wall if isinstance(s, Sample) else s for s in samples]
        row = Row(case, what, len(walls), statistics.median(walls), p95(walls), **more)
        if full:
            row.cpu = statistics.median(s.cpu for s in full)
            row.memory = max(s.memory for s in full)
        if reference:
            row.ratio = row.median / reference.median
        self.rows.append(row)
        return row

    @staticmethod
    def judge(row, target, met):
        row.target = f"{row.target}; {target}" if row.target else target
        verdict = "yes" if met else "no"
        row.met = f"{row.met}; {verdict}" if row.met else verdict
