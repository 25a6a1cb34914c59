"""SERVICE_QUOTA in `obsgen test`: the quota is given, or the expectation is unknown with the reason.

`100 * used / SERVICE_QUOTA(used)` above 80 is the alarm of
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Quotas-Visualize-Alarms.html
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from generator.evaluate.math.metric_math import CannotEvaluate, Grid, evaluate, parse
from tests.command import Done, obsgen
from tests.support import spec

DIMENSIONS = "{Service: EC2, Type: Resource, Resource: vCPU, Class: Standard/OnDemand}"
USED = f"{{namespace: AWS/Usage, name: ResourceCount, dimensions: {DIMENSIONS}}}"
ALARM = f"""
alarms:
  vcpu:
    expression: 100 * used / SERVICE_QUOTA(used)
    metrics: {{used: {{{USED[1:-1]}, statistic: Maximum}}}}
    threshold: "> 80"
    period: 5m
    missing_data: not-breaching
waivers:
  - {{rule: alarms-treat-missing-data-as-breaching, for: alarms, reason: an account without instances publishes none}}
"""


def outcome(folder: Path, given: str, expect: str) -> Done:
    (folder / "observability.yaml").write_text(spec(ALARM), encoding="utf-8")
    text = f"version: 1\ntests:\n  - name: one\n    interval: 5m\n    given: {given}\n    expect: {expect}\n"
    (folder / "tests.yaml").write_text(text, encoding="utf-8")
    return obsgen(folder, "test")


def test_an_alarm_on_a_share_of_the_quota_fires_and_recovers(tmp_path: Path) -> None:
    given = f'[{{metric: {USED}, series: "204x3 205x3 100x9", quota: 256}}]'
    expect = "[{at: 15m, alarm: vcpu, state: OK, value: 79.6875}, {at: 30m, alarm: vcpu, state: ALARM}]"
    done = outcome(tmp_path, given, f"[{expect[1:-1]}, {{at: 1h, alarm: vcpu, state: OK}}]")
    assert (done.returncode, done.stdout) == (0, "1 passed\n")
    # Another quota is another result.
    done = outcome(tmp_path, given.replace("256", "512"), expect)
    assert done.returncode == 1
    assert "expected ALARM" in done.stdout


def test_a_quota_may_stand_apart_from_the_series_and_differ_by_account(tmp_path: Path) -> None:
    given = (
        f'[{{metric: {USED}, series: "90x9"}}, {{account: alpha, metric: {USED}, quota: 100}},'
        f" {{account: [beta, gamma], metric: {USED}, quota: 1000}}]"
    )
    expect = "[{at: 30m, alarm: vcpu, account: alpha, state: ALARM}, {at: 30m, alarm: vcpu, account: beta, state: OK}]"
    done = outcome(tmp_path, given, expect)
    assert (done.returncode, done.stdout) == (0, "1 passed\n")


def test_without_a_quota_the_result_is_unknown(tmp_path: Path) -> None:
    done = outcome(tmp_path, f'[{{metric: {USED}, series: "90x9"}}]', "[{at: 30m, alarm: vcpu, state: ALARM}]")
    assert done.returncode == 1
    assert "SERVICE_QUOTA asks Service Quotas" in done.stdout
    assert "no quota is given for `used`" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("{metric: M, quota: 0}", "given[0].quota: "),
        ("{metric: M, quota: .inf}", "given[0].quota: "),
        ("{quota: 5}", "`quota` without `metric`"),
        ("{log_group: application, quota: 5}", "in one entry"),
        ("{created: 0m, quota: 5}", "`quota` cannot be combined with `created`"),
        (
            '{metric: {namespace: Shop, name: Errors}, series: "1", quota: 5}',
            "no alarm uses the service quota of Shop Errors",
        ),
    ],
)
def test_a_quota_that_means_nothing_is_refused(tmp_path: Path, given: str, said: str) -> None:
    done = outcome(tmp_path, f"[{given.replace('M,', USED + ',')}]", "[{at: 5m, alarm: vcpu, state: OK}]")
    assert done.returncode == 2
    assert said in done.stdout + done.stderr


def test_a_quota_of_a_metric_whose_quota_no_alarm_uses_is_refused(tmp_path: Path) -> None:
    (tmp_path / "plain.json").write_text(
        json.dumps(
            {
                "Resources": {
                    "Usage": {
                        "Type": "AWS::CloudWatch::Alarm",
                        "Properties": {
                            "Namespace": "AWS/Usage",
                            "MetricName": "ResourceCount",
                            "Statistic": "Maximum",
                            "Period": 300,
                            "EvaluationPeriods": 1,
                            "Threshold": 80,
                            "ComparisonOperator": "GreaterThanThreshold",
                        },
                    }
                }
            }
        )
    )
    (tmp_path / "tests.yaml").write_text(
        "version: 1\ntests:\n  - name: one\n    template: plain.json\n"
        "    given: [{metric: {namespace: AWS/Usage, name: ResourceCount}, series: '1', quota: 5}]\n"
        "    expect: [{at: 5m, alarm: Usage, state: OK}]\n"
    )
    done = obsgen(tmp_path, "test", "tests.yaml")
    assert done.returncode == 2
    output = done.stdout + done.stderr
    assert "no alarm uses the service quota of AWS/Usage ResourceCount" in output
    assert "remove it: no alarm uses SERVICE_QUOTA" in output


def test_a_quota_is_that_of_a_metric() -> None:
    """The guide has "the given usage metric"; what it is of an expression only CloudWatch knows."""
    metrics, grid = {"m1": np.array([1.0, np.nan])}, Grid(0, 60, 2)
    parsed = parse("m1 / SERVICE_QUOTA(m1)")
    assert not isinstance(parsed, CannotEvaluate)
    np.testing.assert_array_equal(evaluate(parsed, metrics, grid, quotas={"m1": 4.0}), [0.25, np.nan])  # type: ignore[arg-type]
    whole = parse("SERVICE_QUOTA(m1 * 2)")
    found = evaluate(whole, metrics, grid, quotas={"m1": 4.0})  # type: ignore[arg-type]
    assert isinstance(found, CannotEvaluate)
    assert "the ID of a metric only" in found.reason
