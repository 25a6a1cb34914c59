"""Tag compliance: which rules hold where, which environment checks, and the two alarms that come with it."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from generator.findings import Finding, Severity
from generator.model import compliance as model
from generator.model.compliance import Compliance, OnChange, Scan
from generator.model.estate import Estate
from generator.model.placement import Placement
from generator.model.signals import MathSignal
from generator.spec.compliance import ComplianceSpec
from handlers.compliance import resource
from tests.support import OWN_METRICS, built, laid_over, spec
from tests.test_properties import JSON

TWO = f"{OWN_METRICS}environments: [dev, prod]\n"


def estate(change: str, environment: str = "prod") -> Estate:
    made = built(spec(change))
    assert made.artifacts, made.findings
    return made.estates[environment]


def compliance(change: str, environment: str = "prod") -> Compliance:
    found = estate(change, environment).compliance
    assert found is not None
    return found


def alarm(change: str, key: str = "high-non-compliance") -> Any:
    return next(a for a in estate(change).alarms if a.key == key)


def findings(change: str) -> list[Finding]:
    return built(spec(change)).findings


def messages(change: str) -> list[str]:
    return [finding.message for finding in findings(change)]


def test_an_empty_section_is_the_whole_default() -> None:
    found = compliance("compliance: {}")
    (policy,) = found.policies
    assert [(rule.key, rule.allowed) for rule in policy.tags] == [
        ("Application", ()),
        ("Environment", ("dev", "staging", "prod")),
        ("Owner", ()),
    ]
    assert (found.resources, found.scan) == (("ec2:instance",), Scan("rate(1 day)", "UTC"))
    assert found.on_change == OnChange(("running",), 120, 600)
    assert (found.notify.changes, found.notify.scans, found.notify.summary_above) == ("each", "each", 10)
    assert found.notify.launcher and not compliance("compliance: {resources: ['s3:bucket']}").notify.launcher
    assert (found.severity, found.retain_days, found.remediation, found.dashboard) == ("low", 30, None, True)


def test_without_the_section_there_is_nothing_of_it() -> None:
    made = estate("")
    assert made.compliance is None
    assert not [a for a in made.alarms if "compliance" in a.key]
    assert "compliance" not in built(spec()).artifacts["prod/estate.json"].decode()


CASCADE = """
compliance:
  required_tags:
    Owner:
      allowed: [a]
      overrides:
        - {where: {account: alpha}, allowed: [account]}
        - {where: {tier: critical}, allowed: [label], ignore_case: true}
        - {where: {environment: prod}, allowed: [environment], pattern: "[a-z]+"}
"""


def test_of_several_overrides_the_narrower_place_wins_whatever_their_order() -> None:
    found = compliance(CASCADE)
    by_account = {name: policy.tags[0] for policy in found.policies for name in policy.accounts}
    assert found.policies[0].tags[0].allowed == ("environment",)
    assert set(by_account) == {"alpha"}
    assert by_account["alpha"].allowed == ("account",)
    # What the narrower one does not say, the wider one does.
    assert (by_account["alpha"].ignore_case, by_account["alpha"].pattern) == (True, "[a-z]+")


def test_a_tag_may_be_required_in_one_account_only() -> None:
    found = compliance(
        "compliance: {required_tags: {Owner: {}, Batch: {enabled: false,"
        " overrides: [{where: {account: beta}, enabled: true}]}}}"
    )
    assert [[rule.key for rule in policy.tags] for policy in found.policies] == [["Owner"], ["Batch", "Owner"]]
    assert [policy.accounts for policy in found.policies] == [(), ("beta",)]


def test_an_exemption_by_place_alone_is_for_the_whole_account_and_others_are_not() -> None:
    found = compliance(
        "compliance: {exempt: [{where: {account: gamma}, reason: nobody works there},"
        " {where: {tier: standard}, ids: [i-0123456789abcdef0], reason: it is going away}]}"
    )
    held = {policy.accounts: [(e.whole_account, e.ids) for e in policy.exemptions] for policy in found.policies}
    assert held == {(): [], ("beta",): [(False, ("i-0123456789abcdef0",))], ("gamma",): [(True, ())]}


def test_severity_differs_by_account() -> None:
    found = compliance(
        "compliance: {severity: medium, overrides: [{where: {tier: critical}, severity: high},"
        " {where: {account: gamma}, severity: none}, {where: {account: beta}, severity: medium}]}"
    )
    assert (found.severity, found.severity_by_account) == ("medium", (("alpha", "high"), ("gamma", "none")))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("rate(1 days)", Scan("rate(1 day)", "UTC")),
        ("rate(12 hours)", Scan("rate(12 hours)", "UTC")),
        ('"cron(0 6 ? * mon-fri *)"', Scan("cron(0 6 ? * MON-FRI *)", "UTC")),
        ('"cron(*/15 0 L * ? 2027)"', Scan("cron(*/15 0 L * ? 2027)", "UTC")),
        ('{at: "06:05", timezone: Europe/Berlin}', Scan("cron(5 6 * * ? *)", "Europe/Berlin")),
        ('"cron(0 6 30 2/2 ? *)"', Scan("cron(0 6 30 2/2 ? *)", "UTC")),
        ('"cron(0 6 29,31 feb ? *)"', Scan("cron(0 6 29,31 FEB ? *)", "UTC")),
        ("rate(366 days)", Scan("rate(366 days)", "UTC")),
        ('{at: "cron(0 6 ? * 2#1 *)"}', Scan("cron(0 6 ? * 2#1 *)", "UTC")),
        ("none", None),
        ("false", None),
    ],
)
def test_a_scan_is_written_in_several_ways(written: str, expected: Scan | None) -> None:
    assert compliance(f"compliance: {{scan: {written}}}").scan == expected


@pytest.mark.parametrize(
    "written",
    ["rate(0 days)", "rate(4 minutes)", "rate(1 week)", "cron(60 6 * * ? *)", "cron(0 6 * * * *)", "cron(0 6 ? * ? *)"]
    + ["cron(0 24 * * ? *)", "cron(0 6 ? * FOO *)", "cron(0 6 32 * ? *)", "cron(0/0 6 * * ? *)", "at(2027-01-01T00:00)"]
    + [
        "cron(1-2-3 6 * * ? *)",
        "cron(0 6 31 FEB,4-4 ? *)",
        "cron(0 6 31W APR ? *)",
        "rate(367 days)",
        "rate(99999999999 hours)",
        "cron(0 6 ? * MON-SUN *)",
        "cron(0 6 ? * */2 *)",
        "cron(0 6 * 13 ? *)",
        "{at: rate(1 day)}",
        "true",
        "'25:00'",
    ],
)
def test_a_schedule_that_the_scheduler_would_refuse_is_refused_here(written: str) -> None:
    text = written if written[0] in "{'t" else f'"{written}"'
    assert {f.code for f in findings(f"compliance: {{scan: {text}}}")} & {"S03", "S01"}


def test_changes_are_only_those_of_instances() -> None:
    assert compliance("compliance: {resources: [s3:bucket]}").on_change is None
    assert compliance("compliance: {on_change: false}").on_change is None
    assert compliance("compliance: {on_change: {states: [stopped, running]}}").on_change == OnChange(
        ("running", "stopped"), 120, 600
    )


def test_remediation_has_a_short_form_and_begins_dry() -> None:
    assert compliance("compliance: {remediate: {}}").remediation is None
    short = compliance("compliance: {remediate: {Owner: unassigned}}")
    long = compliance("compliance: {remediate: {tags: {Owner: {value: unassigned}}}}")
    assert short == long
    assert short.remediation is not None and short.remediation.mode == "dry-run"


def test_of_environments_that_share_accounts_only_the_owner_checks() -> None:
    change = f"{TWO}access: {{owned_by: prod}}\ncompliance: {{}}"
    assert estate(change, "dev").compliance is None
    assert estate(change, "prod").compliance is not None
    member = built(spec(change)).templates["dev"]["member.template.yaml"]["Resources"]
    assert not {"AlarmHighNonCompliance", "AlarmTagComplianceDeadLetters"} & set(member)


def test_an_environment_that_is_switched_off_shares_nothing() -> None:
    off = "compliance: {overrides: [{where: {environment: dev}, enabled: false}]}"
    change = f"{TWO}access: null\n{off}"
    assert estate(change, "dev").compliance is None
    assert estate(change, "prod").compliance is not None


def test_an_account_that_the_owner_does_not_have_is_not_left_out_silently() -> None:
    change = (
        "environments: {dev: {accounts: [alpha, gamma]}, prod: {accounts: [alpha, beta]}}\n"
        "access: {owned_by: prod}\ncompliance: {}"
    )
    (found,) = [f for f in findings(change) if f.code == "R10" and f.path == ("compliance",)]
    assert found.severity is Severity.WARNING
    assert "gamma" in found.message and "beta" not in found.message


def test_an_exemption_is_reported_from_the_day_after_its_last_one() -> None:
    def codes(until: str) -> list[str]:
        change = f"compliance: {{exempt: [{{ids: [i-1], until: {until}, reason: it is going away}}]}}"
        return [f.code for f in findings(change)]

    assert codes("2026-11-20") == []
    assert codes("2026-11-19") == ["W04"]


def test_the_alarm_is_on_the_greater_of_scan_and_changes() -> None:
    made = alarm("compliance: {}")
    assert isinstance(made.signal, MathSignal)
    operands = {o.id: (o.metric.name, o.metric.dimensions, o.statistic) for o in made.signal.operands}
    assert operands == {
        "changes": ("NonCompliantInstances", (), "Sum"),
        "scans": ("NonCompliantInstances", (("Source", "Scan"),), "Maximum"),
    }
    tuning = made.tuning
    assert (tuning.comparison, tuning.threshold, tuning.period, tuning.missing_data) == (">", 5, 300, "not-breaching")
    assert (tuning.datapoints, tuning.evaluation_periods, made.name) == (1, 1, "high-non-compliance-alarm-prod")


def test_the_alarm_has_what_alarms_have() -> None:
    made = alarm(
        "compliance: {owner: platform, alarm: {threshold: '> 9', severity: high, warm_up: 30m, tags: {team: x},"
        " overrides: [{where: {account: alpha}, enabled: false}, {where: {tier: standard}, threshold: '> 1'}]}}"
    )
    assert (made.tuning.threshold, made.tuning.severity, made.owner) == (9, "high", "platform")
    assert (made.warm_up_minutes, made.tags) == (30, (("team", "x"),))
    assert not made.tuning_in("alpha").enabled
    assert made.tuning_in("beta").threshold == 1
    (origin,) = [o for o in made.variants[0].origins if o.field == "enabled"]
    assert origin.path == ("compliance", "alarm", "overrides", 0, "enabled")


def test_silence_that_somebody_else_chose_needs_its_own_reason() -> None:
    assert findings("compliance: {}") == []
    assert "H01" in {f.code for f in findings("compliance: {alarm: {missing_data: ignore}}")}


def test_dead_letters_raise_an_alarm() -> None:
    made = alarm("compliance: {}", "tag-compliance-dead-letters")
    assert made.signal.metric.dimensions == (("QueueName", "tag-compliance-dead-letters-prod"),)
    assert (made.tuning.comparison, made.tuning.threshold, made.tuning.severity) == (">", 0, "high")


def test_composites_and_maintenance_may_name_the_alarms_in_every_environment() -> None:
    change = (
        f"{TWO}access: {{owned_by: prod}}\ncompliance: {{}}\n"
        "maintenance: {nightly: {alarms: [high-non-compliance], schedule: cron(0 2 * * *), duration: 1h}}"
    )
    assert [one.alarms for one in estate(change).maintenance] == [("high-non-compliance",)]
    assert estate(change, "dev").maintenance == ()


def test_the_metric_of_the_checker_is_known_where_it_is_published() -> None:
    metric = "metric: {namespace: TagCompliance, name: CompliantInstances, dimensions: {Source: Scan}}"
    own = f"alarms: {{fewer: {{{metric}, statistic: Maximum, threshold: '< 1'}}}}"
    assert findings(f"compliance: {{}}\n{own}") == []
    assert [f.code for f in findings(own)] == ["T08"]
    in_hub = f"alarms: {{fewer: {{{metric}, in: hub, over: each-account, statistic: Maximum, threshold: '< 1'}}}}"
    assert findings(f"compliance: {{}}\n{in_hub}") == []


NO_INCIDENT = "has no effect if instances have no incidents of their own"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("{required_tags: {Owner: {enabled: false}}}", "no tag is required in any account"),
        ("{scan: none, resources: [ec2:instance, s3:bucket]}", "only a scan checks s3:bucket"),
        ("{required_tags: {A: {allowed: [x]}, B: {when: {A: y}}}}", "`A` can never be `y`, so `B` is never required"),
        ("{notify: {scans: none, summary_above: 3}}", "`summary_above` has no effect with `scans: none`"),
        ("{notify: {scans: none, changes: none, launcher: true}}", f"`launcher` {NO_INCIDENT}"),
    ],
)
def test_what_cannot_be_meant_is_said(section: str, message: str) -> None:
    assert messages(f"compliance: {section}") == [message]


def test_a_condition_on_a_value_of_some_place_is_fine() -> None:
    override = "overrides: [{where: {account: alpha}, allowed: [y]}]"
    assert messages(f"compliance: {{required_tags: {{A: {{allowed: [x], {override}}}, B: {{when: {{A: y}}}}}}}}") == []


def test_a_mistake_is_told_once_for_all_environments() -> None:
    change = f"{TWO}access: {{owned_by: prod}}\ncompliance: {{remediate: {{Ownr: x}}}}"
    assert [f.code for f in findings(change) if f.path[:1] == ("compliance",)] == ["R02"]


def test_generator_and_handler_know_the_same_launchers() -> None:
    assert model.LAUNCHERS == resource.LAUNCHERS
    assert model.EC2_INSTANCE == resource.EC2_INSTANCE


def test_the_last_day_is_a_date() -> None:
    found = compliance("compliance: {exempt: [{ids: [i-1], until: 2030-01-31, reason: it is going away}]}")
    assert found.policies[0].exemptions[0].until == datetime.date(2030, 1, 31)


KEYS = st.sampled_from([*ComplianceSpec.model_fields])
WORDS = st.sampled_from(
    ["Owner", "alpha", "prod", "aws:x", "[a-z]+", "a*a*", "rate(1 day)", "06:00", "2m", "each", "-"]
)
RULES = st.fixed_dictionaries(
    {},
    optional={
        "allowed": st.lists(WORDS, max_size=3),
        "pattern": WORDS,
        "any_of": st.lists(WORDS, max_size=2),
        "when": st.dictionaries(WORDS, WORDS | st.lists(WORDS, max_size=2), max_size=2),
        "overrides": st.lists(
            st.fixed_dictionaries({"where": st.dictionaries(WORDS, WORDS, max_size=1)}, optional={"pattern": WORDS}),
            max_size=2,
        ),
    },
)
SECTIONS = st.dictionaries(KEYS, JSON | WORDS, max_size=3) | st.fixed_dictionaries(
    {"required_tags": st.dictionaries(WORDS, RULES | JSON, max_size=4)},
    optional={"remediate": st.dictionaries(WORDS, WORDS, max_size=2)},
)


@settings(max_examples=120, deadline=None)
@given(SECTIONS)
def test_whatever_is_written_is_a_build_or_findings(section: dict[str, Any]) -> None:
    data = laid_over(yaml.safe_load(spec()), {"compliance": section})
    made = built(yaml.safe_dump(data, allow_unicode=True))
    assert made.artifacts or any(f.severity is Severity.ERROR for f in made.findings)


def test_the_checkers_log_group_is_made_once() -> None:
    group = (
        'log_groups: {checker: {name: "/aws/lambda/tag-compliance-checker-{environment}", create: %s}}\ncompliance: {}'
    )
    (found,) = findings(group % "true")
    assert (found.code, found.message) == (
        "R11",
        "a second log group `/aws/lambda/tag-compliance-checker-prod` in members",
    )
    assert [one for one in findings(group % "false") if one.code == "R11"] == []


def test_without_named_accounts_the_hint_says_so() -> None:
    units = "accounts: null\norganizational_units: [ou-ab12-cdefgh34]\n"
    change = "compliance: {overrides: [{where: {account: alpha}, severity: high}]}"
    assert [(one.code, one.hint) for one in findings(units + change)] == [("R04", "add one under accounts")]


def test_what_is_said_of_an_environment_that_checks_nothing_is_told() -> None:
    change = f"""{TWO}access: {{owned_by: prod}}
compliance:
  required_tags:
    Owner:
      overrides:
        - {{where: {{environment: dev}}, allowed: [a]}}
        - {{where: {{environment: [dev, prod]}}, allowed: [b]}}
  exempt: [{{where: {{environment: dev}}, reason: nobody works there}}]
  overrides:
    - {{where: {{environment: dev}}, severity: high}}
    - {{where: {{environment: dev}}, enabled: false}}
"""
    found = [one for one in findings(change) if one.code == "R04"]
    assert {one.severity for one in found} == {Severity.WARNING}
    assert [one.path[1:-2] for one in found] == [
        ("required_tags", "Owner", "overrides", 0),
        ("exempt", 0),
        ("overrides", 0),
    ]
    assert found[0].message == "dev checks no tags, so this never applies"


UNITS = """
organizational_units: [ou-abcd-12345678]
regions: [us-east-1, eu-west-1]
accounts:
  alpha: {unit: ou-abcd-12345678}
  beta: {unit: ou-abcd-87654321}
  gamma: {unit: ou-abcd-87654321}
compliance:
  required_tags:
    Owner: {enabled: false, overrides: [{where: {unit: ou-abcd-12345678}, enabled: true}]}
    Team: {}
  exempt: [{where: {unit: ou-abcd-12345678}, ids: [i-1], reason: it is built and gone}]
  overrides: [{where: {unit: ou-abcd-12345678}, severity: high}]
"""


def test_accounts_that_join_later_have_the_rules_of_the_only_unit() -> None:
    made = compliance(UNITS)
    usual, other = made.policies
    assert [rule.key for rule in usual.tags] == ["Owner", "Team"]
    assert [one.ids for one in usual.exemptions] == [("i-1",)]
    assert (other.accounts, [rule.key for rule in other.tags], other.exemptions) == (("beta", "gamma"), ["Team"], ())
    assert (made.severity, dict(made.severity_by_account)) == ("high", {"beta": "low", "gamma": "low"})


@pytest.mark.parametrize(
    ("said", "accounts", "later", "regions"),
    [
        ("accounts: [beta]", ("beta",), False, ()),
        ("accounts: {except: [beta]}, regions: [eu-west-1]", ("alpha", "gamma"), True, ("eu-west-1",)),
        ("units: [ou-abcd-12345678]", ("alpha",), True, ()),
        ("units: [ou-abcd-12345678], later: false", ("alpha",), False, ()),
    ],
)
def test_tags_are_checked_where_the_section_says(
    said: str, accounts: tuple[str, ...], later: bool, regions: tuple[str, ...]
) -> None:
    change = UNITS[: UNITS.index("compliance:")] + f"compliance: {{{said}}}"
    made = estate(change)
    assert made.compliance
    assert made.compliance.placement == Placement(accounts, later, regions)
    alarms = [one for one in made.alarms if one.path[0] == "compliance"]
    assert {one.key for one in alarms} == {"high-non-compliance", "tag-compliance-dead-letters"}
    for one in alarms:
        assert tuple(name for name in ("alpha", "beta", "gamma") if one.deployed_in(name)) == accounts
        assert (one.tuning.enabled, one.regions) == (later, regions)


def test_environments_that_share_accounts_may_check_different_ones() -> None:
    shared = "environments: [dev, prod]\naccess: null\nmetric_filters: {errors: {metric: {name: 'E-{environment}'}}}\n"
    assert "R10" in [one.code for one in findings(shared + "compliance: {}")]
    own = "environments: {dev: {accounts: [alpha]}, prod: {accounts: [beta]}}\n"
    assert "R10" not in [
        one.code for one in findings(shared.replace("environments: [dev, prod]\n", own) + "compliance: {}")
    ]
    there = estate(shared.replace("environments: [dev, prod]\n", own) + "compliance: {accounts: [alpha]}")
    assert there.compliance is None
    assert not [one for one in there.alarms if one.path[0] == "compliance" and not one.everywhere_disabled]
