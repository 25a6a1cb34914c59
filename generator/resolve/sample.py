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
    """The sample workload, None without one; R07 where it cannot run."""
    spec = scope.document.sample_workload
    if spec is False:
        return None
    for region in scope.regions:
        if layer(region, scope.hub.partition) is None:
            message = f"AWS publishes no Lambda Insights layer in {region}, and the sample workload requires one"
            findings.append(Finding("R07", message, PATH, hint="remove the sample workload", on="key"))
    ours = {log_group(function, scope.environment) for function in FUNCTIONS}
    for group in groups:
        if group.side is Side.MEMBERS and group.name in ours and not group.create:
            message = "the sample workload writes to this log group, but nothing creates it"
            findings.append(Finding("R07", message, (*group.path, "create"), hint="remove `create: false`"))
    if spec is True:
        return SampleWorkload(PATH, None)
    for index, name in enumerate(spec.in_):
        if name not in scope.document.accounts:
            findings.append(
                unknown_reference(
                    "R02", "account", name, scope.document.accounts, (*PATH, "in", index), "add it to accounts"
                )
            )
    findings += _check_log_group(spec.log_group, groups)
    findings += _log_group_elsewhere(spec.log_group, spec.in_, groups)
    names = tuple(account.name for account in scope.accounts if account.name in spec.in_)
    return SampleWorkload(PATH, names, spec.log_group or "", spec.failure_rate)


def _check_log_group(key: str | None, groups: Sequence[LogGroup]) -> Iterator[Finding]:
    """R02: nothing of this name; R07: the hub's, to which no function of a member writes."""
    log_group = next((group for group in groups if group.key == key), None)
    if key and log_group is None:
        members = [group.key for group in groups if group.side is Side.MEMBERS]
        yield unknown_reference("R02", "log group", key, members, (*PATH, "log_group"), "use a key of log_groups")
    elif log_group is not None and log_group.side is Side.HUB:
        message = f"log group `{key}` is in the hub, but the sample workload is in members"
        yield Finding("R07", message, (*PATH, "log_group"), hint="use a log group of members")


def _log_group_elsewhere(key: str | None, names: Sequence[str], groups: Sequence[LogGroup]) -> Iterator[Finding]:
    """R07: accounts with the sample workload and without the log group that it writes to."""
    log_group = next((group for group in groups if group.key == key), None)
    missing = [name for name in names if log_group and log_group.placement and not log_group.placement.has(name)]
    if missing:
        message = f"log group `{key}` is not in {', '.join(missing)}, but the sample workload is"
        yield Finding("R07", message, (*PATH, "log_group"), hint="use a log group that is in all of these accounts")


SECTIONS = (
    Section(
        "sample_workload",
        {"sample_workload": lambda resolved: sample(resolved.scope, resolved.log_groups, resolved.findings)},
    ),
)
