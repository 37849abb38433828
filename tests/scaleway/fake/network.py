"""Private networks and what is attached to them, addresses, public gateways."""

import ipaddress
import uuid

from api import Kind, all_of, get, invalid, route, shown, where

Z = "/instance/v1/zones/{zone}"
V2 = "/instance/v2alpha1/zones/{zone}"
GW = "/vpc-gw/v2/zones/{zone}"
PUBLIC = ipaddress.ip_network("203.0.113.0/24")
PRIVATE = ipaddress.ip_network("10.207.128.0/17")


def free_address(network, kind):
    taken = {t["address"].split("/")[0] for t in all_of(kind).values()}
    return next(str(a) for a in list(network.hosts())[9:] if str(a) not in taken)


class Network(Kind):
    name, path, need = "network", "/vpc/v2/regions/{region}/private-networks", "name project_id"
    busy = (("nic", "private_network_id"), ("attachment", "private_network_id"))

    def complete(self, network):
        taken = [ipaddress.ip_network(n["subnets"][0]["subnet"]) for n in all_of("network").values()]
        asked = [s for s in network.get("subnets", []) if ":" not in s]
        subnet = asked[0] if asked else next(str(s) for s in PRIVATE.subnets(new_prefix=24) if s not in taken)
        if any(ipaddress.ip_network(subnet).overlaps(t) for t in taken):
            raise invalid("subnets", "constraint")
        network["vpc_id"] = network.get("vpc_id", str(uuid.UUID(int=1)))
        network["subnets"] = [{"id": str(uuid.uuid4()), "subnet": s, "private_network_id": network["id"],
                               "vpc_id": network["vpc_id"]} for s in (subnet, "fd00::/64")]
        network["dhcp_enabled"] = True


class Booking(Kind):
    """Addresses in private networks, as IPAM books them for what is attached there."""
    name, path, methods = "ipam", "/ipam/v1/regions/{region}/ips", ()


def book(resource_type, owner, network):
    """An IPv4 and an IPv6 address; returns their ids."""
    subnet = ipaddress.ip_network(network["subnets"][0]["subnet"])
    for address in (f"{free_address(subnet, 'ipam')}/{subnet.prefixlen}", f"fd00::{uuid.uuid4().hex[:4]}/64"):
        Booking().create({"address": address, "is_ipv6": ":" in address, "project_id": network["project_id"],
                          "source": {"private_network_id": network["id"]}, "reverses": [], "_owner": owner["id"],
                          "resource": {"type": resource_type, "id": owner["id"], "mac_address": owner["mac_address"]}},
                         {}, region=network["region"])
    return [t["id"] for t in where("ipam", _owner=owner["id"])]


def release(owner):
    for booked in where("ipam", _owner=owner):
        del all_of("ipam")[booked["id"]]


def addresses_of(owner):
    return [t["address"] for t in where("ipam", _owner=owner, is_ipv6=False)]


@route("GET", Booking.path)
def bookings(query, region, **_):
    found = [shown(t) for t in where("ipam", region=region)
             if all(t["resource"][k] == query.get(f"resource_{k}", t["resource"][k]) for k in ("id", "type"))]
    return {"ips": found, "total_count": len(found)}


class Ip(Kind):
    name, path, need, wrap, made = "ip", Z + "/ips", "project type", "ip", 201

    def complete(self, ip):
        if ip["type"] != "routed_ipv4":
            raise invalid("type", "unknown")
        address = free_address(PUBLIC, "ip")
        ip.update(address=address, prefix=f"{address}/32", organization=ip["project"], state="detached",
                  server=None, ipam_id=str(uuid.uuid4()))

    def update(self, ip, body):
        ip.update(body)
        if body.get("server"):
            server = get("server", body["server"])
            ip["server"] = {"id": server["id"], "name": server["name"]}


class Nic(Kind):
    name, path = "nic", V2 + "/private-network-interfaces"
    need = "private_network_id project_id server_id"
    states = ("status", "attaching", "available", "detaching")

    def complete(self, nic):
        get("server", nic["server_id"])
        nic["mac_address"] = "02:00:00:" + ":".join(nic["id"][i:i + 2] for i in (0, 2, 4))
        nic["ip_ids"] = nic["ipam_ip_ids"] = book("instance_private_nic", nic, get("network", nic["private_network_id"]))

    def gone(self, nic):
        release(nic["id"])
        super().gone(nic)


@route("GET", Nic.path)
def nics(query, zone, **_):
    found = [shown(n) for n in where("nic", zone=zone) if n["server_id"] == query.get("server_ids", n["server_id"])]
    return {"private_network_interfaces": found, "total_count": len(found)}


def nic_v1(nic):
    return {**shown(nic), "state": "available" if nic["status"] == "available" else "syncing"}


@route("GET", Z + "/servers/{server}/private_nics/{id}")
def nic_get_v1(id, **_):
    return {"private_nic": nic_v1(get("nic", id))}


class GatewayIp(Kind):
    name, path, need, busy = "ip", GW + "/ips", "project_id", (("gateway", "ip_id"),)

    def complete(self, ip):
        ip.update(address=free_address(PUBLIC, "ip"), reverse="", organization_id=ip["project_id"], server=None)

    def view(self, ip):
        return {**shown(ip), "gateway_id": next((g["id"] for g in where("gateway", ip_id=ip["id"])), None)}


class Gateway(Kind):
    name, path, need = "gateway", GW + "/gateways", "project_id name type ip_id"
    states, busy = ("status", "allocating", "running", "deleting"), (("attachment", "gateway_id"),)

    def complete(self, gateway):
        get("ip", gateway["ip_id"])
        gateway.update(organization_id=gateway["project_id"], bastion_enabled=gateway["enable_bastion"], bandwidth=100,
                       bastion_port=gateway.get("bastion_port", 61000), smtp_enabled=gateway.get("enable_smtp", False),
                       bastion_allowed_ips=["0.0.0.0/0"], is_legacy=False, version="1")

    def view(self, gateway):
        return {**shown(gateway), "ipv4": GatewayIp().view(get("ip", gateway["ip_id"])),
                "gateway_networks": [shown(a) for a in where("attachment", gateway_id=gateway["id"])]}


@route("PUT", Gateway.path + "/{id}/bastion-allowed-ips", "ip_ranges")
def gateway_allow(body, id, **_):
    get("gateway", id)["bastion_allowed_ips"] = body["ip_ranges"]
    return body


class Attachment(Kind):
    name, path, need = "attachment", GW + "/gateway-networks", "gateway_id private_network_id"
    states = ("status", "attaching", "ready", "detaching")

    def complete(self, attachment):
        get("gateway", attachment["gateway_id"])
        attachment.update(mac_address="02:00:00:00:00:01", masquerade_enabled=attachment["enable_masquerade"])
        network = get("network", attachment["private_network_id"])
        attachment["ipam_ip_id"] = book("vpc_gateway_network", attachment, network)[0]

    def gone(self, attachment):
        release(attachment["id"])
        super().gone(attachment)
