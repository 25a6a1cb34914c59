"""How long it takes to write what an import read: 5,000 alarms in each of 40 accounts, as entries of `services`.

python -m bench.import_writer [ALARMS [ACCOUNTS]]
"""

from __future__ import annotations

import resource
import sys
import time
from typing import Any

from generator.cli.collector import without_collector
from generator.evaluate.types import Deployed
from generator.importer.types import ImportSource, SourceKind, SourceStack
from generator.importer.write import ImportOptions, written
from generator.workspace import PackFiles

_METRICS = (
    ("Errors", "Sum", 5),
    ("Throttles", "Sum", 0),
    ("Duration", "p99", 3000),
    ("ConcurrentExecutions", "Maximum", 100),
)


def main() -> None:
    alarms, accounts = (int(number) for number in (*sys.argv[1:3], "5000", "40")[:2])
    source = ImportSource(tuple(_stack(number, alarms) for number in range(accounts)))
    before = time.process_time()
    with without_collector():
        result = written(source, ImportOptions(packs=PackFiles()))
    took = time.process_time() - before
    size = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    entries = len(set(result.keys.values()))
    print(f"{alarms * accounts:,} alarms in {accounts} accounts: {entries:,} entries, {len(result.text):,} characters")
    print(f"{took:.1f} s CPU, {size} MiB")


def _stack(number: int, alarms: int) -> SourceStack:
    account = str(200_000_000_000 + number)
    resources = {f"A{index}": _alarm(index, account, is_strict=number % 3 == 0) for index in range(alarms)}
    deployed = Deployed({"Resources": resources}, account, "us-east-1", account_name=f"team-{number}")
    return SourceStack(SourceKind.CAPTURE, deployed, {})


def _alarm(index: int, account: str, *, is_strict: bool) -> dict[str, Any]:
    metric, statistic, threshold = _METRICS[index % len(_METRICS)]
    function = f"function-{index // len(_METRICS):04}"
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "AlarmName": f"{function}-{metric.lower()}",
            "AlarmDescription": f"{function}: {metric}. See https://wiki.example.com/{function}",
            "Namespace": "AWS/Lambda",
            "MetricName": metric,
            "Dimensions": [{"Name": "FunctionName", "Value": function}],
            "ExtendedStatistic" if statistic.startswith("p") else "Statistic": statistic,
            "Period": 300,
            "EvaluationPeriods": 2,
            "Threshold": threshold + is_strict,
            "ComparisonOperator": "GreaterThanThreshold",
            "TreatMissingData": "notBreaching",
            "AlarmActions": [f"arn:aws:sns:us-east-1:{account}:critical-alerts"],
        },
    }


if __name__ == "__main__":
    main()
