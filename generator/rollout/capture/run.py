"""A capture from begin to end: descriptions of every account and Region side by side, then their metric data.

Between the two it is known how much data there is: the caller may decline it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import Any, Protocol

from generator.capture.types import CapturedAccount, MetricDataWindow
from generator.rollout.capture.calls import Access, CallFailed, RegionCalls
from generator.rollout.capture.fetches import DataEstimate, batches, estimate
from generator.rollout.capture.folder import CaptureFolder
from generator.rollout.capture.history import history_rows
from generator.rollout.capture.metric_data import read_batch
from generator.rollout.capture.needs import MetricNeed, metric_needs
from generator.rollout.capture.pace import Paces
from generator.rollout.capture.region_parts import RegionReader
from generator.rollout.capture.request import CaptureRequest

SIDE_BY_SIDE = 16
DATA, WHOLE_REGION = "metric-data", "all"
# What AWS says of a query that it does not accept.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CommonErrors.html
INVALID = ("InvalidParameterCombination", "InvalidParameterValue", "ValidationError", "ValidationException")


class Reporter(Protocol):
    """Progress of a capture."""

    def at(self, what: str, done: int, of: int) -> None: ...  # pragma: no cover


@dataclass(frozen=True, slots=True)
class RegionPlan:
    """An account and Region, and the metrics whose data it needs."""

    calls: RegionCalls
    needs: list[MetricNeed]


@dataclass
class CaptureRun:
    """One run. confirm: whether to read metric data that takes so much."""

    request: CaptureRequest
    folder: CaptureFolder
    access: Access
    reporter: Reporter
    confirm: Callable[[DataEstimate], bool]
    _stop: Event = field(default_factory=Event)

    def capture(self) -> bool:
        """Read everything that the folder does not have; False where metric data was declined. Raises AwsError.

        What cannot be read is a problem of the folder. Raises KeyboardInterrupt once running calls have ended.
        """
        paces = Paces(self._stop)
        regions = [
            (account, RegionCalls(account.id, region, self.access, paces))
            for account in self.request.accounts
            for region in account.regions
        ]
        self._side_by_side("accounts and Regions", [partial(self._describe, *region) for region in regions])
        is_whole = self._metric_data([calls for _, calls in regions])
        if is_whole:
            self.folder.describe(self.request, complete=True)
            if not self.folder.problems:
                self.folder.discard_all()
        return is_whole

    def _describe(self, account: CapturedAccount, calls: RegionCalls) -> None:
        """Every part of an account and Region but metric data."""
        is_home = calls.region == min(account.regions)
        reader = RegionReader(calls, self.request, self.folder, is_home)
        for part in self.request.parts:
            if part == DATA or (part == "dashboards" and not is_home):
                continue
            if not self.folder.has(calls.account, calls.region, part) and self._read(calls, reader, part):
                return

    def _read(self, calls: RegionCalls, reader: RegionReader, part: str) -> bool:
        """Read a part; True where nothing else of the account and Region can be read."""
        try:
            rows = history_rows(calls, self.request, self.folder) if part == "history" else reader.rows(part)
            self.folder.write(calls.account, calls.region, part, rows)
            self.folder.discard(calls.account, calls.region, part)
            if part == "alarms" or (part == "metrics" and self.request.metrics):
                # What was read without them is of fewer metrics, and its batches are others.
                self.folder.forget(calls.account, calls.region, DATA)
        except CallFailed as error:
            is_closed = error.is_region_closed or error.call == "sts:AssumeRole"
            self.folder.note(calls.problem(WHOLE_REGION if is_closed else part, error))
            return is_closed
        return False

    def _metric_data(self, regions: Sequence[RegionCalls]) -> bool:
        """Metric data of every account and Region that has alarms; False where it was declined."""
        window = self.request.window
        if window is None:
            return True
        plans = [plan for calls in regions if (plan := self._plan(calls))]
        total = sum((estimate(self._remaining(plan), window) for plan in plans), DataEstimate())
        if total.requests and not self.confirm(total):
            return False
        queues = [list(self._batch_tasks(plan)) for plan in plans]
        self._side_by_side("batches of metric data", list(_in_turn(queues)))
        for plan in plans:
            self._join(plan)
        return True

    def _plan(self, calls: RegionCalls) -> RegionPlan | None:
        """The metrics whose data is missing; None where there is nothing to read."""
        folder, at = self.folder, (calls.account, calls.region)
        if folder.is_whole(*at, DATA) or not (folder.has(*at, "alarms") or self.request.metrics):
            return None
        alarms = folder.rows(*at, "alarms") if folder.has(*at, "alarms") else ()
        metrics = folder.rows(*at, "metrics") if folder.has(*at, "metrics") else ()
        needs = metric_needs(calls.account, alarms, metrics, self.request.metrics)
        return RegionPlan(calls, needs.all(self.request.statistics))

    def _remaining(self, plan: RegionPlan) -> list[MetricNeed]:
        """The metrics that no run before has read."""
        at = (plan.calls.account, plan.calls.region)
        return [
            need
            for number, batch in enumerate(batches(plan.needs))
            if not self.folder.unfinished(*at, _batch_name(number)).exists()
            for need in batch
        ]

    def _batch_tasks(self, plan: RegionPlan) -> Iterator[Callable[[], None]]:
        for number, batch in enumerate(batches(plan.needs)):
            yield partial(self._batch, plan.calls, number, batch)

    def _batch(self, calls: RegionCalls, number: int, needs: Sequence[MetricNeed]) -> None:
        window = self.request.window
        path = self.folder.unfinished(calls.account, calls.region, _batch_name(number))
        if path.exists() or window is None:
            return
        try:
            rows, failures = _read_apart(calls, needs, window)
        except CallFailed as error:
            self.folder.note(calls.problem(DATA, error))
            return
        for failure in failures:
            self.folder.note(calls.problem(DATA, failure))
        self.folder.write_unfinished(path, rows)

    def _join(self, plan: RegionPlan) -> None:
        """Make the part of its batches. Where some are missing, the others are kept for the next run."""
        at = (plan.calls.account, plan.calls.region)
        files = [self.folder.unfinished(*at, _batch_name(number)) for number, _ in enumerate(batches(plan.needs))]
        existing = [file for file in files if file.exists()]
        if existing or not files:
            self.folder.join(*at, DATA, existing)
        if existing == files:
            self.folder.discard(*at, DATA)

    def _side_by_side(self, what: str, tasks: Sequence[Callable[[], None]]) -> None:
        """Run tasks in a bounded number of threads. The first exception ends all of them and is raised."""
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            futures: list[Future[None]] = [pool.submit(task) for task in tasks]
            try:
                for done, future in enumerate(as_completed(futures), 1):
                    future.result()
                    self.reporter.at(what, done, len(futures))
            except BaseException:
                self._stop.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise


def _in_turn(queues: Iterable[Sequence[Callable[[], None]]]) -> Iterator[Callable[[], None]]:
    """A task of each queue, then the next of each: every account's quota is used at once."""
    remaining = [list(reversed(queue)) for queue in queues if queue]
    while remaining:
        for queue in remaining:
            yield queue.pop()
        remaining = [queue for queue in remaining if queue]


def _read_apart(
    calls: RegionCalls, needs: Sequence[MetricNeed], window: MetricDataWindow
) -> tuple[list[dict[str, Any]], list[CallFailed]]:
    """A batch; metric by metric where AWS refuses it, as one of its metrics may be at fault. Raises CallFailed."""
    try:
        return read_batch(calls, needs, window)
    except CallFailed as error:
        if len(needs) == 1 or error.code not in INVALID:
            raise
    rows: list[dict[str, Any]] = []
    failures: list[CallFailed] = []
    for need in needs:
        try:
            of_metric, incomplete = read_batch(calls, [need], window)
            rows += of_metric
            failures += incomplete
        except CallFailed as error:
            message = f"{need.key.namespace} {need.key.name}: {error.message}"
            failures.append(CallFailed(error.call, error.code, message))
    return rows, failures


def _batch_name(number: int) -> str:
    return f"metric-data-{number:06d}.jsonl"
