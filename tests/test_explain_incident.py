"""obsgen explain incident: with what an alarm is one incident, whom it wakes, when, and what a storm would do."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from generator.cli.main import group
from tests.support import ROOT, built, laid_over, spec
from tests.update_docs import WAKE_UP, wake_up

SHOP = """
channels:
  pager: {type: pagerduty, secret: shop/pager}
  tickets: {type: jira, url: "https://shop.atlassian.net", project: OPS, secret: shop/jira}
  lead: {type: pagerduty, secret: shop/lead}
routes: {critical: [pager, tickets], high: [tickets], medium: [mail], low: []}
incidents:
  group: {wait: {high: 1m}}
  remind: {high: none}
  escalate: {critical: {after: 20m, to: [lead], also: true}}
  acknowledge: [ticket]
alarms:
  errors:
    severity: critical
    summary: The shop is logging errors
    service: shop
    page_again: 30m
    overrides: [{where: {account: gamma}, severity: high}, {where: {account: beta}, enabled: false}]
  lag: &like {metric: {filter: errors}, statistic: Sum, threshold: "> 9", severity: high}
  slow: {<<: *like, service: shop}
  single: {<<: *like, group: none, service: shop}
  lonely: {<<: *like}
  quiet: {<<: *like, severity: none}
  away: {<<: *like, enabled: false}
  queue: {<<: *like, in: hub, severity: medium, service: shop}
composites: {down: {rule: errors and lag and not quiet, severity: critical, summary: Customers cannot buy}}
"""


def explain(folder: Path, *arguments: str, text: str = "") -> Result:
    file = folder / "observability.yaml"
    file.write_text(text or spec(SHOP))
    return CliRunner().invoke(group, ["explain", "incident", *arguments, "--file", str(file)])


def test_one_alarm_says_everything_about_its_incident(tmp_path: Path) -> None:
    said = explain(tmp_path, "errors")
    assert said.exit_code == 0, said.output
    assert (
        said.stdout
        == """\
errors-alarm-prod in prod: The shop is logging errors
  who is told
    critical in alpha: pager (pagerduty) and tickets (jira), at once
    high in gamma: tickets (jira), after 1 minute, for what else comes
  one incident with
    composite down-alarm-prod (critical), in one account and Region: lag-alarm-prod (high)
    service shop, in one account: queue-alpha-alarm-prod (medium), queue-gamma-alarm-prod (medium), slow-alarm-prod \
(high)
    whichever comes first opens it; what is worse, or critical and later than 5 minutes, pages again
  while it is open
    what changes in an incident is brought up to date every 5 minutes at most; it ends when the last of its alarms is OK
    an ALARM within 30 minutes of its OK belongs to the same incident and ticket
    critical: a reminder every 30 minutes
    high: no reminders
    critical: lead too, when nobody acknowledges it within 20 minutes
    acknowledged as soon as the ticket is moved on; then there are no reminders and no escalation
    an alarm that comes again more than 4 times in 1 hour is flapping: its messages are 15 minutes apart, its pages 30 \
minutes
    `page_again`: a pager hears of it again 30 minutes later at the earliest
  in a storm
    more than 30 new incidents in a minute in the environment, or 10 in one account, become one incident of severity \
critical; the first 10 critical alarms page by themselves all the same. It is over after 10 minutes in which few \
alarms join it; if 20 alarms or fewer are not OK then, they get incidents of their own
"""
    )


@pytest.mark.parametrize(
    ("alarm", "line"),
    [
        (
            "down-alarm-prod",
            "    its parts, in one account and Region: errors-alarm-prod (critical or high), lag-alarm-prod",
        ),
        ("single", "    nothing: `group: none` keeps it alone"),
        ("lonely", "    nothing: no composite, objective or service that another alarm has, too"),
        ("lonely", "    high in every account: tickets (jira), at once"),
        ("quiet", "  has severity none: it opens no incident and tells nobody"),
        ("away", "  is switched off: it opens no incident and tells nobody"),
        # Seen from the hub, but about an account: one with that account's alarms, not with those of other accounts.
        (
            "queue@alpha",
            "    service shop, in one account: errors-alarm-prod (critical or high), slow-alarm-prod (high)",
        ),
        ("queue@beta", "    service shop, in one account: slow-alarm-prod (high)"),
    ],
)
def test_who_is_one_incident_with_whom(tmp_path: Path, alarm: str, line: str) -> None:
    said = explain(tmp_path, alarm)
    assert said.exit_code == 0, said.output
    assert any(one.startswith(line) for one in said.stdout.splitlines()), said.stdout


def test_an_alarm_has_many_names_and_one_over_each_account_is_several(tmp_path: Path) -> None:
    for name in ("errors-alarm-prod", "AlarmErrors", "alarms.errors"):
        assert explain(tmp_path, name).stdout.startswith("errors-alarm-prod in prod"), name
    several = explain(tmp_path, "queue").stdout
    assert [f"queue-{account}-alarm-prod in prod" in several for account in ("alpha", "beta", "gamma")] == [True] * 3


@pytest.mark.parametrize(
    ("arguments", "sentence", "hint"),
    [
        (("erors",), "there is no alarm `erors`", "did you mean `errors`?"),
        ((), "the name of an alarm is missing", "--all"),
        (("errors", "--all"), "an alarm's name, or --all; not both", ""),
    ],
)
def test_what_cannot_be_explained_is_a_sentence(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str, hint: str
) -> None:
    said = explain(tmp_path, *arguments)
    assert said.exit_code == 2
    assert sentence in said.stderr
    assert hint in said.stderr


def test_an_alarm_beside_another_path_is_refused(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    file = str(tmp_path / "observability.yaml")
    said = CliRunner().invoke(group, ["explain", "alarms.errors", "errors", "--file", file])
    assert said.exit_code == 2
    assert "for `obsgen explain incident`" in said.stderr


def test_all_of_them_are_a_page_by_what_they_do(tmp_path: Path) -> None:
    page = explain(tmp_path, "--all").stdout
    wakes, ticket, message = (page.index(f"## What {what}") for what in ("wakes", "opens a ticket", "is only a"))
    together = page.index("## What is one incident")
    assert "[" not in page[wakes:ticket].split("errors-alarm-prod")[0].splitlines()[-1]
    assert "| `errors-alarm-prod` | critical | alpha | down; service shop |" in page[wakes:ticket]
    assert "| `down-alarm-prod` | critical | alpha and gamma | its parts |" in page[wakes:ticket]
    assert "| `errors-alarm-prod` | high | gamma | down; service shop |" in page[ticket:message]
    assert "| `lonely-alarm-prod` | high | every account | nothing |" in page[ticket:message]
    assert "| `queue-<account>-alarm-prod` | medium | every account | service shop |" in page[message:together]
    assert "| **critical** | wakes somebody | pager (pagerduty) and tickets (jira) | at once |" in page
    assert "every 30 minutes; after 20 minutes lead, too | 2 |" in page
    # alpha, beta and gamma: what wakes, what opens a ticket, what is a message.
    assert "| alpha | 2 | 4 | 1 |\n| beta | 0 | 4 | 1 |\n| gamma | 1 | 5 | 1 |\n" in page
    assert "**down**: Customers cannot buy, in one account and Region" in page[together:]
    assert "1 alarm of severity none: `quiet-alarm-prod`." in page
    assert "away-alarm-prod" not in page


def test_an_escalation_to_a_pager_wakes_somebody_in_the_end(tmp_path: Path) -> None:
    change = {"incidents": {"escalate": {"high": {"after": "2h", "to": ["pager"]}}}}
    page = explain(tmp_path, "--all", text=yaml.safe_dump(laid_over(yaml.safe_load(spec(SHOP)), change))).stdout
    later, ticket = (page.index(f"## What {what}") for what in ("wakes somebody only if nobody", "is only a message"))
    assert "| `lag-alarm-prod` | high |" in page[later:ticket]
    assert "no; after 2 hours pager, too | 5 |" in page


def test_what_checks_find_stands_on_the_page(tmp_path: Path) -> None:
    text = spec(
        "compliance: {required_tags: {Owner: {}}, severity: low,"
        " overrides: [{where: {tier: critical}, severity: medium}]}\nerror_logs: true"
    )
    page = explain(tmp_path, "--all", text=text).stdout
    assert "| tags that are missing or wrong | medium | alpha | is only a message |" in page
    assert "| tags that are missing or wrong | low | elsewhere | is only a message |" in page
    assert "| failed invocations of Lambda functions (`lambda-error`) | high | every account |" in page


def test_a_page_of_an_estate_without_groups_storms_and_reminders(tmp_path: Path) -> None:
    change = (
        "incidents: {group: {by: [], composites: separate}, storm: none, flapping: none, remind: none, acknowledge: []}"
    )
    page = explain(tmp_path, "--all", text=spec(change)).stdout
    assert "## What is one incident" not in page
    assert "there are no storms" in page
    assert "**Reminders**: none: what is open is told once." in page
    assert "**Acknowledged**: nothing counts" in page


def test_the_page_of_the_shipped_file_is_up_to_date() -> None:
    assert WAKE_UP.read_text(encoding="utf-8") == wake_up(), "run `python -m tests.update_docs`"


def test_every_alarm_of_the_shipped_file_stands_on_its_page() -> None:
    estate = built((ROOT / "observability.yaml").read_text(encoding="utf-8")).estates["prod"]
    page = WAKE_UP.read_text(encoding="utf-8")
    on = [alarm for alarm in estate.alarms if not alarm.everywhere_disabled]
    for alarm in (*on, *estate.composites):
        name = alarm.name
        account = getattr(alarm, "account", None)
        shown = name.replace(f"-{account}-alarm-", "-<account>-alarm-") if account else name
        assert f"`{shown}`" in page, name


def test_the_words_for_the_section_and_an_alarm(tmp_path: Path) -> None:
    file = tmp_path / "observability.yaml"
    file.write_text(spec(SHOP))

    def said(path: str) -> str:
        result = CliRunner().invoke(group, ["explain", path, "--file", str(file)])
        assert result.exit_code == 0, result.output
        return result.stdout

    assert "  escalation: critical goes to lead, too, when it is not acknowledged after 20 minutes\n" in said(
        "incidents"
    )
    assert said("incidents.flapping").splitlines()[1].startswith("  flapping: an alarm that comes again")
    alarm = said("alarms.errors")
    assert "    incident: one with down-alarm-prod and its parts; others of service shop\n" in alarm
    assert "    incident: a pager hears of it again after 30 minutes at the earliest\n" in alarm
    assert "    incident: one with its parts\n" in said("composites.down")
    assert "    incident: its own, whatever else fires\n" in said("alarms.single")
    assert "incident:" not in said("alarms.quiet")
    catalogue = built(file.read_text()).artifacts["prod/catalogue.md"].decode()
    assert "- **Incident** one with down-alarm-prod and its parts; others of service shop\n" in catalogue


def test_nothing_is_promised_that_no_channel_can_do(tmp_path: Path) -> None:
    """Of tickets, reactions and pagers speaks only a file that has them; an incoming webhook sees no reactions."""
    hook = "channels: {chat: {type: slack, secret: shop/slack}}"
    for channels, ways in (
        ("", "`obsgen ack` says so"),
        (hook, "`obsgen ack` says so"),
        (hook.replace("slack}", "slack, channel: '#ops'}"), "somebody puts 👀 on the message in chat or"),
    ):
        said = explain(tmp_path, "errors", text=spec(channels)).stdout
        assert f"acknowledged as soon as {ways}" in said
        assert "it ends when the alarm is OK\n" in said
        page = explain(tmp_path, "--all", text=spec(channels)).stdout
        assert f"- **Acknowledged**: as soon as {ways}" in page
        assert "the ticket is moved on" not in page
        assert "pagers remind" not in page
        assert "- **Escalation**: nobody else is told.\n" in page


@pytest.mark.parametrize(
    ("by", "words"),
    [
        ("[service, account]", "of one objective or of one service in one account are one incident"),
        ("[account, region]", "of one objective or in one account and one Region are one incident"),
        ("[]", "of one objective are one incident"),
    ],
)
def test_what_alarms_have_in_common_is_a_sentence(by: str, words: str, tmp_path: Path) -> None:
    assert words in explain(tmp_path, "--all", text=spec(f"incidents: {{group: {{by: {by}}}}}")).stdout


def test_an_alarm_that_can_wait_says_until_when(tmp_path: Path) -> None:
    quiet = spec(SHOP.replace("incidents:\n", 'incidents:\n  quiet: {from: "22:00", to: "07:00"}\n'))
    sentence = "from 22:00 to 07:00 (UTC) mails, messages and pages of severity medium and low wait"
    assert sentence in explain(tmp_path, "queue", text=quiet).stdout
    assert "22:00" not in explain(tmp_path, "lag", text=quiet).stdout
