"""Lambda's side of the drill: a process that has the function's package and nothing else of ours.

It is started with the package as its working directory and its path. For each line on its standard input it receives
once from the queue, hands over what came as Lambda's poller does, deletes what succeeded, and answers with a line.
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
"""

from __future__ import annotations

import json
import logging
import os
import sys
import time
import uuid
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

# Longer than a pass, and than a wake-up waits for what is due.
AFTER_THE_DRILL_MS = 3_600_000
# What LogRecords have without anybody's `extra`.
_USUAL = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}


class Context:
    """What Lambda tells a function about itself."""

    def __init__(self, seconds: float) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.aws_request_id = str(uuid.uuid4())
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """Until Lambda would end it."""
        return max(0, round((self._end - time.monotonic()) * 1000))


class Json(logging.Formatter):
    """A line of JSON, as Lambda's JSON log format has it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with everything that was given as extra."""
        more = {name: value for name, value in record.__dict__.items() if name not in _USUAL}
        return json.dumps({"level": record.levelname, "message": record.getMessage(), **more}, default=str)


class Refusals(logging.Handler):
    """What channels did not take, since last asked."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.found: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        if record.getMessage() == "not delivered":
            about = {"channel": record.__dict__["channel"], "why": record.__dict__["why"]}
            self.found.append({name: str(value) for name, value in about.items()})

    def take(self) -> list[dict[str, str]]:
        """Those, once."""
        found, self.found = self.found, []
        return found


def main() -> None:
    """Serve until the standard input ends."""
    # The function's own standard output is its log; the answers go where it was.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    logging.getLogger().handlers[0].setFormatter(Json())
    refusals = Refusals()
    logging.getLogger().addHandler(refusals)
    name, _, attribute = os.environ["_HANDLER"].rpartition(".")
    module = import_module(name)
    if not Path(str(module.__file__)).is_relative_to(Path.cwd()):
        raise SystemExit(f"{name} was not loaded from the package but from {module.__file__}")
    handler = getattr(module, attribute)
    # The index here is never behind, so nobody has to look again for what it may list late.
    vars(import_module("handlers.incident.delivery.worker"))["LINGER_MS"] = 0
    # What a channel does not take is tried again for minutes, which nobody wants to watch.
    vars(import_module("handlers.incident.delivery.outcome"))["WAITS"] = (AFTER_THE_DRILL_MS,)
    from botocore.session import get_session

    sqs = get_session().create_client("sqs")
    _say(answers, {"ready": True})
    for _ in sys.stdin:
        _say(answers, {**_once(sqs, handler), "refusals": refusals.take()})


def _once(sqs: Any, handler: Callable[[Any, Any], Any]) -> dict[str, Any]:
    url = os.environ["DRILL_QUEUE_URL"]
    got = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=1,
        WaitTimeSeconds=int(os.environ["DRILL_WAIT_SECONDS"]),
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    ).get("Messages", [])
    if not got:
        return {"received": None}
    message = got[0]
    received = time.time()
    record = {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": os.environ["DRILL_QUEUE_ARN"],
        "awsRegion": os.environ["AWS_REGION"],
    }
    problem = ""
    try:
        answer = handler({"Records": [record]}, Context(float(os.environ["DRILL_SECONDS"])))
        failed = {item["itemIdentifier"] for item in (answer or {}).get("batchItemFailures", [])}
    except Exception as error:
        failed = {record["messageId"]}
        problem = f"{type(error).__name__}: {error}"
    ended = time.time()
    most, receives = int(os.environ["DRILL_MOST_RECEIVES"]), int(message["Attributes"]["ApproximateReceiveCount"])
    if record["messageId"] not in failed or 0 < most <= receives:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
    else:
        # The function has asked the queue to wait; a drill has no minutes to spare.
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0)
    outcome = {"received": received, "ended": ended, "failed": record["messageId"] in failed, "problem": problem}
    return {**outcome, "body": record["body"]}


def _say(answers: Any, data: dict[str, Any]) -> None:
    answers.write(json.dumps(data) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
