"""What AWS decides about a call to EC2 and moto 5.2.3 does not: for each resource that it
names, whether a statement allows it there.

moto looks at actions only: it takes no notice of what a policy says of resources and of
conditions. Conditions that are not known here are an error and no permission.
"""

import fnmatch
import re

from moto.ec2.models import ec2_backends
from moto.iam.access_control import IAMPolicy, IAMRequest

TYPES = {
    "eipalloc": "elastic-ip", "eni": "network-interface", "i": "instance", "igw": "internet-gateway", "key": "key-pair",
    "nat": "natgateway", "rtb": "route-table", "sg": "security-group", "sgr": "security-group-rule",
    "sir": "spot-instances-request", "subnet": "subnet", "vol": "volume", "vpc": "vpc",
}
ID = re.compile(rf"({'|'.join(TYPES)})-[0-9a-f]{{8,17}}")
# What a call makes anew and is asked about beside what it names
MADE = {
    "ec2:AuthorizeSecurityGroupEgress": "security-group-rule", "ec2:AuthorizeSecurityGroupIngress": "security-group-rule",
}


def listed(value):
    return value if isinstance(value, list) else [value]


def real_ids(backend, name, value):
    """The resources that a parameter stands for, also by name or association."""
    if name == "KeyName" and value in backend.key_pairs:
        return [backend.key_pairs[value].id]
    if value.startswith("rtbassoc-"):
        return [i for table in backend.route_tables.values() if value in table._associations
                for i in (table.id, table._associations[value])]
    if value.startswith("eipassoc-"):
        return [address.allocation_id for address in backend.addresses if address.association_id == value]
    return [value] if ID.fullmatch(value) else []


def met(conditions, tags, action):
    """Whether all conditions of a statement hold; action is what tags are given by, or None."""
    context = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
    context.update({"ec2:CreateAction": action} if action else {})
    for operator, wanted in conditions.items():
        for key, values in wanted.items():
            if operator == "Null":
                held = (key not in context) == (values == "true")
            elif operator == "StringEquals":
                held = context.get(key) in listed(values)
            else:
                raise ValueError(f"nobody has told what {operator} means")
            if not held:
                return False
    return True


def allowed(statements, action, arn, tags, by=None):
    return any(
        any(fnmatch.fnmatchcase(action, pattern) for pattern in listed(s["Action"]))
        and any(fnmatch.fnmatchcase(arn, pattern) for pattern in listed(s["Resource"]))
        and met(s.get("Condition", {}), tags, by)
        for s in statements
    )


def statements_of(request):
    return [s for policy in request._access_key.collect_policies() for s in IAMPolicy(policy)._policy_json["Statement"]]


def questions(request, action, parameters):
    """Action, ARN, tags, and by which call tags are given: all that has to be allowed."""
    backend = ec2_backends[request.account_id][request._region]
    arn = f"arn:aws:ec2:{request._region}:{request.account_id}:"
    named = {i for name, value in parameters for i in real_ids(backend, name, value)}
    asked = [(action, f"{arn}{TYPES[i.split('-')[0]]}/{i}", backend.tags.get(i, {}), None) for i in named]
    if action in MADE or not named:
        asked.append((action, f"{arn}{MADE.get(action, 'any')}/new", {}, None))
    if any(name.startswith("TagSpecification") for name, _ in parameters):
        asked.append(("ec2:CreateTags", f"{arn}any/new", {}, action.split(":")[1]))
    return asked


def check(request, resource):
    """In place of IAMRequest.check_action_permitted."""
    statements, action = statements_of(request), request._action
    asked = [(action, resource, {}, None)]
    if action.startswith("ec2:"):
        asked = questions(request, action, [(name, value) for name, values in request._data.items() for value in listed(values)])
    if not all(allowed(statements, *question) for question in asked):
        request._raise_access_denied()


def enforce():
    IAMRequest.check_action_permitted = check
