"""Runs queries of Logs Insights: a few at once, with patience, and none left behind.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetQueryResults.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/cloudwatch_limits_cwl.html: 100 at once in an account and
Region, which people's dashboards share.
"""

from __future__ import annotations

import logging
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from handlers.common.deadline import Deadline
from handlers.error_logs.query_text import Query
from handlers.error_logs.windows import Window

logger = logging.getLogger(__name__)
# Seconds between two looks at a query, and while there is no room for another.
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 5.0
# A query that failed or timed out is asked again in halves, so often.
MOST_HALVINGS = 3
BUSY = {"LimitExceededException", "ThrottlingException", "Throttling", "ServiceUnavailableException"}
REFUSED = {"AccessDeniedException", "InvalidParameterException", "MalformedQueryException"}
RUNNING = {"Scheduled", "Running", "Unknown"}
# Of a log group that was made after the time that is asked for, or keeps its lines for less: "Query's end date and time
# is either before the log groups creation time or exceeds the log groups log retention settings".
_TOO_NEW = "creation time"
_MISSING = re.compile(r"[Ll]og group '?([.\-_/#A-Za-z0-9]+?)'? does not exist")


class OutOfTime(Exception):
    """There is not enough time left for what has to be asked; the message is tried again."""


class QueryFailed(Exception):
    """Logs Insights could not do it, whatever the query was cut into."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What one query found. rows: field to value. matched: how many lines there were, `limit` or not."""

    rows: list[dict[str, str]]
    matched: int
    bytes_scanned: int


@dataclass(frozen=True, slots=True)
class Job:
    """A question. make: the query over some log groups and some time. halved: how often it failed and was cut."""

    groups: tuple[str, ...]
    span: Window
    make: Callable[[tuple[str, ...], Window], Query]
    halved: int = 0

    def over(self, groups: tuple[str, ...], span: Window | None = None, halved: int = 0) -> Job:
        """The same question of other groups, or another time."""
        return Job(groups, span or self.span, self.make, self.halved + halved)


AnswerHandler = Callable[[Job, Answer], Iterable[Job]]


@dataclass
class QueryNotes:
    """What there was besides rows. gone: deleted log groups. refused: group to error code."""

    missing: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    bytes_scanned: int = 0
    queries: int = 0


@dataclass(slots=True)
class _Running:
    job: Job
    wait: float
    due: float


class Insights:
    """Queries of one run. client: of CloudWatch Logs. concurrent: queries at once. pause: sleeps for seconds."""

    def __init__(self, client: Any, concurrent: int, pause: Callable[[float], None], deadline: Deadline) -> None:
        self._client = client
        self._concurrent = concurrent
        self._pause = pause
        self._deadline = deadline
        self.notes = QueryNotes()

    def run(self, jobs: Iterable[Job], handle: AnswerHandler) -> None:
        """Run all jobs. take: gets each answer as it comes, and says what to ask besides.

        Raises OutOfTime, QueryFailed, ClientError; whatever it raises, no query of ours runs on.
        """
        pending: deque[Job] = deque(jobs)
        running: dict[str, _Running] = {}
        try:
            while pending or running:
                self.check_time()
                is_busy = self._start(pending, running)
                self._wait(running, is_busy)
                for id_ in [id_ for id_, query in running.items() if query.due <= self._now()]:
                    pending.extend(self._poll(id_, running, handle))
        finally:
            for id_ in running:
                self._stop(id_)

    @property
    def seconds_left(self) -> float:
        """Until queries have to be done."""
        return self._deadline.left

    def _now(self) -> float:
        return self._deadline.clock()

    def check_time(self) -> None:
        """Raises OutOfTime where there is none left."""
        if not self._deadline.left:
            raise OutOfTime("no time was left to complete the queries")

    def _start(self, pending: deque[Job], running: dict[str, _Running]) -> bool:
        """Start what there is room for; whether the account had no room."""
        while pending and len(running) < self._concurrent:
            job = pending.popleft()
            try:
                id_ = self._started(job.make(job.groups, job.span))
            except ClientError as error:
                if _code(error) in BUSY:
                    pending.appendleft(job)
                    return True
                pending.extendleft(reversed(self._without(job, error)))
            else:
                running[id_] = _Running(job, FIRST_WAIT_S, self._now() + FIRST_WAIT_S)
        return False

    def _started(self, query: Query) -> str:
        answer = self._client.start_query(
            logGroupNames=list(query.groups),
            startTime=query.start,
            endTime=query.end,
            queryString=query.text,
            limit=query.limit,
        )
        self.notes.queries += 1
        return str(answer["queryId"])

    def _without(self, job: Job, error: ClientError) -> list[Job]:
        """What is left to ask after a refusal: without the group that it is about, or both halves to find it."""
        code = _code(error)
        if code != "ResourceNotFoundException" and code not in REFUSED:
            raise error
        if code == "MalformedQueryException" and _TOO_NEW in error.response["Error"].get("Message", "").lower():
            return self._halves(job)
        if code == "MalformedQueryException":
            # It is the file's, and the same for every group.
            self.notes.refused["query"] = f"{code}: {error.response['Error'].get('Message', '')}"
            return []
        match = _MISSING.search(error.response["Error"].get("Message", ""))
        culprit = match[1] if match and match[1] in job.groups else ""
        if not culprit and len(job.groups) > 1:
            return self._halves(job)
        for group in [culprit] if culprit else job.groups:
            self._drop(group, code)
        rest = tuple(group for group in job.groups if culprit and group != culprit)
        return [job.over(rest)] if rest else []

    @staticmethod
    def _halves(job: Job) -> list[Job]:
        """Both halves of the log groups; nothing of a single one, which has no line of that time."""
        middle = len(job.groups) // 2
        return [job.over(job.groups[:middle]), job.over(job.groups[middle:])] if middle else []

    def _drop(self, group: str, code: str) -> None:
        logger.warning("log group skipped", extra={"log_group": group, "code": code})
        if code == "ResourceNotFoundException":
            if group not in self.notes.missing:
                self.notes.missing.append(group)
        else:
            self.notes.refused[group] = code

    def _wait(self, running: Mapping[str, _Running], is_busy: bool) -> None:
        """Sleep until the next look, or for a while where the account has no room for a query."""
        waits = [query.due - self._now() for query in running.values()]
        if is_busy and not running:
            waits = [LONGEST_WAIT_S]
        if waits and min(waits) > 0:
            self._pause(min(min(waits), self._deadline.left))

    def _poll(self, id_: str, running: dict[str, _Running], handle: AnswerHandler) -> Iterable[Job]:
        query = running[id_]
        try:
            result = self._client.get_query_results(queryId=id_)
        except ClientError as error:
            if _code(error) not in BUSY:
                raise
            result = {"status": "Running"}
        status = result["status"]
        if status in RUNNING:
            query.wait = min(query.wait * 1.6, LONGEST_WAIT_S)
            query.due = self._now() + query.wait
            return []
        del running[id_]
        statistics = result.get("statistics", {})
        scanned = int(statistics.get("bytesScanned", 0))
        self.notes.bytes_scanned += scanned
        if status != "Complete":
            return self._again(query.job, status)
        rows = [{query["field"]: query.get("value", "") for query in row} for row in result.pop("results")]
        return handle(query.job, Answer(rows, int(statistics.get("recordsMatched", len(rows))), scanned))

    def _again(self, job: Job, status: str) -> list[Job]:
        """What did not complete, smaller: half of the groups, else half of the time."""
        logger.warning("query ended", extra={"status": status, "groups": len(job.groups), "halved": job.halved})
        if job.halved >= MOST_HALVINGS:
            raise QueryFailed(f"a query of {', '.join(job.groups)} ended as {status}, even in smaller parts")
        if len(job.groups) > 1:
            middle = len(job.groups) // 2
            return [job.over(job.groups[:middle], halved=1), job.over(job.groups[middle:], halved=1)]
        first, last = job.span.start, job.span.end
        if last - first < 2:
            return [job.over(job.groups, halved=1)]
        half = (first + last) // 2
        return [job.over(job.groups, Window(first, half), 1), job.over(job.groups, Window(half, last), 1)]

    def _stop(self, id_: str) -> None:
        """Nobody waits for it any more. One that has ended meanwhile cannot be stopped, which is no harm."""
        try:
            self._client.stop_query(queryId=id_)
        except Exception as error:
            logger.warning("query not stopped", extra={"because": type(error).__name__})


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))
