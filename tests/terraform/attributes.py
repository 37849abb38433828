#!/usr/bin/env python3
"""attributes.py TREE - the names in modules/attributes and modules/cluster are those of the types that the modules have.

Prints a line for each that differs and fails then.
"""

import pathlib
import re
import sys

# kind of object, and where its type stands: module, variable
TYPES = {
    "aws_bastion": ("aws", "bastion"), "disk": ("aws", "worker_disk"), "docker": ("docker", "docker"),
    "image": ("aws", "image"), "ingress_ports": ("ports", "ingress_ports"), "pools": ("aws", "pools"),
    "scaleway_bastion": ("scaleway", "bastion"), "swarm": ("swarm", "swarm"), "timeouts": ("swarm", "timeouts"),
    "volume": ("scaleway", "worker_volume"),
}
# What the roots themselves make of these has no such type: hosts and ssh.

# Section of a cluster's file, and where its type stands; what else is in that section
SECTIONS = {
    "docker": (("docker", "docker"), set()),
    "ssh": (("swarm", "ssh"), set()),
    "swarm.timeouts": (("swarm", "timeouts"), set()),
    "swarm": (("swarm", "swarm"), {
        "token_delivery", "drain_timeout", "on_drain_timeout", "standalone_containers", "from_other_swarm", "detect_drift",
        "docker_socket", "prepare", "timeouts",
    }),
}

# What no file says: Terraform makes it.
MADE = {"bastion_machines"}


def names_of(tree, module, variable):
    text = (tree / "modules" / module / "variables.tf").read_text(encoding="utf-8")
    block = re.search(rf'^variable "{variable}" {{\n(.*?)^}}', text, re.M | re.S)[1]
    return re.findall(r"^    (\w+) += ", re.search(r"object\({\n(.*?)^  }\)", block, re.M | re.S)[1], re.M)


def wrong_sections(tree):
    paths = re.findall(r'^    "([^"]+)" += "', (tree / "modules/cluster/types.tf").read_text(encoding="utf-8"), re.M)
    for section, (where, others) in SECTIONS.items():
        known = {path[len(section) + 1:].split(".")[0] for path in paths if path.startswith(f"{section}.")}
        wanted = set(names_of(tree, *where)) - MADE | others
        if known != wanted:
            yield f"{section}: only one of modules/cluster and modules/{where[0]} has {sorted(known ^ wanted)}"


def main():
    tree = pathlib.Path(sys.argv[1])
    table = (tree / "modules/attributes/main.tf").read_text(encoding="utf-8")
    known = {kind: re.findall(r'"(\w+)"', names) for kind, names in re.findall(r"^    (\w+) += \[(.*)\]$", table, re.M)}
    wrong = [
        f"{kind}: modules/attributes has {known[kind]}, {variable} of modules/{module} {names_of(tree, module, variable)}"
        for kind, (module, variable) in TYPES.items() if known[kind] != names_of(tree, module, variable)
    ]
    wrong += wrong_sections(tree)
    print("\n".join(wrong), end="")
    sys.exit(1 if wrong else 0)


main()
