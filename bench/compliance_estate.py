"""Answers of DescribeInstances as AWS gives them, some 9 KB an instance: what a scan of many instances reads.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
"""

from __future__ import annotations

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any
from urllib.parse import parse_qs

PAGE = 200
VOLUMES, TAGS, GROUPS = 2, 10, 1
STATES = ((16, "running"), (80, "stopped"), (0, "pending"), (64, "stopping"))
REQUIRED = {"Environment": "prod", "Owner": "team-checkout", "Application": "shop"}


def page_xml(first: int, last: int, wrong: float, token: str) -> str:
    """Instances `first` to `last`, of which the part `wrong` lacks the tag Owner, as one answer."""
    instances = "".join(_reservation(number, (number % 100) >= wrong * 100) for number in range(first, last))
    following = f"    <nextToken>{token}</nextToken>\n" if token else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<DescribeInstancesResponse xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">\n'
        "    <requestId>fdcdcab1-ae5c-489e-9c33-4637c5dda355</requestId>\n"
        f"    <reservationSet>\n{instances}    </reservationSet>\n{following}</DescribeInstancesResponse>\n"
    )


def _element(name: str, content: Any, depth: int) -> str:
    """An element with its content: a text, a dict of elements, or a list of items; indented as AWS indents."""
    space = "    " * depth
    if isinstance(content, dict):
        inner = "".join(_element(key, value, depth + 1) for key, value in content.items())
        return f"{space}<{name}>\n{inner}{space}</{name}>\n"
    if isinstance(content, list):
        inner = "".join(_element("item", item, depth + 1) for item in content)
        return f"{space}<{name}>\n{inner}{space}</{name}>\n"
    return f"{space}<{name}>{content}</{name}>\n"


def _reservation(number: int, is_compliant: bool) -> str:
    reservation = {
        "reservationId": f"r-{number:017x}",
        "ownerId": "222222222222",
        "groupSet": [],
        "instancesSet": [_instance(number, is_compliant)],
    }
    return _element("item", reservation, 2)


def _groups() -> list[dict[str, str]]:
    return [{"groupId": f"sg-{group:017x}", "groupName": f"payments-checkout-{group}"} for group in range(GROUPS)]


def _instance(number: int, is_compliant: bool) -> dict[str, Any]:
    code, state = STATES[number % 16 if number % 16 < len(STATES) else 0]
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return {
        "instanceId": f"i-{number:017x}",
        "imageId": "ami-0abcdef1234567890",
        "instanceState": {"code": code, "name": state},
        "privateDnsName": f"ip-{address.replace('.', '-')}.ec2.internal",
        "dnsName": "",
        "reason": "",
        "keyName": "operations-2026",
        "amiLaunchIndex": 0,
        "productCodes": [],
        "instanceType": "m7g.2xlarge",
        "launchTime": "2026-08-01T06:00:00.000Z",
        "placement": {"availabilityZone": "us-east-1a", "groupName": "", "tenancy": "default"},
        "monitoring": {"state": "enabled"},
        "subnetId": "subnet-0123456789abcdef0",
        "vpcId": "vpc-0123456789abcdef0",
        "privateIpAddress": address,
        "sourceDestCheck": "true",
        "groupSet": _groups(),
        "architecture": "arm64",
        "rootDeviceType": "ebs",
        "rootDeviceName": "/dev/xvda",
        "blockDeviceMapping": [_volume(number, volume) for volume in range(VOLUMES)],
        "virtualizationType": "hvm",
        "clientToken": f"fleet-{number:032x}",
        "tagSet": _tags(number, is_compliant),
        "hypervisor": "xen",
        "networkInterfaceSet": [_interface(number, address)],
        "iamInstanceProfile": {
            "arn": "arn:aws:iam::222222222222:instance-profile/payments-checkout-instance-profile",
            "id": "AIPA0123456789ABCDEF0",
        },
        "ebsOptimized": "true",
        "enaSupport": "true",
        "cpuOptions": {"coreCount": 8, "threadsPerCore": 1},
        "capacityReservationSpecification": {"capacityReservationPreference": "open"},
        "hibernationOptions": {"configured": "false"},
        "metadataOptions": {
            "state": "applied",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 2,
            "httpEndpoint": "enabled",
            "httpProtocolIpv6": "disabled",
            "instanceMetadataTags": "disabled",
        },
        "enclaveOptions": {"enabled": "false"},
        "bootMode": "uefi",
        "platformDetails": "Linux/UNIX",
        "usageOperation": "RunInstances",
        "usageOperationUpdateTime": "2026-08-01T06:00:00.000Z",
        "privateDnsNameOptions": {
            "hostnameType": "ip-name",
            "enableResourceNameDnsARecord": "false",
            "enableResourceNameDnsAAAARecord": "false",
        },
        "maintenanceOptions": {"autoRecovery": "default", "rebootMigration": "default"},
        "currentInstanceBootMode": "uefi",
    }


def _volume(number: int, volume: int) -> dict[str, Any]:
    ebs = {
        "volumeId": f"vol-{number * VOLUMES + volume:017x}",
        "status": "attached",
        "attachTime": "2026-08-01T06:00:01.000Z",
        "deleteOnTermination": "true",
    }
    return {"deviceName": f"/dev/xvd{'abcdefgh'[volume]}", "ebs": ebs}


def _interface(number: int, address: str) -> dict[str, Any]:
    name = f"ip-{address.replace('.', '-')}.ec2.internal"
    return {
        "networkInterfaceId": f"eni-{number:017x}",
        "subnetId": "subnet-0123456789abcdef0",
        "vpcId": "vpc-0123456789abcdef0",
        "description": "primary interface of a checkout instance",
        "ownerId": "222222222222",
        "status": "in-use",
        "macAddress": "0a:1b:2c:3d:4e:5f",
        "privateIpAddress": address,
        "privateDnsName": name,
        "sourceDestCheck": "true",
        "groupSet": _groups(),
        "attachment": {
            "attachmentId": f"eni-attach-{number:017x}",
            "deviceIndex": 0,
            "status": "attached",
            "attachTime": "2026-08-01T06:00:00.000Z",
            "deleteOnTermination": "true",
            "networkCardIndex": 0,
        },
        "privateIpAddressesSet": [{"privateIpAddress": address, "privateDnsName": name, "primary": "true"}],
        "ipv6AddressesSet": [],
        "interfaceType": "interface",
        "operator": {"managed": "false"},
    }


def _tags(number: int, is_compliant: bool) -> list[dict[str, str]]:
    own = {**REQUIRED, "Name": f"checkout-{number}"}
    if not is_compliant:
        del own["Owner"]
    own |= {f"cost-allocation-{extra:02}": f"value-of-some-length-{extra:08}" for extra in range(TAGS - len(own))}
    return [{"key": key, "value": value} for key, value in own.items()]


def serve(instances: int, wrong: float) -> None:
    """Answer DescribeInstances at a free port of this machine; print the address first. Pages are made once."""
    pages = {
        str(first) if first else "": page_xml(
            first,
            min(first + PAGE, instances),
            wrong,
            str(first + PAGE) if first + PAGE < instances else "",
        ).encode()
        for first in range(0, instances, PAGE)
    }

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
            assert body["Action"] == ["DescribeInstances"]
            answer = pages[body.get("NextToken", [""])[0]]
            self.send_response(200)
            self.send_header("Content-Type", "text/xml;charset=UTF-8")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: Any) -> None:
            return

    server = HTTPServer(("127.0.0.1", 0), Handler)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
