"""T61, a title that a Slack header cuts, beyond its own examples."""

from __future__ import annotations

import pytest

from generator.findings import Finding, Severity
from tests.support import built, spec

CHAT = '{type: slack, secret: shop/slack, channel: "#ops"}'
# `ALARM medium: …-alarm-prod in beta (us-east-1)` has 41 characters besides the alarm and the account.
KEY, ACCOUNT = "a" * 55, "b" * 54


def found(change: str, channel: str = CHAT) -> list[Finding]:
    text = spec(f"channels: {{chat: {channel}}}\nroutes: {{medium: [chat, mail]}}\n{change}")
    return [finding for finding in built(text).findings if finding.code == "T61"]


def alarm(key: str, account: str) -> str:
    return (
        f'accounts: {{{account}: {{id: "555555555555", labels: {{tier: standard}}}}}}\n'
        f'alarms: {{{key}: {{metric: {{filter: errors}}, statistic: Sum, threshold: "> 9"}}}}'
    )


@pytest.mark.parametrize(("key", "told"), [(KEY, False), (f"{KEY}a", True)])
def test_a_title_of_150_characters_fits(key: str, told: bool) -> None:
    warnings = found(alarm(key, ACCOUNT))
    assert [(one.severity, one.path) for one in warnings] == [(Severity.WARNING, ("alarms", key))] * told
    if told:
        assert warnings[0].message == f"the title of `{key}` has 151 characters, a Slack header at most 150"
        assert warnings[0].hint == "shorten the name of the alarm or of the account, by 1 in all"


def test_other_channels_have_no_header() -> None:
    assert found(alarm(f"{KEY}a", ACCOUNT), "{type: pagerduty, secret: shop/pager}") == []


def test_a_region_with_a_longer_name_counts() -> None:
    assert found(f"regions: [us-east-1, ap-southeast-2]\n{alarm(KEY, ACCOUNT)}")


def test_an_alarm_that_no_chat_receives_is_not_looked_at() -> None:
    assert found(alarm(f"{KEY}a", ACCOUNT).replace("statistic", "severity: low, statistic")) == []


def test_an_account_that_has_no_such_alarm_does_not_count() -> None:
    off = "accounts: [alpha]"
    assert found(alarm(f"{KEY}a", ACCOUNT).replace("statistic", f"{off}, statistic")) == []
