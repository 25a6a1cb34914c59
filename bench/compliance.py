"""What a scan takes: `python -m bench.compliance`. CPU time, peak memory, calls, and what a month costs.

The scan is the function's own code with botocore, in a process of its own: DescribeInstances is answered with pages of
200 instances of some 9 KB each, everything else by moto in a second process. The processor time of the scan alone is
measured. A function of 128 MB has 128 / 1,769 of a core, so its duration is that time multiplied by 13.8, and some
milliseconds for each call; with that clock the scan decides when it goes on in another invocation.
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
ACCOUNT, REGION = "222222222222", "us-east-1"
TABLE, BUCKET = "tag-compliance-prod", "compliance-logs-prod-222222222222-us-east-1"
MEMORY_MB, CORE_MB = 128, 1_769
SLOWER = CORE_MB / MEMORY_MB
# A call within a Region, both ways; DescribeInstances takes longer.
CALL_SECONDS, DESCRIBE_SECONDS = 0.008, 0.5
TIMEOUT_SECONDS = 60.0
WRONG = 0.1
SCANS = ("first", "second")

# USD in us-east-1. https://aws.amazon.com/lambda/pricing, /dynamodb/pricing/on-demand, /s3/pricing, /sqs/pricing,
# /cloudwatch/pricing
GB_SECOND, INVOCATION = 0.0000166667, 0.20e-6
WRITE, READ, PUT, MESSAGE, EVENT, METRIC_REQUEST = 0.625e-6, 0.125e-6, 5e-6, 0.40e-6, 1e-6, 10e-6
PRICES = {
    "PutItem": 2 * WRITE,  # up to 2 KB
    "DeleteItem": WRITE,
    "GetItem": READ,
    "Query": READ,
    "key of BatchGetItem": READ,
    "PutObject": PUT,
    "SendMessage": 3 * MESSAGE,  # sent, received, deleted
    "PutEvents": 10 * EVENT,
    "PutMetricData": METRIC_REQUEST,
}


class Clock:
    """Seconds as a function of 128 MB would live through them."""

    def __init__(self, calls: Counter[str]) -> None:
        self.calls = calls

    def __call__(self) -> float:
        described = self.calls["DescribeInstances"]
        others = self.calls.total() - described - self.calls["key of BatchGetItem"]
        return time.process_time() * SLOWER + others * CALL_SECONDS + described * DESCRIBE_SECONDS


def measure(instances: int) -> None:
    """Two scans one after the other; prints what each took as a line of JSON."""
    from handlers.common.deadline import Deadline
    from handlers.compliance import scan
    from handlers.compliance.steps import step_of

    calls = Counter[str]()
    clock = Clock(calls)
    world = _world(calls)
    baseline = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name in SCANS:
        calls.clear()
        begun, cpu, invocations, longest = clock(), time.process_time(), 0, 0.0
        at = world.now()
        waiting: list[Mapping[str, Any] | None] = [None]
        while waiting:
            message, started = waiting.pop(), clock()
            deadline = Deadline(started + TIMEOUT_SECONDS - 2, clock)
            if message is None:
                scan.start(at, world, deadline)
            else:
                scan.resume(step_of(message), world, deadline)
            invocations, longest = invocations + 1, max(longest, clock() - started)
            waiting += world.messages.taken()
        result = {
            "scan": name,
            "instances": instances,
            "cpu": time.process_time() - cpu,
            "seconds": clock() - begun,
            "longest": longest,
            "invocations": invocations,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "baseline": baseline,
            "calls": dict(calls),
        }
        sys.stdout.write(json.dumps(result) + "\n")
        time.sleep(0.01)  # so that no two scans have one id


class _Messages:
    """The queue; a message is sent for real and kept for the next invocation."""

    def __init__(self, sent: Any) -> None:
        self._sent, self._waiting = sent, list[Mapping[str, Any]]()

    def send(self, message: Mapping[str, Any], delay_s: int = 0) -> None:
        self._sent.send(message, delay_s)
        self._waiting.append(message)

    def taken(self) -> list[Mapping[str, Any]]:
        waiting, self._waiting = self._waiting, []
        return waiting


def _world(calls: Counter[str]) -> Any:
    """As app.py makes it, with calls counted."""
    from handlers.common import aws
    from handlers.compliance import aws_outputs
    from handlers.compliance.aws_resources import AwsResources
    from handlers.compliance.dynamo_ledger import DynamoLedger
    from handlers.compliance.outputs import World
    from handlers.compliance.rules import parse

    def count(model: Any, params: Mapping[str, Any], **_more: Any) -> None:
        calls[model.name] += 1
        if model.name == "BatchGetItem":
            asked = json.loads(params["body"])["RequestItems"]
            calls["key of BatchGetItem"] += sum(len(table["Keys"]) for table in asked.values())

    def client(service: str) -> Any:
        made = aws.client(service, 60.0, 1)
        made.meta.events.register("before-call", count, unique_id="bench")
        return made

    bus = f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"
    queue = client("sqs").create_queue(QueueName="tag-compliance-prod")["QueueUrl"]
    rules = json.loads((ROOT / "bench" / "compliance_rules.json").read_text(encoding="utf-8"))
    return World(
        account=ACCOUNT,
        region=REGION,
        environment="prod",
        rules=parse(rules),
        now=lambda: time.time_ns() // 1_000_000,
        ledger=DynamoLedger(client("dynamodb"), TABLE),
        resources=AwsResources(client, ACCOUNT, REGION),
        records=aws_outputs.S3Records(client("s3"), BUCKET),
        metrics=aws_outputs.CloudWatchMetrics(client("cloudwatch")),
        findings=aws_outputs.EventBridgeFindings(client("events"), bus, REGION),
        messages=_Messages(aws_outputs.SqsMessages(client("sqs"), queue)),
    )


@contextmanager
def _served(code: str) -> Iterator[str]:
    """A process of its own that prints its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert process.stdout
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()


MOTO = """
import sys, time
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False); server.start()
print("http://%s:%s" % server.get_host_and_port(), flush=True); time.sleep(1e9)
"""


def measured(instances: int, wrong: float) -> list[dict[str, Any]]:
    """Both scans of so many instances. wrong: the part of them that lacks a tag."""
    instance_server = f"from bench.compliance_estate import serve; serve({instances}, {wrong})"
    with _served(MOTO) as moto, _served(instance_server) as ec2:
        environment = {
            **os.environ,
            "AWS_ENDPOINT_URL": moto,
            "AWS_ENDPOINT_URL_EC2": ec2,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }
        create = (
            "import boto3; from tests.handlers.compliance.ledger_table import create_ledger; "
            f"create_ledger(boto3.client('dynamodb')); boto3.client('s3').create_bucket(Bucket='{BUCKET}')"
        )
        subprocess.run([sys.executable, "-c", create], cwd=ROOT, env=environment, check=True)
        command = [sys.executable, "-m", "bench.compliance", "--measure", str(instances)]
        done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return [json.loads(line) for line in done.stdout.splitlines()]


def cost(result: Mapping[str, Any]) -> float:
    """USD of one scan."""
    calls = sum(result["calls"].get(name, 0) * price for name, price in PRICES.items())
    computing = result["seconds"] * MEMORY_MB / 1024 * GB_SECOND + result["invocations"] * INVOCATION
    return float(calls + computing)


def main() -> None:
    """Print the tables in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 1_200, 10_000])
    parser.add_argument("--wrong", type=float, default=WRONG, help="the part of them that lacks a tag")
    parser.add_argument("--measure", type=int, help="do the scans in this process")
    options = parser.parse_args()
    if options.measure:
        measure(options.measure)
        return
    results = [result for size in options.sizes for result in measured(size, options.wrong)]
    print("| instances | scan | CPU | at 128 MB | invocations | longest | peak | calls | a scan | daily, a month |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for one in results:
        calls = sum(number for name, number in one["calls"].items() if " " not in name)
        print(
            f"| {one['instances']:,} | {one['scan']} | {one['cpu']:.1f} s | {one['seconds']:.0f} s | "
            f"{one['invocations']} | {one['longest']:.0f} s | {one['peak']:.0f} MiB | {calls:,} | "
            f"{cost(one):.5f} USD | {cost(one) * 30:.3f} USD |"
        )
    print("\n| instances | scan | " + " | ".join(PRICES) + " | DescribeInstances |")
    print("| --- " * (len(PRICES) + 3) + "|")
    for one in results:
        numbers = " | ".join(f"{one['calls'].get(name, 0):,}" for name in [*PRICES, "DescribeInstances"])
        print(f"| {one['instances']:,} | {one['scan']} | {numbers} |")
    print(f"\nbefore the first page: {results[-1]['baseline']:.0f} MiB")


if __name__ == "__main__":
    main()
