"""ARNs of resources that others own: filled in for the stack, and in the Regions of what uses them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.aws.regions import partition_of
from generator.findings import Finding, Path
from generator.model.accounts import Side
from generator.resolve.names import fill
from generator.resolve.scope import Scope

PARTITION, SERVICE, REGION, ACCOUNT = 1, 2, 3, 4


def filled_arn(text: str, side: Side, scope: Scope, path: Path, findings: list[Finding]) -> str:
    """The ARN with placeholders replaced; those that only a member's stack knows as the model has them."""
    if side is Side.MEMBERS:
        return scope.fill_in_place(text, path, findings)
    hub = {"account_id": scope.hub.account, "region": scope.hub.region, "partition": partition_of(scope.hub.region)}
    return fill(text, {"environment": scope.environment, "project": scope.document.project, **hub}, path, findings)


def arn_fields(arn: str) -> list[str]:
    """The fields of an ARN; ${AWS::Region} has colons of its own."""
    return arn.replace("AWS::", "").split(":")


def check_arn_regions(
    arn: str, what: str, reader: str, regions: Sequence[str], path: Path, entry: str
) -> Iterator[Finding]:
    """R07 for an ARN in another partition or Region than what uses it.

    reader: what uses it, in `regions`. entry: what would have fewer Regions.
    """
    parts = arn_fields(arn)
    partitions = sorted({partition_of(region) for region in regions})
    if not parts[PARTITION].startswith("${") and [parts[PARTITION]] != partitions:
        message = f"{what} is in partition {parts[PARTITION]}, {reader} in {', '.join(partitions)}"
        yield Finding("R07", message, path, hint="use {partition}")
    elsewhere = [region for region in regions if region != parts[REGION]]
    if not parts[REGION].startswith("${") and elsewhere:
        message = f"{what} is in {parts[REGION]}, but {reader} is in {', '.join(elsewhere)}, too"
        message = message if parts[REGION] in regions else message.removesuffix(", too")
        yield Finding("R07", message, path, hint=f"use {{region}}, or limit the {entry} by `regions`")
