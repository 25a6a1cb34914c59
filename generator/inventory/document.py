"""Inventory and coverage as data: what `--format json` prints, and what other renderings are made from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from generator.capture.capture import Capture
from generator.inventory.coverage import AlarmCoverage
from generator.inventory.lock import CoverageCheck
from generator.inventory.numbers import KINDS, NO_OWNER, CoverageNumbers, all_numbers, numbers_of
from generator.inventory.proposals import EntryProposals
from generator.inventory.types import CoveredResource, Status
from generator.wording import format_utc

FORMAT = 1


def coverage_document(capture: Capture, coverage: AlarmCoverage) -> dict[str, Any]:
    """The numbers, and what they do not count."""
    names = coverage.inventory.names
    by = all_numbers(coverage.resources, names)
    reasons = Counter(row.reason for row in coverage.resources if row.reason)
    return {
        "format": FORMAT,
        "environment": capture.environment,
        "at": format_utc(capture.to_ms),
        "complete": capture.is_complete,
        "accounts": len(capture.accounts),
        "alarms": coverage.alarms,
        "alarms_not_deployed": coverage.planned,
        "all": _numbers(numbers_of(coverage.resources)),
        **{f"by_{kind}": {name: _numbers(row) for name, row in by[kind].items()} for kind in KINDS},
        "cannot_say": dict(sorted(reasons.items())),
        "not_listed": [_place(account, region, names) for account, region in coverage.inventory.unread],
        "of_no_pack": {"metrics": dict(coverage.inventory.namespaces), "resources": dict(coverage.inventory.kinds)},
        "alarms_of_no_resource": coverage.watches.aggregated,
        "alarms_not_readable": coverage.watches.unreadable,
        "problems": len(capture.problems),
    }


def discovery_document(
    capture: Capture, coverage: AlarmCoverage, proposals: EntryProposals | None, *, is_whole: bool
) -> dict[str, Any]:
    """The numbers, resources with their alarms, and the proposed entries. proposals: None without a file.

    is_whole: all resources, and not only those for which there is something to do.
    """
    document = coverage_document(capture, coverage)
    document["resources"] = resources_data(coverage, is_whole=is_whole)
    document["proposals"] = None
    if proposals is not None:
        entries = [{"key": p.key, "entry": dict(p.entry), "resources": p.resources} for p in proposals.entries]
        document["proposals"] = {"entries": entries, "not_proposed": dict(proposals.not_proposed)}
    return document


def check_document(check: CoverageCheck) -> dict[str, Any]:
    """What is worse than in the lock."""
    return {
        "findings": [asdict(finding) for finding in check.findings],
        "waived": check.waived,
        "better": check.better,
        "new_places": check.new_places,
        "unused_waivers": [f"{waiver.type} {waiver.name}" for waiver in check.unused],
    }


def resources_data(coverage: AlarmCoverage, *, is_whole: bool) -> list[dict[str, Any]]:
    """The resources with what watches them; without is_whole those that are not watched, or not by a whole pack."""
    names = coverage.inventory.names
    rows = [row for row in coverage.resources if is_whole or row.missing or row.status is not Status.WATCHED]
    return [resource_data(row, names) if is_whole else _listed_data(row, names) for row in rows]


def _listed_data(row: CoveredResource, names: Mapping[str, str]) -> dict[str, Any]:
    """What a list of resources has."""
    id_ = row.id
    return {
        "account": id_.account,
        "account_name": names.get(id_.account, id_.account),
        "region": id_.region,
        "type": id_.type,
        "name": id_.name,
        "owner": row.resource.owner or NO_OWNER,
        "has_data": row.resource.is_active,
        "parts": row.resource.parts,
        "status": row.status.value,
        "pack": "none" if not row.alarms else "partial" if row.missing else "full",
        "missing": row.missing if row.status is not Status.UNWATCHED else (),
    }


def resource_data(row: CoveredResource, names: Mapping[str, str]) -> dict[str, Any]:
    """A resource with what watches it."""
    resource = row.resource
    return {
        **_listed_data(row, names),
        "parameters": dict(row.id.values),
        "listed_by": sorted(resource.sources),
        "reason": row.reason,
        "alarms": [
            {
                "account": alarm.account,
                "region": alarm.region,
                "alarm": alarm.name,
                "by": alarm.by,
                "calls": alarm.calls,
                "deployed": alarm.is_deployed,
            }
            for alarm in row.alarms
        ],
    }


def _numbers(numbers: CoverageNumbers) -> dict[str, int | None]:
    return {**asdict(numbers), "percent": numbers.percent}


def _place(account: str, region: str, names: Mapping[str, str]) -> dict[str, str]:
    return {"account": account, "account_name": names.get(account, account), "region": region}
