"""Public gateways: their addresses, and their attachments to private networks."""

import uuid

from network import PUBLIC, book, free_address, release
from store import in_use, later, route, shown, store

GW = "/vpc-gw/v2/zones/{zone}"


def gateway_shown(gateway):
    ip = store.get("ip", gateway["_ip"])
    attached = [shown(a) for a in store.where("attachment", gateway_id=gateway["id"])]
    return {**shown(gateway), "ipv4": gateway_ip_shown(ip), "gateway_networks": attached}


def gateway_ip_shown(ip):
    user = store.where("gateway", _ip=ip["id"])
    return {**shown(ip), "gateway_id": user[0]["id"] if user else None}


@route("POST", GW + "/ips", "project_id")
def gateway_ip_create(body, zone, **_):
    return gateway_ip_shown(store.add(
        "ip", {"zone": zone}, address=free_address(PUBLIC, "ip", "address"), reverse="", server=None,
        organization_id=body["project_id"], project_id=body["project_id"], tags=body.get("tags") or []))


@route("GET", GW + "/ips/{id}")
def gateway_ip_get(id, **_):
    return gateway_ip_shown(store.get("ip", id))


@route("DELETE", GW + "/ips/{id}")
def gateway_ip_delete(id, **_):
    store.get("ip", id)
    if store.where("gateway", _ip=id):
        raise in_use("ip", id)
    store.drop("ip", id)


@route("POST", GW + "/gateways", "project_id name type ip_id")
def gateway_create(body, zone, **_):
    store.get("ip", body["ip_id"])
    gateway = store.add(
        "gateway", {"zone": zone}, name=body["name"], type=body["type"], project_id=body["project_id"],
        organization_id=body["project_id"], status="allocating", tags=body.get("tags") or [], bandwidth=100,
        bastion_enabled=body["enable_bastion"], bastion_port=body.get("bastion_port", 61000), version="1",
        smtp_enabled=body.get("enable_smtp", False), is_legacy=False, bastion_allowed_ips=["0.0.0.0/0"],
        _ip=body["ip_id"])
    later(gateway, lambda gateway: gateway.update(status="running"))
    return gateway_shown(gateway)


@route("GET", GW + "/gateways/{id}")
def gateway_get(id, **_):
    return gateway_shown(store.get("gateway", id))


@route("PATCH", GW + "/gateways/{id}")
def gateway_update(body, id, **_):
    gateway = store.get("gateway", id)
    gateway.update({k: body[k] for k in ("name", "tags") if body.get(k) is not None})
    return gateway_shown(gateway)


@route("PUT", GW + "/gateways/{id}/bastion-allowed-ips", "ip_ranges")
def gateway_allow(body, id, **_):
    store.get("gateway", id)["bastion_allowed_ips"] = body["ip_ranges"]
    return {"ip_ranges": body["ip_ranges"]}


@route("DELETE", GW + "/gateways/{id}")
def gateway_delete(id, **_):
    gateway = store.get("gateway", id)
    if store.where("attachment", gateway_id=id):
        raise in_use("gateway", id)
    gateway["status"] = "deleting"
    later(gateway, lambda gateway: store.drop("gateway", id))
    return gateway_shown(gateway)


@route("POST", GW + "/gateway-networks", "gateway_id private_network_id")
def attachment_create(body, zone, **_):
    gateway = store.get("gateway", body["gateway_id"])
    network = store.get("network", body["private_network_id"])
    attachment = store.add(
        "attachment", {"zone": zone}, gateway_id=gateway["id"], private_network_id=network["id"],
        mac_address="02:00:00:00:00:01", masquerade_enabled=body["enable_masquerade"], ipam_ip_id=str(uuid.uuid4()),
        push_default_route=body["push_default_route"], status="attaching")
    book(network, "vpc_gateway_network", attachment["id"], network["region"], attachment["mac_address"])
    later(attachment, lambda attachment: attachment.update(status="ready"))
    return shown(attachment)


@route("GET", GW + "/gateway-networks/{id}")
def attachment_get(id, **_):
    return shown(store.get("attachment", id))


def attachment_gone(attachment):
    release(attachment["id"])
    store.drop("attachment", attachment["id"])


@route("DELETE", GW + "/gateway-networks/{id}")
def attachment_delete(id, **_):
    attachment = store.get("attachment", id)
    attachment["status"] = "detaching"
    later(attachment, attachment_gone)
    return shown(attachment)
