"""How long `obsgen import` takes: many alarms of many accounts, as a capture and as a state of Terraform.

    python -m bench.imports [--alarms 100] [--accounts 50]

In the capture each account has the same alarms, with three different thresholds; the state has all alarms of one
account, in modules. Both are read, written, built in memory and compared, alarm by alarm.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from tests.captures import REGION, Rows, metric_alarm, write_capture
from tests.command import obsgen
from tests.terraform_files import alarm_values, state_resource, write_state

KIND = "aws_cloudwatch_metric_alarm"


def of_accounts(folder: Path, alarms: int, accounts: int) -> None:
    """A capture: the same alarms in each account."""
    rows: Rows = {
        (f"{200_000_000_000 + account}", REGION): {
            "alarms": [
                metric_alarm(
                    f"service-{number}-cpu",
                    Threshold=80.0 + account % 3,
                    Dimensions=[{"Name": "AutoScalingGroupName", "Value": f"group-{number}"}],
                )
                for number in range(alarms)
            ]
        }
        for account in range(accounts)
    }
    write_capture(folder, rows)


def of_modules(path: Path, alarms: int, modules: int) -> None:
    """A state: as many alarms as the capture has."""
    resources = [
        state_resource(
            KIND,
            "age",
            *(
                {"index_key": number, "attributes": alarm_values(f"age-{module}-{number}", threshold=number)}
                for number in range(alarms)
            ),
            module=f"module.team{module}",
        )
        for module in range(modules)
    ]
    write_state(path, resources)


def main() -> None:
    """Both, with the processor time of each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--alarms", type=int, default=100)
    parser.add_argument("--accounts", type=int, default=50)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        of_accounts(folder / "capture", options.alarms, options.accounts)
        of_modules(folder / "x.tfstate", options.alarms, options.accounts)
        for source in ("capture", "x.tfstate"):
            begin, cpu = time.perf_counter(), time.process_time()
            done = obsgen(folder, "import", source, "-o", f"{source}.yaml")
            seconds, processor = time.perf_counter() - begin, time.process_time() - cpu
            print(f"{source}: {seconds:.1f} s, {processor:.1f} s of the processor, exit {done.returncode}")
            print("  " + "\n  ".join(done.stdout.splitlines()[:4]), done.stderr[-300:])
    print(f"memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
