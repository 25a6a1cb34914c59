"""CloudWatch Logs with Logs Insights, played by one server on this machine, for any number of accounts and Regions.

    with Insights(clock) as insights:
        insights.place("111111111111", "eu-west-1").write("/ecs/web", "web/app/1", at, "ERROR …")

As the real one: a query's seconds are inclusive, a line is found some time after its own time, a query is scheduled,
runs and ends, may fail or time out, and is refused where too many run or a log group is gone. Whoever calls is known by
the access key of its credentials, which is the account, and by the Region that it signed for.
https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_StartQuery.html
"""

from __future__ import annotations

import json
import re
import threading
from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from generator.drill.insights_language import Malformed, Program, parse
from generator.drill.local_server import LocalServer, OwnedServer

CONCURRENT = 100
_SCOPE = re.compile(r"Credential=(\w+)/\d+/([\w-]+)/logs/")


class QueryRejected(Exception):
    """An answer with an error. code: as the API names it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True, order=True)
class StoredLine:
    """at: its own time. visible: from when queries find it; also its time of ingestion. All in ms since 1970."""

    at: int
    number: int
    visible: int
    stream: str
    text: str


@dataclass
class Group:
    """A log group. lines: in the order of their times."""

    name: str
    class_: str = "STANDARD"
    lines: list[StoredLine] = field(default_factory=list)


@dataclass
class _Query:
    groups: list[str]
    program: Program
    start: int
    end: int
    started: float
    ends: float
    ending: str = "Complete"
    is_stopped: bool = False


@dataclass
class LogRegion:
    """One account and Region. clock: seconds since 1970.

    endings: how coming queries end, instead of Complete. busy: how many coming starts find no room. denied: names of
    actions, and of log groups that StartQuery is denied for. seconds: how long a query takes.
    started, most_running, stopped: what there was.
    """

    account: str
    region: str
    clock: Callable[[], float]
    groups: dict[str, Group] = field(default_factory=dict)
    endings: list[str] = field(default_factory=list)
    busy: int = 0
    denied: set[str] = field(default_factory=set)
    seconds: float = 1.0
    started: list[dict[str, Any]] = field(default_factory=list)
    most_running: int = 0
    stopped: int = 0
    _queries: dict[str, _Query] = field(default_factory=dict)
    _lines: int = 0

    def create(self, name: str, class_: str = "STANDARD") -> Group:
        """A log group, with its lines where it exists."""
        return self.groups.setdefault(name, Group(name, class_))

    def write(self, group: str, stream: str, at: int, text: str, visible: int | None = None) -> None:
        """A line. at, visible: ms since 1970; visible at once unless given."""
        self._lines += 1
        insort(self.create(group).lines, StoredLine(at, self._lines, at if visible is None else visible, stream, text))

    @property
    def running(self) -> int:
        """Queries that run now."""
        now = self.clock()
        return sum(not query.is_stopped and query.ends > now for query in self._queries.values())

    def call(self, action: str, params: dict[str, Any]) -> dict[str, Any]:
        """One request. Raises Refused."""
        if action in self.denied:
            raise self._denied(action, "*")
        actions: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "DescribeLogGroups": self._describe,
            "StartQuery": self._start,
            "GetQueryResults": self._results,
            "StopQuery": self._stop,
            "GetLogEvents": self._events,
        }
        if action not in actions:
            raise QueryRejected("UnknownOperationException", f"nobody plays {action}")
        return actions[action](params)

    def _denied(self, action: str, resource: str) -> QueryRejected:
        arn = f"arn:aws:logs:{self.region}:{self.account}:log-group:{resource}:log-stream:"
        who = f"arn:aws:sts::{self.account}:assumed-role/agent/agent"
        message = f"User: {who} is not authorized to perform: logs:{action} on resource: {arn}"
        return QueryRejected("AccessDeniedException", f"{message} because no identity-based policy allows it")

    def _describe(self, params: dict[str, Any]) -> dict[str, Any]:
        prefix, limit = params.get("logGroupNamePrefix", ""), params.get("limit", 50)
        names = sorted(name for name in self.groups if name.startswith(prefix))
        start = bisect_right(names, params["nextToken"]) if "nextToken" in params else 0
        page = names[start : start + limit]
        arn = f"arn:aws:logs:{self.region}:{self.account}:log-group:"
        groups = [
            {"logGroupName": name, "arn": f"{arn}{name}:*", "logGroupClass": self.groups[name].class_} for name in page
        ]
        return {"logGroups": groups, **({"nextToken": page[-1]} if start + limit < len(names) else {})}

    def _start(self, params: dict[str, Any]) -> dict[str, Any]:
        names = list(params.get("logGroupNames", ()))
        if not 1 <= len(names) <= 50:
            raise QueryRejected("InvalidParameterException", "1 to 50 log groups have to be named")
        for name in names:
            if name in self.denied:
                raise self._denied("StartQuery", name)
            if name not in self.groups:
                message = f"Log group '{name}' does not exist for account ID '{self.account}'"
                raise QueryRejected("ResourceNotFoundException", message)
        if len({self.groups[name].class_ == "STANDARD" for name in names}) > 1:
            raise QueryRejected(
                "InvalidParameterException", "log groups of different log classes cannot be queried together"
            )
        if any(self.groups[name].class_ == "DELIVERY" for name in names):
            raise QueryRejected("InvalidParameterException", "log groups of the class Delivery cannot be queried")
        if self.busy or self.running >= CONCURRENT:
            self.busy = max(0, self.busy - 1)
            raise QueryRejected("LimitExceededException", "Account maximum query concurrency limit of [100] reached.")
        try:
            program = parse(params["queryString"], params.get("limit"))
        except Malformed as error:
            raise QueryRejected("MalformedQueryException", str(error)) from error
        now = self.clock()
        id_ = f"{len(self._queries):08x}-0000-4000-8000-000000000000"
        ending = self.endings.pop(0) if self.endings else "Complete"
        self._queries[id_] = _Query(
            names, program, params["startTime"], params["endTime"], now, now + self.seconds, ending
        )
        self.started.append(params)
        self.most_running = max(self.most_running, self.running)
        return {"queryId": id_}

    def _results(self, params: dict[str, Any]) -> dict[str, Any]:
        query = self._query(params)
        now = self.clock()
        if query.is_stopped:
            return {"status": "Cancelled", "results": [], "statistics": {}}
        if now < query.ends:
            is_scheduled = now - query.started < self.seconds / 4
            return {"status": "Scheduled" if is_scheduled else "Running", "results": [], "statistics": {}}
        if query.ending != "Complete":
            return {"status": query.ending, "results": [], "statistics": {}}
        lines = list(self._found(query))
        rows, matched = query.program.run(lines)
        return {
            "status": "Complete",
            "results": [[{"field": name, "value": str(value)} for name, value in row.items()] for row in rows],
            "statistics": {
                "recordsMatched": float(matched),
                "recordsScanned": float(len(lines)),
                "bytesScanned": float(sum(len(line["@message"]) for line in lines)),
            },
        }

    def _found(self, query: _Query) -> Iterator[dict[str, Any]]:
        """Lines of whole seconds, the last one included, that could be found when the query ended."""
        for name in query.groups:
            lines = self.groups[name].lines if name in self.groups else []
            first = bisect_left(lines, query.start * 1000, key=lambda line: line.at)
            last = bisect_left(lines, (query.end + 1) * 1000, key=lambda line: line.at)
            for line in lines[first:last]:
                if line.visible <= query.ends * 1000:
                    yield {
                        "@timestamp": line.at,
                        "@ingestionTime": line.visible,
                        "@log": f"{self.account}:{name}",
                        "@logStream": line.stream,
                        "@message": line.text,
                    }

    def _stop(self, params: dict[str, Any]) -> dict[str, Any]:
        query = self._query(params)
        if query.ends <= self.clock():
            raise QueryRejected("InvalidParameterException", "Query is already ended with Complete status.")
        query.is_stopped = True
        self.stopped += 1
        return {"success": True}

    def _query(self, params: dict[str, Any]) -> _Query:
        query = self._queries.get(params["queryId"])
        if query is None:
            raise QueryRejected("ResourceNotFoundException", f"Query with id {params['queryId']} not found")
        return query

    def _events(self, params: dict[str, Any]) -> dict[str, Any]:
        group = self.groups.get(params["logGroupName"])
        stream = [line for line in group.lines if line.stream == params["logStreamName"]] if group else []
        if not stream:
            raise QueryRejected("ResourceNotFoundException", "The specified log stream does not exist.")
        limit = params.get("limit", 10_000)
        chosen = stream[:limit] if params.get("startFromHead") else stream[-limit:]
        events = [{"timestamp": line.at, "ingestionTime": line.visible, "message": line.text} for line in chosen]
        return {"events": events, "nextForwardToken": "f/0", "nextBackwardToken": "b/0"}


class Insights(LocalServer):
    """The server. clock: seconds since 1970. calls: account, Region and action of each request."""

    def __init__(self, clock: Callable[[], float], port: int = 0) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self._clock = clock
        self._places: dict[tuple[str, str], LogRegion] = {}
        self.lock = threading.Lock()
        super().__init__(_Handler, port)

    def place(self, account: str, region: str) -> LogRegion:
        """One account and Region."""
        return self._places.setdefault((account, region), LogRegion(account, region, self._clock))

    def answer(self, action: str, authorization: str, body: bytes) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to a request."""
        scope = _SCOPE.search(authorization)
        if scope is None:
            return 403, {"__type": "MissingAuthenticationTokenException", "message": "Missing Authentication Token"}
        account, region = scope[1], scope[2]
        with self.lock:
            self.calls.append((account, region, action))
            try:
                return 200, self.place(account, region).call(action, json.loads(body or b"{}"))
            except QueryRejected as error:
                return 400, {"__type": error.code, "message": str(error)}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Head and body are two writes, and the second would wait for the other side's delayed acknowledgement.
    disable_nagle_algorithm = True
    server: OwnedServer

    def do_POST(self) -> None:  # noqa: N802
        """A request of the protocol AWS JSON 1.1."""
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        action = self.headers.get("x-amz-target", "").rpartition(".")[2]
        status, answer = self.server.owner.answer(action, self.headers.get("authorization", ""), body)
        content = json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace")
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.1")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_arguments: object) -> None:
        """Nobody reads it."""
