"""What the fake holds, the routes to it, and Scaleway's own errors."""

import re
import threading
import time
import uuid

TAKES = 1.0  # seconds that a change of state takes
ROUTES, UNKNOWN, CALLS, FAULTS = [], [], [], []
THINGS = {}  # kind: {id: thing}
LOCK = threading.RLock()


class Refused(Exception):
    """An answer of Scaleway's that is no success."""

    def __init__(self, status, **body):
        super().__init__(body)
        self.status, self.body = status, body


def not_found(kind, ident):
    return Refused(404, type="not_found", resource=kind, resource_id=ident, message="resource is not found")


def invalid(name, why="required"):
    return Refused(400, type="invalid_arguments", message="invalid argument(s)",
                   details=[{"argument_name": name, "reason": why, "help_message": ""}])


def in_use(kind, ident):
    return Refused(412, type="precondition_failed", precondition="resource_still_in_use",
                   message=f"{kind} {ident} is still in use", help_message="")


def all_of(kind):
    return THINGS.setdefault(kind, {})


def get(kind, ident, **place):
    """That thing, which only its own zone or region knows, where one is named."""
    thing = all_of(kind).get(ident)
    if thing is None or any(thing.get(k) != v for k, v in place.items()):
        raise not_found(kind, ident)
    return thing


def where(kind, **fields):
    return [t for t in all_of(kind).values() if all(t.get(k) == v for k, v in fields.items())]


def shown(thing):
    return {k: v for k, v in thing.items() if not k.startswith("_")}


def later(thing, change):
    thing["_change"] = (time.monotonic() + TAKES, change)


def settle():
    """Ends every change whose time has come."""
    for thing in [t for things in THINGS.values() for t in things.values()]:
        when, change = thing.get("_change", (float("inf"), None))
        if when <= time.monotonic():
            del thing["_change"]
            change(thing)


def check_fields(body, need):
    """Refuses a body that lacks one of these; "a.b" is the field b of a."""
    for field in need:
        value = body
        for name in field.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value in (None, ""):
            raise invalid(field)


def route(method, pattern, need=""):
    """Registers a handler; {zone}, {region} and {id} are parts of the path."""
    regex = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern) + "$")

    def register(function):
        ROUTES.append((method, regex, need.split(), function))
        return function
    return register


class Kind:
    """Things of one kind. A class of it has the routes to make, show, change and delete one."""

    name = path = need = ""
    methods = ("POST", "GET", "PATCH", "DELETE")
    wrap, made = None, 200  # what an answer is wrapped in, and the status of a new one
    states = None  # a field; what it is while one is made, once it is, and while it goes (None: at once)
    busy = ()  # (kind, field) of what keeps one from being deleted

    def __init_subclass__(cls):
        self = cls()
        for method, end, function in (("POST", "", self.create), ("GET", "/{id}", self.show),
                                      ("PATCH", "/{id}", self.change), ("DELETE", "/{id}", self.delete)):
            if method in cls.methods:
                route(method, cls.path + end, cls.need if method == "POST" else "")(function)

    def complete(self, thing):
        """Adds to what was asked for what Scaleway adds, or refuses it."""

    def update(self, thing, body):
        thing.update({k: v for k, v in body.items() if v is not None})

    def view(self, thing):
        return shown(thing)

    def gone(self, thing):
        all_of(self.name).pop(thing["id"], None)

    def create(self, body, query, **place):
        now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        thing = {"id": str(uuid.uuid4()), "created_at": now, "updated_at": now, "tags": [], **place,
                 **{k: v for k, v in body.items() if v is not None}}
        self.complete(thing)
        all_of(self.name)[thing["id"]] = thing
        if self.states:
            thing[self.states[0]] = self.states[1]
            later(thing, lambda thing: thing.update({self.states[0]: self.states[2]}))
        return self.show(thing["id"]), self.made

    def show(self, id, body=None, query=None, **place):
        said = self.view(get(self.name, id, **place))
        return {self.wrap: said} if self.wrap else said

    def change(self, body, id, query=None, **place):
        self.update(get(self.name, id, **place), body)
        return self.show(id)

    def delete(self, id, body=None, query=None, **place):
        thing = get(self.name, id, **place)
        if any(where(kind, **{field: id}) for kind, field in self.busy):
            raise in_use(self.name, id)
        if not self.states or not self.states[3]:
            self.gone(thing)
            return None
        thing[self.states[0]] = self.states[3]
        later(thing, self.gone)
        return self.show(id)
