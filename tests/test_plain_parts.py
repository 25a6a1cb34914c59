"""Resources become plain data by a walk of our own: the same as troposphere's, with its validation."""

from __future__ import annotations

from typing import Any

import pytest
from troposphere import If, Ref, Sub, Tags, encode_to_dict
from troposphere.cloudwatch import Alarm, Metric, MetricDataQuery, MetricDimension, MetricStat

from generator.blueprints.kit import stack
from generator.build import Inputs, build
from generator.workspace import PackFiles
from tests.support import TODAY, built, handlers, spec


def test_every_part_of_a_build_is_as_troposphere_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    walk, seen = stack.to_plain, set[type]()

    def compared(value: Any) -> Any:
        made = walk(value)
        assert made == encode_to_dict(value)
        seen.add(type(value))
        return made

    expected = built(spec()).templates
    monkeypatch.setattr(stack, "to_plain", compared)
    anew = build(Inputs(spec().encode(), "observability.yaml", handlers(), TODAY, lint=False, packs=PackFiles()))
    assert anew.templates == expected
    assert Alarm in seen


def test_what_is_nested_is_validated_too() -> None:
    dimension = MetricDimension(Name="Host", Value=If("IsHere", Sub("${AWS::Region}-a"), Ref("Other")))
    query = MetricDataQuery(
        Id="m1", MetricStat=MetricStat(Metric=Metric(Namespace="N", MetricName="M", Dimensions=[dimension]))
    )
    alarm = Alarm("A", ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1, Metrics=[query])
    alarm.Tags = Tags(severity=Ref("Severity"), owner="team")
    with pytest.raises(ValueError, match="Resource Period required"):
        stack.to_plain(alarm)
    query.MetricStat.Period, query.MetricStat.Stat = 60, "Sum"
    assert stack.to_plain(alarm) == encode_to_dict(alarm)
    with pytest.raises(ValueError, match="one of the following must be specified"):
        stack.to_plain(Alarm("A", EvaluationPeriods=1, MetricName="M"))
