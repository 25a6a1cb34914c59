"""Names that entries choose themselves: filled in, and compared between environments that share an account."""

from __future__ import annotations

from collections.abc import Iterator

from generator.findings import Finding, Path
from generator.resolve.names import fill, resource_name
from generator.resolve.scope import Scope, environment_names, shared_members
from generator.resolve.scope import scope as scope_of
from generator.resolve.section import Section
from generator.spec.alarms import AlarmSpec
from generator.spec.composites import CompositeSpec
from generator.spec.document import Document
from generator.spec.services import ServiceAlarmSpec

_ENVIRONMENT = "{environment}"
_ACCOUNT = "account"


def own_name(name: str | None, scope: Scope, path: Path, findings: list[Finding], account: str = "") -> str:
    """The name with this environment's values; empty where the entry has none. account: the value of `{account}`."""
    if name is None:
        return ""
    values = {"environment": scope.environment, "project": scope.document.project}
    return fill(name, values | ({_ACCOUNT: account} if account else {}), path, findings)


def alarm_name(
    name: str | None,
    stem: str,
    scope: Scope,
    path: Path,
    findings: list[Finding],
    account: str = "",
    *,
    among: bool = False,
) -> str:
    """The name of an alarm in CloudWatch. stem: what it is made of without one of its own. account: the member that a
    hub alarm is about. among: whether there is one alarm for each account, so that the name needs the account (R07).
    """
    is_missing = (among or bool(account)) and name is not None and f"{{{_ACCOUNT}}}" not in name
    if is_missing and among:
        message = "there is an alarm for each account, and all of them would have this name"
        findings.append(Finding("R07", message, path, hint="add {account} to the name"))
    if name is None or is_missing:
        return resource_name(stem, "alarm", scope.environment, account or None)
    return own_name(name, scope, path, findings, account or ("{account}" if among else ""))


def several_accounts(spec: AlarmSpec) -> bool:
    """True if an entry is one alarm in the hub for each account."""
    is_single = spec.is_of_hub or spec.query or spec.logs or spec.promql or spec.over == "all-accounts"
    return spec.in_ == "hub" and not is_single and not spec.metric_accounts


def shared_names(document: Document) -> Iterator[Finding]:
    """R10: names without the environment, of what two environments create in one account."""
    members, hub = shared_members(document), _shared_hub(document)
    for side, name, path in _names(document):
        shared = members if side == "members" else hub
        if shared and _ENVIRONMENT not in name:
            first, other, place = shared
            message = f"{first} and {other} share {place}, and both would create `{name}` there"
            separator = "-" if path[0] == "dashboards" else " "
            yield Finding("R10", message, path, hint=f'use name: "{name}{separator}{_ENVIRONMENT}"')


def _shared_hub(document: Document) -> tuple[str, str, str] | None:
    """Two environments with one hub, in one Region; None where each has its own."""
    owners: dict[tuple[str, str], str] = {}
    for environment in environment_names(document):
        hub = scope_of(document, environment, []).hub
        if owners.setdefault((hub.account, hub.region), environment) != environment:
            return owners[hub.account, hub.region], environment, "the hub"
    return None


def _names(document: Document) -> Iterator[tuple[str, str, Path]]:
    """Side, name and path of each."""
    for section in ("alarms", "composites"):
        for key, entry in getattr(document, section).items():
            yield from ((entry.in_, name, path) for name, path in _of_alarm(entry, (section, key)))
    for key, service in document.services.items():
        for alarm, settings in service.alarms.items():
            if isinstance(settings, ServiceAlarmSpec):
                path: Path = ("services", key, "alarms", alarm)
                yield from ((service.in_, name, own_path) for name, own_path in _of_alarm(settings, path))
    for key, metric_filter in document.metric_filters.items():
        group = document.log_groups.get(metric_filter.log_group)
        # A filter's name is unique in its log group, whose name has a rule of its own.
        if metric_filter.name is not None and group is not None and _ENVIRONMENT not in group.name:
            yield group.in_, metric_filter.name, ("metric_filters", key, "name")
    for key, dashboard in document.dashboards.items():
        name = getattr(dashboard, "name", None)
        if name is not None:
            yield "hub", name, ("dashboards", key, "name")


def _of_alarm(entry: AlarmSpec | CompositeSpec | ServiceAlarmSpec, path: Path) -> Iterator[tuple[str, Path]]:
    """The names of an entry, each with its path: one, or those of several thresholds."""
    if entry.name is not None:
        yield entry.name, (*path, "name")
    for severity, name in () if isinstance(entry, CompositeSpec) else entry.names.items():
        yield name, (*path, "names", severity)


SECTIONS = (Section("alarms", compare=shared_names),)
