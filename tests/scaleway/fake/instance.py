"""Security groups, placement groups, images, block volumes and servers."""

import uuid

from network import PUBLIC, nic_gone, nic_v1
from store import Refused, V2, Z, in_use, invalid, later, not_found, route, shown, store

TYPES = ["DEV1-S", "DEV1-M", "PRO2-S"]
NOT_THERE = {"nl-ams-1": ["PRO2-S"]}
IMAGES = ["ubuntu_noble", "debian_bookworm"]


@route("POST", Z + "/security_groups", "name project inbound_default_policy outbound_default_policy")
def group_create(body, zone, **_):
    return {"security_group": shown(store.add(
        "group", {"zone": zone}, organization=body["project"], project_default=False, servers=[],
        state="available", _rules=[], **{"tags": [], **body}))}, 201


@route("GET", Z + "/security_groups/{id}")
def group_get(id, **_):
    return {"security_group": shown(store.get("group", id))}


@route("PATCH", Z + "/security_groups/{id}")
def group_update(body, id, **_):
    store.get("group", id).update(body)
    return group_get(id)


@route("PUT", Z + "/security_groups/{id}/rules", "rules")
def group_rules_set(body, id, zone, **_):
    rules = store.get("group", id)["_rules"] = []
    for position, rule in enumerate(body["rules"], 1):
        for field in ("protocol", "direction", "action", "ip_range"):
            if not rule.get(field):
                raise invalid(f"rules.{field}")
        rules.append({"id": str(uuid.uuid4()), "dest_port_from": None, "dest_port_to": None, **rule,
                      "position": position, "editable": True, "zone": zone})
    return {"rules": rules}


@route("GET", Z + "/security_groups/{id}/rules")
def group_rules(id, **_):
    rules = store.get("group", id)["_rules"]
    return {"rules": rules, "total_count": len(rules)}


@route("DELETE", Z + "/security_groups/{id}")
def group_delete(id, **_):
    store.get("group", id)
    if store.where("server", _group=id):
        raise in_use("security_group", id)
    store.drop("group", id)


# ---- placement groups

@route("POST", V2 + "/placement-groups", "name project_id policy_type")
def placement_create(body, zone, **_):
    return shown(store.add("placement", {"zone": zone}, **{**body, "tags": body.get("tags") or []}))


@route("GET", V2 + "/placement-groups/{id}")
def placement_get(id, **_):
    return shown(store.get("placement", id))


def placement_v1(group):
    return {"id": group["id"], "name": group["name"], "project": group["project_id"],
            "policy_mode": group.get("policy_mode", "optional"), "policy_respected": True,
            "policy_type": group["policy_type"], "tags": group["tags"], "zone": group["zone"]}


@route("PATCH", Z + "/placement_groups/{id}")
def placement_update_v1(body, id, **_):
    store.get("placement", id)["policy_mode"] = body.get("policy_mode", "optional")
    return placement_get_v1(id)


@route("GET", Z + "/placement_groups/{id}")
def placement_get_v1(id, **_):
    return {"placement_group": placement_v1(store.get("placement", id))}


@route("DELETE", V2 + "/placement-groups/{id}")
def placement_delete(id, **_):
    store.get("placement", id)
    if store.where("server", _placement=id):
        raise in_use("placement_group", id)
    store.drop("placement", id)


# ---- what servers are made of

@route("GET", Z + "/products/servers")
def server_types(zone, **_):
    sizes = {"min_size": 0, "max_size": 20 * 10 ** 9}
    types = {name: {"arch": "x86_64", "ncpus": 2, "ram": 2 << 30, "volumes_constraint": sizes,
                    "per_volume_constraint": {"l_ssd": sizes}, "alt_names": [], "end_of_service": False}
             for name in TYPES if name not in NOT_THERE.get(zone, [])}
    return {"servers": types}, 200, {"X-Total-Count": str(len(types))}


def image_id(zone, label):
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{zone}.{label}"))


@route("GET", "/marketplace/v2/local-images")
def images(query, **_):
    found = [{"id": image_id(query["zone"], label), "label": label, "arch": "x86_64",
              "zone": query["zone"], "type": query.get("type", "instance_sbs"),
              "compatible_commercial_types": TYPES}
             for label in IMAGES if label == query.get("image_label")]
    if not found:
        raise not_found("local_image", query.get("image_label"))
    return {"local_images": found, "total_count": len(found)}


def no_local_volume(id, **_):
    raise not_found("instance_volume", id)


route("GET", Z + "/volumes/{id}")(no_local_volume)


@route("GET", "/block/v1/zones/{zone}/volumes/{id}")
def volume_get(id, **_):
    return shown(store.get("volume", id))


@route("PATCH", "/block/v1/zones/{zone}/volumes/{id}")
def volume_update(body, id, **_):
    store.get("volume", id).update({k: v for k, v in body.items() if v is not None})
    return volume_get(id)


@route("DELETE", "/block/v1/zones/{zone}/volumes/{id}")
def volume_delete(id, **_):
    if store.get("volume", id)["references"]:
        raise in_use("volume", id)
    store.drop("volume", id)


# ---- servers

def server_shown(server):
    group = store.get("group", server["_group"])
    placement = server["_placement"] and placement_v1(store.get("placement", server["_placement"]))
    ips = [{"id": ip["id"], "address": ip["address"], "gateway": str(PUBLIC[1]), "netmask": "32",
            "family": "inet", "dynamic": False, "provisioning_mode": "dhcp", "tags": [],
            "ipam_id": ip["ipam_id"], "state": "attached"}
           for ip in store.all("ip").values() if ip["server"] and ip["server"]["id"] == server["id"]]
    nics = [nic_v1(n) for n in store.where("nic", server_id=server["id"])]
    volume = {"id": server["_volume"], "volume_type": "sbs_volume", "boot": False,
              "state": "available", "zone": server["zone"]}
    return {**shown(server), "volumes": {"0": volume}, "public_ips": ips, "private_nics": nics,
            "public_ip": ips[0] if ips else None, "placement_group": placement,
            "security_group": {"id": group["id"], "name": group["name"]}}


@route("POST", Z + "/servers", "name commercial_type image project volumes security_group")
def server_create(body, zone, **_):
    if body["commercial_type"] not in TYPES:
        raise invalid("commercial_type", "unknown")
    store.get("group", body["security_group"])
    template = body["volumes"]["0"]
    volume = store.add("volume", {"zone": zone}, name=body["name"], type=template.get("volume_type"),
                       project_id=body["project"], tags=[], status="in_use",
                       size=template.get("size", 10 * 10 ** 9), specs={"perf_iops": 5000, "class": "sbs"},
                       references=[{"product_resource_type": "instance_server", "status": "attached"}])
    server = store.add(
        "server", {"zone": zone}, name=body["name"], hostname=body["name"], project=body["project"],
        organization=body["project"], tags=body.get("tags", []), commercial_type=body["commercial_type"],
        state="stopped", state_detail="", boot_type=body.get("boot_type", "local"), arch="x86_64",
        image={"id": body["image"], "name": "image", "zone": zone}, dynamic_ip_required=False,
        protected=body.get("protected", False), end_of_service=False, allowed_actions=["poweron"],
        filesystems=[], _group=body["security_group"], _placement=body.get("placement_group"),
        _volume=volume["id"], _data={})
    for ip in body.get("public_ips", []):
        store.get("ip", ip)["server"] = {"id": server["id"], "name": server["name"]}
    return {"server": server_shown(server)}, 201


@route("GET", Z + "/servers/{id}")
def server_get(id, **_):
    return {"server": server_shown(store.get("server", id))}


@route("PATCH", Z + "/servers/{id}")
def server_update(body, id, **_):
    server = store.get("server", id)
    if "placement_group" in body:
        server["_placement"] = body.pop("placement_group")
    if "security_group" in body:
        server["_group"] = store.get("group", body.pop("security_group")["id"])["id"]
    body.pop("volumes", None)
    server.update(body)
    return server_get(id)


def server_gone(server):
    for nic in store.where("nic", server_id=server["id"]):
        nic_gone(nic)
    for ip in store.all("ip").values():
        if ip["server"] and ip["server"]["id"] == server["id"]:
            ip["server"] = None
    store.get("volume", server["_volume"]).update(references=[], status="available")
    store.drop("server", server["id"])


ACTIONS = {
    "poweron": ("starting", lambda server: server.update(state="running")),
    "poweroff": ("stopping", lambda server: server.update(state="stopped")),
    "terminate": ("stopping", server_gone),
}


@route("POST", Z + "/servers/{id}/action", "action")
def server_action(body, id, **_):
    server = store.get("server", id)
    if body["action"] not in ACTIONS:
        raise invalid("action", "unknown")
    if "_change" in server:
        raise Refused(409, type="transient_state", resource="server", resource_id=id,
                      current_state=server["state"], message="resource is in a transient state")
    server["state"], change = ACTIONS[body["action"]]
    if body["action"] != "poweron" or server["name"] not in store.held:
        later(server, change)
    return {"task": {"id": str(uuid.uuid4()), "status": "pending", "zone": server["zone"]}}, 202


@route("GET", Z + "/servers/{id}/user_data")
def data_list(id, **_):
    return {"user_data": list(store.get("server", id)["_data"])}


@route("GET", Z + "/servers/{id}/user_data/{key}")
def data_get(id, key, **_):
    data = store.get("server", id)["_data"]
    if key not in data:
        raise not_found("user_data", key)
    return data[key]


@route("PATCH", Z + "/servers/{id}/user_data/{key}")
def data_set(body, id, key, **_):
    store.get("server", id)["_data"][key] = body
    return None


@route("DELETE", Z + "/servers/{id}/user_data/{key}")
def data_delete(id, key, **_):
    store.get("server", id)["_data"].pop(key, None)
