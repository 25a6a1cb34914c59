"""The sample workload, placed in all members or in those that are named."""

from __future__ import annotations

from collections.abc import Sequence

from generator.aws.lambda_insights import layer
from generator.findings import Finding, Path, did_you_mean
from generator.model.logs import LogGroup
from generator.model.places import Side
from generator.model.sample import FUNCTIONS, SampleWorkload, log_group
from generator.resolve.scope import Scope

PATH: Path = ("sample_workload",)


def sample(scope: Scope, groups: Sequence[LogGroup], news: list[Finding]) -> SampleWorkload | None:
    """Where there is one, and whether it can be there."""
    spec = scope.document.sample_workload
    if spec is False:
        return None
    for region in scope.regions:
        if layer(region, scope.hub.partition) is None:
            message = f"AWS publishes no layer of Lambda Insights in {region}, which the sample workload wants"
            news.append(Finding("R07", message, PATH, hint="leave the sample workload out", on="key"))
    ours = {log_group(function, scope.environment) for function in FUNCTIONS}
    for group in groups:
        if group.side is Side.MEMBERS and group.name in ours and not group.create:
            message = "nobody else makes this log group: the sample workload writes to it"
            news.append(Finding("R07", message, (*group.path, "create"), hint="leave `create: false` out"))
    if spec is True:
        return SampleWorkload(PATH, None)
    for index, name in enumerate(spec.in_):
        if name not in scope.document.accounts:
            hint = did_you_mean(name, scope.document.accounts).strip()
            news.append(Finding("R02", f"there is no account `{name}`", (*PATH, "in", index), hint=hint))
    named = tuple(account.name for account in scope.accounts if account.name in spec.in_)
    return SampleWorkload(PATH, named)
