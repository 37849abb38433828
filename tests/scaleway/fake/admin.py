"""What the tests, and the bridge that boots hosts, ask of the fake itself: all below /_fake."""

from api import CALLS, FAULTS, THINGS, UNKNOWN, Kind, all_of, get, later, route, shown, where
from instance import Server, public_ips
from network import addresses_of


class Key(Kind):
    """Keys of the project's IAM; the module makes none, the tests do."""
    name, path, need = "key", "/iam/v1alpha1/ssh-keys", "name public_key project_id"


def state():
    return {kind: [shown(t) for t in things.values()] for kind, things in THINGS.items() if things}


for word, told in (("state", state), ("unknown", UNKNOWN.copy), ("calls", CALLS.copy)):
    route("GET", f"/_fake/{word}")(lambda told=told, **_: told())


@route("POST", "/_fake/faults")
def fault_add(body, **_):
    """{method, path, status, times}: what these calls are answered. {hold: a server that stays starting}. {dark: one
    that is said to run and does not}. {forge: one whose published host keys become these, keys}."""
    FAULTS.append(body)


@route("DELETE", "/_fake/faults")
def faults_clear(**_):
    FAULTS.clear()
    for server in where("server", state="starting"):
        later(server, lambda server: server.update(state="running"))


@route("DELETE", "/_fake/servers/{name}")
def server_lost(name, **_):
    for server in where("server", name=name):
        Server().gone(server)
        del all_of("volume")[server["_volumes"]["0"]]


def server_machine(server):
    group = get("group", server["_group"])
    return {"id": server["id"], "zone": server["zone"], "name": server["name"], "on": server["state"] == "running", "bastion": None,
            "private": [a for n in where("nic", server_id=server["id"]) for a in addresses_of(n["id"])],
            "public": [ip["address"] for ip in public_ips(server)], "user_data": server["_data"].get("cloud-init", ""),
            "volumes": [ident for key, ident in server["_volumes"].items() if key != "0"],
            "policy": group["inbound_default_policy"], "rules": [r for r in group["_rules"] if r["direction"] == "inbound"]}


def gateway_machine(gateway):
    attached = [a["id"] for a in where("attachment", gateway_id=gateway["id"], status="ready")]
    rules = [{"protocol": "TCP", "action": "accept", "ip_range": cidr, "dest_port_from": gateway["bastion_port"],
              "dest_port_to": None} for cidr in gateway["bastion_allowed_ips"]]
    return {"id": gateway["id"], "zone": gateway["zone"], "name": f"{gateway['name']}-gateway", "on": gateway["status"] == "running",
            "private": [address for ident in attached for address in addresses_of(ident)], "volumes": [],
            "public": [get("ip", gateway["ip_id"])["address"]], "user_data": "", "policy": "drop", "rules": rules,
            "bastion": gateway["bastion_port"]}


@route("GET", "/_fake/machines")
def machines(**_):
    """What the bridge is to boot: only what is attached to a private network counts."""
    found = [server_machine(s) for s in all_of("server").values()]
    found += [gateway_machine(g) for g in all_of("gateway").values()]
    return {"keys": [k["public_key"] for k in all_of("key").values()],
            "machines": [m for m in found if m["private"] and {"dark": m["name"]} not in FAULTS]}
