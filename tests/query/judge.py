"""What botocore makes of the lab's answers: AWS's own service models are the judge, offline.

    judge.py requests < [[service, operation, parameters], …]    the forms that botocore sends, one a line of JSON
    judge.py answers  < [{service, operation, status, body, shown}, …]

Of each answer: no element that the model does not know, nothing missing that it requires, and every field of what
`vpcns show` says of the same resources there with the same value. Prints what is wrong; exit code 1 if something is.
"""

import datetime
import json
import sys
import urllib.parse
import xml.etree.ElementTree as ElementTree

import botocore.parsers
import botocore.serialize
import botocore.session

# Fields of `show` that AWS's answers do not have.
SHOW_ONLY = {
    "Name", "LogicalId", "EnableDnsSupport", "EnableDnsHostnames", "RouteTableId", "AllowedPrincipals",
    "CrossZoneEnabled", "PreserveClientIp", "DeregistrationDelaySeconds", "TargetGroupArn", "TargetGroupName", "DnsName",
    "PublicKey", "Attributes", "Entries", "PrivateDnsHostnameTypeOnLaunch", "Cidrs",
}

session = botocore.session.get_session()
models = {}


def operation(service, name):
    if service not in models:
        models[service] = session.get_service_model(service)
    return models[service], models[service].operation_model(name)


def request(service, name, parameters):
    model, call = operation(service, name)
    serializer = botocore.serialize.create_serializer(model.metadata["protocol"])
    return urllib.parse.urlencode(serializer.serialize_to_request(parameters, call)["body"])


def local(tag):
    return tag.split("}")[-1]


def unknown(element, shape, path):
    """Elements that the shape does not know."""
    if shape.type_name == "structure":
        known = {member.serialization.get("name", name): member for name, member in shape.members.items()}
        names = [local(child.tag) for child in element]
        for name in {name for name in names if names.count(name) > 1}:
            yield f"{path}/{name} is there twice"
        for child in element:
            name = local(child.tag)
            if name in known:
                yield from unknown(child, known[name], f"{path}/{name}")
            else:
                yield f"{path}/{name} is unknown"
    elif shape.type_name == "list":
        item = shape.member.serialization.get("name", "member")
        for child in element:
            if local(child.tag) != item:
                yield f"{path}: {local(child.tag)} is no {item}"
            yield from unknown(child, shape.member, f"{path}[]")
    elif len(element):
        yield f"{path} has elements"


def missing(value, shape, path):
    """Members that the shape requires."""
    if shape.type_name == "structure":
        for name in shape.required_members:
            if name not in value:
                yield f"{path}/{name} is required"
        for name, inner in value.items():
            if name in shape.members:
                yield from missing(inner, shape.members[name], f"{path}/{name}")
    elif shape.type_name == "list":
        for inner in value:
            yield from missing(inner, shape.member, f"{path}[]")


def lost(shown, parsed, shape, path):
    """What `show` says and the answer does not."""
    if shown is None:
        return
    if shape.type_name == "structure":
        for name, value in shown.items():
            if name not in shape.members:
                if name not in SHOW_ONLY:
                    yield f"{path}/{name} is no field of AWS's"
            elif value is not None and name not in parsed:
                if name not in SHOW_ONLY:
                    yield f"{path}/{name} is lost"
            elif value is not None:
                yield from lost(value, parsed[name], shape.members[name], f"{path}/{name}")
    elif shape.type_name == "list":
        if len(shown) != len(parsed):
            yield f"{path} has {len(parsed)} of {len(shown)}"
        for one, other in zip(shown, parsed):
            yield from lost(one, other, shape.member, f"{path}[]")
    elif isinstance(parsed, datetime.datetime):
        if datetime.datetime.fromisoformat(shown.replace("Z", "+00:00")) != parsed:
            yield f"{path} is {parsed}, not {shown}"
    elif shown != parsed:
        yield f"{path} is {parsed!r}, not {shown!r}"


def check(answer):
    model, call = operation(answer["service"], answer["operation"])
    body, shape = answer["body"].encode(), call.output_shape
    headers = {"x-amzn-requestid": "id"}
    parser = botocore.parsers.create_parser(model.metadata["protocol"])
    parsed = parser.parse({"body": body, "headers": headers, "status_code": answer["status"]}, shape)
    if answer["status"] != 200:
        yield f"{answer['status']}: {parsed['Error']}"
        return
    root = ElementTree.fromstring(body)
    if local(root.tag) != f"{answer['operation']}Response":
        yield f"is a {root.tag}"
    if not parsed["ResponseMetadata"].get("RequestId"):
        yield "has no request id"
    result = root
    if "resultWrapper" in shape.serialization:
        result = next(child for child in root if local(child.tag) == shape.serialization["resultWrapper"])
    else:
        for child in [child for child in root if local(child.tag) == "requestId"]:
            root.remove(child)
    yield from unknown(result, shape, "")
    del parsed["ResponseMetadata"]
    yield from missing(parsed, shape, "")
    if answer["shown"] is not None:
        yield from compare(answer["shown"], parsed, shape)


def compare(shown, parsed, shape):
    names = [name for name in parsed if name not in ("NextToken", "NextMarker", "ServiceNames")]
    if len(names) != 1:
        yield f"lists {names}"
        return
    values, inner = parsed[names[0]], shape.members[names[0]]
    if names[0] == "Reservations":
        values = [instance for reservation in values for instance in reservation["Instances"]]
        inner = inner.member.members["Instances"]
    yield from lost(shown, values, inner, f"/{names[0]}")


def main():
    asked = json.load(sys.stdin)
    if sys.argv[1] == "requests":
        print(json.dumps([request(*one) for one in asked]))
        return 0
    wrong = 0
    for answer in asked:
        for what in sorted(set(check(answer))):
            print(f"{answer['of']}: {answer['operation']}: {what}")
            wrong = 1
    return wrong


sys.exit(main())
