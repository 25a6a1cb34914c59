"""What alarms watch in the capture, with those of the pull request, against the committed lock."""

from __future__ import annotations

import click

from generator.capture.capture import Capture
from generator.cli.backtest_revision import contents_at
from generator.cli.comment.context import GatherContext, on_one_line
from generator.cli.coverage_lock import LOCK, read_lock
from generator.cli.coverage_run import today
from generator.cli.inventory_run import CaptureCoverage, ContentsBefore, capture_coverage
from generator.comment.data import first_rows, shortened
from generator.comment.sections.coverage import AccountCoverage, CoverageResults, WorseCoverage
from generator.evaluate.template.contents import Contents
from generator.inventory.lock import CoverageCheck, CoverageFinding, check
from generator.inventory.numbers import all_numbers, numbers_of
from generator.wording import format_utc

_MOST_NAMES = 5
_MOST_ACCOUNTS = 50
_WORST_FIRST = ("unwatched", "silent", "no_data")


def gather(context: GatherContext) -> CoverageResults | None:
    """The comparison; None without a capture or a lock, or where nothing can be built."""
    built = context.compiled
    path = context.target.file.parent / LOCK
    if context.capture is None or built is None or not path.exists():
        return None
    try:
        of_capture = capture_coverage(context.capture, context.target.file, None, built, _base(context))
        lock = read_lock(path, of_capture.coverage.day)
    except click.ClickException as error:
        return CoverageResults(problem=shortened(on_one_line(error.message)))
    except click.exceptions.Exit:
        return CoverageResults(problem=f"{LOCK} has errors; `obsgen coverage --check` prints them")
    assert lock
    day = today()
    places = of_capture.places
    before = check(of_capture.before, lock, day, places) if of_capture.before else None
    return _results(of_capture, check(of_capture.coverage, lock, day, places), before)


def _base(context: GatherContext) -> ContentsBefore | None:
    """What the target branch deploys, by its out/."""

    def contents(capture: Capture, name: str) -> tuple[Contents, ...] | None:
        return contents_at(context.target.out, context.base, name, capture)

    return contents if context.base else None


def caused_by_change(finding: CoverageFinding, before: CoverageCheck | None) -> bool:
    """Whether the same resources were not as bad before the change."""
    if before is None or finding.kind not in _WORST_FIRST:
        return False
    place = (finding.account, finding.region, finding.type)
    # Of what nothing watched before, an alarm that calls no one is no loss.
    kinds = _WORST_FIRST[: _WORST_FIRST.index(finding.kind) + 1]
    known = [it for it in before.findings if it.kind in kinds and (it.account, it.region, it.type) == place]
    return bool({*finding.names} - {name for it in known for name in it.names}) or finding.count > sum(
        it.count for it in known
    )


def _results(of_capture: CaptureCoverage, result: CoverageCheck, before: CoverageCheck | None) -> CoverageResults:
    rows = of_capture.coverage.resources
    numbers = numbers_of(rows)
    by_change = [finding for finding in result.findings if caused_by_change(finding, before)]
    accounts = all_numbers(rows, of_capture.coverage.inventory.names)["account"]
    ordered = sorted(
        accounts.items(), key=lambda item: (-item[1].unwatched - item[1].silent - item[1].no_data, item[0])
    )
    worst = [
        AccountCoverage(
            account=shortened(name),
            total=it.total,
            watched=it.watched,
            no_data=it.no_data,
            silent=it.silent,
            unwatched=it.unwatched,
            unknown=it.unknown,
        )
        for name, it in ordered
    ]
    shown_accounts = first_rows(worst[:_MOST_ACCOUNTS])
    return CoverageResults(
        day=format_utc(of_capture.capture.to_ms)[:10],
        total=numbers.total,
        watched=numbers.watched,
        unknown=numbers.unknown,
        planned=numbers.planned,
        waived=result.waived,
        better=result.better,
        worse=first_rows(
            [
                WorseCoverage(
                    account=shortened(it.account),
                    region=shortened(it.region),
                    type=shortened(it.type),
                    names=tuple(shortened(name) for name in it.names[:_MOST_NAMES]),
                    count=it.count,
                    message=shortened(it.message),
                    is_by_change=it in by_change,
                )
                for it in sorted(result.findings, key=lambda finding: finding not in by_change)
            ]
        ),
        accounts=shown_accounts.model_copy(update={"omitted": max(0, len(worst) - _MOST_ACCOUNTS)}),
    )
