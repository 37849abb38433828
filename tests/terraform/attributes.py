#!/usr/bin/env python3
"""attributes.py TREE - what a cluster's file may hold (modules/cluster, types.tf of the roots) is what the modules take.

Prints a line for each that differs and fails then.
"""

import pathlib
import re
import sys

# Section of a cluster's file, and where its type stands; what else is in that section
SECTIONS = {
    "docker": (("docker", "docker"), set()),
    "ssh": (("swarm", "ssh"), set()),
    "swarm.timeouts": (("swarm", "timeouts"), set()),
    "swarm.rolling": (("swarm", "rolling"), set()),
    "swarm.backup": (("swarm", "backup"), set()),
    "swarm.restore_from": (("swarm", "restore_from"), set()),
    "swarm.store": (("swarm", "store"), set()),
    "swarm": (("swarm", "swarm"), {
        "token_delivery", "drain_timeout", "on_drain_timeout", "standalone_containers", "detect_drift",
        "docker_socket", "prepare", "backup", "restore_from", "rolling", "store", "timeouts",
    }),
}

# What no file says: Terraform makes it.
MADE = {"bastion_machines"}

# Roots of clouds: what they know beside the variables of their module
ROOTS = {"aws": {"region"}, "scaleway": set()}
# Variables of such a module that come from elsewhere than the root's own section, and those for
# callers who make a network in the same root, which these roots do not
ELSEWHERE = {"cluster", "roles", "labels", "availability", "docker", "swarm", "host_keys"}
ELSEWHERE |= {"create_vpc", "create_private_network", "create_bastion", "routes"}
COMMON = {"groups.count", "groups.role", "groups.labels", "groups.availability"}


def variables_of(tree, module):
    text = (tree / "modules" / module / "variables.tf").read_text(encoding="utf-8")
    return dict(re.findall(r'^variable "(\w+)" {\n(.*?)^}', text, re.M | re.S))


def paths_of(name, block):
    """The paths in a variable: its name, and those of the attributes of its type."""
    found, path, inside = set(), [name], False
    for line in block.splitlines():
        if not inside:
            inside = re.match(r"^  type += .*object\({$", line) is not None
            continue
        attribute = re.match(r"^ +(\w+) += (.*)$", line)
        if attribute and attribute[2].endswith("object({"):
            path.append(attribute[1])
        elif attribute:
            found.add(".".join([*path, attribute[1]]))
        elif len(path) > 1:
            path.pop()
        else:
            break
    return found or {name}


def table_of(file):
    return re.findall(r'^    "([^"]+)" += "', file.read_text(encoding="utf-8"), re.M)


def wrong_sections(tree):
    paths = table_of(tree / "modules/cluster/types.tf")
    for section, (where, others) in SECTIONS.items():
        known = {path[len(section) + 1:].split(".")[0] for path in paths if path.startswith(f"{section}.")}
        wanted = {path.split(".")[1] for path in paths_of(where[1], variables_of(tree, where[0])[where[1]])} - MADE | others
        if known != wanted:
            yield f"{section}: only one of modules/cluster and modules/{where[0]} has {sorted(known ^ wanted)}"


def wrong_roots(tree):
    ports = paths_of("ingress_ports", variables_of(tree, "ports")["ingress_ports"])
    for root, beside in ROOTS.items():
        known = {re.sub(r"\.(\*|\[\])", "", path) for path in table_of(tree / "terraform" / root / "types.tf")}
        wanted = set().union(*(paths_of(*variable) for variable in variables_of(tree, root).items() if variable[0] not in ELSEWHERE))
        wanted = (wanted | beside | ports) - {"ingress_ports"} - COMMON
        if known != wanted:
            yield f"{root}: only one of terraform/{root}/types.tf and modules/{root} has {sorted(known ^ wanted)}"


def main():
    tree = pathlib.Path(sys.argv[1])
    wrong = [*wrong_sections(tree), *wrong_roots(tree)]
    print("\n".join(wrong), end="")
    sys.exit(1 if wrong else 0)


main()
