"""roll_rounds.py - rolls of a swarm, each with one fault at one step, and the next roll without;
a round fails where its step was not hit, or the next roll does not end right.

SIGKILL, of the helper and of Terraform, comes at every step.
"""
import pytest

import work
from faults import Shot
from hosts import Down
from roll import MANAGER, READS, STEPS_OF_A_LEADER, STEPS_OF_A_NODE, WORKER, Roll, Rolls, TerraformRoll
from soak import Soak, parse, soaked

OF_LEADER = STEPS_OF_A_NODE + STEPS_OF_A_LEADER


def phase(step):
    """What is killed has heard nothing of what was done."""
    if step == "ssh":
        return "at"
    return "before" if step in READS else "after"


class RollSoak(Soak):
    """Rounds of rolls, on a swarm that is made anew after one that went wrong."""

    def __init__(self, hosts, options):
        super().__init__(hosts, options)
        self.rolls, self.whole, self.by_terraform = Rolls(hosts), False, False

    def round(self, command, shots):
        return super().round(command, shots) + self.rolls.problems()

    def play(self, kind, role, fault=None, step=None):
        """A roll with that fault, and one without; fails with what is wrong then."""
        self.log = []
        if not self.whole:
            self.rolls.fresh()
            self.by_terraform = False
        self.whole, self.wanted = False, self.rolls.wanted
        shots = [Shot(self.world, step, 1, phase(step), fault)] if step else []
        for shot in shots:
            shot.must_fire = True
        command = kind(self.rolls, role)
        try:
            work.begin(self.wanted)
            bad = self.round(command, shots)
        except (TimeoutError, RuntimeError, AssertionError, OSError, Down) as e:
            bad = [repr(e)]
        if bad:
            self.failure(command, shots, bad)
        assert not bad, "see above"
        self.whole = True


@pytest.fixture(scope="session")
def rolls():
    with soaked(parse([]), RollSoak) as soak:
        yield soak


@pytest.fixture
def applied(rolls):
    """The same swarm as Terraform's."""
    if not (rolls.by_terraform and rolls.whole):
        rolls.rolls.plant()
        rolls.play(TerraformRoll, WORKER)
        rolls.by_terraform = True
    return rolls


def each(name, steps):
    return pytest.mark.parametrize("step", steps, ids=lambda step: "%s, at %s" % (name, step))


@pytest.mark.timeout(300)
@pytest.mark.parametrize("role", (MANAGER, WORKER), ids=lambda role: "a roll without a fault, of a " + role)
def test_no_fault(rolls, role):
    rolls.play(Roll, role)
    steps = (OF_LEADER if role == MANAGER else STEPS_OF_A_NODE) + READS
    assert [step for step in steps if step != "ssh" and not rolls.tally.seen[step]] == [], "these were not taken"


# mutant helpers/swarm/roll_node.c drain: swarm_roll_record() => 0
#   fails the helper is killed, at swarm +before-roll
# mutant helpers/swarm/roll.c begin: swarm_roll_finish_hand_over() => 0
#   fails the helper is killed, at node worker
@pytest.mark.timeout(300)
@each("the helper is killed", OF_LEADER + READS)
def test_killed(rolls, step):
    rolls.play(Roll, MANAGER, "kill", step)


# It alone, or with all that it has started
@pytest.mark.timeout(400)
@each("terraform is killed", OF_LEADER)
def test_terraform_is_killed(applied, step):
    applied.play(TerraformRoll, MANAGER, "kill-all" if OF_LEADER.index(step) % 2 else "terraform", step)
