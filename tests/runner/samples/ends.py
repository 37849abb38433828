"""ends.py - a test of each kind of end."""
import time

import pytest


@pytest.mark.parametrize("n", [1, 2], ids="number {} is right".format)
def test_right(record_property, n):
    record_property("note", "%d" % n)


def test_that_is_wrong():
    pytest.fail("because", pytrace=False)


@pytest.mark.timeout(1)
def test_that_hangs():
    time.sleep(30)


def test_that_needs_a_moon():
    pytest.skip("there is none")


@pytest.fixture
def broken():
    raise RuntimeError("the fixture is broken")


def test_on_a_broken_fixture(broken):
    pass


def test_with_a_name(record_property):
    record_property("name", "its own name")
