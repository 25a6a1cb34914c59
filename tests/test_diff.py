"""obsgen diff, through the real command and a real git repository."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.command import obsgen
from tests.support import laid_over, spec

ROUTED = """
channels: {pager: {type: pagerduty, secret: shop/pager}}
routes: {critical: [pager, mail]}
alarms: {errors: {severity: critical, summary: The shop is logging errors}}
"""


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def committed(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(spec(ROUTED))
    built = obsgen(tmp_path, "build", "--no-lint")
    assert built.returncode == 0, built.stderr
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    return tmp_path


def change(folder: Path, text: str) -> None:
    file = folder / "observability.yaml"
    file.write_text(yaml.safe_dump(laid_over(yaml.safe_load(file.read_text()), yaml.safe_load(text)), sort_keys=False))


def alarm_lines(folder: Path, *arguments: str) -> list[str]:
    shown = obsgen(folder, "diff", *arguments)
    assert shown.returncode == 0, shown.stderr
    lines = [line.strip() for line in shown.stdout.splitlines()]
    return [line for line in lines if line.startswith(("+", "-", "~")) and "template.yaml" not in line]


def test_nothing_changed_is_said_in_one_sentence(committed: Path) -> None:
    assert obsgen(committed, "diff").stdout == "Nothing changes.\n"


def test_a_changed_threshold_reads_as_a_sentence(committed: Path) -> None:
    change(committed, 'alarms: {errors: {threshold: "> 10"}}')
    assert alarm_lines(committed) == [
        "~ errors-alarm-prod now fires when Sum is > 10 instead of > 5 (less sensitive);"
        " in alpha, beta and gamma (everywhere)"
    ]


@pytest.mark.parametrize(
    ("threshold", "effect"),
    [(">= 5", " (more sensitive)"), (">= 6", " (less sensitive)"), ("< 5", "")],
)
def test_a_comparison_with_or_without_the_threshold_itself_is_judged(
    committed: Path, threshold: str, effect: str
) -> None:
    change(committed, f'alarms: {{errors: {{threshold: "{threshold}"}}}}')
    (line,) = alarm_lines(committed)
    assert f" is {threshold} instead of > 5{effect}; in" in line


def test_an_override_is_told_for_its_account_only(committed: Path) -> None:
    change(committed, 'alarms: {errors: {overrides: [{where: {account: beta}, threshold: "> 1"}]}}')
    assert alarm_lines(committed) == [
        "~ errors-alarm-prod now fires when Sum is > 1 instead of > 5 (more sensitive); in beta"
    ]


def test_a_lower_severity_says_who_is_told_now(committed: Path) -> None:
    change(committed, "alarms: {errors: {severity: low}}")
    assert "severity low instead of critical: low, notifies mail" in alarm_lines(committed)[0]


def test_a_window_and_missing_data_are_told_in_words(committed: Path) -> None:
    change(committed, "alarms: {errors: {datapoints: 2 of 3, period: 5m}}")
    (line,) = alarm_lines(committed)
    assert "is evaluated in 2 of 3 periods of 5 minutes instead of in 1 period of 1 minute" in line


def test_switching_off_in_one_account_is_told(committed: Path) -> None:
    change(committed, "alarms: {errors: {overrides: [{where: {account: gamma}, enabled: false}]}}")
    assert alarm_lines(committed) == [
        "~ errors-alarm-prod is disabled; in gamma",
        "~ -0.10 USD a month in 1 account: alarms -0.10",
    ]


def test_new_and_removed_alarms_say_when_they_fire_and_who_is_told(committed: Path) -> None:
    new = "{metric: {filter: errors}, statistic: Sum, threshold: '> 100', severity: critical}"
    change(committed, f"alarms: {{errors: null, flood: {new}}}")
    removed, added = alarm_lines(committed)
    assert removed.startswith("- errors-alarm-prod no longer exists and no longer notifies")
    assert added == (
        "+ flood-alarm-prod new. fires when Sum is > 100 in 1 period of 1 minute, critical, notifies pager and mail,"
        " in alpha, beta and gamma"
    )


def test_a_new_alarm_says_its_condition_once_where_only_its_channels_differ(committed: Path) -> None:
    change(
        committed,
        'alarms: {flood: {metric: {filter: errors}, statistic: Sum, threshold: "> 100", severity: critical}}\n'
        "routes: {rules: [{when: {account: beta}, to: [mail]}]}",
    )
    (line,) = [line for line in alarm_lines(committed) if line.startswith("+ flood-alarm-prod")]
    assert line == (
        "+ flood-alarm-prod new. fires when Sum is > 100 in 1 period of 1 minute, "
        "critical, notifies pager and mail, in alpha and gamma; critical, notifies mail, in beta"
    )


def test_routes_and_accounts_are_told(committed: Path) -> None:
    change(committed, 'routes: {critical: [mail]}\naccounts: {alpha: null, delta: {id: "555555555555"}}')
    lines = alarm_lines(committed)
    assert "~ critical alarms no longer notify pager" in lines
    assert "- alpha (222222222222) is no longer monitored" in lines
    assert "+ delta (555555555555) is monitored from now on: 1 alarm" in lines


def test_an_account_that_joins_is_told_once_with_what_is_on_there(committed: Path) -> None:
    slow = 'slow: {metric: {namespace: Shop, name: Slow}, statistic: Sum, threshold: "> 1"}'
    off = "errors: {overrides: [{where: {account: delta}, enabled: false}]}"
    change(committed, f"alarms: {{{slow}}}\ncomposites: {{both: {{rule: errors and slow, severity: high}}}}")
    change(committed, "regions: [us-east-1, eu-west-1]")
    assert obsgen(committed, "build", "--no-lint").returncode == 0
    git(committed, "add", "-A")
    git(committed, "commit", "-qm", "two of them")
    change(committed, f'accounts: {{delta: {{id: "555555555555"}}, gamma: null}}\nalarms: {{{off}}}')
    lines = alarm_lines(committed)
    # A composite of an alarm that delta does not have means nothing there.
    before, after = "alpha, beta, gamma; us-east-1, eu-west-1", "alpha, beta; us-east-1, eu-west-1"
    places = f"~ both-alarm-prod is deployed to {after} (was: {before})"
    assert places in lines
    # The line of the cost is about all accounts.
    assert [line for line in lines if line != places and "USD" not in line] == [
        "+ delta (555555555555) is monitored from now on: 1 alarm in each of 2 Regions",
        "- gamma (444444444444) is no longer monitored",
    ]


def test_the_order_of_regions_is_no_change(committed: Path) -> None:
    change(committed, "regions: [us-east-1, eu-west-1]")
    assert "~ members are monitored in us-east-1 and eu-west-1 (was us-east-1)" in alarm_lines(committed)
    assert obsgen(committed, "build", "--no-lint").returncode == 0
    git(committed, "add", "-A")
    git(committed, "commit", "-qm", "two of them")
    change(committed, "regions: [eu-west-1, us-east-1]")
    assert alarm_lines(committed) == []


def test_who_is_told_is_said_with_the_place_where_it_arrives(committed: Path) -> None:
    change(
        committed,
        'channels: {tickets: {type: jira, url: "https://jira.example.com", project: OPS, secret: shop/jira},'
        ' chat: {type: slack, channel: "#ops", secret: shop/slack}}\n'
        "routes: {critical: [mail, tickets, chat], low: []}\nincidents: {reopen_within: 30d}",
    )
    lines = alarm_lines(committed)
    assert (
        "~ critical alarms also notify tickets (jira, project OPS, url https://jira.example.com) and chat (slack,"
        " channel #ops); no longer notify pager"
    ) in lines
    assert "~ low alarms no longer notify mail" in lines
    assert "~ an ALARM reopens the incident up to 30 days after its OK, instead of 30 minutes" in lines


def test_what_cloudwatch_does_itself_is_told(committed: Path) -> None:
    change(committed, "alarms: {errors: {actions: [opsitem]}}")
    assert alarm_lines(committed) == ["~ errors-alarm-prod also has the CloudWatch action opsitem"]


def test_a_channels_policy_reads_as_a_sentence(committed: Path) -> None:
    change(committed, "channels: {mail: {retry_for: 14d, rate: 5/1m, missed: each, time_limit: 10s}}")
    assert alarm_lines(committed) == [
        "~ mail: at most 5 calls a minute instead of 10; retried for 14 days instead of 3;"
        " all messages that it missed in an outage are sent (was: digest);"
        " a call times out after 10 seconds instead of 30"
    ]
    change(committed, "channels: {mail: {retry_for: 12h, rate: null, missed: null, time_limit: null, digest: none}}")
    assert alarm_lines(committed) == [
        "~ mail: retried for 12 hours instead of 3 days; no digest (was: a digest above 5 a minute, every 5 minutes)"
    ]


def test_new_removed_and_moved_channels_are_told(committed: Path) -> None:
    new = '{type: jira, url: "https://jira.internal", private: true, project: OPS, secret: shop/jira}'
    on_call = "on-call: {type: jsm, secret: shop/jsm}"
    change(committed, f"channels: {{pager: null, tickets: {new}, {on_call}, mail: {{addresses: [a@example.com]}}}}")
    change(committed, "routes: {critical: [mail]}")
    lines = alarm_lines(committed)
    assert "- pager (pagerduty) no longer exists" in lines
    assert "~ mail: also writes to a@example.com; no longer writes to ops@example.com" in lines
    assert (
        "+ tickets (jira, project OPS, url https://jira.internal): at most 60"
        " calls a minute, retried for 14 days, all messages that it missed in an outage"
        " are sent, no digest, a call times out after 30 seconds, its address may be a private one"
    ) in lines
    git(committed, "commit", "-qam", "before")
    assert obsgen(committed, "build", "--no-lint").returncode == 0
    git(committed, "add", "-A")
    git(committed, "commit", "-qm", "built")
    change(committed, 'channels: {tickets: {url: "https://jira.example.com", private: false, priority: {high: P1}}}')
    change(committed, "channels: {on-call: {responders: [{type: team, id: x-1}, {type: user, id: x-2}]}}")
    assert alarm_lines(committed) == [
        "~ on-call: responders is now type team, id x-1; type user, id x-2 (was nothing)",
        "~ tickets: priority is now high P1 (was nothing); url is now https://jira.example.com (was"
        " https://jira.internal); its address may not be a private one",
    ]


def test_what_incidents_are_is_told(committed: Path) -> None:
    change(committed, "incidents: {evidence: everywhere, reopen_within: 2h}")
    assert alarm_lines(committed) == [
        "~ an ALARM reopens the incident up to 2 hours after its OK, instead of 30 minutes",
        "~ log lines are added on every channel that supports them (was: log lines are added to tickets only)",
    ]


def test_a_build_of_before_there_were_policies_is_compared_without_them(committed: Path) -> None:
    estate = committed / "out/prod/estate.json"
    data = json.loads(estate.read_text())
    for channel in data["channels"]:
        del channel["delivery"]
    data["incidents"]["evidence"] = True
    estate.write_text(json.dumps(data))
    git(committed, "commit", "-qam", "as it was")
    assert alarm_lines(committed) == [
        "~ log lines are added to tickets only (was: log lines are added on every channel that supports them)"
    ]


def test_a_composite_is_told_by_its_rule(committed: Path) -> None:
    other = "{metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: '> 1'}"
    change(committed, f"alarms: {{lag: {other}}}\ncomposites: {{down: {{rule: errors and not lag, severity: high}}}}")
    assert "+ down-alarm-prod new: fires when errors and not lag; high, notifies mail" in alarm_lines(committed)


def test_iam_statements_have_a_section_of_their_own(committed: Path) -> None:
    change(committed, "access: {readers: [sre-on-call]}")
    text = obsgen(committed, "diff").stdout
    after = text[text.index("IAM statements") :]
    role = "member.template.yaml MonitoringRole: Allow arn:aws:iam::111111111111:role"
    assert f"+ {role}/sre-on-call sts:AssumeRole" in after
    assert f"- {role}/monitoring-reader-role-prod sts:AssumeRole" in after


def test_names_in_markdown_mention_no_team_and_link_no_commit(committed: Path) -> None:
    change(committed, "accounts: {alpha: null, deadbee: {id: '555555555555'}}")
    markdown = obsgen(committed, "diff", "--format", "markdown").stdout
    assert "- `+` `deadbee` (`555555555555`) is monitored from now on: 1 alarm" in markdown


def test_json_and_markdown_hold_the_same_sentences(committed: Path) -> None:
    change(committed, 'alarms: {errors: {threshold: "> 10"}}')
    (environment,) = json.loads(obsgen(committed, "diff", "--format", "json").stdout)["environments"]
    sentence = environment["changes"][0]["sentence"]
    markdown = obsgen(committed, "diff", "--format", "markdown").stdout
    assert f"- `~` errors-alarm-prod {sentence}" in markdown
    assert "<details><summary>" in markdown


def test_the_exit_code_tells_only_where_it_is_asked_to(committed: Path) -> None:
    change(committed, 'alarms: {errors: {threshold: "> 10"}}')
    assert obsgen(committed, "diff").returncode == 0
    assert obsgen(committed, "diff", "--exit-code").returncode == 1


def test_a_removed_environment_is_told(committed: Path) -> None:
    change(committed, "environments: [live]")
    text = obsgen(committed, "diff").stdout
    assert "live: a new environment: 1 alarm" in text
    assert "prod: the environment is removed: 1 alarm" in text


def test_an_unknown_revision_is_a_sentence_and_exit_2(committed: Path) -> None:
    shown = obsgen(committed, "diff", "no-such-branch")
    assert shown.returncode == 2
    assert "unknown Git revision `no-such-branch`" in shown.stderr
    assert "Traceback" not in shown.stderr


def test_outside_a_repository_is_a_sentence_and_exit_2(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    shown = obsgen(tmp_path, "diff")
    assert shown.returncode == 2
    assert "is not in a Git repository" in shown.stderr


def test_a_shallow_clone_is_told_what_to_fetch(committed: Path, tmp_path: Path) -> None:
    git(committed, "branch", "-M", "main")
    (committed / "note").write_text("second")
    git(committed, "add", "-A")
    git(committed, "commit", "-qm", "second")
    git(committed, "checkout", "-qb", "change")
    git(tmp_path, "clone", "-q", "--depth=1", "--branch=change", f"file://{committed}", "shallow")
    shallow = tmp_path / "shallow"
    shown = obsgen(shallow, "diff", "main")
    assert shown.returncode == 2
    fetch = "git fetch --depth=1 origin main:refs/remotes/origin/main"
    assert f"this clone is shallow: `{fetch}`" in shown.stderr
    git(shallow, *fetch.split()[1:])
    assert obsgen(shallow, "diff", "origin/main").returncode == 0


GROUPED = """
alarms:
  lag: {metric: {filter: errors}, statistic: Sum, threshold: "> 9", severity: high}
composites: {down: {rule: errors and lag, severity: critical}}
"""


@pytest.fixture
def grouped(committed: Path) -> Path:
    change(committed, GROUPED)
    assert obsgen(committed, "build", "--no-lint").returncode == 0
    git(committed, "commit", "-qam", "a composite")
    return committed


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("alarms: {lag: {service: shop}}", ["~ lag-alarm-prod belongs to the service shop (was none)"]),
        (
            "alarms: {lag: {group: none}}",
            [
                "~ lag-alarm-prod is no longer part of the incident of down-alarm-prod",
                "~ lag-alarm-prod has incidents of its own, whatever else fires",
            ],
        ),
        ("alarms: {lag: {page_again: 30m}}", ["~ lag-alarm-prod pages again after 30 minutes at the earliest"]),
        (
            "composites: {down: {children: separate}}",
            [
                "~ errors-alarm-prod is no longer part of the incident of down-alarm-prod",
                "~ lag-alarm-prod is no longer part of the incident of down-alarm-prod",
                "~ down-alarm-prod its parts have incidents of their own",
            ],
        ),
        (
            "incidents: {storm: none}",
            [
                "~ a storm: there are no storms: each cause is an incident, however many there are (was: more than 30"
                " new incidents in a minute in the environment, or 10 in one account, become one incident of severity"
                " critical; the first 10 critical alarms page by themselves all the same. It is over after 10 minutes"
                " in which few alarms join it; if 20 alarms or fewer are not OK then, they get incidents of their own)"
            ],
        ),
        (
            "incidents: {remind: {high: none}}",
            [
                "~ reminders: critical every 30 minutes, while an incident is open and not acknowledged; pagers remind"
                " by themselves (was: critical every 30 minutes and high every 4 hours, while an incident is open and"
                " not acknowledged; pagers remind by themselves)"
            ],
        ),
        (
            "incidents: {group: {by: [owner]}}",
            [
                "~ one cause, one incident: alarms of one composite, of one objective or of one owner are one incident;"
                " it takes further alarms for 1 hour (was: alarms of one composite, of one objective or of one service"
                " in one account are one incident; it takes further alarms for 1 hour)"
            ],
        ),
    ],
)
def test_what_is_one_incident_with_what_is_behaviour(grouped: Path, text: str, lines: list[str]) -> None:
    change(grouped, text)
    assert alarm_lines(grouped) == lines


def test_a_build_that_put_nothing_together_is_told_once_what_is_now(grouped: Path) -> None:
    file = grouped / "out" / "prod" / "estate.json"
    data = json.loads(file.read_text())
    for key in ("group", "storm", "flapping", "remind", "escalate", "acknowledge"):
        del data["incidents"][key]
    for alarm in (*data["alarms"], *data["composites"]):
        alarm.pop("parts_of", None)
    file.write_text(json.dumps(data))
    git(grouped, "commit", "-qam", "as an earlier build")
    lines = alarm_lines(grouped)
    assert [line.split(":")[0] for line in lines] == [
        "~ one cause, one incident",
        "~ the first message",
        "~ updates",
        "~ a storm",
        "~ flapping",
        "~ reminders",
        "~ acknowledged",
        "~ escalation",
    ]


RULES = """
channels: {pager: {type: pagerduty, secret: shop/pager}}
routes:
  rules:
    - {when: {tier: critical, severity: critical}, to: [pager]}
    - {when: {account: gamma}, to: [mail]}
"""


def test_rules_of_routes_read_as_sentences(committed: Path) -> None:
    change(committed, RULES)
    assert alarm_lines(committed) == [
        "+ new rule: severity critical, tier critical notifies pager",
        "+ new rule: account gamma notifies mail",
    ]
    assert obsgen(committed, "build", "--no-lint").returncode == 0
    git(committed, "commit", "-qam", "rules")
    change(committed, "routes: {rules: [{when: {account: gamma}, to: []}]}\nalarms: {errors: {severity: high}}")
    lines = alarm_lines(committed)
    assert any("no rule for severity critical, tier critical any more" in line for line in lines)
    assert any("account gamma notifies no channel (was mail)" in line for line in lines)
    assert "high instead of critical: high, no notification; in gamma" in " ".join(lines)
    assert "high instead of critical: high, notifies mail; in alpha and beta" in " ".join(lines)


def test_quiet_hours_come_and_go_in_sentences(committed: Path) -> None:
    change(committed, 'incidents: {quiet: {from: "22:00", to: "07:00"}}\nalarms: {errors: {ok: false}}')
    (quiet,) = [line for line in alarm_lines(committed) if "quiet hours" in line]
    assert "from 22:00 to 07:00 (UTC)" in quiet
    assert any("its end is no longer sent by mail or chat" in line for line in alarm_lines(committed))
    assert obsgen(committed, "build", "--no-lint").returncode == 0
    git(committed, "commit", "-qam", "quiet")
    change(committed, "incidents: null\nalarms: {errors: {ok: true}}")
    lines = alarm_lines(committed)
    assert any("quiet hours: none any more" in line for line in lines)
    assert any("its end is sent by mail and chat again" in line for line in lines)


def test_where_things_stand_reads_as_a_sentence(committed: Path) -> None:
    change(committed, "regions: [us-east-1, eu-west-1]\ncomposites: {down: {rule: errors and not ok(errors)}}")
    assert obsgen(committed, "build", "--no-lint").returncode == 0
    git(committed, "add", "-A")
    git(committed, "commit", "-qm", "a composite")
    change(committed, "log_groups: {application: {accounts: {except: [gamma]}, regions: [eu-west-1]}}")
    lines = alarm_lines(committed)
    assert "~ errors-alarm-prod is disabled; in gamma" in lines
    assert "~ errors-alarm-prod is deployed to eu-west-1 only (was: every Region)" in lines
    assert (
        "~ down-alarm-prod is deployed to alpha, beta; eu-west-1 (was: alpha, beta, gamma; us-east-1, eu-west-1)"
        in lines
    )
    assert any(line.startswith("~ errors-filter-prod is deployed to alpha, beta; eu-west-1") for line in lines), lines
    change(committed, "log_groups: {application: {exists: {accounts: [beta]}}}")
    made = (
        "~ /aws/application/prod is created outside the stack in beta; us-east-1, eu-west-1 (was: created by the stack)"
    )
    assert made in alarm_lines(committed)


def test_where_sections_are_is_told(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(ROUTED + "compliance: {}\nerror_logs: {}\n"))
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    change(tmp_path, "compliance: {accounts: [alpha]}\nerror_logs: {accounts: {except: [alpha]}}")
    lines = alarm_lines(tmp_path)
    was = "(was: alpha, beta, gamma; us-east-1)"
    assert f"~ tags are checked in alpha; us-east-1 {was}; elsewhere all records of it are DELETED" in lines
    assert f"~ logs are searched for errors in beta, gamma; us-east-1 {was}" in lines


def test_who_hears_of_accounts_that_join_later_is_told_by_the_rules_for_them(tmp_path: Path) -> None:
    first = """
organizational_units: [ou-abcd-12345678]
accounts: {alpha: {unit: ou-abcd-12345678}, beta: {unit: ou-abcd-12345678}, gamma: {unit: ou-abcd-87654321}}
channels: {pager: {type: pagerduty, secret: shop/pager}}
routes: {rules: [{when: {unit: ou-abcd-12345678}, to: [pager]}]}
"""
    (tmp_path / "observability.yaml").write_text(spec(first))
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    change(
        tmp_path,
        "alarms: {errors: {severity: high}}\n"
        "routes: {rules: [{when: {unit: ou-abcd-12345678}, later: false, to: [pager]}]}",
    )
    changed = "~ errors-alarm-prod severity high instead of medium: high, notifies"
    assert alarm_lines(tmp_path) == [
        f"{changed} pager; in alpha and beta",
        f"{changed} mail; in gamma and accounts that join later",
        "- no rule for unit ou-abcd-12345678 and accounts that join later any more; the route of the severity applies",
        "+ new rule: unit ou-abcd-12345678, not accounts that join later notifies pager",
    ]
