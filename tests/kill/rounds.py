"""rounds.py - a short run of soak.py: each life without a fault, then rounds with one each."""
import os
import time

import pytest

from soak import LIVES, parse, soaked

RUNS, SEED = os.environ.get("RUNS", "20"), os.environ.get("SEED", "1")


@pytest.fixture(scope="session")
def soak():
    with soaked(parse(["--runs", RUNS, "--seed", SEED])) as it:
        yield it


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kind", dict.fromkeys(LIVES), ids=lambda kind: "a life without a fault, by " + kind.by)
def test_life(soak, kind):
    assert soak.whole_life(kind), "see above"


@pytest.mark.timeout(60 * (10 + int(RUNS)))
def test_rounds(soak):
    begun = time.monotonic()
    soak.rounds()
    soak.report(time.monotonic() - begun)
    assert not soak.failed, "see above"
