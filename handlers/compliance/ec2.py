"""Instances as DescribeInstances lists them, from the API or from `aws ec2 describe-instances`; pure.

https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstances.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from handlers.common.partitions import partition
from handlers.compliance.resource import EC2_INSTANCE, Resource

# An instance that is on its way out or still listed for an hour after; nobody can use it any more.
GONE = ("shutting-down", "terminated")
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-tagging.html
_GROUP = "aws:autoscaling:groupName"
# https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-launch-template-migration.html
_LAUNCH_TEMPLATE = "aws:ec2launchtemplate:id"
# https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-plan-tags.html
_EMR = "aws:elasticmapreduce:job-flow-id"
# https://docs.aws.amazon.com/eks/latest/userguide/eks-using-tags.html
_EKS = ("aws:eks:cluster-name", "eks:cluster-name")
_KUBERNETES = "kubernetes.io/cluster/"
# `us-east-1a`, and local and wavelength zones such as `us-west-2-lax-1a`.
_ZONE = re.compile(r"([a-z]{2,5}(?:-[a-z]+){1,3}-[0-9]{1,2})(?:[a-z]|-.*)")


class NotInstances(ValueError):
    """What is no answer of DescribeInstances; the text says why."""


def instances(response: Mapping[str, Any], account: str, region: str) -> Iterator[Resource]:
    """Each instance of a response; account and region are taken from it where they are empty.

    LaunchTime may be a datetime, as in botocore, or a text, as the CLI prints it. Raises NotInstances.
    """
    reservations = response.get("Reservations") if isinstance(response, Mapping) else None
    if not isinstance(reservations, list):
        raise NotInstances("the response has no list `Reservations`")
    for reservation in reservations:
        listed = reservation.get("Instances") if isinstance(reservation, Mapping) else None
        if not isinstance(listed, list):
            raise NotInstances("a reservation has no list `Instances`")
        owner = account or _text(reservation.get("OwnerId"))
        for instance in listed:
            yield _resource(instance, owner, region)


def is_gone(resource: Resource) -> bool:
    """Whether the resource is deleted, or is being deleted."""
    return resource.type == EC2_INSTANCE and resource.state in GONE


def _resource(instance: Any, account: str, region: str) -> Resource:
    if not isinstance(instance, Mapping) or not _text(instance.get("InstanceId")):
        raise NotInstances("an instance has no `InstanceId`")
    number = _text(instance["InstanceId"])
    region = region or _region(instance)
    tags = _tags(instance.get("Tags"))
    return Resource(
        type=EC2_INSTANCE,
        id=number,
        account=account,
        region=region,
        tags=tags,
        state=_text(_map(instance.get("State")).get("Name")),
        name=tags.get("Name", ""),
        arn=f"arn:{partition(region)}:ec2:{region}:{account}:instance/{number}",
        launched_at=_milliseconds(instance.get("LaunchTime")),
        launched_by=tuple(_launchers(instance, tags)),
        auto_scaling_group=tags.get(_GROUP, ""),
        launch_template=tags.get(_LAUNCH_TEMPLATE, ""),
        vpc=_text(instance.get("VpcId")),
    )


def _launchers(instance: Mapping[str, Any], tags: Mapping[str, str]) -> Iterator[str]:
    """In the order of resource.LAUNCHERS."""
    if _GROUP in tags:
        yield "auto-scaling"
    if any(key in tags for key in _EKS) or any(key.startswith(_KUBERNETES) for key in tags):
        yield "eks"
    if _EMR in tags:
        yield "emr"
    if instance.get("InstanceLifecycle") == "spot":
        yield "spot"


def _tags(listed: Any) -> dict[str, str]:
    """Key to value; whatever is no tag is left out."""
    tags = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return {one["Key"]: _text(one.get("Value")) for one in tags if isinstance(one.get("Key"), str)}


def _region(instance: Mapping[str, Any]) -> str:
    zone = _ZONE.fullmatch(_text(_map(instance.get("Placement")).get("AvailabilityZone")))
    return zone[1] if zone else ""


def _milliseconds(launched: Any) -> int:
    try:
        moment = launched if isinstance(launched, datetime) else datetime.fromisoformat(_text(launched))
        return max(0, round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000))
    except (ValueError, OverflowError):
        return 0


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
