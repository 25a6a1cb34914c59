"""A shop to watch: payments that arrive by themselves, and the orders that follow from them.

It is made to be watched and for nothing else: it invents what it handles, takes its time, refuses some and breaks now
and then. What it does it says in lines of `time request level "message" Duration: number ms`, which a metric filter
can count and measure; what it settles, in lines of `time [level] payment settled lag: number s`. What each payment and
each order went through is a subsegment of Lambda's own trace. The whole file stands in the template, so it needs
nothing but Lambda's own Python.

Subsegments go to the X-Ray daemon that Lambda runs beside the function. A datagram costs a payment no time and no
retries, and where it is lost the payment is taken all the same; PutTraceSegments would be an HTTPS request within the
duration that alarms measure.
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html
https://docs.aws.amazon.com/xray/latest/devguide/xray-api-sendingdata.html
"""

from __future__ import annotations

import json
import os
import random
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

# Payments that are settled in a minute, by turns of five minutes. What CloudWatch expects of their number is as wide as
# these are apart, so that a minute which comes twice, or not at all, is no anomaly.
SETTLED, TURN_SECONDS = (8, 12), 300
CURRENCIES = ("CHF", "EUR", "GBP", "USD")
MOST_CENTS = 100_000_00
ORDER_TYPES = ("standard", "express", "gift")
# The shares of payments with a mistake in them, of cards that are declined, and of orders without stock.
WRONG, DECLINED, NO_STOCK = 0.02, 0.05, 0.03
DAEMON_HEADER = '{"format": "json", "version": 1}\n'
dice = random.SystemRandom()
clock = time.time


class Broken(Exception):
    """Nothing that the shop could help; Lambda counts it as an error and tries again."""


def failure_rate() -> float:
    """The share of calls with payments, and of orders, that break."""
    return float(os.environ.get("FAILURE_RATE", "0.05"))


def payment_handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Take payments: those in the event, or as many as it says. Called by a schedule, asynchronously."""
    with subsegment("issuer"):
        if happens(failure_rate()):
            say(context.aws_request_id, "FATAL", "the issuer of the cards cannot be reached")
            raise Broken("no issuer")
    payments = event.get("payments") or [invented() for _ in range(int(event.get("invent", 1)))]
    results = [take(payment, context.aws_request_id) for payment in payments]
    return {word: results.count(word) for word in ("taken", "refused")}


def order_processor(event: dict[str, Any], context: Any) -> dict[str, list[dict[str, str]]]:
    """Process orders from the queue; what fails comes back, three times, and then it is a dead letter."""
    failed = []
    for record in event["Records"]:
        try:
            process(json.loads(record["body"]), context.aws_request_id)
        except (ValueError, KeyError, Broken) as error:
            say(context.aws_request_id, "ERROR", f"order not processed: {type(error).__name__}")
            failed.append({"itemIdentifier": record["messageId"]})
    return {"batchItemFailures": failed}


def settlement(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Settle the payments of this minute: a line for each, with the seconds it waited. Called by the same schedule."""
    now = datetime.now(UTC)
    count = SETTLED[int(now.timestamp()) // TURN_SECONDS % len(SETTLED)]
    for _ in range(count):
        lag = 2 + 7 * dice.random()
        sys.stdout.write(f"{now.isoformat(timespec='milliseconds')[:-6]}Z [INFO] payment settled lag: {lag:.1f} s\n")
    sys.stdout.flush()
    return {"settled": count}


def take(payment: dict[str, Any], request: str) -> str:
    """One payment: refused with an ERROR, or taken and ordered."""
    started = time.monotonic()
    with subsegment("payment") as part:
        work(0.02, 0.1)
        wrong = mistake(payment) or ("declined by the issuer" if happens(DECLINED) else "")
        outcome = "refused" if wrong else "taken"
        part["annotations"] = {"outcome": outcome}
        if wrong:
            part["error"] = True
            part["metadata"] = {"payment": {"why": wrong}}
            say(request, "ERROR", f"payment refused: {wrong}", started)
            return outcome
        part["annotations"]["currency"] = payment["currency"]
        part["metadata"] = {"payment": {"id": payment["id"], "cents": payment["cents"]}}
        if "QUEUE_URL" in os.environ:
            send_order({"order": payment["id"], "type": dice.choice(ORDER_TYPES)}, part)
    say(request, "INFO", "payment taken", started)
    return outcome


def send_order(order: dict[str, str], payment: dict[str, Any]) -> None:
    """Put an order into the queue, and the trace with it: X-Ray links what processes it to the payment's subsegment.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
    """
    url, more = os.environ["QUEUE_URL"], {}
    with subsegment("SQS", payment) as part:
        part |= {"namespace": "aws", "aws": {"operation": "SendMessage", "queue_url": url}}
        if trace := sampled_trace():
            header = f"Root={trace['Root']};Parent={part['id']};Sampled=1"
            more["MessageSystemAttributes"] = {"AWSTraceHeader": {"DataType": "String", "StringValue": header}}
        queue().send_message(QueueUrl=url, MessageBody=json.dumps(order), **more)


def process(order: dict[str, Any], request: str) -> None:
    """One order: its goods are reserved, then its money is collected.

    Raises Broken now and then, KeyError and ValueError for what is no order.
    """
    started = time.monotonic()
    with subsegment("order") as part:
        if not isinstance(order, dict) or not order["order"]:
            raise ValueError("an order has a number")
        kind = order.get("type", "standard")
        if kind not in ORDER_TYPES:
            raise ValueError("an order is of a type that the shop knows")
        part["metadata"] = {"order": {"number": order["order"]}}
        part["annotations"] = annotations = {"order_type": kind, "outcome": "failed"}
        with subsegment("inventory", part) as inventory:
            work(0.03, 0.2)
            in_stock = not happens(NO_STOCK)
            inventory["annotations"] = {"in_stock": in_stock}
        if not in_stock:
            annotations["outcome"] = "waiting"
            say(request, "WARN", "order waits for stock", started)
            return
        with subsegment("payment", part):
            work(0.02, 0.2)
            if happens(failure_rate()):
                raise Broken("the payment cannot be collected")
        annotations["outcome"] = "processed"
    say(request, "INFO", "order processed", started)


def mistake(payment: dict[str, Any]) -> str:
    """What is wrong with a payment; nothing where it can be taken. Pure."""
    if not isinstance(payment.get("id"), str) or not payment["id"]:
        return "no id"
    cents = payment.get("cents")
    if isinstance(cents, bool) or not isinstance(cents, int) or not 0 < cents <= MOST_CENTS:
        return "no amount that can be paid"
    return "" if payment.get("currency") in CURRENCIES else "no currency that is known"


def invented() -> dict[str, Any]:
    """A payment, now and then with a mistake in it."""
    cents = -1 if happens(WRONG) else dice.randint(1_00, 500_00)
    return {"id": f"p-{dice.getrandbits(48):012x}", "cents": cents, "currency": dice.choice(CURRENCIES)}


def happens(share: float) -> bool:
    """Whether it does, this time."""
    return dice.random() < share


def work(least: float, usual: float) -> None:
    """Take a while, and once in a while a long one."""
    time.sleep(least + dice.expovariate(1 / usual) * float(os.environ.get("PACE", "1")))


def say(request: str, level: str, message: str, started: float | None = None) -> None:
    """One line, whose fields a space-delimited pattern finds in their places."""
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    took = f" Duration: {1000 * (time.monotonic() - started):.1f} ms" if started is not None else ""
    sys.stdout.write(f'{now} {request} {level} "{message}"{took}\n')
    sys.stdout.flush()


def queue() -> Any:
    """SQS, as Lambda's Python brings it."""
    import boto3

    return boto3.client("sqs")


@contextmanager
def subsegment(name: str, parent: dict[str, Any] | None = None) -> Iterator[dict[str, Any]]:
    """A part of the work as X-Ray shows it; annotations can be searched for, metadata is only shown.

    What fails in it marks it: a caller's mistake as an error, everything else as a fault. The outermost is sent when it
    ends, with those inside it.
    """
    document: dict[str, Any] = {"id": identifier(), "name": name, "start_time": clock()}
    try:
        yield document
    except Exception as error:
        document["error" if isinstance(error, ValueError | KeyError) else "fault"] = True
        exception = {"id": identifier(), "type": type(error).__name__, "message": str(error)}
        document["cause"] = {"exceptions": [exception]}
        raise
    finally:
        document["end_time"] = clock()
        if parent is None:
            send(document)
        else:
            parent.setdefault("subsegments", []).append(document)


def send(document: dict[str, Any]) -> None:
    """A subsegment to the daemon, below the segment that Lambda records of this call; nothing where it records none."""
    trace, address = sampled_trace(), os.environ.get("AWS_XRAY_DAEMON_ADDRESS", "")
    if not trace or not address:
        return
    host, _, port = address.rpartition(":")
    whole = {**document, "type": "subsegment", "trace_id": trace["Root"], "parent_id": trace["Parent"]}
    with suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as daemon:
        daemon.sendto((DAEMON_HEADER + json.dumps(whole)).encode(), (host, int(port)))


def sampled_trace() -> dict[str, str]:
    """Root and Parent of the trace of this call as Lambda gives them; empty where X-Ray does not record it.

    https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
    """
    header = os.environ.get("_X_AMZN_TRACE_ID", "")
    fields = dict(field.split("=", 1) for field in header.split(";") if "=" in field)
    return fields if fields.get("Sampled") == "1" and fields.keys() >= {"Root", "Parent"} else {}


def identifier() -> str:
    """Of a subsegment or an exception, the only one in its trace."""
    return f"{dice.getrandbits(64):016x}"
