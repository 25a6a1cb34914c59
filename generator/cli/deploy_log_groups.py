"""Log groups that would fail stacks, as `obsgen deploy` reports them: accounts, line of the spec, and fix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from generator.cli.rollout import DeployTarget
from generator.findings import Path, parse_path
from generator.rollout.deploy.adoption import Adoption
from generator.rollout.deploy.log_group_report import Fault, LogGroupConflict, LogGroupReport
from generator.rollout.operate.compliance_state import AccountRegion
from generator.wording import first_of, pluralize

if TYPE_CHECKING:
    from generator.model.logs import LogGroup

SHOWN = 8
LOST = "the log group then keeps its own retention and key"
IN_SHORT: dict[Fault, str] = {"missing": "missing", "exists": "already existing", "goes": "that would be deleted"}
FAULTS: tuple[Fault, ...] = (*IN_SHORT, "deleted")
STANDS = "its filters and their alarms are then not created there"


def log_group_lines(ahead: LogGroupReport, target: DeployTarget) -> Iterator[str]:
    """The lines of a plan. What is lost is never cut short."""
    for conflict in ahead.conflicts:
        listed = _listed(conflict.places, len(conflict.places) if conflict.fault in ("goes", "deleted") else SHOWN)
        yield f"  Log group {conflict.name} {_what(conflict)}: {listed}"
        yield f"    = from: {_line(_path(conflict, target), target)}"
        yield from (f"    = help: {hint}" for hint in _hints(conflict, target))
    by_reason = sorted(ahead.unread, key=lambda row: row[1])
    for reason, places in groupby(by_reason, key=lambda row: row[1]):
        names = sorted({location.name for location, _ in places})
        risk = "a stack fails if one is missing or already exists"
        yield f"  Skipped checks: log groups in {first_of(names, SHOWN)} ({reason}); {risk}"


def adoption_lines(adopted: Iterable[Adoption], template: Mapping[str, Any]) -> Iterator[str]:
    """The log groups that a stack imports, with the change of each. template: the stack's."""
    for adoption in adopted:
        properties = template["Resources"][adoption.logical_id]["Properties"]
        before = f"{adoption.retention_days} days" if adoption.retention_days else "without an end"
        retention = f"its events are kept {properties['RetentionInDays']} days, before: {before}"
        yield f"    = {adoption.name} is imported: {retention}; it is deleted with the stack"


def refusal_lines(ahead: LogGroupReport) -> Iterator[str]:
    """The error of a deployment that log groups block; no lines if none does."""
    if not ahead.refused:
        return
    numbers = Counter(conflict.fault for conflict in ahead.refused)
    counts = [
        f"{pluralize(numbers[fault], 'log group')} {words}" for fault, words in IN_SHORT.items() if numbers[fault]
    ]
    accounts = {location.account for conflict in ahead.refused for location in conflict.places}
    yield f"Error: in {pluralize(len(accounts), 'account')}, {', '.join(counts)}"
    yield "  = help: add what the plan suggests and run `obsgen build`, or use --anyway"


def as_data(ahead: LogGroupReport, target: DeployTarget) -> dict[str, Any]:
    """The conflicts for `--json`."""
    data: dict[str, Any] = {
        fault: [_as_data(conflict, target) for conflict in ahead.conflicts if conflict.fault == fault]
        for fault in FAULTS
    }
    return {**data, "not_looked_at": [{**asdict(location), "reason": reason} for location, reason in ahead.unread]}


def _as_data(conflict: LogGroupConflict, target: DeployTarget) -> dict[str, Any]:
    position, _, path = _line(_path(conflict, target), target).partition(": ")
    file, _, line = position.rpartition(":")
    places = [asdict(location) for location in conflict.places]
    hints = list(_hints(conflict, target))
    return {"name": conflict.name, "path": path, "file": file, "line": int(line), "places": places, "try": hints}


def _what(conflict: LogGroupConflict) -> str:
    uses = f"{pluralize(conflict.resources, 'filter')} {'uses' if conflict.resources == 1 else 'use'} it"
    match conflict.fault:
        case "missing":
            return f"is missing, and {uses}"
        case "exists":
            return "already exists, and the spec creates it"
        case "goes":
            return (
                f"belongs to the stack, which deletes it with all events{f', and {uses}' if conflict.resources else ''}"
            )
        case "deleted":
            return "is DELETED with all events: the spec does not create it there any more"


def _hints(conflict: LogGroupConflict, target: DeployTarget) -> Iterator[str]:
    """Changes of the spec, or of AWS. Stack sets cannot adopt what exists; a stack of the management account can."""
    group, everywhere = _log_group(conflict, target), len(conflict.places) == conflict.expected
    match conflict.fault:
        case "missing" if everywhere:
            yield "check its name, create it first, or remove `create: false` so that the spec creates it"
        case "missing":
            yield f"create it there first, or {_left_out(conflict, group, target)}; {STANDS}"
        case "exists":
            if group is not None:
                yield (
                    f"add `create: false`; {LOST}"
                    if everywhere
                    else f"add `exists: {_named(conflict, target)}`; {LOST}"
                )
            region = (
                conflict.places[0].region if len({location.region for location in conflict.places}) == 1 else "<Region>"
            )
            delete = f"aws logs delete-log-group --log-group-name {conflict.name} --region {region}"
            yield f"or delete it there, with all its events: {delete}" if group else f"delete it there: {delete}"
            management = target.desired.management
            if management and any(location.account == management.account for location in conflict.places):
                yield f"or use --adopt to import it into the stack in {management.name}, with its events"
        case "goes" | "deleted":
            yield "keep it in the spec, so that the stack keeps it"


def _left_out(conflict: LogGroupConflict, group: LogGroup | None, target: DeployTarget) -> str:
    """The change of the spec that excludes the accounts. A group with a placement needs that changed."""
    if group is not None and group.placement is not None:
        return f"leave {first_of(sorted({location.name for location in conflict.places}), SHOWN)} out of its placement"
    key, names, _ = _rule(conflict, target)
    return f"`{key}: {{except: [{names}]}}`"


def _named(conflict: LogGroupConflict, target: DeployTarget) -> str:
    """Such as `{accounts: [delta]}`; with Regions where the accounts have it in those only."""
    key, names, more = _rule(conflict, target)
    return f"{{{key}: [{names}]{more}}}"


def _rule(conflict: LogGroupConflict, target: DeployTarget) -> tuple[str, str, str]:
    """The key of a placement rule that selects the accounts, their names, and the rule for Regions."""
    accounts = sorted({location.name for location in conflict.places})
    regions = ", ".join(sorted({location.region for location in conflict.places}))
    in_some_regions = len({location.region for location in conflict.places}) < len(target.desired.members.regions)
    if in_some_regions and set(target.desired.names.values()) <= set(accounts):
        return "regions", regions, ""
    return "accounts", ", ".join(accounts), f", regions: [{regions}]" if in_some_regions else ""


def _log_group(conflict: LogGroupConflict, target: DeployTarget) -> LogGroup | None:
    """The log group of the file; None where it is one of our own functions'."""
    estate = target.built.estates[target.desired.environment]
    create = conflict.fault == "exists"
    return next((group for group in estate.log_groups if group.name == conflict.name and group.create is create), None)


def _path(conflict: LogGroupConflict, target: DeployTarget) -> Path:
    group = _log_group(conflict, target)
    return group.path if group else parse_path(conflict.path)


def _line(path: Path, target: DeployTarget) -> str:
    """File, line and path, such as `observability.yaml:12: log_groups.ledger`."""
    source = target.built.source.at(path)
    span = source.span(path, "key")
    return f"{source.name}:{span.line if span else 1}: {'.'.join(map(str, path))}"


def _listed(places: Iterable[AccountRegion], most: int) -> str:
    """By account, with the Regions of each."""
    by_account = groupby(places, key=lambda location: (location.name, location.account))
    return first_of(
        [
            f"{name} ({account}) in {' and '.join(location.region for location in locations)}"
            for (name, account), locations in by_account
        ],
        most,
    )
