"""What the tests ask of the fake itself, below /_fake."""

from instance import server_gone
from network import addresses_of
from store import later, route, shown, store


@route("GET", "/_fake/state")
def state(**_):
    return {kind: [shown(t) for t in things.values()] for kind, things in store.kinds.items() if things}


@route("GET", "/_fake/unknown")
def unknown(**_):
    return store.unknown


@route("GET", "/_fake/calls")
def calls(**_):
    return store.calls


@route("POST", "/_fake/faults", "method path status times")
def fault_add(body, **_):
    store.faults.append(body)


@route("DELETE", "/_fake/faults")
def faults_clear(**_):
    store.faults.clear()
    store.held.clear()
    for server in store.where("server", state="starting"):
        later(server, lambda server: server.update(state="running"))


@route("POST", "/_fake/holds", "name")
def hold(body, **_):
    store.held.append(body["name"])


@route("DELETE", "/_fake/servers/{name}")
def server_removed(name, **_):
    for server in store.where("server", name=name):
        server_gone(server)
        store.drop("volume", server["_volume"])


@route("POST", "/iam/v1alpha1/ssh-keys", "name public_key project_id")
def key_create(body, **_):
    return shown(store.add("key", {}, **body))


@route("DELETE", "/iam/v1alpha1/ssh-keys/{id}")
def key_delete(id, **_):
    store.get("key", id)
    store.drop("key", id)


def server_machine(server):
    nics = [a for n in store.where("nic", server_id=server["id"]) for a in addresses_of(n["id"])]
    public = [ip["address"] for ip in store.all("ip").values() if ip["server"] and ip["server"]["id"] == server["id"]]
    group = store.get("group", server["_group"])
    return {"id": server["id"], "name": server["name"], "on": server["state"] == "running", "private": nics,
            "public": public, "user_data": server["_data"].get("cloud-init", ""), "bastion": None,
            "policy": group["inbound_default_policy"],
            "rules": [r for r in group["_rules"] if r["direction"] == "inbound"]}


def gateway_machine(gateway):
    attached = [a for a in store.where("attachment", gateway_id=gateway["id"]) if a["status"] == "ready"]
    ranges = gateway["bastion_allowed_ips"]
    return {"id": gateway["id"], "name": f"{gateway['name']}-gateway", "on": bool(attached) and gateway["status"] == "running",
            "private": [address for a in attached for address in addresses_of(a["id"])],
            "public": [store.get("ip", gateway["_ip"])["address"]], "user_data": "", "policy": "drop",
            "bastion": gateway["bastion_port"],
            "rules": [{"protocol": "TCP", "action": "accept", "ip_range": r, "dest_port_from": gateway["bastion_port"],
                       "dest_port_to": None} for r in ranges]}


@route("GET", "/_fake/machines")
def machines(**_):
    """What the rig is to boot: only what is attached to a private network counts."""
    found = [server_machine(s) for s in store.all("server").values()]
    found += [gateway_machine(g) for g in store.all("gateway").values()]
    return {"keys": [k["public_key"] for k in store.all("key").values()],
            "machines": [m for m in found if m["private"]]}
