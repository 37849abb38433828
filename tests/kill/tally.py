"""tally - what was seen and hit how often, and what to hit next."""
import collections
import os

from faults import ON_ONE, Shot
from proxy import PHASES

ENOUGH = 3  # how often a step has to be seen before it has to be hit


class Tally:
    """Which step was seen and hit how often, by what, and how rounds ended."""

    def __init__(self):
        self.seen = collections.Counter()
        self.at_most = collections.defaultdict(int)  # (command, step): how often in a run without a fault
        self.seconds = {}  # command: how long a run of it took
        self.hits = collections.defaultdict(collections.Counter)  # step: {fault: times}
        self.tried = collections.Counter()
        self.rounds, self.right, self.missed = 0, 0, 0

    def learn(self, command, run):
        if command.anytime:
            run.steps.append(command.anytime)
        for step, times in collections.Counter(run.steps).items():
            key = (command.like, step)
            self.at_most[key] = max(times if not run.shot else 1, self.at_most[key])
        self.seen.update(set(run.steps))
        if not run.shot:
            self.seconds[command.like] = run.seconds

    def hit(self, shot):
        self.hits[shot.step][shot.fault] += 1

    def draw(self, world, command, rng):
        """A shot at the step that was hit least, with the fault that it had least. Four
        that were never reached count as much as a hit."""
        steps = sorted(s for c, s in self.at_most if c == command.like)
        if not steps:
            return None
        step = min(steps, key=lambda s: (self.tried[s] + 3 * sum(self.hits[s].values()), rng.random()))
        self.tried[step] += 1
        if step == command.anytime:
            command.seconds = self.seconds[command.like]
            return Shot(world, step, 1, "at", "kill-all")
        faults = [f for f in command.faults if f != "half" or " ssh" not in step]
        fault = min(faults, key=lambda f: (self.hits[step][f], rng.random()))
        phase = "at" if " ssh" in step else "after" if fault == "half" else rng.choice(PHASES)
        most = self.at_most[(command.like, step)]
        return Shot(world, step, rng.randint(1, min(most, 4)), phase, fault)

    def never_hit(self):
        return sorted(s for s, n in self.seen.items() if n >= ENOUGH and not self.hits[s])

    def table(self):
        faults = list(dict.fromkeys(ON_ONE + ("kill-all",)))
        width = max(map(len, self.seen), default=10) + 2
        yield "".join([" " * width, "seen".rjust(6)] + [f.rjust(9) for f in faults] + ["all".rjust(6)])
        for step in sorted(self.seen):
            h = self.hits[step]
            yield "".join([step.ljust(width), str(self.seen[step]).rjust(6)] +
                          [str(h[f] or "-").rjust(9) for f in faults] + [str(sum(h.values())).rjust(6)])


def read_cases():
    """What has gone wrong once: (command, step, phase, fault) of each."""
    with open(os.path.join(os.path.dirname(__file__), "cases"), encoding="ascii") as f:
        lines = [line.strip() for line in f]
    return [[part.strip() for part in line.split("|")] for line in lines if line and line[0] != "#"]
