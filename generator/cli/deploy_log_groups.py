"""Log groups that would fail stacks, as `obsgen deploy` tells them: where, which line says so, what to write there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import groupby
from typing import TYPE_CHECKING, Any

from generator.cli.rollout import DeployTarget
from generator.findings import Path, parse_path
from generator.rollout.deploy.adoption import Adoption
from generator.rollout.deploy.log_groups import Fault, LogGroupConflict, LogGroupReport
from generator.rollout.operate.compliance_state import AccountRegion
from generator.wording import pluralize

if TYPE_CHECKING:
    from generator.model.logs import LogGroup

SHOWN = 8
LOST = "it keeps its own retention and key then"
IN_SHORT: dict[Fault, str] = {"missing": "missing", "exists": "there already", "goes": "that would be deleted"}
FAULTS: tuple[Fault, ...] = (*IN_SHORT, "deleted")
STANDS = "neither its filters nor their alarms stand there then"


def log_group_lines(ahead: LogGroupReport, here: DeployTarget) -> Iterator[str]:
    """The lines of a plan. What is lost is never cut short."""
    for one in ahead.found:
        listed = _listed(one.places, len(one.places) if one.fault in ("goes", "deleted") else SHOWN)
        yield f"  Log group {one.name} {_what(one)}: {listed}"
        yield f"    = from: {_line(_path(one, here), here)}"
        yield from (f"    = help: {hint}" for hint in _hints(one, here))
    by_reason = sorted(ahead.unread, key=lambda each: each[1])
    for reason, places in groupby(by_reason, key=lambda each: each[1]):
        names = sorted({place.name for place, _ in places})
        yield f"  Skipped checks: log groups in {_some(names)} ({reason}); any that is missing or exists fails a stack"


def adoption_lines(adopted: Iterable[Adoption], template: Mapping[str, Any]) -> Iterator[str]:
    """Log groups that a stack takes over: what becomes of each. template: the stack's."""
    for one in adopted:
        properties = template["Resources"][one.logical_id]["Properties"]
        before = f"{one.retention_days} days" if one.retention_days else "for ever"
        kept = f"its lines are kept {properties['RetentionInDays']} days, until now {before}"
        yield f"    = {one.name} is taken over: {kept}; from then on it goes with the stack"


def refusal_lines(ahead: LogGroupReport) -> Iterator[str]:
    """What stands before the end of a command that refuses; nothing where there is nothing in the way."""
    if not ahead.refused:
        return
    numbers = Counter(one.fault for one in ahead.refused)
    told = [f"{pluralize(numbers[fault], 'log group')} {words}" for fault, words in IN_SHORT.items() if numbers[fault]]
    accounts = {place.account for one in ahead.refused for place in one.places}
    yield f"Error: in {pluralize(len(accounts), 'account')}, {', '.join(told)}"
    yield "  = help: write what the plan says, and build; or --anyway"


def as_data(ahead: LogGroupReport, here: DeployTarget) -> dict[str, Any]:
    """The same for the plan as data."""
    found: dict[str, Any] = {
        fault: [_as_data(one, here) for one in ahead.found if one.fault == fault] for fault in FAULTS
    }
    return {**found, "not_looked_at": [{**asdict(place), "reason": reason} for place, reason in ahead.unread]}


def _as_data(one: LogGroupConflict, here: DeployTarget) -> dict[str, Any]:
    place, _, path = _line(_path(one, here), here).partition(": ")
    file, _, line = place.rpartition(":")
    places = [asdict(place) for place in one.places]
    hints = list(_hints(one, here))
    return {"name": one.name, "path": path, "file": file, "line": int(line), "places": places, "try": hints}


def _what(one: LogGroupConflict) -> str:
    stands = f"{pluralize(one.resources, 'filter')} {'stands' if one.resources == 1 else 'stand'} on it"
    match one.fault:
        case "missing":
            return f"is missing, and {stands}"
        case "exists":
            return "exists, though the file makes it"
        case "goes":
            return f"is the stack's own, which deletes it with every line{f', and {stands}' if one.resources else ''}"
        case "deleted":
            return "is DELETED with every line, as the file does not make it there any more"


def _hints(one: LogGroupConflict, here: DeployTarget) -> Iterator[str]:
    """What to write, or to do. Stack sets cannot adopt what exists; a stack of the management account can."""
    group, everywhere = _log_group(one, here), len(one.places) == one.expected
    match one.fault:
        case "missing" if everywhere:
            yield "check its name, have it made first, or let the file make it, without `create: false`"
        case "missing":
            yield f"have it made there first; or {_left_out(one, group, here)}; {STANDS}"
        case "exists":
            if group is not None:
                yield f"`create: false`; {LOST}" if everywhere else f"`exists: {_named(one, here)}`; {LOST}"
            region = one.places[0].region if len({place.region for place in one.places}) == 1 else "<Region>"
            delete = f"aws logs delete-log-group --log-group-name {one.name} --region {region}"
            yield f"or delete it there, and every line in it: {delete}" if group else f"delete it there: {delete}"
            management = here.desired.management
            if management and any(place.account == management.account for place in one.places):
                yield f"or have the stack in {management.name} take it over, with its lines: --adopt"
        case "goes" | "deleted":
            yield "let the file make it, as it did"


def _left_out(one: LogGroupConflict, group: LogGroup | None, here: DeployTarget) -> str:
    """How the file leaves the places out. A group with a placement has words of its own, which need changing."""
    if group is not None and group.placement is not None:
        return f"leave {_some(sorted({place.name for place in one.places}))} out of where it stands"
    key, names, _ = _rule(one, here)
    return f"`{key}: {{except: [{names}]}}`"


def _named(one: LogGroupConflict, here: DeployTarget) -> str:
    """Such as `{accounts: [delta]}`; with Regions where the accounts have it in those only."""
    key, names, more = _rule(one, here)
    return f"{{{key}: [{names}]{more}}}"


def _rule(one: LogGroupConflict, here: DeployTarget) -> tuple[str, str, str]:
    """The word that tells the places from others, their names, and what has to be said of Regions beside accounts."""
    accounts = sorted({place.name for place in one.places})
    regions = ", ".join(sorted({place.region for place in one.places}))
    several = len({place.region for place in one.places}) < len(here.desired.members.regions)
    if several and set(here.desired.names.values()) <= set(accounts):
        return "regions", regions, ""
    return "accounts", ", ".join(accounts), f", regions: [{regions}]" if several else ""


def _log_group(one: LogGroupConflict, here: DeployTarget) -> LogGroup | None:
    """The log group of the file; None where it is one of our own functions'."""
    estate = here.built.estates[here.desired.environment]
    create = one.fault == "exists"
    return next((group for group in estate.log_groups if group.name == one.name and group.create is create), None)


def _path(one: LogGroupConflict, here: DeployTarget) -> Path:
    group = _log_group(one, here)
    return group.path if group else parse_path(one.path)


def _line(path: Path, here: DeployTarget) -> str:
    """`observability.yaml:12: log_groups.ledger`."""
    source = here.built.source.at(path)
    span = source.span(path, "key")
    return f"{source.name}:{span.line if span else 1}: {'.'.join(map(str, path))}"


def _listed(places: Iterable[AccountRegion], most: int) -> str:
    """By account, with the Regions of each."""
    by_account = groupby(places, key=lambda place: (place.name, place.account))
    return _some(
        [
            f"{name} ({account}) in {' and '.join(place.region for place in each)}"
            for (name, account), each in by_account
        ],
        most,
    )


def _some(words: list[str], most: int = SHOWN) -> str:
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")
