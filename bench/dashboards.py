"""How long dashboards and charts of alarms take to draw: `python -m bench.dashboards [--widgets 500] [--alarms 20000]`.

A dashboard has at most 500 widgets. Times are CPU time of this process, after one drawing that loads everything.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from generator.preview.charts.alarm_chart import alarm_chart
from generator.preview.dashboards.context import WidgetContext
from generator.preview.dashboards.dashboard import dashboard_html
from generator.preview.data.sample import SampleSource
from tests.support import BASE, built

_ACCOUNTS = ("222222222222", "333333333333", "444444444444")


def graph(number: int) -> dict[str, Any]:
    """A graph of three accounts over twelve hours of minutes, with an expression and a threshold."""
    metrics: list[list[Any]] = [
        ["Shop", f"Errors{number}", {"id": f"m{at}", "stat": "Sum", "accountId": account}]
        for at, account in enumerate(_ACCOUNTS)
    ]
    metrics.append([{"expression": "SUM([m0, m1, m2])", "label": "together", "id": "e1"}])
    threshold = {"horizontal": [{"value": 5, "label": "> 5"}]}
    properties = {"title": f"Graph {number}", "period": 60, "metrics": metrics, "annotations": threshold}
    return {"type": "metric", "properties": properties}


def main() -> None:
    """Draw, and print the times."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--widgets", type=int, default=500)
    parser.add_argument("--alarms", type=int, default=20_000)
    options = parser.parse_args()
    estate = built(BASE).estates["prod"]
    context = WidgetContext(estate, SampleSource())
    dashboard_html({"widgets": [graph(0)]}, context)
    start = time.process_time()
    html = dashboard_html({"start": "-PT12H", "widgets": [graph(at) for at in range(options.widgets)]}, context)
    middle = time.process_time()
    charts = [alarm_chart(estate.alarms[0], context) for _ in range(options.alarms)]
    end = time.process_time()
    print(f"{options.widgets} graphs: {middle - start:.2f} s, {len(html) / 1000:,.0f} kB")
    size = sum(len(chart.svg) for chart in charts if chart)
    print(f"{options.alarms} charts of alarms: {end - middle:.2f} s, {size / 1000:,.0f} kB")


if __name__ == "__main__":
    main()
