#!/usr/bin/env python3
"""soak [--runs N] [--seed N] [--verbose] - kills the executables, and what they
talk to, at every step of a swarm's life, again and again.

A round is one command of the life (lives in life.py) with one fault (faults.py)
at one of its steps, then the same command again without, then a look at all
hosts (wanted.py). What was hit how often is printed as a table. The same seed
draws the same faults. Needs namespaces of its own: tests/kill/soak makes them.
"""
import argparse
import itertools
import os
import random
import sys
import tempfile
import time

from faults import Shot, World
from hosts import Hosts, lab
from life import Life
from proxy import Proxy
from run import Run
from tally import Tally, read_cases
from terraform import TerraformLife
from wanted import Secrets, problems
import work

LIVES = (TerraformLife, Life, Life)
TWO_LIVES = 60
SHOWN = 40   # lines of what a run said, when it went wrong
AGAIN = 0.2  # how often the second run gets a fault too


class Soak:
    def __init__(self, hosts, options):
        self.hosts, self.options = hosts, options
        self.world = World(hosts, Proxy(hosts))
        self.rng = random.Random(options.seed)
        self.tally, self.secrets = Tally(), Secrets()
        self.log, self.heard, self.wanted = [], "", None  # of this life
        self.failed, self.cases = 0, read_cases()

    def say(self, text):
        if self.options.verbose:
            print("# " + text, flush=True)

    # ---- one command ----

    def run(self, command, shot):
        run = Run(self.world, command, shot, self.rng)
        command.run = run
        run.go()
        self.world.settle()
        self.tally.learn(command, run)
        if shot and shot.fired_at:
            self.tally.hit(shot)
        self.log.append("%s%s: %s, %s\n%s" % (
            command.name, " (%s)" % shot if shot else "", command.host.name if command.host else "all",
            run.code, "\n".join(run.said.splitlines()[-SHOWN:])))
        self.secrets.learn(self.wanted)
        if command.executable != "fetch-tokens":
            self.heard += run.said
        return run, command.claims(run) + (["it hung"] if run.code == "hung" else [])

    def round(self, command, shots):
        """The command with each of the faults, then without; what is wrong then."""
        bad = []
        for shot in shots:
            bad += self.run(command, shot)[1]
            if shot.must_fire and not shot.fired_at:
                bad.append("the case was never reached")
        command.change()
        if not command.again:
            return bad
        run, more = self.run(command, None)
        if run.code != 0:
            bad.append("without a fault it ended with %s" % run.code)
        return (bad + more + problems(self.wanted) + self.secrets.leaks("what was said", self.heard) +
                self.secrets.in_files(self.hosts.work))

    def shots(self, command):
        """Those of the first case for this command, else what is drawn."""
        for case in self.cases:
            if case[0] == command.name:
                self.cases.remove(case)
                shot = Shot(self.world, case[1], 1, *case[2:])
                shot.must_fire = True
                return [shot]
        shots = [self.tally.draw(self.world, command, self.rng)]
        while shots[-1] and self.rng.random() < AGAIN:
            shots.append(self.tally.draw(self.world, command, self.rng))
        return [s for s in shots if s]

    # ---- one life ----

    def life(self, kind, with_faults):
        """False when it went wrong and was given up."""
        self.log, self.heard = [], ""
        life = kind(self.hosts, self.rng)
        self.wanted = life.wanted
        for command in life.commands():
            if with_faults and self.enough():
                return True
            begun = time.monotonic()
            shots = self.shots(command) if with_faults else []
            try:
                if self.wanted.service:
                    work.begin(self.wanted)
                bad = self.round(command, shots)
            except (TimeoutError, RuntimeError, AssertionError, OSError) as e:
                bad = [repr(e)]
            self.say("%-26s %-60s %5.1f s %s" % (command.name, "; ".join(map(str, shots)),
                                                 time.monotonic() - begun, bad or ""))
            if with_faults:
                self.count(shots, bad)
            if bad:
                self.failure(command, shots, bad, with_faults)
                return False
        return True

    def count(self, shots, bad):
        self.tally.rounds += 1
        self.tally.right += not bad
        self.tally.missed += not any(s.fired_at for s in shots)

    def failure(self, command, shots, bad, with_faults):
        self.failed += 1
        print("not ok %s with %s (seed %d, round %d)" % (
            command.name, "; ".join(map(str, shots)) or "no fault", self.options.seed, self.tally.rounds))
        for line in bad + "\n".join(self.log[-6:]).splitlines():
            print("#   " + line)
        sys.stdout.flush()

    # ---- all ----

    def enough(self):
        """As many rounds as wanted, and every case has had its life, if there was time for two."""
        done = self.tally.rounds
        return done >= self.options.runs and (not self.cases or done >= self.options.runs + TWO_LIVES)

    def go(self):
        for kind in dict.fromkeys(LIVES):
            self.hosts.reset()
            if not self.life(kind, False):
                return
            print("ok a life without a fault, by %s" % kind.by, flush=True)
        for kind in itertools.cycle(LIVES):
            if self.enough():
                return
            self.hosts.reset()
            self.life(kind, True)

    def report(self):
        t = self.tally
        for line in t.table():
            print("# " + line)
        print("# seed %d: %d rounds, %d ended right, %d without a hit; %d of %d steps were hit" % (
            self.options.seed, t.rounds, t.right, t.missed, sum(1 for s in t.seen if t.hits[s]), len(t.seen)))
        for case in self.cases:
            print("not ok no life came to the case " + " | ".join(case))
            self.failed += 1
        if t.rounds:
            print("%s %d of %d rounds ended right" % ("ok" if t.right == t.rounds else "not ok", t.right, t.rounds))
        if self.options.every_step:
            never = t.never_hit()
            print("%s every step was hit" % ("not ok" if never else "ok"))
            for step in never:
                print("#   never hit: " + step)
            self.failed += bool(never)


def parse():
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--runs", type=int, default=20)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--every-step", action="store_true", help="fail when a step was not hit")
    p.add_argument("--verbose", action="store_true")
    return p.parse_args()


def main():
    options = parse()
    with tempfile.TemporaryDirectory(prefix="tsh-kill.") as folder:
        os.environ.setdefault("LAB_STATE", os.path.join(folder, "lab"))
        os.makedirs(os.path.join(folder, "work", "tmp"))
        hosts = Hosts("kil", "10.210.1", 4, os.path.join(folder, "work"))
        try:
            hosts.up()
            soak = Soak(hosts, options)
            soak.go()
            soak.report()
        finally:
            lab("purge")
    return 1 if soak.failed else 0


if __name__ == "__main__":
    sys.exit(main())
