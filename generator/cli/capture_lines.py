"""A capture in words: what it will cost, what it has, and what could not be read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from generator.capture.parts import PARTS
from generator.capture.times import format_s
from generator.capture.types import Problem
from generator.reading import shown
from generator.rollout.aws.errors import DENIED
from generator.rollout.capture.fetches import DataEstimate
from generator.rollout.capture.request import CaptureRequest
from generator.rollout.capture.summary import CaptureSummary, grouped, kinds_in_words

WIDTH = 19
MOST_GROUPS = 30


def estimate_line(estimate: DataEstimate, days: int) -> str:
    """What reading metric data takes."""
    usd = f"at most {estimate.usd:.2f}" if estimate.usd >= 0.01 else "less than 0.01"
    minutes = -(-round(estimate.seconds) // 60)
    time = f", about {minutes} minutes" if minutes > 1 else ""
    metrics = f"{estimate.metrics:,} metric{'' if estimate.metrics == 1 else 's'}"
    requests = f"{estimate.requests:,} request{'' if estimate.requests == 1 else 's'}"
    return f"Metric data: {metrics}, {days} day{'' if days == 1 else 's'}: {requests}, {usd} USD{time}"


def summary_lines(
    path: Path, request: CaptureRequest, summary: CaptureSummary, problems: Sequence[Problem], *, complete: bool
) -> Iterator[str]:
    """The result of a capture."""
    name = f"Capture of {request.environment}" if request.environment else "Capture"
    regions = {region for account in request.accounts for region in account.regions}
    accounts = f"{len(request.accounts)} account{'' if len(request.accounts) == 1 else 's'}"
    where = f"{accounts}, {len(regions)} Region{'' if len(regions) == 1 else 's'}"
    state = "" if complete else ", not complete"
    yield f"{name}: {where}, {format_s(request.from_ms)[:10]} to {format_s(request.to_ms)[:10]}{state}"
    for part in PARTS:
        if part in request.parts and summary.places[part]:
            yield f"  {part:<{WIDTH}} {summary.rows[part]:>8,}{_detail(part, summary)}"
    if problems:
        yield "Not read:"
        yield from _problem_lines(problems)
    if not complete:
        yield "Metric data was declined. Run the same command again to read it."
    yield f"Folder: {shown(path)}"


def _detail(part: str, summary: CaptureSummary) -> str:
    if part == "alarms" and summary.kinds:
        return f"  {kinds_in_words(summary.kinds)}"
    if part == "metric-data" and summary.unread:
        alarms = f"{summary.unread:,} alarm{'' if summary.unread == 1 else 's'}"
        return f"  series; {alarms} without a metric by name (queries, logs)"
    return "  series" if part == "metric-data" else ""


def _problem_lines(problems: Sequence[Problem]) -> Iterator[str]:
    groups = grouped(problems)
    for group in groups[:MOST_GROUPS]:
        part = "everything" if group.part == "all" else group.part
        where = f"{group.accounts} account{'' if group.accounts == 1 else 's'}"
        yield f"  {part:<{WIDTH - 1}} {group.call}: {group.code} in {where}"
        if group.code not in DENIED and group.message:
            yield f"  {'':<{WIDTH}}{group.message}"
    if len(groups) > MOST_GROUPS:
        yield f"  and {len(groups) - MOST_GROUPS} more in problems.jsonl"
    if any(group.code in DENIED for group in groups):
        yield "  = help: use --role with a role that has `obsgen policy --capture`, or set access.captures"
