"""What the fake holds, how a route is registered, and Scaleway's own errors."""

import re
import threading
import time
import uuid

SECRET = "11111111-2222-4333-8444-555555555555"
TAKES = 1.0  # seconds that a change of state takes
Z = "/instance/v1/zones/{zone}"
V2 = "/instance/v2alpha1/zones/{zone}"
ROUTES = []


class Refused(Exception):
    """An answer of Scaleway's that is no success."""

    def __init__(self, status, **body):
        super().__init__(body)
        self.status, self.body = status, body


def not_found(resource, ident):
    return Refused(404, type="not_found", resource=resource, resource_id=ident,
                   message="resource is not found")


def invalid(name, why="required"):
    return Refused(400, type="invalid_arguments", message="invalid argument(s)",
                   details=[{"argument_name": name, "reason": why, "help_message": ""}])


def in_use(resource, ident):
    return Refused(412, type="precondition_failed", precondition="resource_still_in_use",
                   message=f"{resource} {ident} is still in use", help_message="")


class Store:
    """Everything there is, by kind and id."""

    def __init__(self):
        self.kinds = {}
        self.unknown, self.calls, self.faults, self.held = [], [], [], []
        self.lock = threading.RLock()

    def add(self, kind, place, **fields):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        thing = {"id": str(uuid.uuid4()), "created_at": now, "updated_at": now, **place, **fields}
        self.all(kind)[thing["id"]] = thing
        return thing

    def all(self, kind):
        return self.kinds.setdefault(kind, {})

    def get(self, kind, ident):
        if ident not in self.all(kind):
            raise not_found(kind, ident)
        return self.all(kind)[ident]

    def drop(self, kind, ident):
        del self.all(kind)[ident]

    def where(self, kind, **fields):
        return [t for t in self.all(kind).values()
                if all(t.get(k) == v for k, v in fields.items())]

    def settle(self):
        """Ends every change whose time has come."""
        for kind in list(self.kinds):
            for thing in list(self.all(kind).values()):
                change = thing.get("_change")
                if change and change[0] <= time.monotonic():
                    del thing["_change"]
                    change[1](thing)


store = Store()


def later(thing, change):
    thing["_change"] = (time.monotonic() + TAKES, change)


def route(method, pattern, need=""):
    """Registers a handler; {zone}, {region} and {id} are parts of the path."""
    regex = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) + "$"

    def register(function):
        ROUTES.append((method, re.compile(regex), need.split(), function))
        return function
    return register


def shown(thing):
    return {k: v for k, v in thing.items() if not k.startswith("_")}
