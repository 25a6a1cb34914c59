"""How long `obsgen hygiene` takes: many alarms with histories and metric data, and patches of a file.

    python -m bench.hygiene [--alarms 5000] [--entries 200] [--accounts 25]

The first capture is of others, without a file; one alarm in ten has fifteen days of minutes. In the second, every
account has every alarm of a file, and half of them flap.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml

from generator.capture.times import format_ms, parse_ms
from tests.captures import DATA_FROM, FROM, REGION, metric_alarm, minutes, state_update, write_capture
from tests.command import obsgen
from tests.support import BASE

MINUTES = 15 * 1440
HOUR_MS = 3_600_000
FIRINGS = 10
# Minutes with other values than the one before; of all alarms together they would be gigabytes.
NOISY = 720


def history(name: str, seed: random.Random, *, flaps: bool) -> list[dict[str, Any]]:
    """Some firings, within a day or over the month."""
    start, length = parse_ms(FROM) + seed.randrange(20) * 24 * HOUR_MS, 24 if flaps else 700
    rows = []
    for hour in sorted(seed.sample(range(length), FIRINGS)):
        at = start + hour * HOUR_MS if flaps else parse_ms(FROM) + hour * HOUR_MS
        rows += [
            state_update(name, format_ms(at), "OK", "ALARM"),
            state_update(name, format_ms(at + 180_000), "ALARM", "OK"),
        ]
    return rows


def of_others(folder: Path, count: int) -> None:
    """Alarms of one account; a third never fired, a third have a noisy metric."""
    seed = random.Random(7)
    alarms, items, data, metrics = [], [], [], []
    for number in range(count):
        name, value = f"cpu-{number:05}", f"i-{number:05}"
        alarms.append(metric_alarm(name, Dimensions=[{"Name": "InstanceId", "Value": value}]))
        items += history(name, seed, flaps=number % 50 == 0) if number % 3 else []
        noisy = [round(seed.random() * 90, 1) for _ in range(NOISY if number % 3 == 0 else 0)]
        values = [*noisy, *[0.0] * ((MINUTES if number % 10 == 0 else NOISY) - len(noisy))]
        data += minutes(("AWS/EC2", "CPUUtilization", {"InstanceId": value}), values, start=DATA_FROM)
        metrics.append(
            {
                "OwningAccount": "222222222222",
                "Namespace": "AWS/EC2",
                "MetricName": "CPUUtilization",
                "Dimensions": [{"Name": "InstanceId", "Value": value}],
            }
        )
    rows = {"alarms": alarms, "history": items, "metric-data": data, "metrics": metrics, "resources": []}
    write_capture(folder / "captured", {("222222222222", REGION): rows}, environment=None, hub=None)


def of_a_file(folder: Path, entries: int, accounts: int) -> None:
    """A file whose alarms every account has."""
    seed = random.Random(7)
    spec = yaml.safe_load(BASE)
    spec["accounts"] = {f"a{number:04}": {"id": f"{200_000_000_000 + number}"} for number in range(accounts)}
    spec["alarms"] = {
        f"errors-{number:04}": {"metric": {"filter": "errors"}, "statistic": "Sum", "threshold": f"> {number + 1}"}
        for number in range(entries)
    }
    (folder / "observability.yaml").write_text(yaml.safe_dump(spec, sort_keys=False))
    keys = {"Namespace": "Shop", "MetricName": "Errors", "Dimensions": [], "Statistic": "Sum", "Period": 60}
    rows = {}
    for name, account in spec["accounts"].items():
        names = [f"errors-{number:04}-alarm-prod" for number in range(entries)]
        alarms = [metric_alarm(name, **keys, Threshold=number + 1.0) for number, name in enumerate(names)]
        items = [row for name in names for row in history(name, seed, flaps=seed.random() < 0.5)]
        rows[account["id"], REGION] = {"alarms": alarms, "history": items}
    names_by_id = {account["id"]: name for name, account in spec["accounts"].items()}
    write_capture(folder / "captured", rows, names=names_by_id)


def run(folder: Path, what: str) -> None:
    """The command, with its time and the memory of the process so far."""
    size = sum(path.stat().st_size for path in (folder / "captured").rglob("*") if path.is_file())
    begin, busy = time.perf_counter(), time.process_time()
    done = obsgen(folder, "hygiene", "captured", "--fail-on", "never")
    seconds, busy = time.perf_counter() - begin, time.process_time() - busy
    assert done.returncode == 0, done.stderr
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    took = f"{seconds:.1f} s ({busy:.1f} s of a processor), {memory} MB"
    print(f"{what}: {size / 1e6:.0f} MB, {took}; {done.stdout.splitlines()[0]}", flush=True)


def main() -> None:
    """Both captures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alarms", type=int, default=5000)
    parser.add_argument("--entries", type=int, default=200)
    parser.add_argument("--accounts", type=int, default=25)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        of_others(Path(name), options.alarms)
        run(Path(name), f"{options.alarms} alarms with metric data, no file")
    with tempfile.TemporaryDirectory() as name:
        of_a_file(Path(name), options.entries, options.accounts)
        run(Path(name), f"{options.entries} entries in {options.accounts} accounts, with patches")


if __name__ == "__main__":
    main()
