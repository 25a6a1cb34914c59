"""Secrets that stand where their names should, channels of Slack, pages of Jira, and the environment in all of them."""

from __future__ import annotations

import json

import pytest

from generator.findings import dotted
from tests.support import built, spec

JIRA = "type: jira, url: 'https://shop.atlassian.net', project: OPS"


def told(channel: str) -> list[str]:
    text = spec(f"channels: {{other: {{{channel}}}}}\nroutes: {{low: [mail, other]}}")
    return [f"{f.code} {dotted(f.path)}" for f in built(text).findings]


@pytest.mark.parametrize(
    "secret",
    [
        "xoxb-1234567890-abcdefghij",
        "xapp-1-A0-1-abc",
        "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
        "github_pat_11ABCDEFG",
        "AKIAIOSFODNN7EXAMPLE",
        "ATATT3xFfGF0abcdefghijklmnop",
        "0123456789abcdef0123456789ABCDEF",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx",
        "Zk3mQ9xV1tLw8RbY5nHc2PdS",
        "eb243592-faa2-4ba2-a551-1afdf565c889",
        "https://hooks.slack.com/services/T000/B000/xxx",
        "https://prod-12.westus.logic.azure.com:443/workflows/0a/triggers/manual/paths/invoke?sv=1.0&sig=xxx",
        "https://default0a.1b.environment.api.powerplatform.com:443/powerautomate/automations/direct/workflows/0a?sig=x",
        "https://contoso.webhook.office.com/webhookb2/0a",
        "https://chat.googleapis.com/v1/spaces/AAAA/messages?key=x&token=y",
    ],
)
def test_a_secret_is_not_its_name(secret: str) -> None:
    (finding,) = built(spec(f"channels: {{other: {{type: pagerduty, secret: '{secret}'}}}}")).findings
    assert finding.message.endswith("got what looks like a secret value")
    assert secret not in finding.message + finding.hint


@pytest.mark.parametrize(
    "secret",
    [
        "shop/jira",
        "shop-pager-of-the-payments-team-in-production",
        "prod/PagerDuty/Key2",
        "monitoringsecretforjiraproduction",
    ],
)
def test_a_long_name_is_a_name(secret: str) -> None:
    assert told(f"type: pagerduty, secret: '{secret}'") == []


@pytest.mark.parametrize("channel", ["#ops", "ops", "alerts-{environment}", "C0123ABCDEF", "größe_1"])
def test_a_channel_that_slack_takes(channel: str) -> None:
    assert told(f"type: slack, secret: shop/slack, channel: '{channel}'") == []


@pytest.mark.parametrize("channel", ["#Ops", "my ops", "a.b", "", "#" + "x" * 81])
def test_a_channel_that_slack_does_not_have(channel: str) -> None:
    assert told(f"type: slack, secret: shop/slack, channel: '{channel}'") == ["S03 channels.other.channel"]


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://shop.atlassian.net/browse/OPS-1", "https://shop.atlassian.net"),
        ("https://shop.atlassian.net/jira/software/projects/OPS/boards/1", "https://shop.atlassian.net"),
        ("https://itsm.example.com/jira/browse/OPS-1", "https://itsm.example.com/jira"),
        ("https://itsm.example.com/jira?os_username=x", "https://itsm.example.com/jira"),
    ],
)
def test_a_page_of_jira_is_not_jira(url: str, kept: str) -> None:
    change = f"channels: {{other: {{type: jira, url: '{url}', project: OPS, secret: shop/jira}}}}"
    (finding,) = built(spec(change)).findings
    assert finding.hint == f"write {kept}"


def test_jira_below_a_path_is_jira() -> None:
    assert told("type: jira, url: 'https://itsm.example.com/jira', project: OPS, secret: shop/jira") == []


def test_the_environment_is_filled_in() -> None:
    change = """
channels:
  chat: {type: slack, secret: "shop/slack-{environment}", channel: "#alerts-{environment}"}
  mail: {type: email, addresses: ["ops+{environment}@example.com"]}
routes: {high: [chat]}
"""
    found = built(spec(change))
    (estate,) = found.estates.values()
    chat, mail = (next(one for one in estate.channels if one.name == name) for name in ("chat", "mail"))
    assert (chat.secret, dict(chat.settings)["channel"]) == ("shop/slack-prod", "#alerts-prod")
    assert mail.addresses == ("ops+prod@example.com",)
    assert "{environment}" not in json.dumps(found.templates)


def test_an_unknown_placeholder_is_refused() -> None:
    assert told(f"{JIRA}, secret: 'shop/{{enviroment}}'") == ["R01 channels.other.secret"]
