"""Errors in logs, event store and reports in words: the catalogue, `obsgen explain`, and what a difference says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from generator.cli.main import group
from generator.render.error_log_words import catalogued, differences
from generator.render.estate_json import estate_json
from tests.resolve.test_error_logs import estate
from tests.support import spec

SECTIONS = """
error_logs:
  every: 5m
  severities: {lambda: high}
  groups: {prefixes: [/ecs/], names: [application], exclude: ["*-debug"], tags: {team: [a, b]}}
  redact: [phone-number, {name: customer, pattern: "C-[0-9]{8}"}]
  same: [{name: late, match: late}]
  ignore: [{match: "x", log_group: "/ecs/*", reason: nobody reads it, until: 2027-01-31}]
  owners:
    - {service: "payment-*", path: ledger/*, owner: ledger, runbook: "https://r.example.com/l"}
    - {path: a/*, owner: a}
  owner: shop
events: {keep: 30d, backup: true, vpc: {subnets: [subnet-0123456789abcdef0], security_groups: [sg-0123456789abcdef0]}}
reports: {daily: {to: [mail], timezone: Europe/Berlin}, sender: a@example.com}
"""


def data(change: str) -> Any:
    return json.loads(estate_json(estate(change)))


def explained(path: str, folder: Path, change: str = SECTIONS) -> list[str]:
    file = folder / "observability.yaml"
    file.write_text(spec(change))
    result = CliRunner().invoke(group, ["explain", path, "--file", str(file)])
    assert result.exit_code == 0, result.output
    return [line.strip() for line in result.output.splitlines()]


def said(before: str, after: str) -> list[tuple[str, str]]:
    return list(differences(data(before), data(after)))


def test_the_catalogue_says_what_is_read_and_what_becomes_of_it() -> None:
    text = "\n".join(catalogued(data(SECTIONS)))
    for words in (
        "## Errors in logs",
        "- **Reads** log groups of Lambda functions, of ECS services, /ecs/…, /aws/application/prod and tagged team"
        " a or b, but not *-debug, 10 in a query",
        "- **Every** 5 minutes, 15 seconds after a window has ended",
        "- **Also** tasks, deployments, health",
        "- **Redacts** the usual kinds, phone-number, customer (`C-[0-9]{8}`)",
        "- **Is one error late** `late`",
        "- **Ignores `x` in /ecs/*** nobody reads it, until 2027-01-31",
        "- **Severity** log medium, lambda high, task medium, health high, spike medium, agent high",
        "- **Owner of service payment-* and path ledger/*** ledger, https://r.example.com/l",
        "## What the hub keeps",
        "- **Events** kept for 30 days",
        "- **API** 10 requests a second, 20 at once, by IAM",
        "- **Backup** point-in-time recovery",
        "- **VPC** subnet-0123456789abcdef0, with sg-0123456789abcdef0",
        "## Reports",
        "- **Daily** at cron(0 8 * * ? *) in Europe/Berlin, to mail",
        "- **E-mail** HTML from a@example.com",
    ):
        assert words in text


def test_without_the_sections_the_catalogue_says_nothing_of_them() -> None:
    assert list(catalogued(data(""))) == []


def test_explain_says_what_a_key_means_and_who_hears_of_severities(tmp_path: Path) -> None:
    assert explained("error_logs.every", tmp_path)[1] == "every: 5 minutes, 15 seconds after a window has ended"
    assert "high: notifies mail (email)" in explained("error_logs", tmp_path)
    assert "high: notifies mail (email)" in explained("error_logs.severities", tmp_path)
    assert "events: kept for 30 days" in explained("events.keep", tmp_path)
    assert "daily: at cron(0 8 * * ? *) in Europe/Berlin, to mail" in explained("reports", tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "kind", "sentence"),
    [
        ("", "events: true", "added", "events are kept in the hub from now on"),
        ("events: true", "", "removed", "events are no longer kept: all that is kept of errors and events is DELETED"),
        ("events: true", "events: {keep: 1d}", "changed", "events: kept for 1 day (was: kept for 90 days)"),
        ("events: true", "events: {api: false}", "removed", "api: no longer 10 requests a second, 20 at once, by IAM"),
        ("error_logs: true\nevents: true", "events: true", "removed", "logs are no longer searched for errors"),
        (
            "error_logs: true",
            "error_logs: {severities: {log: low}}",
            "changed",
            "severity: log low, lambda high, task medium, health high, spike medium, agent high (was: log medium",
        ),
        (
            "error_logs: {ignore: [{match: x, reason: nobody reads it}]}",
            "error_logs: true",
            "removed",
            "ignores `x`: no longer nobody reads it",
        ),
        (
            "error_logs: true",
            "error_logs: {redact: [national-id]}",
            "changed",
            "redacts: the usual kinds, national-id (was: the usual kinds)",
        ),
        ("events: true", "events: true\nreports: {daily: {to: [mail]}}", "added", "reports are sent from now on"),
    ],
)
def test_a_difference_is_a_sentence(before: str, after: str, kind: str, sentence: str) -> None:
    found = said(before, after)
    assert [(k, s) for k, s in found if k == kind and s.startswith(sentence)], found


def test_nothing_changes_where_nothing_did() -> None:
    assert said(SECTIONS, SECTIONS) == []
