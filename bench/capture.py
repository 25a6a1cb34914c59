"""How long a capture takes, and its parts: many alarms in one account, many accounts, metric data.

    python -m bench.capture [--alarms 5000] [--accounts 200] [--metrics 100]

AWS is moto with pages (tests/capture/cloud.py), in this process, without latency. The pace of calls is the real one.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any

from moto.cloudwatch.models import cloudwatch_backends

from generator.capture.parts import PARTS
from generator.capture.read import read_capture
from generator.capture.series import BASIC, SeriesKey
from generator.capture.types import MetricDataWindow
from generator.cli.collector import without_collector
from generator.rollout.aws.clients import Aws
from generator.rollout.capture import metric_data
from generator.rollout.capture.calls import RegionCalls
from generator.rollout.capture.folder import CaptureFolder
from generator.rollout.capture.needs import MetricNeed
from generator.rollout.capture.pace import Paces
from tests import moto_server
from tests.capture.cloud import NOW_MS, OWN, Cloud, cloud, history_item
from tests.captures import write_capture
from tests.command import obsgen

REGION = "us-east-1"
DAY_MS = 86_400_000
HISTORY_OF_ALARM = 20


def put_alarms(account: str, count: int) -> None:
    """Alarms, past the network."""
    backend = cloudwatch_backends[account][REGION]
    for number in range(count):
        backend.put_metric_alarm(
            name=f"cpu-{number:05}",
            namespace="AWS/EC2",
            metric_name="CPUUtilization",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=1,
            period=300,
            threshold=80,
            statistic="Average",
            description="",
            dimensions=[{"Name": "InstanceId", "Value": f"i-{number:05}"}],
            alarm_actions=[],
            ok_actions=[],
            insufficient_data_actions=[],
        )


def captured(folder: Path, *words: str) -> float:
    """The seconds of the command."""
    environment = {
        "AWS_ENDPOINT_URL": moto_server.address(),
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "HOME": str(folder),
    }
    begin = time.perf_counter()
    done = obsgen(folder, "capture", "captured", "--region", REGION, "--data-days", "0", *words, **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return time.perf_counter() - begin


def one_account(world: Cloud, folder: Path, alarms: int) -> None:
    """Descriptions and histories of many alarms."""
    put_alarms(OWN, alarms)
    world.history[OWN, REGION] = [
        history_item(f"cpu-{number % alarms:05}", 1 + number % 43_000) for number in range(HISTORY_OF_ALARM * alarms)
    ]
    world.history[OWN, REGION].sort(key=lambda item: item["Timestamp"])
    seconds = captured(folder)
    root = folder / "captured"
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    begin = time.process_time()
    with without_collector():
        (region,) = read_capture(root).regions
        count = len(region.alarms() or ()) + len(region.history() or ())
    read = time.process_time() - begin
    calls = len(world.calls)
    print(f"{alarms:,} alarms, {HISTORY_OF_ALARM * alarms:,} items of history: {seconds:.0f} s, {calls:,} calls")
    print(f"  {size / 1e6:.0f} MB; {count:,} rows read again in {read:.1f} s CPU")


def many_accounts(folder: Path, accounts: int) -> None:
    """Descriptions of many accounts with twenty alarms each."""
    ids = [f"{200_000_000_000 + number}" for number in range(accounts)]
    for account in ids:
        put_alarms(account, 20)
    words = [word for account in ids for word in ("--account", account)]
    print(f"{accounts} accounts of 20 alarms: {captured(folder, *words, '--role', 'reader'):.0f} s")


class Answers:
    """GetMetricData with every value there is, and none like the one before."""

    def client(self, _account: str, _service: str, _region: str) -> Answers:
        return self

    def get_metric_data(self, **params: Any) -> dict[str, Any]:
        start, end = (params[key].timestamp() for key in ("StartTime", "EndTime"))
        period = params["MetricDataQueries"][0]["MetricStat"]["Period"]
        times = [datetime.fromtimestamp(at, UTC) for at in range(int(start), int(end), period)]
        values = [float(number) + 0.25 for number in range(len(times))]
        results = [
            {"Id": query["Id"], "Timestamps": times, "Values": values, "StatusCode": "Complete"}
            for query in params["MetricDataQueries"]
        ]
        return {"MetricDataResults": results}


def data(folder: Path, metrics: int) -> None:
    """Placing and writing 15 days of minutes, and reading one statistic of each metric again."""
    window = MetricDataWindow(NOW_MS - 15 * DAY_MS, NOW_MS - 15 * DAY_MS, NOW_MS, BASIC)
    calls = RegionCalls(OWN, REGION, Answers(), Paces(Event()))
    keys = [SeriesKey(OWN, "Shop", f"m{number:04}", ()) for number in range(metrics)]
    store = CaptureFolder(folder)
    write_capture(folder, {(OWN, REGION): {}})
    cpu = time.process_time()
    rows = []
    for key in keys:
        batch, _ = metric_data.read_batch(calls, [MetricNeed(key, ())], window)
        rows += batch
    store.write(OWN, REGION, PARTS["metric-data"].name, rows)
    cpu = time.process_time() - cpu
    size = store.file(OWN, REGION, "metric-data").stat().st_size
    begin = time.process_time()
    index = read_capture(folder).regions[0].series()
    found = [index.get(key, "Sum") if index else None for key in keys]
    values = sum(len(series.values) for series in found if series)
    read = time.process_time() - begin
    print(f"{metrics} metrics, 15 days of minutes, no two values alike: {1000 * cpu / metrics:.0f} ms CPU a metric")
    print(f"  {size / 1e6:.0f} MB; {values:,} values of one statistic read again in {read:.2f} s CPU")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alarms", type=int, default=5000)
    parser.add_argument("--accounts", type=int, default=200)
    parser.add_argument("--metrics", type=int, default=100)
    options = parser.parse_args()
    os.environ.setdefault("AWS_DEFAULT_REGION", REGION)
    Aws.now_ms = lambda _self: NOW_MS  # type: ignore[method-assign]  # when the histories end
    with tempfile.TemporaryDirectory() as name:
        for kind in ("data", "one", "many"):
            (Path(name) / kind).mkdir()
        data(Path(name) / "data", options.metrics)
        with cloud() as world:
            one_account(world, Path(name) / "one", options.alarms)
        with cloud():
            many_accounts(Path(name) / "many", options.accounts)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"memory at most, with moto: {peak / 1024:.0f} MB")


if __name__ == "__main__":
    main()
