"""Asking the checkers for a scan, and waiting for what it finds."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime

from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.operate.compliance_access import CheckerAccess
from generator.rollout.operate.compliance_ledger import ComplianceTable
from generator.rollout.operate.compliance_state import AccountRegion, ScanTotal
from generator.wording import format_datetime

SIDE_BY_SIDE = 16
# Between two reads of a scan's total.
POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class ScanRequest:
    """A scan requested in an account and Region. total: its result, None until it is known.

    scan: the ID of the scan to wait for: an earlier one than requested where that was running already.
    problem, hint: why AWS accepted no message, or later why the table could not be read; empty without an error.
    """

    place: AccountRegion
    scan: int
    total: ScanTotal | None = None
    problem: str = ""
    hint: str = ""


def message(at: datetime) -> str:
    """The body of the message that asks for a scan; its time in whole seconds is the scan's id."""
    return json.dumps({"scan": {"at": format_datetime(at), "by": "hand"}})


@dataclass(slots=True)
class Scans:
    """Manual scans of several accounts and Regions, side by side."""

    access: CheckerAccess

    def ask(self, places: Sequence[AccountRegion], at: datetime) -> Iterator[ScanRequest]:
        """Send the message to each queue, in the order of the places. One that refuses does not stop the others."""
        body, scan = message(at), int(at.timestamp()) * 1000
        yield from self._each(
            [ScanRequest(location, scan) for location in places], lambda request: self._send(request, body)
        )

    def found(
        self, requests: Sequence[ScanRequest], seconds: float, report: Callable[[int], None]
    ) -> Iterator[ScanRequest]:
        """Wait for the totals of scans, each as soon as it is known; without one when the time is up.

        seconds: how long to wait. Where a scan runs already, the checker drops another; then that one's total counts.
        report: gets the number of complete scans, after each check.
        """
        waiting, waited = list(requests), 0.0
        while waiting:
            looks = list(self._each(waiting, self._check))
            yield from (request for request in looks if request.total or request.problem)
            waiting = [request for request in looks if not (request.total or request.problem)]
            report(len(requests) - len(waiting))
            if waiting and waited >= seconds:
                yield from waiting
                return
            if waiting:
                self.access.aws.sleep(POLL_SECONDS)
                waited += POLL_SECONDS

    def _each(
        self, requests: Sequence[ScanRequest], act: Callable[[ScanRequest], ScanRequest]
    ) -> Iterator[ScanRequest]:
        def safely(request: ScanRequest) -> ScanRequest:
            try:
                return act(request)
            except AwsError as error:
                return replace(request, problem=str(error), hint=error.hint)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            yield from pool.map(safely, requests)

    def _send(self, request: ScanRequest, body: str) -> ScanRequest:
        queue, location = self.access.checker.queue, request.place
        client = self.access.client(location, "sqs")
        with aws_errors("sqs:GetQueueUrl", queue, location.account, location.region):
            url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        with aws_errors("sqs:SendMessage", queue, location.account, location.region):
            client.send_message(QueueUrl=url, MessageBody=body)
        return request

    def _check(self, request: ScanRequest) -> ScanRequest:
        table = ComplianceTable(self.access.client(request.place, "dynamodb"), self.access.checker.table, request.place)
        totals, running = table.scans(request.scan)
        if running and running < request.scan:
            return replace(request, scan=running)
        return replace(request, total=totals[0] if totals else None)


def in_words(total: ScanTotal) -> str:
    """`38 compliant, 2 not, 1 exempt`."""
    counts = total.counts
    exempt = f", {counts.exempt} exempt" if counts.exempt else ""
    return f"{counts.compliant} compliant, {counts.non_compliant} not{exempt}"
