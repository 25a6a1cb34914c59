"""Values that look right and that AWS cannot take."""

from __future__ import annotations

import pytest

from tests.support import built, codes, spec


@pytest.mark.parametrize("days", ["37d", "2d", "5000d"])
def test_a_retention_that_cloudwatch_logs_does_not_have_is_refused(days: str) -> None:
    (finding,) = built(spec(f"log_groups: {{application: {{retention: {days}}}}}")).findings
    assert finding.code == "R05"
    assert finding.path == ("log_groups", "application", "retention")
    assert codes(spec(f"audit: {{alarm_changes: true, retention: {days}}}")) == {"R05"}


@pytest.mark.parametrize(
    "change",
    [
        "alarms: {errors: {threshold: '> 1e999'}}",
        "metric_filters: {errors: {metric: {default: .nan}}}",
        "metric_filters: {errors: {metric: {default: .inf}}}",
    ],
)
def test_a_number_without_end_is_refused(change: str) -> None:
    assert codes(spec(change)) == {"S03"}
