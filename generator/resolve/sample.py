"""The sample workload, placed in all members or in those that are named."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.aws.lambda_insights import layer
from generator.findings import Finding, Path, unknown_reference
from generator.model.accounts import Side
from generator.model.logs import LogGroup
from generator.model.sample import FUNCTIONS, SampleWorkload, log_group
from generator.resolve.scope import Scope
from generator.resolve.section import Section

PATH: Path = ("sample_workload",)


def sample(scope: Scope, groups: Sequence[LogGroup], findings: list[Finding]) -> SampleWorkload | None:
    """Where there is one, and whether it can be there."""
    spec = scope.document.sample_workload
    if spec is False:
        return None
    for region in scope.regions:
        if layer(region, scope.hub.partition) is None:
            message = f"AWS publishes no layer of Lambda Insights in {region}, which the sample workload wants"
            findings.append(Finding("R07", message, PATH, hint="leave the sample workload out", on="key"))
    ours = {log_group(function, scope.environment) for function in FUNCTIONS}
    for group in groups:
        if group.side is Side.MEMBERS and group.name in ours and not group.create:
            message = "nobody else makes this log group: the sample workload writes to it"
            findings.append(Finding("R07", message, (*group.path, "create"), hint="leave `create: false` out"))
    if spec is True:
        return SampleWorkload(PATH, None)
    for index, name in enumerate(spec.in_):
        if name not in scope.document.accounts:
            findings.append(
                unknown_reference(
                    "R02", "account", name, scope.document.accounts, (*PATH, "in", index), "add it to accounts"
                )
            )
    findings += _log_group_wrong(spec.log_group, groups)
    findings += _log_group_elsewhere(spec.log_group, spec.in_, groups)
    names = tuple(account.name for account in scope.accounts if account.name in spec.in_)
    return SampleWorkload(PATH, names, spec.log_group or "", spec.failure_rate)


def _log_group_wrong(key: str | None, groups: Sequence[LogGroup]) -> Iterator[Finding]:
    """R02: nothing of this name; R07: the hub's, to which no function of a member writes."""
    log_group = next((group for group in groups if group.key == key), None)
    if key and log_group is None:
        members = [group.key for group in groups if group.side is Side.MEMBERS]
        yield unknown_reference("R02", "log group", key, members, (*PATH, "log_group"), "a key of log_groups")
    elif log_group is not None and log_group.side is Side.HUB:
        message = f"`{key}` stands in the hub, and the sample workload in members"
        yield Finding("R07", message, (*PATH, "log_group"), hint="a log group of the members")


def _log_group_elsewhere(key: str | None, names: Sequence[str], groups: Sequence[LogGroup]) -> Iterator[Finding]:
    """R07: accounts with the sample workload and without the log group that it writes to."""
    log_group = next((group for group in groups if group.key == key), None)
    missing = [name for name in names if log_group and log_group.placement and not log_group.placement.has(name)]
    if missing:
        message = f"`{key}` does not stand in {', '.join(missing)}, and the sample workload does"
        yield Finding("R07", message, (*PATH, "log_group"), hint="a log group that all of these accounts have")


SECTIONS = (
    Section(
        "sample_workload",
        {"sample_workload": lambda resolved: sample(resolved.scope, resolved.log_groups, resolved.findings)},
    ),
)
