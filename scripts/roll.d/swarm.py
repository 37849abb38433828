"""swarm - the swarm as describe-swarm tells of it: its nodes by their names, and its services."""
import json
import os
import subprocess

from terraform import Failed


class Unreachable(Failed):
    """No manager could answer, which may pass."""


class Swarm:
    def __init__(self, told, nodes):
        self.cluster_id = told["cluster_id"]
        self.nodes = {name: find(told, node) for name, node in nodes.items()}
        self.services = {
            id_: {"name": told[id_ + ".name"], "mode": told[id_ + ".mode"],
                  "running": int(told[id_ + ".running"]), "desired": int(told[id_ + ".desired"])}
            for id_ in filter(None, told["services"].split(","))
        }

    def fault(self, name, role):
        """What keeps the node from counting; None if nothing does."""
        node = self.nodes.get(name)
        if node is None:
            return "is not in the swarm"
        if node["state"] != "ready":
            return f"is {node['state'].capitalize()}"
        if node["role"] != role:
            return f"is a {node['role']} in the swarm, and no {role}"
        if role == "manager" and node["reachability"] not in ("leader", "reachable"):
            return "is a manager that the others do not reach"
        return None

    def idle(self, name):
        """No work of the swarm is there."""
        node = self.nodes.get(name)
        return node is None or node["state"] != "ready" or node["availability"] == "drain"

    def leads(self, name):
        node = self.nodes.get(name)
        return node is not None and node["reachability"] == "leader"

    def lacking(self, before=None):
        """A service with fewer tasks than it should have, or had `before`, as a sentence; None."""
        for id_, service in self.services.items():
            was = before.services.get(id_) if before else None
            if service["mode"] == "job" or (before and not was):
                continue
            enough = enough_of(service, was)
            if service["running"] < enough:
                return f"service {service['name']} runs {service['running']} of {enough} tasks"
        return None


def find(told, node):
    """A node may have left an older entry behind: one that is Ready is the one that is meant."""
    ids = [
        id_ for id_ in filter(None, told["ids"].split(","))
        if told[id_ + ".address"] == node["address"] and told[id_ + ".hostname"].lower() == node["hostname"].lower()
    ]
    for id_ in sorted(ids, key=lambda id_: told[id_ + ".state"] != "ready"):
        return {key: told[f"{id_}.{key}"] for key in ("role", "availability", "state", "reachability")}
    return None


def enough_of(service, was):
    """As roll-swarm counts: a global service has fewer tasks to run while a node is away."""
    if not was or (was["mode"] != "global" and service["desired"] < was["running"]):
        return service["desired"]
    return min(was["running"], was["desired"])


def describe(root, roll):
    """Asks a manager, whichever answers."""
    query = dict(roll["query"], services="true")
    try:
        done = subprocess.run([roll["program"], "--query-env", "SWARM_QUERY"], cwd=root, stdin=subprocess.DEVNULL,
                              capture_output=True, text=True, start_new_session=True, check=False,
                              env=dict(os.environ, SWARM_QUERY=json.dumps(query)))
    except OSError as error:
        raise Failed(f"{roll['program']} cannot be run: {error.strerror}; it is the one that the last apply used") from error
    if done.returncode:
        raise Unreachable((done.stderr.strip().splitlines() or ["describe-swarm said nothing"])[-1])
    told = json.loads(done.stdout)
    if told["reachable"] != "true":
        raise Unreachable("no manager of the swarm answers")
    return Swarm(told, roll["nodes"])
