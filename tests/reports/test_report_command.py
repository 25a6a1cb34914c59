"""`obsgen report`: a preview without AWS, and pages out of a bucket in moto."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import botocore.session
import pytest
import urllib3

from generator.drill.report_preview import last_due
from tests.command import obsgen
from tests.handlers.world import HUB, REGION, moto
from tests.support import spec

REPORTS = """
channels: {chat: {type: slack, channel: "#ops", secret: shop/slack}, room: {type: teams, secret: shop/teams}}
reports:
  daily: {at: "08:00", timezone: Europe/Berlin, to: [chat, mail, room]}
  weekly: {at: "cron(0 8 ? * MON *)", to: [mail]}
"""


def test_a_preview_has_every_form_of_every_report_and_the_specs_names(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(REPORTS), encoding="utf-8")
    done = obsgen(tmp_path, "report", "preview", "--to", "seen")
    assert (done.returncode, done.stderr) == (0, "")
    forms = (".html", "-mail.html", "-mail.txt", "-slack.json", "-teams.json")
    names = {f"{name}{form}" for name in ("daily", "weekly") for form in forms}
    assert {path.name for path in (tmp_path / "seen").iterdir()} == names
    assert {Path(line).name for line in done.stdout.splitlines()} == names
    assert "errors-alarm-prod" in (tmp_path / "seen/daily.html").read_text(encoding="utf-8")
    assert "Europe/Berlin" in (tmp_path / "seen/daily-mail.txt").read_text(encoding="utf-8")
    assert json.loads((tmp_path / "seen/weekly-slack.json").read_text(encoding="utf-8"))["blocks"]


def test_the_option_does_what_the_command_does(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(REPORTS), encoding="utf-8")
    assert obsgen(tmp_path, "report", "--preview").returncode == 0
    assert (tmp_path / "report-preview/daily.html").exists()


def test_a_spec_without_reports_has_nothing_to_preview(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(), encoding="utf-8")
    done = obsgen(tmp_path, "report", "preview")
    assert done.returncode == 2
    assert "the spec has no reports" in done.stderr


def test_a_folder_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(REPORTS), encoding="utf-8")
    (tmp_path / "taken").write_text("", encoding="utf-8")
    done = obsgen(tmp_path, "report", "preview", "--to", "taken/below")
    assert done.returncode == 2
    assert "taken" in done.stderr


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    with moto() as address:
        yield address


@pytest.fixture
def deployed(endpoint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with `out/`, whose hub stack has a bucket with two pages."""
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    for name, value in {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": REGION,
    }.items():
        monkeypatch.setenv(name, value)
    text = spec(f'hub: {{account: "{HUB}"}}\n{REPORTS}')
    (tmp_path / "observability.yaml").write_text(text, encoding="utf-8")
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    _client("s3").create_bucket(Bucket="pages")
    for date in ("2026-11-28", "2026-11-29"):
        _client("s3").put_object(Bucket="pages", Key=f"daily/{date}.html", Body=f"<p>{date}</p>".encode())
    _stack({"DailyReportBucketName": {"Value": "pages"}})
    return tmp_path


def _client(service: str) -> Any:
    return botocore.session.get_session().create_client(service, region_name=REGION)


def _stack(outputs: dict[str, Any]) -> None:
    topic = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs}
    _client("cloudformation").create_stack(StackName="observability-hub-prod", TemplateBody=json.dumps(topic))


def test_the_latest_page_and_one_by_its_date(deployed: Path) -> None:
    done = obsgen(deployed, "report", "open", "daily", "--to", "page.html")
    assert (done.returncode, done.stdout, done.stderr) == (0, "page.html\n", "")
    assert (deployed / "page.html").read_text(encoding="utf-8") == "<p>2026-11-29</p>"
    assert obsgen(deployed, "report", "open", "daily", "2026-11-28", "--to", "page.html").returncode == 0
    assert (deployed / "page.html").read_text(encoding="utf-8") == "<p>2026-11-28</p>"


def test_a_report_that_is_not_there_is_said_with_those_that_are(deployed: Path) -> None:
    done = obsgen(deployed, "report", "open", "daily", "2026-01-01")
    assert (done.returncode, done.stdout) == (1, "")
    assert "there is no daily report of 2026-01-01" in done.stderr
    assert "2026-11-29, 2026-11-28" in done.stderr
    done = obsgen(deployed, "report", "open", "weekly")
    assert done.returncode == 1
    assert "there is no weekly report yet" in done.stderr


def test_bad_dates_are_bad_usage(deployed: Path) -> None:
    assert obsgen(deployed, "report", "open", "daily", "yesterday").returncode == 2


def test_a_hub_without_reports_is_said_to_have_none(deployed: Path) -> None:
    _client("cloudformation").delete_stack(StackName="observability-hub-prod")
    done = obsgen(deployed, "report", "open", "daily")
    assert done.returncode == 3
    assert "has no reports" in done.stderr


@pytest.mark.parametrize(
    ("expression", "zone", "due"),
    [
        ("cron(0 8 * * ? *)", "Europe/Berlin", "2026-11-29T08:00:00+01:00"),
        ("cron(45 13 * * ? *)", "Europe/Berlin", "2026-11-28T13:45:00+01:00"),
        ("cron(0 8 ? * MON *)", "UTC", "2026-11-23T08:00:00+00:00"),
        ("cron(0 12 ? * SUN *)", "UTC", "2026-11-29T12:00:00+00:00"),
        ("cron(1 12 ? * SUN *)", "UTC", "2026-11-22T12:01:00+00:00"),
        ("cron(0/30 8 1 * ? *)", "UTC", "2026-11-29T12:00:00+00:00"),
    ],
)
def test_a_preview_is_of_the_report_that_was_due_last(expression: str, zone: str, due: str) -> None:
    assert last_due(expression, zone, datetime(2026, 11, 29, 12, 0, 30, tzinfo=UTC)).isoformat() == due


def test_a_preview_shows_alarms_where_they_stand_and_as_bad_as_they_are(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(REPORTS), encoding="utf-8")
    assert obsgen(tmp_path, "report", "preview").returncode == 0
    seen = (tmp_path / "report-preview/daily-mail.txt").read_text(encoding="utf-8")
    assert "monitoring-events-" not in seen
    assert "08:00, Europe/Berlin" in seen
