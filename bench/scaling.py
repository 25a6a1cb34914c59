"""How a build grows: `python -m bench.scaling` measures the compiler with many alarms, and with many accounts.

Each size is a process of its own that compiles, checks and renders everything but cfn-lint. The quotas of one template
end a build of that size; here they are found like all else, and do not keep the files from being rendered. CPU time,
since a machine may be shared; of which stage what part is.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

from bench.workload import with_accounts, workload

ALARMS = (20, 200, 2_000, 20_000)
ACCOUNTS = (3, 100, 1_000, 10_000)
OVERRIDES = 5
STAGES = ("_resolve", "_assemble", "_check", "_artifacts")


def measured(kind: str, size: int) -> dict[str, Any]:
    """CPU seconds, peak MiB and seconds of each stage, of one process."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.scaling", "--one", kind, str(size)], capture_output=True, check=True
    )
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def run_one(kind: str, size: int) -> dict[str, Any]:
    """One build in this process."""
    text = workload(size) if kind == "alarms" else with_accounts(size, OVERRIDES)
    from generator import build
    from generator.cli.collector import without_collector
    from generator.findings import Severity
    from generator.workspace import PackFiles, handler_files

    stages: dict[str, float] = {}

    def timed(name: str) -> Callable[..., Any]:
        stage = getattr(build, name)

        def run(*arguments: Any) -> Any:
            began = time.process_time()
            found = stage(*arguments)
            stages[name.strip("_")] = round(time.process_time() - began, 3)
            return found

        return run

    for name in STAGES:
        setattr(build, name, timed(name))
    is_error = re.compile("[YSRHTW]")
    build.has_errors = lambda found: any(f.severity is Severity.ERROR and is_error.match(f.code) for f in found)
    today = datetime.date(2026, 11, 29)
    with without_collector():
        built = build.build(
            build.Inputs(text.encode(), "bench.yaml", handler_files(), today, lint=False, packs=PackFiles())
        )
    assert built.artifacts, built.findings
    usage = resource.getrusage(resource.RUSAGE_SELF)
    size_of_all = sum(map(len, built.artifacts.values()))
    return {
        "seconds": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss / 1024,
        "written": size_of_all / 2**20,
        "stages": stages,
    }


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--alarms", type=int, nargs="*", default=ALARMS)
    parser.add_argument("--accounts", type=int, nargs="*", default=ACCOUNTS)
    parser.add_argument("--one", nargs=2, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(run_one(chosen.one[0], int(chosen.one[1]))))
        return
    print(
        "| | N | CPU s | peak MiB | written MiB | start, read | resolve | assemble | check | render |\n|"
        + " --- |" * 10
    )
    for kind, sizes in (("alarms", chosen.alarms), ("accounts", chosen.accounts)):
        for size in sizes:
            found = measured(kind, size)
            each = [found["stages"][name.strip("_")] for name in STAGES]
            stages = " | ".join(f"{seconds:.2f}" for seconds in (found["seconds"] - sum(each), *each))
            figures = f"{found['seconds']:.2f} | {found['peak']:.0f} | {found['written']:.1f}"
            print(f"| {kind} | {size:,} | {figures} | {stages} |", flush=True)


if __name__ == "__main__":
    main()
