"""How long an estimate takes: `python -m bench.cost`, for 20,000 alarms, and for thousands of accounts.

Each size is a process of its own that builds without cfn-lint, and prices what it built once more. CPU seconds.
"""

from __future__ import annotations

import argparse
import datetime
import json
import re
import subprocess
import sys
import time
from typing import Any

from bench import many_accounts
from bench.workload import with_accounts, workload

OVERRIDES = 5
SIZES = (("alarms", 2_000), ("alarms", 20_000), ("accounts", 3_000), ("shipped", 3_000), ("shipped", 10_000))


def run_one(kind: str, size: int) -> dict[str, Any]:
    """One build and estimate in this process."""
    import yaml

    from generator import build
    from generator.cli.collector import without_collector
    from generator.cost.estimate import estimate
    from generator.cost.price_list import price_list
    from generator.findings import Severity
    from generator.workspace import PackFiles, handler_files

    texts = {
        "alarms": workload,
        "accounts": lambda n: with_accounts(n, OVERRIDES),
        "shipped": many_accounts.with_accounts,
    }
    # The quotas of one template end a build of that size; here they are found, and files are rendered all the same.
    is_error = re.compile("[YSRHTW]")
    build.has_errors = lambda found: any(f.severity is Severity.ERROR and is_error.match(f.code) for f in found)
    with without_collector():
        inputs = build.Inputs(
            texts[kind](size).encode(),
            "bench.yaml",
            handler_files(),
            datetime.date(2026, 11, 29),
            ("prod",),
            lint=False,
            packs=PackFiles(),
        )
        built = build.build(inputs)
        manifest = yaml.load(built.artifacts["prod/manifest.yaml"], Loader=yaml.CSafeLoader)
        began = time.process_time()
        found = estimate(manifest, built.stacks("prod"), price_list())
        seconds = time.process_time() - began
    return {"seconds": seconds, "accounts": len(found.accounts), "alarms": len(found.alarms), "usd": found.total.usd}


def main() -> None:
    """Print a table in Markdown."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--one", nargs=2)
    one = parser.parse_args().one
    if one:
        print(json.dumps(run_one(one[0], int(one[1]))))
        return
    print("| | N | alarms | accounts | CPU s |\n| --- | --- | --- | --- | --- |")
    for kind, size in SIZES:
        command = [sys.executable, "-m", "bench.cost", "--one", kind, str(size)]
        row = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
        print(f"| {kind} | {size:,} | {row['alarms']:,} | {row['accounts']:,} | {row['seconds']:.2f} |")


if __name__ == "__main__":
    main()
