"""order - which machines go next, and whose a change of a plan is. docs/rolling.md has the reasons."""
from terraform import actions, deletes

TAINTED = "replace_because_tainted"


def number(name):
    end = name.rsplit("-", 1)[-1]
    return int(end) if end.isdigit() else 0


def by_number(names):
    return sorted(names, key=lambda name: (name.rsplit("-", 1)[0], number(name), name))


def at_most(text, workers):
    """A number, or a percentage of the workers, rounded down, one at least."""
    if text.endswith("%"):
        return max(1, workers * int(text[:-1]) // 100)
    return int(text)


def next_batch(names, nodes, swarm, most):
    """Of `names` those that are replaced next, together."""
    names = by_number(names)
    managers = sorted((n for n in names if n in nodes and nodes[n]["role"] == "manager"), key=swarm.leads)
    workers = [n for n in names if n in nodes and nodes[n]["role"] == "worker"]
    others = [n for n in names if n not in nodes]
    idle_managers = [n for n in managers if swarm.idle(n) and not swarm.leads(n)]
    idle_workers = [n for n in workers if swarm.idle(n)]
    return idle_managers[:1] or idle_workers[:most] or managers[:1] or workers[:most] or others[:1]


def batches(names, nodes, swarm, most):
    """All of them, in the order in which they would go."""
    left, out = list(names), []
    while left:
        out.append(next_batch(left, nodes, swarm, most))
        left = [name for name in left if name not in out[-1]]
    return out


def extras(machines, surge):
    """The nodes that are there for the time of a roll: the last ones of their groups."""
    out = []
    for group, count in surge.items():
        names = by_number(name for name, machine in machines.items() if machine["group"] == group)
        out += names[len(names) - count:] if count else []
    return out


def wanted_surge(names, nodes, machines, surge, workers):
    """What has to be there in addition while the next ones of `names` go."""
    own = set(nodes) - set(extras(machines, surge))
    managers = [name for name in own if nodes[name]["role"] == "manager"]
    leaving = [name for name in names if name in nodes and nodes[name]["role"] == "manager"]
    if leaving:
        # Two, as the number of managers is odd
        return {machines[leaving[0]]["group"]: 2} if len(managers) == 1 else {}
    groups = {machines[name]["group"] for name in names if name in nodes}
    return {group: workers for group in sorted(groups)} if workers else {}


def owner(change, names, machines):
    """The node, or other machine, that the change is about; None if it is about the cluster."""
    if change.get("index") in names:
        return change["index"]
    for name, machine in machines.items():
        if change["address"] in machine["replace"]:
            return name
    return None


def leaving(plan, names, machines):
    """Of whom the plan replaces or removes anything."""
    return {owner(change, names, machines) for change in plan.changes if deletes(change)} - {None}


def all_names(plan, nodes, machines):
    """Also of those that are in a state without ever having been finished."""
    leaves = {c["index"] for c in plan.changes if c.get("name") == "leave" and isinstance(c.get("index"), str)}
    return leaves | set(nodes) | set(machines)


def unfinished(plan, nodes, machines, sound):
    """Whom an earlier run has left half-way, by what the plan is to do: names, sorted. None if
    the plan is to do something else. `sound` says whether a node is well."""
    names = all_names(plan, nodes, machines)
    mine = {}
    for change in plan.changes:
        mine.setdefault(owner(change, names, machines), []).append(change)
    mine.pop(None, None)
    left = []
    for name, changes in mine.items():
        if all(actions(c) == ["update"] for c in changes):
            continue  # of a node that asks the one that is meant
        if name not in machines:
            if not all(actions(c) == ["delete"] for c in changes):
                return None
        elif not was_begun(changes) or (sound(name) and takes(changes, machines[name])):
            return None
        left.append(name)
    return by_number(left) or None


def was_begun(changes):
    """Something of the node is gone already, or is to be done again."""
    return any(actions(c) == ["create"] or c.get("action_reason") == TAINTED for c in changes)


def takes(changes, machine):
    return any(deletes(c) and (c["address"] in machine["replace"] or c.get("name") == "leave") for c in changes)


def never_ready(plan, name):
    """Its machine is not known to have ever been prepared: modules/swarm makes `leave` after that."""
    return any(c.get("name") == "leave" and c.get("index") == name and actions(c) == ["create"] for c in plan.changes)
