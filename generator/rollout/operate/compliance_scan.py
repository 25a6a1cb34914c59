"""Asking the checkers for a scan, and waiting for what it finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.operate.compliance_access import CheckerAccess
from generator.rollout.operate.compliance_ledger import ComplianceTable
from generator.rollout.operate.compliance_state import AccountRegion, ScanTotal

SIDE_BY_SIDE = 16
# Between two looks for a scan's total, in seconds.
LOOK_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """A place that was asked for a scan. total: what it found, None while that is not known.

    scan: the id of the scan that will tell; an earlier one than was asked for where that one was running already.
    problem, hint: why AWS took no message, or later why the table could not be read; empty where it did.
    """

    place: AccountRegion
    scan: int
    total: ScanTotal | None = None
    problem: str = ""
    hint: str = ""


def message(at: datetime) -> str:
    """The body of the message that asks for a scan; its time in whole seconds is the scan's id."""
    return json.dumps({"scan": {"at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), "by": "hand"}})


@dataclass(slots=True)
class Scans:
    """Scans by hand of several places, side by side."""

    access: CheckerAccess

    def ask(self, places: Sequence[AccountRegion], at: datetime) -> Iterator[ScanRequest]:
        """Send the message to each place's queue; in the order of the places. A place that refuses stops no other."""
        body, scan = message(at), int(at.timestamp()) * 1000
        yield from self._each([ScanRequest(place, scan) for place in places], lambda one: self._send(one, body))

    def found(self, asked: Sequence[ScanRequest], seconds: float, tell: Callable[[int], None]) -> Iterator[ScanRequest]:
        """Wait for the totals of places that were asked, each as soon as it is known; without one when time is up.

        seconds: how long to wait. Where a scan runs already, the checker drops another; then that one's total counts.
        tell: how many are done, at each look.
        """
        waiting, waited = list(asked), 0.0
        while waiting:
            looks = list(self._each(waiting, self._look))
            yield from (one for one in looks if one.total or one.problem)
            waiting = [one for one in looks if not (one.total or one.problem)]
            tell(len(asked) - len(waiting))
            if waiting and waited >= seconds:
                yield from waiting
                return
            if waiting:
                self.access.aws.sleep(LOOK_SECONDS)
                waited += LOOK_SECONDS

    def _each(self, asked: Sequence[ScanRequest], act: Callable[[ScanRequest], ScanRequest]) -> Iterator[ScanRequest]:
        def safely(one: ScanRequest) -> ScanRequest:
            try:
                return act(one)
            except AwsError as error:
                return replace(one, problem=str(error), hint=error.hint)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            yield from pool.map(safely, asked)

    def _send(self, one: ScanRequest, body: str) -> ScanRequest:
        queue, place = self.access.checker.queue, one.place
        client = self.access.client(place, "sqs")
        with aws_errors("sqs:GetQueueUrl", queue, place.account, place.region):
            url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        with aws_errors("sqs:SendMessage", queue, place.account, place.region):
            client.send_message(QueueUrl=url, MessageBody=body)
        return one

    def _look(self, one: ScanRequest) -> ScanRequest:
        table = ComplianceTable(self.access.client(one.place, "dynamodb"), self.access.checker.table, one.place)
        totals, running = table.scans(one.scan)
        if running and running < one.scan:
            return replace(one, scan=running)
        return replace(one, total=totals[0] if totals else None)


def in_words(total: ScanTotal) -> str:
    """`38 compliant, 2 not, 1 exempt`."""
    counts = total.counts
    exempt = f", {counts.exempt} exempt" if counts.exempt else ""
    return f"{counts.compliant} compliant, {counts.non_compliant} not{exempt}"
