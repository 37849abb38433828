"""results.py - a plugin of pytest that prints a result line for each test, as all tests here do.

The name of a test is what it records as "name", else the id that it was given, else that of
its function; what it records as "note" stands behind it. Why one failed comes after "#".
"""
import os
import sys

import pytest


def pytest_addoption(parser):
    parser.addoption("--prefix", default="", help="before every name")
    parser.addoption("--bins", help="folder of the executables")
    parser.addoption("--library", help="what is loaded into them")
    parser.addoption("--step", type=int, default=1, help="of how many calls one is made to fail")
    parser.addoption("--rss", action="store_true", help="look at their memory, too")


def say(line):
    """In one piece, so that lines of several threads do not mix."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def hashed(text):
    return "".join("\n# " + line for line in text.strip().splitlines())


def name_of(report):
    recorded = dict(report.user_properties)
    _, given, rest = report.nodeid.partition("[")
    name = rest[:-1] if given else report.nodeid.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return recorded.get("name", name), " (%s)" % recorded["note"] if "note" in recorded else ""


def pytest_runtest_logreport(report):
    if report.passed and report.when != "call":
        return
    name, note = name_of(report)
    if report.when == "teardown":
        name += ", its end"
    if report.passed:
        say("ok %s%s%s" % (PREFIX, name, note))
    elif report.skipped:
        say("skip %s%s - %s" % (PREFIX, name, report.longrepr[2]))
    else:
        say("not ok %s%s%s%s" % (PREFIX, name, note, hashed(report.longreprtext)))


def pytest_collectreport(report):
    if report.failed:
        say("not ok %s%s, its tests%s" % (PREFIX, report.nodeid or FILES, hashed(report.longreprtext)))


@pytest.hookimpl(trylast=True)
def pytest_configure(config):
    """pytest-timeout wants the reporter to be there; what that writes nobody wants."""
    global PREFIX, FILES
    PREFIX, FILES = config.getoption("prefix"), " ".join(config.args)
    config.get_terminal_writer()._file = open(os.devnull, "w", encoding="utf-8")


class Together:
    """Calls `function` for the `parameter` of all chosen tests, `threads` at a time, since most
    of them wait; a test asks for its own."""

    def __init__(self, pool, request, parameter, function):
        chosen = (item.callspec.params[parameter] for item in request.session.items
                  if parameter in getattr(item, "callspec", NOTHING).params)
        self.ends = {one: pool.submit(function, one) for one in chosen}

    def end_of(self, one):
        return self.ends[one].result()


class NOTHING:
    params = ()


@pytest.fixture(scope="session")
def bins(request):
    return request.config.getoption("bins")
