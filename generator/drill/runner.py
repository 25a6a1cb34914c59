"""Lambda's part in a drill: a process that has the function's package and nothing of the generator.

Its working directory and its path are the package. For each line on its standard input it receives once from the queue,
invokes the function as Lambda's poller does, deletes a message that succeeded, and answers with a line.
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
# The attributes of a LogRecord without `extra`.
_USUAL = {*logging.makeLogRecord({}).__dict__, "message", "asctime", "taskName"}


class Context:
    """The context object of an invocation: https://docs.aws.amazon.com/lambda/latest/dg/python-context.html."""

    def __init__(self, seconds: float) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.aws_request_id = str(uuid.uuid4())
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """The time until the timeout."""
        return max(0, round((self._end - time.monotonic()) * 1000))


class Json(logging.Formatter):
    """A line of JSON, as Lambda's JSON log format has it."""

    def format(self, record: logging.LogRecord) -> str:
        """The record with its `extra`."""
        extra = {name: value for name, value in record.__dict__.items() if name not in _USUAL}
        return json.dumps({"level": record.levelname, "message": record.getMessage(), **extra}, default=str)


class Refusals(logging.Handler):
    """Deliveries that channels did not accept, as the function logs them."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._refusals: list[dict[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record of a refusal."""
        if record.getMessage() == "not delivered":
            self._refusals.append({name: str(record.__dict__[name]) for name in ("channel", "why")})

    def take(self) -> list[dict[str, str]]:
        """Those since the last call."""
        refusals, self._refusals = self._refusals, []
        return refusals


def main() -> None:
    """Serve until the standard input ends."""
    # The function's own standard output is its log; the answers go to the original one.
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
    # The index is consistent here, so that no second query is needed for what it lists late.
    vars(import_module("handlers.incident.delivery.worker"))["LINGER_MS"] = 0
    # A delivery that is not accepted is retried for minutes, which is too long for a drill.
    vars(import_module("handlers.incident.delivery.outcome"))["WAITS"] = (AFTER_THE_DRILL_MS,)
    from botocore.session import get_session

    sqs = get_session().create_client("sqs")
    _write(answers, {"ready": True})
    for _ in sys.stdin:
        _write(answers, {**_once(sqs, handler), "refusals": refusals.take()})


def _once(sqs: Any, handler: Callable[[Any, Any], Any]) -> dict[str, Any]:
    url = os.environ["DRILL_QUEUE_URL"]
    messages = sqs.receive_message(
        QueueUrl=url,
        MaxNumberOfMessages=1,
        WaitTimeSeconds=int(os.environ["DRILL_WAIT_SECONDS"]),
        MessageSystemAttributeNames=["All"],
        MessageAttributeNames=["All"],
    ).get("Messages", [])
    if not messages:
        return {"received": None}
    message = messages[0]
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
    most_receives = int(os.environ["DRILL_MOST_RECEIVES"])
    receives = int(message["Attributes"]["ApproximateReceiveCount"])
    if record["messageId"] not in failed or 0 < most_receives <= receives:
        sqs.delete_message(QueueUrl=url, ReceiptHandle=record["receiptHandle"])
    else:
        # The function has set a longer visibility timeout; a drill does not wait for minutes.
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0)
    outcome = {"received": received, "ended": ended, "failed": record["messageId"] in failed, "problem": problem}
    return {**outcome, "body": record["body"]}


def _write(answers: Any, data: dict[str, Any]) -> None:
    answers.write(json.dumps(data) + "\n")
    answers.flush()


if __name__ == "__main__":
    main()
