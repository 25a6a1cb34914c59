"""How long `obsgen discover` and `obsgen coverage` take: many accounts with many resources, half of them watched.

    python -m bench.inventory [--accounts 200] [--resources 1000]

Each resource has four metrics and each account a query over all its functions; the hub lists the metrics of all.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.captures import REGION, metric_alarm, write_capture
from tests.command import obsgen
from tests.support import BASE

HUB = "111111111111"
KINDS = (
    ("AWS/Lambda", "FunctionName", ("Errors", "Invocations", "Duration", "Throttles")),
    ("AWS/SQS", "QueueName", ("ApproximateAgeOfOldestMessage", "NumberOfMessagesSent", "SentMessageSize", "Depth")),
    ("AWS/DynamoDB", "TableName", ("ReadThrottleEvents", "WriteThrottleEvents", "ConsumedReadCapacityUnits", "Writes")),
    ("AWS/EC2", "InstanceId", ("CPUUtilization", "StatusCheckFailed", "NetworkIn", "NetworkOut")),
)


def parts(account: str, count: int) -> dict[str, list[dict[str, Any]]]:
    """An account: a quarter of its resources of each kind, every other one with an alarm."""
    metrics, alarms, tags = [], [], []
    for number in range(count):
        namespace, dimension, names = KINDS[number % len(KINDS)]
        dimensions = [{"Name": dimension, "Value": f"r-{number:05}"}]
        for name in names:
            row = {"OwningAccount": account, "Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
            metrics.append(row)
        watching = {"Namespace": namespace, "MetricName": names[0], "Dimensions": dimensions}
        if number // len(KINDS) % 2:
            alarms.append(metric_alarm(f"a-{number:05}", **watching, AlarmActions=["arn:aws:sns:us-east-1:1:ops"]))
        if namespace == "AWS/SQS":
            arn = f"arn:aws:sqs:{REGION}:{account}:r-{number:05}"
            tags.append({"ResourceARN": arn, "Tags": {"owner": f"team-{number % 20}"}})
    query = {
        "Id": "q",
        "Expression": 'SELECT MAX(Errors) FROM SCHEMA("AWS/Lambda", FunctionName) GROUP BY FunctionName',
    }
    fleet = metric_alarm("fleet", Metrics=[query])
    alarms.append({key: value for key, value in fleet.items() if key not in ("Namespace", "MetricName", "Dimensions")})
    return {"alarms": alarms, "metrics": metrics, "metric-filters": [], "resources": tags}


def ids(count: int) -> Iterator[str]:
    """IDs of accounts."""
    return (f"{200_000_000_000 + number}" for number in range(count))


def main() -> None:
    """Print the seconds of each command, and the most memory of all."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--resources", type=int, default=1000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        rows: dict[tuple[str, str], Any] = {
            (id_, REGION): parts(id_, options.resources) for id_ in ids(options.accounts)
        }
        listed = [metric for parts_ in rows.values() for metric in parts_["metrics"]]
        rows[HUB, REGION] = {"alarms": [], "metrics": listed, "metric-filters": [], "resources": []}
        names = {HUB: "hub", **{id_: f"member-{number:04}" for number, id_ in enumerate(ids(options.accounts))}}
        write_capture(folder / "captured", rows, names=names)
        del rows, listed
        spec = yaml.safe_load(BASE)
        spec["accounts"] = {name: {"id": id_} for id_, name in names.items() if id_ != HUB}
        (folder / "observability.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
        for arguments in (
            ("discover", "captured"),
            ("coverage", "captured", "--update"),
            ("coverage", "captured", "--check"),
            ("discover", "captured", "--apply"),
        ):
            start, cpu = time.perf_counter(), time.process_time()
            done = obsgen(folder, *arguments)
            seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
            size = f"exit {done.returncode}  {len(done.stdout):,} characters"
            print(f"{' '.join(arguments):30} {seconds:6.1f} s, {cpu:.1f} s of CPU  {size}", flush=True)
            if done.returncode:
                print(done.stdout[-500:], done.stderr[-500:])
        lock = folder / "coverage.lock.yaml"
        print(f"lock: {len(lock.read_text(encoding='utf-8').splitlines()):,} lines, {lock.stat().st_size:,} bytes")
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024:,} MB")


if __name__ == "__main__":
    main()
