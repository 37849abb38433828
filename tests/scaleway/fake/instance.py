"""Security groups, placement groups, images, block volumes and servers."""

import uuid

from api import FAULTS, Kind, Refused, all_of, check_fields, get, in_use, invalid, later, not_found, route, shown, where
from network import PUBLIC, V2, Z, Nic, nic_v1

TYPES = ["DEV1-S", "DEV1-M", "PRO2-S"]
NOT_THERE = {"nl-ams-1": ["PRO2-S"]}
IMAGES = ["ubuntu_noble", "debian_bookworm"]
GB = 10 ** 9


class Group(Kind):
    name, path, wrap, made = "group", Z + "/security_groups", "security_group", 201
    need, busy = "name project inbound_default_policy outbound_default_policy", (("server", "_group"),)

    def complete(self, group):
        group.update(organization=group["project"], project_default=False, servers=[], state="available", _rules=[])


@route("PUT", Group.path + "/{id}/rules", "rules")
def rules_set(body, id, zone, **_):
    for rule in body["rules"]:
        check_fields(rule, ("protocol", "direction", "action", "ip_range"))
    get("group", id)["_rules"] = [
        {"id": str(uuid.uuid4()), "dest_port_from": None, "dest_port_to": None, **rule, "position": position,
         "editable": True, "zone": zone} for position, rule in enumerate(body["rules"], 1)]
    return rules_get(id)


@route("GET", Group.path + "/{id}/rules")
def rules_get(id, **_):
    rules = get("group", id)["_rules"]
    return {"rules": rules, "total_count": len(rules)}


class Placement(Kind):
    name, path, need = "placement", V2 + "/placement-groups", "name project_id policy_type"
    busy = (("server", "_placement"),)


def placement_v1(ident):
    group = get("placement", ident)
    return {**shown(group), "project": group["project_id"], "policy_mode": group.get("policy_mode", "optional"),
            "policy_respected": True}


@route("GET", Z + "/placement_groups/{id}")
def placement_get_v1(id, **_):
    return {"placement_group": placement_v1(id)}


@route("PATCH", Z + "/placement_groups/{id}")
def placement_set_v1(body, id, **_):
    get("placement", id)["policy_mode"] = body.get("policy_mode", "optional")
    return placement_get_v1(id)


# ---- what servers are made of

@route("GET", Z + "/products/servers")
def server_types(zone, **_):
    sizes = {"min_size": 0, "max_size": 20 * GB}
    types = {name: {"arch": "x86_64", "ncpus": 2, "ram": 2 << 30, "volumes_constraint": sizes, "alt_names": [],
                    "per_volume_constraint": {"l_ssd": sizes}, "end_of_service": False}
             for name in TYPES if name not in NOT_THERE.get(zone, [])}
    return {"servers": types}, 200, {"X-Total-Count": str(len(types))}


@route("GET", "/marketplace/v2/local-images")
def images(query, **_):
    label = query.get("image_label")
    if label not in IMAGES:
        raise not_found("local_image", label)
    return {"total_count": 1, "local_images": [
        {"id": str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{query['zone']}.{label}")), "label": label, "arch": "x86_64",
         "zone": query["zone"], "type": query.get("type", "instance_sbs"), "compatible_commercial_types": TYPES}]}


class Volume(Kind):
    name, path = "volume", "/block/v1/zones/{zone}/volumes"
    need = "name project_id perf_iops from_empty.size"
    states = ("status", "creating", "available", None)

    def complete(self, volume):
        volume.update(type=f"sbs_{volume['perf_iops'] // 1000}k", size=volume.pop("from_empty")["size"], references=[],
                      specs={"perf_iops": volume.pop("perf_iops"), "class": "sbs"})

    def delete(self, id, **asked):
        if get("volume", id)["references"]:
            raise in_use("volume", id)
        return super().delete(id, **asked)


@route("GET", Z + "/volumes/{id}")
def no_local_volume(id, **_):
    raise not_found("instance_volume", id)


def volume_of(server, template):
    """The block volume that a new server asks for: one that is there, or one for its root."""
    if template.get("volume_type", "sbs_volume") != "sbs_volume":
        raise invalid("volumes.volume_type", "unknown")
    if "id" not in template:
        asked = {"name": server["name"], "project_id": server["project"], "perf_iops": 5000,
                 "from_empty": {"size": template.get("size", 10 * GB)}}
        template = Volume().create(asked, {}, zone=server["zone"])[0]
        del get("volume", template["id"])["_change"]
    volume = get("volume", template["id"], zone=server["zone"])
    if volume["references"]:
        raise in_use("volume", volume["id"])
    volume.update(status="in_use", references=[{"product_resource_type": "instance_server", "status": "attached",
                                                "product_resource_id": server["id"]}])
    return volume["id"]


# ---- servers

def public_ips(server):
    return [ip for ip in all_of("ip").values() if ip["server"] and ip["server"]["id"] == server["id"]]


class Server(Kind):
    name, path, wrap, made = "server", Z + "/servers", "server", 201
    methods, need = ("POST", "GET", "PATCH"), "name commercial_type image project volumes.0 security_group"

    def complete(self, server):
        zone = server["zone"]
        if server["commercial_type"] not in TYPES:
            raise invalid("commercial_type", "unknown")
        server.update(
            hostname=server["name"], organization=server["project"], state="stopped", state_detail="", arch="x86_64",
            image={"id": server["image"], "name": "image", "zone": zone}, end_of_service=False,
            allowed_actions=["poweron"], filesystems=[], _data={}, _placement=server.pop("placement_group", None),
            _group=get("group", server.pop("security_group"), zone=zone)["id"])
        if server["_placement"]:
            get("placement", server["_placement"], zone=zone)
        server["_volumes"] = {key: volume_of(server, template) for key, template in server.pop("volumes").items()}
        for ip in server.pop("public_ips", []):
            get("ip", ip, zone=zone)["server"] = {"id": server["id"], "name": server["name"]}

    def view(self, server):
        ips = [{"id": ip["id"], "address": ip["address"], "gateway": str(PUBLIC[1]), "netmask": "32", "family": "inet",
                "dynamic": False, "provisioning_mode": "dhcp", "tags": [], "ipam_id": ip["ipam_id"], "state": "attached"}
               for ip in public_ips(server)]
        volumes = {key: {"id": ident, "volume_type": "sbs_volume", "boot": False, "state": "available",
                         "zone": server["zone"]} for key, ident in server["_volumes"].items()}
        return {**shown(server), "volumes": volumes, "public_ips": ips, "public_ip": ips[0] if ips else None,
                "private_nics": [nic_v1(n) for n in where("nic", server_id=server["id"])],
                "placement_group": server["_placement"] and placement_v1(server["_placement"]),
                "security_group": {"id": server["_group"], "name": get("group", server["_group"])["name"]}}

    def update(self, server, body):
        if "placement_group" in body:
            server["_placement"] = body.pop("placement_group")
        if "security_group" in body:
            server["_group"] = get("group", body.pop("security_group")["id"], zone=server["zone"])["id"]
        if {v["id"] for v in body.pop("volumes", {}).values()} - set(server["_volumes"].values()):
            raise invalid("volumes", "constraint")
        server.update(body)

    def gone(self, server):
        for nic in where("nic", server_id=server["id"]):
            Nic().gone(nic)
        for ip in public_ips(server):
            ip["server"] = None
        for volume in server["_volumes"].values():
            get("volume", volume).update(references=[], status="available")
        super().gone(server)


ACTIONS = {
    "poweron": ("starting", lambda server: server.update(state="running")),
    "poweroff": ("stopping", lambda server: server.update(state="stopped")),
    "terminate": ("stopping", Server().gone),
}


@route("POST", Server.path + "/{id}/action", "action")
def server_action(body, id, **_):
    server = get("server", id)
    if body["action"] not in ACTIONS:
        raise invalid("action", "unknown")
    if "_change" in server:
        raise Refused(409, type="transient_state", resource="server", resource_id=id,
                      current_state=server["state"], message="resource is in a transient state")
    server["state"], change = ACTIONS[body["action"]]
    if body["action"] != "poweron" or {"hold": server["name"]} not in FAULTS:
        later(server, change)
    return {"task": {"id": str(uuid.uuid4()), "status": "pending", "zone": server["zone"]}}, 202


@route("GET", Server.path + "/{id}/user_data")
def data_list(id, **_):
    return {"user_data": list(get("server", id)["_data"])}


@route("GET", Server.path + "/{id}/user_data/{key}")
def data_get(id, key, **_):
    data = get("server", id)["_data"]
    if key not in data:
        raise not_found("user_data", key)
    return data[key]


@route("PATCH", Server.path + "/{id}/user_data/{key}")
def data_set(body, id, key, **_):
    server = get("server", id)
    forged = next((f["keys"] for f in FAULTS if f.get("forge") == server["name"]), None)
    server["_data"][key] = forged if forged and key == "swarm-host-keys" else body
