#!/usr/bin/env python3
"""soak [--runs N] [--seed N] [--every-step] [--case TEXT] [--verbose] - kills the
executables, and what they talk to, at every step of a swarm's life, again and again.

A round is one command of a life (life.py, terraform.py) with one fault (faults.py) at
one of its steps, the one that was hit least; then the same command again without, then
a look at all hosts (wanted.py). What was hit how often is printed as a table. With
--every-step lives go on where steps (tests/kill/steps) are still to be hit, and it fails
when one was not. The same seed draws the same faults. --case plays nothing but the cases
(tests/kill/cases) that hold the text. Needs namespaces of its own: tests/kill/soak
makes them.
"""
import argparse
import contextlib
import itertools
import os
import random
import sys
import tempfile
import time

from faults import Shot, World
from hosts import Down, Hosts, lab
from life import Life
from proxy import Proxy
from run import Run
from tally import Tally, read_cases
from terraform import TerraformLife
from wanted import Secrets, hear_removed_dead, problems
import work

LIVES = (TerraformLife, Life, Life)
TWO_LIVES = 60
SHOWN = 40   # lines of what a run said, when it went wrong
AGAIN = 0.2  # how often the second run gets a fault too


def once_killed(shots):
    """That Terraform is killed in two applies, one after the other, is the one thing that
    the next apply may not notice: docs/faults.md says what to do then."""
    all_of_it = [s for s in shots if s.fault == "kill-all"]
    return [s for s in shots if s not in all_of_it[1:]]


class Soak:
    def __init__(self, hosts, options):
        self.hosts, self.options = hosts, options
        self.world = World(hosts, Proxy(hosts))
        self.rng = random.Random(options.seed)
        self.tally, self.secrets = Tally(), Secrets()
        self.log, self.heard, self.wanted = [], "", None  # of this life
        self.with_faults = False
        self.failed, self.mended = 0, 0
        self.cases = read_cases(options.case, options.case or options.every_step)

    def say(self, text):
        if self.options.verbose:
            print("# " + text, flush=True)

    # ---- one command ----

    def run(self, command, shot):
        run = Run(self.world, command, shot, self.rng)
        command.run = run
        run.go()
        self.world.settle()
        self.tally.learn(command, run, self.with_faults)
        if shot and shot.fired_at:
            self.tally.hit(shot)
        self.log.append("%s%s: %s, %s\n%s" % (
            command.name, " (%s)" % shot if shot else "", command.host.name if command.host else "all",
            run.code, "\n".join(run.said.splitlines()[-SHOWN:])))
        self.secrets.learn(self.wanted)
        hear_removed_dead(self.wanted, command, run.said)
        if command.executable != "fetch-tokens":
            self.heard += run.said
        return run, command.claims(run) + (["it hung"] if run.code == "hung" else [])

    def round(self, command, shots):
        """The command with each of the faults, then without; what is wrong then."""
        bad = []
        command.before()
        for shot in shots:
            bad += self.run(command, shot)[1]
            if shot.must_fire and not shot.fired_at:
                bad.append("the case was never reached")
        command.change()
        run, more = self.run(command, None)
        if run.code not in (command.ends if shots else command.ends[:1]):
            bad.append("without a fault it ended with %s" % run.code)
        command.after(run.code)
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
        if self.options.case:
            return []
        shots = [self.tally.draw(self.world, command, self.rng)]
        while shots[-1] and self.rng.random() < AGAIN:
            shots.append(self.tally.draw(self.world, command, self.rng))
        return once_killed([s for s in shots if s])

    # ---- what is left to Docker ----

    def lost_to_docker(self, managers, shots):
        """The host of a loss that nothing avoids (docs/quorum.md, "What is left to Docker"),
        else None: the engine of one of two managers died while there came to be two, or
        one. Managers: those before the command."""
        if not any(s.fired_at and s.fault in ("dockerd", "power") and "join-node" in s.step for s in shots):
            return None
        try:
            said = {h: h.swarm() for h in self.hosts.list}
        except Down:
            return None
        alone = [h for h in said if said[h]["ControlAvailable"]]
        if alone not in (managers, self.wanted.managers()) or len(alone) != 1:
            return None
        return alone[0] if "does not have a leader" in said[alone[0]]["Error"] else None

    def mend(self, command, host):
        """What docs/quorum.md says to do then; what is wrong afterwards."""
        status, reply = host.api("POST", "/swarm/init", {
            "ForceNewCluster": True, "ListenAddr": "0.0.0.0:2377", "AdvertiseAddr": host.address})
        if status != 200:
            return ["%s: --force-new-cluster: %s" % (host.name, reply)]
        self.mended += 1
        run, bad = self.run(command, None)
        if run.code != 0:
            bad.append("after --force-new-cluster it ended with %s" % run.code)
        return bad + problems(self.wanted)

    # ---- one life ----

    def wants(self, *names):
        """Whether to do one of these: without faults once, then as long as it has steps to
        hit. Only a run that is about every step has the time, or about a case of one."""
        if self.options.case:
            return any(case[0] in names for case in self.cases)
        if not self.options.every_step:
            return False
        if not self.with_faults:
            return any(name not in self.tally.sure for name in names)
        return bool(self.tally.to_hit(names))

    def life(self, kind):
        """False when it went wrong and was given up."""
        self.log, self.heard = [], ""
        life = kind(self.hosts, self.rng, self.wants)
        self.wanted = life.wanted
        for command in life.commands():
            if self.with_faults and self.enough():
                return True
            begun, managers = time.monotonic(), self.wanted.managers()
            shots = self.shots(command) if self.with_faults else []
            try:
                if self.wanted.service:
                    work.begin(self.wanted)
                bad = self.round(command, shots)
                if bad and (host := self.lost_to_docker(managers, shots)):
                    bad = self.mend(command, host)
            except (TimeoutError, RuntimeError, AssertionError, OSError, Down) as e:
                bad = [repr(e)]
            self.say("%-26s %-60s %5.1f s %s" % (command.name, "; ".join(map(str, shots)),
                                                 time.monotonic() - begun, bad or ""))
            if self.with_faults:
                self.count(shots, bad)
            if bad:
                self.failure(command, shots, bad)
                return False
        return True

    def count(self, shots, bad):
        self.tally.rounds += 1
        self.tally.right += not bad
        self.tally.missed += not any(s.fired_at for s in shots)

    def failure(self, command, shots, bad):
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

    def is_due(self, kind):
        """Whether such a life comes to a case, or to a step, that is still to be hit, or
        none does."""
        due = {case[0] for case in self.cases} or set(self.tally.to_hit(self.tally.sure))
        of_terraform = [name.startswith("terraform") for name in due]
        return not due or any(mine == (kind is TerraformLife) for mine in of_terraform)

    def whole_life(self, kind):
        self.hosts.reset()
        return self.life(kind)

    def go(self):
        if not self.options.case:
            for kind in dict.fromkeys(LIVES):
                if not self.whole_life(kind):
                    return
                print("ok a life without a fault, by %s" % kind.by, flush=True)
        self.rounds()

    def rounds(self):
        self.with_faults = True
        for kind in itertools.cycle(LIVES):
            if self.enough():
                return
            if self.is_due(kind):
                self.whole_life(kind)

    # ---- what came of it ----

    def report(self, seconds):
        t = self.tally
        if not self.options.case:
            for line in t.table():
                print("# " + line)
        must = t.must() if self.options.every_step else set(t.seen)
        print("# seed %d: %d rounds in %d s, %d ended right, %d without a hit; %d of %d steps were hit" % (
            self.options.seed, t.rounds, seconds, t.right, t.missed, sum(1 for s in must if t.hits[s]), len(must)))
        if self.options.case and not t.rounds:
            self.check(False, "no case holds " + self.options.case)
        for case in self.cases:
            self.check(False, "no life came to the case " + " | ".join(case))
        if self.mended:
            print("# %d of them after `docker swarm init --force-new-cluster`, see docs/quorum.md" % self.mended)
        if t.rounds:
            print("%s %d of %d rounds ended right" % ("ok" if t.right == t.rounds else "not ok", t.right, t.rounds))
        if self.options.every_step:
            never, wrong = t.never_hit(), list(t.faults_of_list())
            self.check(not never, "every step was hit", *("never hit: " + step for step in never))
            self.check(not wrong, "the list of steps is right", *wrong)

    def check(self, right, name, *why):
        print("%s %s" % ("ok" if right else "not ok", name))
        for line in why:
            print("#   " + line)
        self.failed += not right


def parse(arguments=None):
    p = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    p.add_argument("--runs", type=int, default=20)
    p.add_argument("--seed", type=int, default=1)
    p.add_argument("--case", default="", metavar="TEXT", help="only the cases that hold it")
    p.add_argument("--every-step", action="store_true", help="fail when a step was not hit")
    p.add_argument("--verbose", action="store_true")
    options = p.parse_args(arguments)
    if options.case:
        options.runs = 0
    return options


@contextlib.contextmanager
def soaked(options, kind=None):
    """A Soak, or one of a `kind` of it, with hosts of its own, which go with it."""
    with tempfile.TemporaryDirectory(prefix="tsh-kill.") as folder:
        os.environ.setdefault("LAB_STATE", os.path.join(folder, "lab"))
        os.makedirs(os.path.join(folder, "work", "tmp"))
        hosts = Hosts("kil", "10.210.1", 4, os.path.join(folder, "work"))
        try:
            hosts.up()
            yield (kind or Soak)(hosts, options)
        finally:
            lab("purge")


def main():
    with soaked(parse()) as soak:
        begun = time.monotonic()
        try:
            soak.go()
        except KeyboardInterrupt:
            soak.check(False, "interrupted")
        soak.report(time.monotonic() - begun)
        return 1 if soak.failed else 0


if __name__ == "__main__":
    sys.exit(main())
