"""What the benches of the incident function run against: moto's server and the vendors' stand-in, as processes."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

import botocore.session
import urllib3

from generator.drill.vendors.jira import EMAIL, TOKEN
from handlers.common import aws
from handlers.incident import app, notifier
from handlers.incident.routing import Routing
from tests.handlers.table_world import create_table

# moto answers for this account whatever one asks.
ACCOUNT = "123456789012"
REGION = "us-east-1"
FAULTS = ["500", "500-after", "drop-after"]


@dataclass(frozen=True, slots=True)
class Place:
    """endpoint: of AWS. vendors: of the ticket system."""

    endpoint: str
    vendors: str
    failing: float
    seed: int

    def client(self, service: str) -> Any:
        """A client that is not the function's."""
        return botocore.session.get_session().create_client(service, endpoint_url=self.endpoint)

    def down(self, is_down: bool) -> None:
        """Take the ticket system away, or give it back."""
        self.fail(self.failing, FAULTS, is_down=is_down)

    def fail(self, rate: float, kinds: list[str], *, is_down: bool = False) -> None:
        """Have so many of the ticket system's answers fail, in these ways."""
        asked = {"rate": rate, "kinds": kinds, "seed": self.seed, "down": is_down}
        urllib3.request("POST", f"{self.vendors}/_fault", json=asked)

    def issues(self) -> list[dict[str, Any]]:
        """Labels of every issue, and whether it is done."""
        state = urllib3.request("GET", f"{self.vendors}/_state").json()
        return [issue_of(issue) for issue in state["issues"].values()]

    def items(self) -> list[dict[str, Any]]:
        """What the table holds."""
        pages = self.client("dynamodb").get_paginator("scan").paginate(TableName=os.environ["TABLE_NAME"])
        return [item for page in pages for item in page["Items"]]

    def dead_letters(self) -> list[str]:
        """What was given up; it is taken out."""
        sqs, url, taken = self.client("sqs"), os.environ["DEAD_LETTERS_URL"], []
        while got := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in got:
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                taken.append(message["Body"])
        return taken


def body(alarm: str, state: str, at: int, before: tuple[str, int]) -> str:
    """An event as EventBridge delivers it."""

    def moment(value: int) -> str:
        seconds, rest = divmod(value, 1000)
        return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds)) + f".{rest:03d}+0000"

    detail = {
        "alarmName": alarm,
        "state": {"value": state, "reason": f"{state} for the test", "timestamp": moment(at)},
        "previousState": {"value": before[0], "timestamp": moment(before[1])},
        "configuration": {"metrics": []},
    }
    event = {"source": "aws.cloudwatch", "detail-type": "CloudWatch Alarm State Change", "time": moment(at)}
    return json.dumps({**event, "account": ACCOUNT, "region": REGION, "detail": detail})


def issue_of(issue: dict[str, Any]) -> dict[str, Any]:
    """Labels of an issue of the stand-in's, and whether it is done."""
    return {"labels": issue["fields"]["labels"], "done": issue["status"] == "Done"}


@contextmanager
def place(alarms: list[str], failing: float, seed: int, reopen_within: int) -> Iterator[Place]:
    """Both processes, and everything that the function needs in them; this process is set up as its environment."""
    with ExitStack() as stack:
        endpoint = stack.enter_context(_process("moto.server", "-p"))
        vendors = stack.enter_context(_process("generator.drill.vendors", "--port"))
        where = Place(endpoint, vendors, failing, seed)
        settings = {
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_DEFAULT_REGION": REGION,
            "MAX_RECEIVES": "3",
        }
        os.environ.update(settings)
        os.environ.update(_make(where))
        routing = Routing(table(alarms, vendors, reopen_within))
        of_notifier = (notifier._routing, notifier._secrets, notifier._tools, notifier._table, notifier._sink_named)
        of_both = (aws._session, aws.client, app._service, app._inline_pass, notifier.ports, notifier._notifier)
        for cached in (*of_both, *of_notifier):
            cached.cache_clear()
        app.read_routing = notifier.read_routing = lambda: routing  # type: ignore[attr-defined]
        # What every execution environment has before its first event; workers inherit it.
        app._service()
        for service in ("dynamodb", "secretsmanager", "sqs"):
            aws.client(service)
        where.down(False)
        yield where


def table(alarms: list[str], vendors: str, reopen_within: int) -> dict[str, Any]:
    """A routing table in which every alarm goes to one Jira."""
    jira = {
        "type": "jira",
        "secret": "bench/jira",
        "url": vendors,
        "api": "cloud",
        "project": "OPS",
        "issue_type": "Incident",
        "resolve_on_ok": True,
        # As fast as it takes them; the stand-in listens on this machine.
        "delivery": {
            "rate_per_minute": 60_000,
            "retry_seconds": 14 * 86_400,
            "missed": "each",
            "digest": None,
            "time_limit_seconds": 30,
            "private": True,
        },
    }
    return {
        "version": 3,
        "project": "bench",
        "environment": "prod",
        "hub": {"account": ACCOUNT, "region": REGION},
        "reopen_within": reopen_within,
        "accounts": {ACCOUNT: "hub"},
        "accounts_closed": True,
        "routes": {"high": ["jira"]},
        "channels": {"jira": jira},
        "alarms": {name: {"severity": "high", "summary": "The shop is logging errors"} for name in alarms},
    }


def _make(where: Place) -> dict[str, str]:
    sqs = where.client("sqs")
    create_table(where.client("dynamodb"))
    secret = json.dumps({"email": EMAIL, "token": TOKEN})
    where.client("secretsmanager").create_secret(Name="bench/jira", SecretString=secret)
    return {
        "TABLE_NAME": "incident-episodes-prod",
        "TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:monitoring-alerts-prod",
        "QUEUE_URL": sqs.create_queue(QueueName="incident-queue-prod")["QueueUrl"],
        "QUEUE_ARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:incident-queue-prod",
        "DEAD_LETTERS_URL": sqs.create_queue(QueueName="incident-dead-letters-prod")["QueueUrl"],
        "WAKE_UPS_URL": sqs.create_queue(QueueName="incident-wake-ups-prod")["QueueUrl"],
    }


@contextmanager
def _process(module: str, option: str) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", module, option, str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, **quiet) as process:  # type: ignore[call-overload]
        try:
            _await(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _await(port: int) -> None:
    for _ in range(300):
        with socket.socket() as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError(f"nobody listens on {port}")
