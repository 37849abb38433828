"""Addresses (instance IPs and IPAM), private networks, and what is attached to them."""

import ipaddress
import re
import uuid

from store import V2, Z, in_use, invalid, later, route, shown, store

PUBLIC = ipaddress.ip_network("203.0.113.0/24")
PRIVATE = ipaddress.ip_network("10.207.128.0/17")


def free_address(network, kind, field):
    taken = {str(t[field]).split("/")[0] for t in store.all(kind).values()}
    return next(str(a) for a in list(network.hosts())[9:] if str(a) not in taken)


def book(network, resource_type, owner, region, mac):
    """An IPv4 and an IPv6 address of a private network, as IPAM books them."""
    subnet = ipaddress.ip_network(network["subnets"][0]["subnet"])
    resource = {"type": resource_type, "id": owner, "mac_address": mac, "name": None}
    for address in (f"{free_address(subnet, 'ipam', 'address')}/{subnet.prefixlen}",
                    f"fd00::{uuid.uuid4().hex[:4]}/64"):
        store.add("ipam", {"region": region}, address=address, is_ipv6=":" in address,
                  project_id=network["project_id"], resource=resource, tags=[],
                  source={"private_network_id": network["id"]}, reverses=[])


def release(owner):
    for entry in list(store.all("ipam").values()):
        if entry["resource"]["id"] == owner:
            store.drop("ipam", entry["id"])


def addresses_of(owner):
    return [t["address"] for t in store.all("ipam").values()
            if t["resource"]["id"] == owner and not t["is_ipv6"]]


@route("GET", "/ipam/v1/regions/{region}/ips")
def ipam_list(query, region, **_):
    found = [t for t in store.where("ipam", region=region)
             if t["resource"]["id"] == query.get("resource_id", t["resource"]["id"])
             and t["resource"]["type"] == query.get("resource_type", t["resource"]["type"])]
    return {"ips": [shown(t) for t in found], "total_count": len(found)}


@route("POST", Z + "/ips", "project type")
def ip_create(body, zone, **_):
    if body["type"] != "routed_ipv4":
        raise invalid("type", "unknown")
    address = free_address(PUBLIC, "ip", "address")
    return {"ip": shown(store.add(
        "ip", {"zone": zone}, address=address, prefix=f"{address}/32", reverse=None, server=None,
        organization=body["project"], project=body["project"], tags=body.get("tags", []),
        type=body["type"], state="detached", ipam_id=str(uuid.uuid4())))}, 201


@route("GET", Z + "/ips/{id}")
def ip_get(id, **_):
    return {"ip": shown(store.get("ip", id))}


@route("PATCH", Z + "/ips/{id}")
def ip_update(body, id, **_):
    ip = store.get("ip", id)
    if "server" in body:
        server = body["server"] and store.get("server", body["server"])
        ip["server"] = server and {"id": server["id"], "name": server["name"]}
    ip["tags"] = body.get("tags", ip["tags"])
    return {"ip": shown(ip)}


@route("DELETE", Z + "/ips/{id}")
def ip_delete(id, **_):
    store.get("ip", id)
    store.drop("ip", id)


@route("POST", "/vpc/v2/regions/{region}/private-networks", "name project_id")
def network_create(body, region, **_):
    taken = [ipaddress.ip_network(n["subnets"][0]["subnet"]) for n in store.all("network").values()]
    subnet = next(str(s) for s in PRIVATE.subnets(new_prefix=24) if s not in taken)
    subnet = ([s for s in body.get("subnets") or [] if ":" not in s] or [subnet])[0]
    if any(ipaddress.ip_network(subnet).overlaps(t) for t in taken):
        raise invalid("subnets", "constraint")
    ident = str(uuid.uuid4())
    subnets = [{"id": str(uuid.uuid4()), "subnet": s, "private_network_id": ident, "region": region,
                "vpc_id": "default", "project_id": body["project_id"]} for s in (subnet, "fd00::/64")]
    return shown(store.add(
        "network", {"region": region}, name=body["name"], project_id=body["project_id"],
        organization_id=body["project_id"], tags=body.get("tags") or [], subnets=subnets,
        vpc_id=body.get("vpc_id") or str(uuid.UUID(int=1)), dhcp_enabled=True,
        default_route_propagation_enabled=body.get("default_route_propagation_enabled", False)))


@route("GET", "/vpc/v2/regions/{region}/private-networks/{id}")
def network_get(id, **_):
    return shown(store.get("network", id))


@route("PATCH", "/vpc/v2/regions/{region}/private-networks/{id}")
def network_update(body, id, **_):
    store.get("network", id).update({k: v for k, v in body.items() if v is not None})
    return network_get(id)


@route("DELETE", "/vpc/v2/regions/{region}/private-networks/{id}")
def network_delete(id, **_):
    store.get("network", id)
    if store.where("nic", private_network_id=id) or store.where("attachment", private_network_id=id):
        raise in_use("private_network", id)
    store.drop("network", id)


def nic_v1(nic):
    return {**shown(nic), "state": "available" if nic["status"] == "available" else "syncing"}


def nic_gone(nic):
    release(nic["id"])
    if nic["id"] in store.all("nic"):
        store.drop("nic", nic["id"])


@route("POST", V2 + "/private-network-interfaces", "private_network_id project_id server_id")
def nic_create(body, zone, **_):
    network = store.get("network", body["private_network_id"])
    server = store.get("server", body["server_id"])
    mac = "02:00:00:" + ":".join(re.findall("..", uuid.uuid4().hex[:6]))
    nic = store.add("nic", {"zone": zone}, server_id=server["id"], private_network_id=network["id"],
                    project_id=body["project_id"], mac_address=mac, status="attaching", tags=[])
    book(network, "instance_private_nic", nic["id"], network["region"], mac)
    nic["ip_ids"] = nic["ipam_ip_ids"] = [t["id"] for t in store.all("ipam").values()
                                          if t["resource"]["id"] == nic["id"]]
    later(nic, lambda nic: nic.update(status="available"))
    return shown(nic)


@route("GET", V2 + "/private-network-interfaces")
def nic_list(query, zone, **_):
    found = [shown(n) for n in store.where("nic", zone=zone)
             if n["server_id"] == query.get("server_ids", n["server_id"])]
    return {"private_network_interfaces": found, "total_count": len(found)}


@route("GET", V2 + "/private-network-interfaces/{id}")
def nic_get(id, **_):
    return shown(store.get("nic", id))


@route("GET", Z + "/servers/{server}/private_nics/{id}")
def nic_get_v1(id, **_):
    return {"private_nic": nic_v1(store.get("nic", id))}


@route("DELETE", V2 + "/private-network-interfaces/{id}")
def nic_delete(id, **_):
    nic = store.get("nic", id)
    nic["status"] = "detaching"
    later(nic, nic_gone)
    return shown(nic)
