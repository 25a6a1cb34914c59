"""Remediation in AWS: reads the tags to copy, and sets what is missing on EC2 instances.

One call sets one tag on up to 1,000 instances. Setting it again changes nothing. The tag event that follows leads to
one more check, which finds the tag, so nothing goes round. A verdict never depends on remediation: what AWS refuses is
said in the remedy, and the next scan tries again.
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from handlers.compliance.remedy import (
    AUTO_SCALING_GROUP,
    LAUNCH_TEMPLATE,
    VPC,
    Remedy,
    Sources,
    missing_defaults,
    remedies,
    source_id,
    with_tags,
)
from handlers.compliance.resource import Resource
from handlers.compliance.rules import Rules
from handlers.compliance.verdict import Verdict

logger = logging.getLogger(__name__)
MAX_INSTANCES = 1_000
# Of one name or id each; DescribeAutoScalingGroups takes 100 in one page, and a filter 200 values.
# https://docs.aws.amazon.com/autoscaling/ec2/APIReference/API_DescribeAutoScalingGroups.html
MAX_NAMES = 100
# Errors that one instance of many may cause: it was terminated, or has got the tag meanwhile and the role's condition
# does not let us overwrite it. The halves are tried then, until so many calls were refused.
# https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
_OF_ONE = (
    "InvalidID",
    "InvalidInstanceID.NotFound",
    "OperationNotPermitted",
    "TagLimitExceeded",
    "UnauthorizedOperation",
)
MAX_REFUSALS = 20
_TEMPLATE_GONE = ("InvalidLaunchTemplateId.NotFound", "InvalidLaunchTemplateId.VersionNotFound")


@dataclass(frozen=True, slots=True)
class RemediationResult:
    """A resource with its tags as they are now, to be judged again where a remedy is done."""

    resource: Resource
    remedies: tuple[Remedy, ...] = ()

    @property
    def is_changed(self) -> bool:
        """Whether a tag was set."""
        return any(remedy.done for remedy in self.remedies)


class Remediator:
    """Remediation for one invocation: what it has read to copy from is not read again."""

    def __init__(self, client_of: Callable[[str], Any], rules: Rules) -> None:
        self._client_of = client_of
        self._rules = rules
        self._tags: dict[tuple[str, str], Mapping[str, str]] = {}
        self._failed: dict[tuple[str, str], str] = {}

    def remediate(self, judged: Sequence[tuple[Resource, Verdict]]) -> list[RemediationResult]:
        """All resources, in their order, with what was set, or would be in a dry run. Raises nothing of AWS's."""
        if self._rules.remediate is None:
            return [RemediationResult(resource) for resource, _ in judged]
        self._read(judged)
        sources = Sources(self._tags, self._failed)
        planned = [
            RemediationResult(resource, remedies(resource, verdict, self._rules, sources))
            for resource, verdict in judged
        ]
        return planned if self._rules.remediate.mode == "dry-run" else self.apply(planned)

    def apply(self, planned: Sequence[RemediationResult]) -> list[RemediationResult]:
        """Set every open remedy, whatever the mode is."""
        groups: dict[tuple[str, str], list[str]] = defaultdict(list)
        for one in planned:
            for remedy in one.remedies:
                if remedy.is_open:
                    groups[remedy.key, remedy.value].append(one.resource.id)
        setter = _Setter(self._client_of)
        for (key, value), ids in groups.items():
            for start in range(0, len(ids), MAX_INSTANCES):
                setter.set(key, value, ids[start : start + MAX_INSTANCES])
        return [self._applied(one, setter.refused) for one in planned]

    def _applied(self, one: RemediationResult, refused: Mapping[tuple[str, str], str]) -> RemediationResult:
        done: list[Remedy] = []
        for remedy in one.remedies:
            if remedy.is_open:
                code = refused.get((one.resource.id, remedy.key))
                remedy = replace(remedy, why_not=f"AWS refused: {code}") if code else replace(remedy, done=True)
                self._log(one.resource, remedy)
            done.append(remedy)
        return RemediationResult(with_tags(one.resource, done), tuple(done))

    def _log(self, resource: Resource, remedy: Remedy) -> None:
        details = {
            "resource": resource.id,
            "key": remedy.key,
            "value": remedy.value,
            "source": remedy.source,
            "rules_version": self._rules.rules_version,
        }
        if remedy.done:
            logger.info("tag set", extra=details)
        else:
            logger.warning("tag not set", extra={**details, "because": remedy.why_not})

    def _read(self, judged: Sequence[tuple[Resource, Verdict]]) -> None:
        """Read the sources that may be needed and are not known yet."""
        needed: dict[str, dict[str, None]] = defaultdict(dict)
        for resource, verdict in judged:
            for default in missing_defaults(resource, verdict, self._rules):
                for source in default.copy_from:
                    where = source_id(source, resource)
                    if where and (source, where) not in self._tags and (source, where) not in self._failed:
                        needed[source][where] = None
        for source, (size, read) in _READERS.items():
            names = list(needed.get(source, ()))
            for start in range(0, len(names), size):
                self._read_batch(source, names[start : start + size], read)

    def _read_batch(self, source: str, names: Sequence[str], read: _Read) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            tags = read(self._client_of, names)
        except (ClientError, BotoCoreError) as error:
            code = _code(error)
            logger.warning("source of tags not read", extra={"source": source, "because": code})
            self._failed |= {(source, name): code for name in names}
        else:
            self._tags |= {(source, name): tags.get(name, {}) for name in names}


class _Setter:
    """Sets tags. refused: instance and key to the code of AWS's error."""

    def __init__(self, client_of: Callable[[str], Any]) -> None:
        self._client_of = client_of
        self.refused: dict[tuple[str, str], str] = {}
        self._refusals = 0

    def set(self, key: str, value: str, ids: Sequence[str]) -> None:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            self._client_of("ec2").create_tags(Resources=list(ids), Tags=[{"Key": key, "Value": value}])
        except (ClientError, BotoCoreError) as error:
            self._refusals += 1
            if len(ids) > 1 and self._refusals < MAX_REFUSALS and _code(error) in _OF_ONE:
                middle = len(ids) // 2
                self.set(key, value, ids[:middle])
                self.set(key, value, ids[middle:])
            else:
                self.refused |= {(number, key): _code(error) for number in ids}


def _code(error: Exception) -> str:
    """The code alone: messages quote what was sent."""
    response = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code") or type(error).__name__)


_Read = Callable[[Callable[[str], Any], Sequence[str]], Mapping[str, Mapping[str, str]]]


def _groups(client_of: Callable[[str], Any], names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Tags of auto-scaling groups, those that they do not propagate to instances included."""
    response = client_of("autoscaling").describe_auto_scaling_groups(
        AutoScalingGroupNames=list(names), MaxRecords=MAX_NAMES
    )
    return {group["AutoScalingGroupName"]: _tags(group.get("Tags", [])) for group in response["AutoScalingGroups"]}


def _templates(client_of: Callable[[str], Any], names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """The tags that a template gives to its next instance: those of its default version.

    One call for each template: several in one call are either all of the account or versions of one.
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeLaunchTemplateVersions.html
    """
    from botocore.exceptions import ClientError

    (name,) = names
    try:
        response = client_of("ec2").describe_launch_template_versions(LaunchTemplateId=name, Versions=["$Default"])
    except ClientError as error:
        if _code(error) in _TEMPLATE_GONE:
            return {}
        raise
    tags: dict[str, str] = {}
    for version in response["LaunchTemplateVersions"]:
        for specification in version["LaunchTemplateData"].get("TagSpecifications", []):
            if specification.get("ResourceType") == "instance":
                tags |= _tags(specification.get("Tags", []))
    return {name: tags}


def _vpcs(client_of: Callable[[str], Any], names: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
    """Tags of VPCs. A filter and no list of ids: an id that is gone would make the call fail for all."""
    response = client_of("ec2").describe_vpcs(Filters=[{"Name": "vpc-id", "Values": list(names)}])
    return {vpc["VpcId"]: _tags(vpc.get("Tags", [])) for vpc in response["Vpcs"]}


def _tags(tags: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {tag["Key"]: tag.get("Value") or "" for tag in tags}


_READERS: dict[str, tuple[int, _Read]] = {
    AUTO_SCALING_GROUP: (MAX_NAMES, _groups),
    LAUNCH_TEMPLATE: (1, _templates),
    VPC: (MAX_NAMES, _vpcs),
}
