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


def discovery_document(capture: Capture, coverage: AlarmCoverage, proposals: EntryProposals | None) -> dict[str, Any]:
    """The numbers, every resource with its alarms, and the proposed entries. proposals: None without a file."""
    names = coverage.inventory.names
    document = coverage_document(capture, coverage)
    document["resources"] = [resource_data(row, names) for row in coverage.resources]
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


def resource_data(row: CoveredResource, names: Mapping[str, str]) -> dict[str, Any]:
    """A resource with what watches it."""
    resource = row.resource
    return {
        **_place(row.id.account, row.id.region, names),
        "type": row.id.type,
        "name": row.id.name,
        "parameters": dict(row.id.values),
        "owner": resource.owner or NO_OWNER,
        "listed_by": sorted(resource.sources),
        "has_data": resource.is_active,
        "parts": resource.parts,
        "status": row.status.value,
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
        "pack": "none" if not row.alarms else "partial" if row.missing else "full",
        "missing": list(row.missing) if row.status is not Status.UNWATCHED else [],
    }


def _numbers(numbers: CoverageNumbers) -> dict[str, int | None]:
    return {**asdict(numbers), "percent": numbers.percent}


def _place(account: str, region: str, names: Mapping[str, str]) -> dict[str, str]:
    return {"account": account, "account_name": names.get(account, account), "region": region}
