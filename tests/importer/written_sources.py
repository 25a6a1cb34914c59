"""Sources of an import for tests, and a file that is written of them until the build accepts it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from generator.build import Built
from generator.evaluate.types import Deployed
from generator.importer.types import ImportSource, SourceKind, SourceStack
from generator.importer.write import ImportOptions, ImportResult, corrected, written
from generator.workspace import PackFiles
from tests.support import built

MEMBER, REGION = "222222222222", "us-east-1"
_MOST_ROUNDS = 6


def alarm(name: str = "queue-age", **properties: Any) -> dict[str, Any]:
    """A metric alarm of a template that notifies a topic `alerts`."""
    usual: dict[str, Any] = {
        "AlarmName": name,
        "Namespace": "AWS/SQS",
        "MetricName": "ApproximateAgeOfOldestMessage",
        "Dimensions": [{"Name": "QueueName", "Value": "jobs"}],
        "Statistic": "Maximum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "Threshold": 600,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [f"arn:aws:sns:{REGION}:{MEMBER}:alerts"],
    }
    own = {key: value for key, value in {**usual, **properties}.items() if value is not None}
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": own}


def stack(
    resources: Mapping[str, Any], account: str = MEMBER, region: str = REGION, name: str = "", **more: Any
) -> SourceStack:
    """A stack of an account. more: other sections of the template, and the kind of the source."""
    kind = more.pop("kind", SourceKind.TEMPLATE)
    physical_ids = more.pop("physical_ids", {})
    template = {**more, "Resources": dict(resources)}
    return SourceStack(kind, Deployed(template, account, region, account_name=name, stack="shop"), {}, physical_ids)


def imported(*stacks: SourceStack, **options: Any) -> tuple[ImportResult, Built]:
    """What is written of a source, and its build, which has no errors."""
    source, wanted = ImportSource(tuple(stacks)), ImportOptions(**{"packs": PackFiles(), **options})
    for _ in range(_MOST_ROUNDS):
        result = written(source, wanted)
        build = built(result.text)
        following = corrected(wanted, result, build.findings)
        if following is None:
            break
        wanted = following
    errors = [finding for finding in build.findings if finding.severity == "error"]
    assert not errors, (errors, result.text)
    return result, build


def alarms_of(build: Built, side: str = "member") -> dict[str, Mapping[str, Any]]:
    """The alarms of a template of the build, by name where that is plain text."""
    resources = build.templates["prod"][f"{side}.template.yaml"]["Resources"]
    kinds = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
    of_people = [row for row in resources.values() if row["Type"] in kinds]
    return {str(row["Properties"]["AlarmName"]): row["Properties"] for row in of_people}
