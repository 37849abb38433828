"""tally - what was seen and hit how often, and what to hit next."""
import collections
import os

from faults import OF_A_REPLY, ON_ONE, Shot
from proxy import PHASES

HOPELESS = 10  # how often a step may be missed until the rest of a life need not wait for it
MOST = 4       # times that a step is reached in one run, of which one is drawn


def _lines(name):
    """What a file of this folder says, line by line."""
    with open(os.path.join(os.path.dirname(__file__), name), encoding="ascii") as f:
        lines = [line.strip() for line in f]
    return [[part.strip() for part in line.split("|")] for line in lines if line and line[0] != "#"]


def read_cases(text, every_life):
    """What has gone wrong once: (command, step, phase, fault) of each that holds the text."""
    return [case[:4] for case in _lines("cases")
            if text in " | ".join(case) and (every_life or case[4:] != ["soak"])]


def read_steps():
    """{step of an executable: what it takes that a life comes to it, or None}."""
    return {line[0]: line[1] if len(line) > 1 else None for line in _lines("steps")}


class Tally:
    """Which step was seen and hit how often, by what, and how rounds ended."""

    def __init__(self):
        self.seen = collections.Counter()
        self.sure = {}  # command: {step: how often at least, in a run without a fault}
        self.seconds = {}  # command: how long a run of it took
        self.hits = collections.defaultdict(collections.Counter)  # step: {fault: times}
        self.tried, self.faults = collections.Counter(), collections.Counter()
        self.rounds, self.right, self.missed = 0, 0, 0

    def learn(self, command, run, with_faults):
        if command.anytime:
            run.steps.append(command.anytime)
        steps = collections.Counter(run.steps)
        self.seen.update(set(steps))
        if not with_faults:
            before = self.sure.get(command.name, steps)
            self.sure[command.name] = {s: min(n, steps[s]) for s, n in before.items() if steps[s]}
        if not run.shot:
            self.seconds[command.name] = run.seconds

    def hit(self, shot):
        self.hits[shot.step][shot.fault] += 1

    # ---- what to hit next ----

    def to_hit(self, names):
        """Steps of these commands that were not hit yet, but can be."""
        return [s for name in names for s in self.sure.get(name, ())
                if not self.hits[s] and self.tried[s] < HOPELESS]

    def draw(self, world, command, rng):
        """A shot at the step that was hit least, with the fault that it had least. Four
        that were never reached count as much as a hit."""
        steps = self.sure.get(command.name)
        if not steps:
            return None
        step = min(sorted(steps), key=lambda s: (
            not self.to_hit([command.name]) or bool(self.hits[s]),
            self.tried[s] + 3 * sum(self.hits[s].values()), rng.random()))
        self.tried[step] += 1
        if step == command.anytime:
            command.seconds = self.seconds[command.name]
            return Shot(world, step, 1, "at", "kill-all")
        faults = [f for f in command.faults if f not in OF_A_REPLY or " ssh" not in step]
        fault = min(faults, key=lambda f: (self.hits[step][f], self.faults[f], rng.random()))
        self.faults[fault] += 1
        phase = "at" if " ssh" in step else "after" if fault in OF_A_REPLY else rng.choice(PHASES)
        most = min(steps[step], MOST) if self.hits[step] else 1
        return Shot(world, step, rng.randint(1, most), phase, fault)

    # ---- what came of it ----

    def must(self):
        """Every step that has to be hit."""
        listed = {s for s, why in read_steps().items() if not why}
        return listed | {s for steps in self.sure.values() for s in steps}

    def faults_of_list(self):
        """What is wrong with tests/kill/steps."""
        listed = read_steps()
        for step in sorted(self.seen):
            if step not in listed and not step.startswith("terraform"):
                yield "%s: not listed in tests/kill/steps" % step

    def never_hit(self):
        return sorted(s for s in self.must() if not self.hits[s])

    def table(self):
        faults = list(dict.fromkeys(ON_ONE + ("kill-all",)))
        steps = sorted(self.must() | set(self.seen))
        width = max(map(len, steps), default=10) + 2
        yield "".join([" " * width, "seen".rjust(6)] + [f.rjust(9) for f in faults] + ["all".rjust(6)])
        for step in steps:
            h = self.hits[step]
            yield "".join([step.ljust(width), str(self.seen[step]).rjust(6)] +
                          [str(h[f] or "-").rjust(9) for f in faults] + [str(sum(h.values())).rjust(6)])
