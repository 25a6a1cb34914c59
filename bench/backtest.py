"""How long a backtest takes: alarms over days of minutes, apart from reading the capture.

    python -m bench.backtest [--alarms 500] [--days 15] [--metrics 500]

Metrics are of three kinds: errors (mostly zero), traffic (other values each minute, in whole numbers), latency (an
Average, of fractions). Alarms have periods of 1 to 60 minutes and 1 to 5 of them. Times are of the processor.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from generator.backtest import captured_metric
from generator.backtest.backtest import backtest
from generator.backtest.captured_metric import data_window
from generator.backtest.captured_store import CapturedStore
from generator.backtest.night import night
from generator.backtest.windows import Values
from generator.capture.read import read_capture
from generator.capture.series import MetricSeries
from generator.capture.times import format_s, parse_ms
from generator.evaluate.template.template import read
from generator.evaluate.types import Deployed, MetricId
from tests.captures import TO, series, write_capture

ACCOUNT, REGION = "222222222222", "us-east-1"
DAY, MINUTE = 86_400, 60
STATISTICS = ("Sum", "Average", "Maximum")
PERIODS = (60, 60, 300, 300, 900, 3600)


def rows(metrics: int, days: int, start: str) -> Iterator[dict[str, Any]]:
    """Series of each metric, as `obsgen capture` reads them."""
    generator = np.random.default_rng(7)
    count = days * DAY // MINUTE
    for number in range(metrics):
        # Some hours a fortnight are bad.
        bad = np.repeat(generator.random(count // 10 + 1) < 0.004, 10)[:count]
        kind = number % 3
        if kind == 0:
            total = np.where(bad, generator.integers(1, 40, count), 0).astype(float)
            samples = np.ones(count)
        elif kind == 1:
            total = (generator.poisson(300, count) + 200 * bad).astype(float)
            samples = np.ones(count)
        else:
            samples = generator.poisson(20, count).astype(float) + 1
            total = (samples * (generator.gamma(9, 0.02, count) + bad)).round(4)
        for name, values in (("Sum", total), ("SampleCount", samples), ("Maximum", total), ("Minimum", total)):
            metric = f"Metric{number}"
            yield series("Bench", metric, {}, name, values.tolist(), start=start, account=ACCOUNT)


def template(alarms: int, metrics: int) -> Deployed:
    """So many alarms over the metrics."""
    resources = {}
    for number in range(alarms):
        metric = number % metrics
        properties = {
            "AlarmName": f"alarm-{number:04}",
            "Namespace": "Bench",
            "MetricName": f"Metric{metric}",
            "Statistic": STATISTICS[(number // 3) % 3],
            "Period": PERIODS[number % len(PERIODS)],
            "EvaluationPeriods": 1 + number % 5,
            "Threshold": (25, 400, 0.8)[metric % 3]
            * (1 if STATISTICS[(number // 3) % 3] != "Sum" else PERIODS[number % len(PERIODS)] // 60),
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
        }
        resources[f"Alarm{number}"] = {"Type": "AWS::CloudWatch::Alarm", "Properties": properties}
    return Deployed({"Resources": resources}, ACCOUNT, REGION)


def main() -> None:
    """Print the times."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--alarms", type=int, default=500)
    parser.add_argument("--days", type=int, default=15)
    parser.add_argument("--metrics", type=int, default=500)
    options = parser.parse_args()
    start = format_s(parse_ms(TO) - 1000 * DAY * options.days)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "captured"
        window = {"from": start, "fine_from": start, "to": TO, "statistics": []}
        data = {"metric-data": list(rows(options.metrics, options.days, start))}
        write_capture(path, {(ACCOUNT, REGION): data}, metric_data=window)
        contents = [read(template(options.alarms, options.metrics))]
        begin = time.process_time()
        capture = read_capture(path)
        span = data_window(capture)
        assert span
        store = CapturedStore(capture, span)
        reading = [0.0]
        load = captured_metric._between

        def timed(series: MetricSeries, start: int, end: int) -> Values:
            begin = time.process_time()
            values = load(series, start, end)
            reading[0] += time.process_time() - begin
            return values

        captured_metric._between = timed
        store.find(MetricId(ACCOUNT, REGION, "Bench", "Metric0"))
        heads_s = time.process_time() - begin
        begin = time.process_time()
        result = backtest(contents, store, night("22:00-07:00", "UTC"))
        evaluated_s = time.process_time() - begin - reading[0]
    size = sum(row.totals.firings for row in result.alarms.values())
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"{len(result.alarms):,} alarms, {options.metrics:,} metrics, {options.days} days of minutes: {size:,} firings"
    )
    print(f"  reading      {heads_s + reading[0]:6.2f} s, {heads_s:.2f} s of it the list of series")
    print(f"  evaluating   {evaluated_s:6.2f} s")
    print(f"  peak memory  {memory:6.0f} MiB")


if __name__ == "__main__":
    main()
