"""A capture of an environment: the hub with the caller's credentials, members by MonitoringRole."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from generator.capture.read import read_capture
from tests import moto_server
from tests.capture.cloud import NOW_MS, OWN, Cloud, Fault, client, cloud, put_alarm
from tests.command import Done, obsgen
from tests.support import spec

MEMBERS = {"alpha": "222222222222", "beta": "333333333333", "gamma": "444444444444"}
HUB = f'hub: {{account: "{OWN}"}}\n'


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cloud]:
    """Accounts without anything."""
    monkeypatch.setattr("generator.rollout.aws.clients.Aws.now_ms", lambda _self: NOW_MS)
    with cloud() as world:
        yield world


def built(folder: Path, change: str = "") -> None:
    """out/ of a spec."""
    (folder / "observability.yaml").write_text(spec(HUB + change), encoding="utf-8")
    done = obsgen(folder, "build", "--no-lint", "--no-cache")
    assert done.returncode == 0, done.stdout + done.stderr


def run(folder: Path, *words: str) -> Done:
    """Capture descriptions."""
    environment = {
        "AWS_ENDPOINT_URL": moto_server.address(),
        "AWS_ACCESS_KEY_ID": "x",
        "AWS_SECRET_ACCESS_KEY": "x",
        "HOME": str(folder),
    }
    return obsgen(folder, "capture", "captured", "--data-days", "0", *words, **environment)


def test_the_hub_and_each_member_are_captured(tmp_path: Path, aws: Cloud) -> None:
    built(tmp_path)
    hub = client("cloudwatch")
    for name in ("Orders", "Refunds"):
        hub.put_metric_data(Namespace="Shop", MetricData=[{"MetricName": name, "Value": 1.0}])
    aws.owners = {"Refunds": MEMBERS["alpha"]}
    for account in (OWN, *MEMBERS.values()):
        put_alarm(client("cloudwatch", account=account), f"cpu-{account}")
    done = run(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    capture = read_capture(tmp_path / "captured")
    assert (capture.environment, capture.hub) == ("prod", OWN)
    assert [(account.name, account.regions) for account in capture.accounts] == [
        ("hub", ("us-east-1",)),
        *((name, ("us-east-1",)) for name in MEMBERS),
    ]
    for region in capture.regions:
        assert [alarm.name for alarm in region.alarms() or ()] == [f"cpu-{region.account}"]
    # Of linked accounts, the hub lists the metrics too.
    assert {(metric.name, metric.account) for metric in capture.regions[0].metrics() or ()} == {
        ("Orders", OWN),
        ("Refunds", MEMBERS["alpha"]),
    }
    assert done.stdout.startswith("Capture of prod: 4 accounts, 1 Region, 2025-12-02 to 2026-01-01\n")


def test_members_are_entered_as_a_reader_with_the_external_id(
    tmp_path: Path, aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tmp_path, "access: {external_id: shop-readers, readers: [sre-on-call]}\n")
    assumed = aws.assumed
    assert run(tmp_path, "--account", "beta").returncode == 0
    assert assumed == [
        (f"arn:aws:iam::{OWN}:role/sre-on-call", None),
        ("arn:aws:iam::333333333333:role/MonitoringRole-333333333333", "shop-readers"),
    ]
    assert [account.name for account in read_capture(tmp_path / "captured").accounts] == ["beta"]


def test_another_role_is_assumed_by_the_caller(tmp_path: Path, aws: Cloud) -> None:
    built(tmp_path, "access: {monitoring_role: null}\n")
    done = run(tmp_path, "--account", "beta")
    assert done.returncode == 2
    assert "members cannot be read: access.monitoring_role is off" in done.stderr
    assert run(tmp_path, "--account", "beta", "--role", "audit/{account}", "--external-id", "xyz").returncode == 0
    assert aws.assumed == [("arn:aws:iam::333333333333:role/audit/333333333333", "xyz")]


def test_one_member_that_refuses_leaves_the_others(tmp_path: Path, aws: Cloud) -> None:
    built(tmp_path)
    aws.faults = [Fault("DescribeAlarms", "AccessDenied", account=MEMBERS["beta"])]
    done = run(tmp_path, "--only", "alarms")
    assert done.returncode == 1
    assert "alarms             cloudwatch:DescribeAlarms: AccessDenied in 1 account" in done.stdout
    missing = [region.account_name for region in read_capture(tmp_path / "captured").regions if region.alarms() is None]
    assert missing == ["beta"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--account", "betta"), "did you mean `beta`?"),
        (("-e", "test"), "there is no environment `test`"),
        (("-e", "prod", "--region", "us-east-1"), "--region captures without an environment"),
        (("--external-id", "xyz"), "--external-id requires --role"),
        (("--metrics", "Errors"), "use namespace/name such as 'AWS/Lambda/*'"),
        (("--out", "nowhere"), "or use --region to capture without an environment"),
    ],
)
def test_what_does_not_exist_is_named(tmp_path: Path, aws: Cloud, words: tuple[str, ...], message: str) -> None:
    built(tmp_path)
    done = run(tmp_path, *words)
    assert done.returncode == 2
    assert message in done.stderr


def test_the_credentials_are_those_of_the_hub(tmp_path: Path, aws: Cloud) -> None:
    built(tmp_path, 'hub: {account: "555555555555"}\n')
    done = run(tmp_path)
    assert done.returncode == 3
    assert f"credentials belong to account {OWN}, but the hub is account 555555555555" in done.stderr


def test_the_role_of_members_reads_it_all_where_it_is_allowed_to(tmp_path: Path) -> None:
    built(tmp_path, "access: {captures: true}\n")
    template = (tmp_path / "out/prod/member.template.yaml").read_text(encoding="utf-8")
    done = obsgen(tmp_path, "policy", "--capture")
    assert done.returncode == 0, done.stderr
    (statement,) = json.loads(done.stdout)["Statement"]
    assert all(action in template for action in statement["Action"])
    built(tmp_path, "access: {captures: true, capture_parts: [services, subscription-filters]}\n")
    template = (tmp_path / "out/prod/member.template.yaml").read_text(encoding="utf-8")
    done = obsgen(tmp_path, "policy", "--capture", "--with", "services", "--with", "subscription-filters")
    statements = json.loads(done.stdout)["Statement"]
    assert all(action in template for statement in statements for action in statement["Action"])
    built(tmp_path)
    assert "tag:GetResources" not in (tmp_path / "out/prod/member.template.yaml").read_text(encoding="utf-8")
