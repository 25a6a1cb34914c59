"""What one window costs the agent: seconds of a processor, memory, queries, bytes scanned and events.

    python -m bench.error_logs

Each case is a process of its own, which works with Logs Insights as `generator/drill/insights_vendor.py` plays it, in
this process, with queries that take no time. A function of 128 MB has a fourteenth of a processor:
https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from generator.drill.insights_vendor import Insights, LogRegion

NOON = 1_795_953_600_000
END = NOON - 15_000
WINDOW = 300_000
STORM = 250_000
ACCOUNT, REGION = "222222222222", "eu-west-1"
# 1,769 MB are one processor.
SLOWER = 1_769 / 128


def nothing(_place: LogRegion) -> None:
    """An account without errors."""


def storm(place: LogRegion) -> None:
    """50,000 identical errors a minute in both windows' time, and a rare one."""
    for number in range(STORM):
        place.write("/app", f"s/{number % 5}", END - WINDOW + number * WINDOW // STORM, text(number))
    place.write("/app", "s", END - 5, "ERROR cannot reach the bank")


def text(number: int) -> str:
    """A line of one error, with an id and a time of its own."""
    return f"2026-11-29T11:59:{number % 60:02}.123Z ERROR ledger timeout for order {10_000_000 + number} after 3000 ms"


def most_lines(place: LogRegion) -> None:
    """As many lines as are read one by one, of 50 errors, each with short numbers of its own."""
    for number in range(19_000):
        word = "".join(chr(97 + int(digit)) for digit in str(number % 50)) * 4
        at = END - WINDOW + number * WINDOW // 19_000
        place.write(
            "/app", f"s/{number % 5}", at, f"ERROR {word} failed with {number % 10_000} of {number % 777} parts"
        )


def long_lines(place: LogRegion) -> None:
    """One answer of 999 lines of 4,000 characters, all different, in a script of three bytes a character."""
    for number in range(999):
        line = f"ERROR request {number} failed: " + f"\u30ab\u30fc\u30c9{number}\u304c\u7121\u52b9, " * 500
        place.write("/app", "s", END - WINDOW + number * 100, line)


CASES: dict[str, Callable[[LogRegion], None]] = {
    "nothing": nothing,
    "storm": storm,
    "19,000 lines": most_lines,
    "long lines": long_lines,
}


def main() -> None:
    """All cases, a line each."""
    print(f"{'case':14}{'CPU s':>8}{'at 128 MB':>11}{'MB':>7}{'queries':>9}{'MB scanned':>12}{'count':>9}{'rows':>9}")
    for name, fill in CASES.items():
        with Insights(time.time) as insights:
            place = insights.place(ACCOUNT, REGION)
            place.seconds = 0.0
            fill(place)
            done = subprocess.run(
                [sys.executable, "-m", "bench.error_logs", insights.url], capture_output=True, text=True, check=True
            )
        found = json.loads(done.stdout)
        print(
            f"{name:14}{found['cpu']:8.1f}{found['cpu'] * SLOWER:9.0f} s{found['megabytes']:7.0f}{found['queries']:9}"
            f"{found['scanned'] / 1e6:12.1f}{found['count']:9}{found['rows']:9}"
        )


def peak() -> float:
    """The most memory of this process in MB. `ru_maxrss` would have the parent's in it."""
    status = Path("/proc/self/status").read_text()
    return float(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) / 1024


def child(url: str) -> None:
    """One run, in a process of its own; what it took, as JSON."""
    from handlers.common.deadline import Deadline
    from handlers.error_logs import run
    from handlers.error_logs.world import World
    from tests.insights_server import Bus, client, settings

    clients = {"logs": client("logs", url, ACCOUNT, REGION)}
    # A function has these as well.
    others = [client(name, url, ACCOUNT, REGION) for name in ("sqs", "events", "lambda", "ecs")]
    bus = Bus()
    metrics: list[str] = []
    world = World(
        ACCOUNT, REGION, settings(), lambda: NOON, lambda _seconds: None, clients.__getitem__, bus, metrics.append
    )
    before = time.process_time()
    run.count(NOON, world, Deadline.after(3_600))
    window = bus.windows()[0]
    measured = json.loads(metrics[0])
    assert others
    print(
        json.dumps(
            {
                "cpu": time.process_time() - before,
                "megabytes": peak(),
                "queries": measured["Queries"],
                "scanned": measured["BytesScanned"],
                "count": sum(error["count"] for error in window["errors"]),
                "rows": window["agent"]["rows"],
            }
        )
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        child(sys.argv[1])
    else:
        main()
