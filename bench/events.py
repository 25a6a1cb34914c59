"""What 100,000 errors take in the hub's function: `python -m bench.events`. CPU time, peak memory, calls and units.

The errors come as 50 agents send them: ten windows each, in two passes, a hundred errors in a window, of 2,000
fingerprints. The function's own code runs with botocore in this process; what botocore would send is answered here,
from a table in a dict, so that its time is in the figures and the network's is not. A function of 128 MB has
128 / 1,769 of a core: its duration is the processor time multiplied by 13.8, and some milliseconds for each call.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
Units: a write of an item takes one for each begun KB, and one for each index whose keys change; a consistent read one
for each begun 4 KB. https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import resource
import sys
import time
from collections import Counter
from typing import Any

from handlers.common.deadline import Deadline

ACCOUNTS, REGIONS, WINDOWS, ERRORS, KNOWN = 25, ("us-east-1", "eu-west-1"), 10, 100, 2_000
T0, EVERY = 1_795_428_000_000, 300_000
SLOWER, CALL_SECONDS = 1_769 / 128, 0.008
WRITE, READ, EVENT = 0.625e-6, 0.125e-6, 1e-6
INDEXES = ("recent", "day", "due")


class Table:
    """DynamoDB and EventBridge as far as the function asks for them. calls: by operation; units: written and read."""

    def __init__(self) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.calls, self.units = Counter[str](), Counter[str]()

    def answer(self, operation: str, asked: dict[str, Any]) -> dict[str, Any]:
        """What AWS would answer; conditions are taken for met."""
        self.calls[operation] += 1
        answered: dict[str, Any] = getattr(self, f"_{operation}", lambda _asked: {})(asked)
        return answered

    def _PutItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        return self._write(asked["Item"], asked.get("ReturnValues") == "ALL_OLD")

    def _write(self, item: dict[str, Any], old: bool = False) -> dict[str, Any]:
        key = (item["pk"]["S"], item["sk"]["S"])
        before = self.items.get(key)
        self.items[key] = item
        larger = max(_size(item), _size(before or {}))
        self.units["write"] += math.ceil(larger / 1_024)
        for index in INDEXES:
            keys = [(one or {}).get(f"{index}_sk") for one in (before, item)]
            # Another key is one item less and one more.
            self.units["write"] += (keys[0] != keys[1]) * sum(bool(one) for one in keys)
        return {"Attributes": before} if old and before else {}

    def _GetItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        item = self.items.get((asked["Key"]["pk"]["S"], asked["Key"]["sk"]["S"]))
        self.units["read"] += max(1, math.ceil(_size(item or {}) / 4_096))
        return {"Item": item} if item else {}

    def _BatchGetItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        ((name, keys),) = asked["RequestItems"].items()
        found = [self._GetItem({"Key": key}).get("Item") for key in keys["Keys"]]
        return {"Responses": {name: [item for item in found if item]}, "UnprocessedKeys": {}}

    def _UpdateItem(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        key = (asked["Key"]["pk"]["S"], asked["Key"]["sk"]["S"])
        item = dict(self.items.get(key, asked["Key"]))
        for name, value in asked["ExpressionAttributeValues"].items():
            (kind, given), plain = next(iter(value.items())), name[1:]
            known = item.get(plain, {}).get(kind, [])
            item[plain] = {kind: sorted({*known, *given})} if isinstance(given, list) else value
        self._write(item)
        return {"Attributes": item}

    def _Query(self, _asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.units["read"] += 1
        return {"Items": [], "Count": 0}

    def _PutEvents(self, asked: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        self.units["event"] += len(asked["Entries"])
        return {"FailedEntryCount": 0, "Entries": [{"EventId": "1"} for _ in asked["Entries"]]}


def _size(item: dict[str, Any]) -> int:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html, a little more."""
    total = 0
    for name, value in item.items():
        (_, data), length = next(iter(value.items())), len(name)
        total += length + sum(len(str(one).encode()) for one in (data if isinstance(data, list) else [data]))
    return total


def _connect(table: Table) -> Any:
    """The function's outputs, with botocore's clients answered by the table."""
    from botocore.awsrequest import AWSResponse

    from handlers.events import app, settings

    class Raw:
        def __init__(self, body: bytes) -> None:
            self.body = body

        def stream(self, **_arguments: Any) -> Any:
            yield self.body

    def send(request: Any, **_arguments: Any) -> AWSResponse:
        operation = request.headers["X-Amz-Target"].decode().rpartition(".")[2]
        body = json.dumps(table.answer(operation, json.loads(request.body))).encode()
        return AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, Raw(body))

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        os.environ[name] = "nothing"
    os.environ |= {"AWS_DEFAULT_REGION": "us-east-1", "TABLE_NAME": "t", "BUS_NAME": "b", "ENVIRONMENT": "prod"}
    app.read_settings = lambda: settings.settings_of({"version": 1, "environment": "prod", "learn": 0})  # type: ignore[assignment]
    for service in ("dynamodb", "events"):
        app._client(service).meta.events.register("before-send", send)
    return app._outputs()


def messages(number: int, window: int, is_final: bool) -> str:
    """The window of one agent."""
    start = T0 + window * EVERY
    errors = [_error((number * 37 + index * 13) % KNOWN, start) for index in range(ERRORS)]
    detail = {
        "version": 1,
        "environment": "prod",
        "region": REGIONS[number % 2],
        "correlation": "0123456789abcdef",
        "window": {"start": start, "end": start + EVERY},
        "pass": "final" if is_final else "first",
        "part": 1,
        "parts": 1,
        "agent": {"version": "0123456789ab", "log_groups": 42, "rows": 1234, "unhealthy": []},
        "errors": list({one["fingerprint"]: one for one in errors}.values()),
    }
    account, sent = f"{200_000_000_000 + number // 2}", time.gmtime((start + EVERY) / 1000 + 30)
    head = {"account": account, "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", sent)}
    return json.dumps({"source": "obsgen.error-logs", "detail-type": "Error Log Window", **head, "detail": detail})


def _error(number: int, start: int) -> dict[str, Any]:
    line = f"ERROR cannot book order 4711-{number}: the ledger did not answer in time, and nobody knows why " * 4
    return {
        "fingerprint": f"1-{number:016x}",
        "kind": "log",
        "title": line[:120],
        "shape": line[:200],
        "sample": line,
        "count": 7,
        "first": start + 5,
        "last": start + 9_000,
        "groups": {f"/ecs/service-{number % 40}": 7},
        "service": f"service-{number % 40}",
        "source_path": "ledger/post.py",
    }


def main() -> None:
    """Run, and print what it took."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--windows", type=int, default=WINDOWS)
    windows = arguments.parse_args().windows
    logging.disable(logging.CRITICAL)
    table = Table()
    outputs = _connect(table)
    from handlers.events import app, meter

    meter.report.__defaults__ = (lambda _line: None,)
    agents = ACCOUNTS * len(REGIONS)
    longest, begun, count = 0.0, time.process_time(), 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for window in range(windows):
        for is_final in (False, True):
            for number in range(agents):
                body = messages(number, window, is_final)
                started, calls = time.process_time(), table.calls.total()
                app.dispatch(app.read(body, outputs.settings), outputs, Deadline.after(60))
                took = (time.process_time() - started) * SLOWER + (table.calls.total() - calls) * CALL_SECONDS
                longest, count = max(longest, took), count + ERRORS
    cpu = time.process_time() - begun
    sizes = sum(map(_size, table.items.values())) / 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = cpu * SLOWER + table.calls.total() * CALL_SECONDS
    units, messages_ = table.units, agents * windows * 2
    dollars = units["write"] * WRITE + units["read"] * READ + units["event"] * EVENT
    lines = (
        f"{count:,} errors in {messages_:,} messages, {len(table.items):,} items",
        f"CPU {cpu:.1f} s: {1000 * cpu / messages_:.1f} ms a message",
        f"at 128 MB: {seconds / messages_:.2f} s a message on average, {longest:.2f} s at most",
        f"memory: {before:.0f} MB before, {peak:.0f} MB at most, with a table of {sizes:.0f} MB",
        f"calls {dict(table.calls)}",
        f"units: {units['write']:,} written, {units['read']:,} read, {units['event']:,} findings: {dollars:.2f} USD",
    )
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
