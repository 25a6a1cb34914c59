"""A shop to watch: payments that arrive by themselves, and the orders that follow from them.

It is made to be watched and for nothing else: it invents what it handles, takes its time, refuses some and breaks now
and then. What it does it says in lines of `time request level "message" Duration: number ms`, which a metric filter
can count and measure; what it settles, in lines of `time [level] payment settled lag: number s`. The whole file stands
in the template, so it needs nothing but Lambda's own Python.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from datetime import UTC, datetime
from typing import Any

# Payments that are settled in a minute, by turns of five minutes. What CloudWatch expects of their number is as wide as
# these are apart, so that a minute which comes twice, or not at all, is no anomaly.
SETTLED, TURN_SECONDS = (8, 12), 300
CURRENCIES = ("CHF", "EUR", "GBP", "USD")
MOST_CENTS = 100_000_00
# Of a thousand: payments with a mistake in them, cards that are declined, orders without stock, and plain breakdowns.
WRONG, DECLINED, NO_STOCK, BROKEN = 20, 50, 30, 5
dice = random.SystemRandom()


class Broken(Exception):
    """Nothing that the shop could help; Lambda counts it as an error and tries again."""


def payment_handler(event: dict[str, Any], context: Any) -> dict[str, int]:
    """Take payments: those in the event, or as many as it says. Called by a schedule, asynchronously."""
    payments = event.get("payments") or [invented() for _ in range(int(event.get("invent", 1)))]
    said = [take(payment, context.aws_request_id) for payment in payments]
    return {word: said.count(word) for word in ("taken", "refused")}


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
    if happens(BROKEN):
        say(request, "FATAL", "the issuer of the card cannot be reached")
        raise Broken("no issuer")
    work(0.02, 0.1)
    wrong = mistake(payment) or ("declined by the issuer" if happens(DECLINED) else "")
    if wrong:
        say(request, "ERROR", f"payment refused: {wrong}", started)
        return "refused"
    if "QUEUE_URL" in os.environ:
        queue().send_message(QueueUrl=os.environ["QUEUE_URL"], MessageBody=json.dumps({"order": payment["id"]}))
    say(request, "INFO", "payment taken", started)
    return "taken"


def process(order: dict[str, Any], request: str) -> None:
    """One order. Raises Broken now and then, KeyError and ValueError for what is no order."""
    started = time.monotonic()
    if not isinstance(order, dict) or not order["order"]:
        raise ValueError("an order has a number")
    if happens(BROKEN):
        raise Broken("no warehouse")
    work(0.05, 0.4)
    if happens(NO_STOCK):
        say(request, "WARN", "order waits for stock", started)
        return
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


def happens(of_a_thousand: int) -> bool:
    """Whether it does, this time."""
    return dice.randrange(1000) < of_a_thousand


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
