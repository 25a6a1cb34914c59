"""Where things stand: read from the templates as CloudFormation would decide their conditions, account by account."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from generator.build import Built
from generator.cli.main import group
from generator.evaluate.template.template import read
from generator.evaluate.types import Deployed
from generator.findings import dotted
from tests.support import built, spec

ALPHA, BETA, GAMMA, LATER = "222222222222", "333333333333", "444444444444", "999999999999"
QUEUE = "metric: {namespace: AWS/SQS, name: ApproximateAgeOfOldestMessage, dimensions: {QueueName: jobs}}"
AGE = f'{QUEUE}, statistic: Maximum, threshold: "> 600"'
UNITS = "organizational_units: [ou-abcd-12345678]\n"


def stands(made: Built, key: str, region: str = "us-east-1", environment: str = "prod") -> str:
    """The initials of the accounts that have an alarm or composite; `+` for one that joins later."""
    assert made.artifacts, made.findings
    template = made.templates[environment]["member.template.yaml"]
    (stack_set,) = yaml.safe_load(made.artifacts[f"{environment}/manifest.yaml"])["stack_sets"]
    parameters = {
        number: tuple(one["parameters"].items()) for one in stack_set["groups"] for number in one["accounts"].values()
    }
    found = ""
    for letter, number in (("a", ALPHA), ("b", BETA), ("c", GAMMA), ("+", LATER)):
        contents = read(Deployed(template, number, region, letter, parameters.get(number, ())))
        names = {one.alarm.name for one in (*contents.metric_alarms, *contents.composites)}
        names |= {alarm.name for alarm in contents.unknown}
        found += letter if f"{key}-alarm-{environment}" in names else ""
    return found


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ("", "abc+"),
        ("accounts: [alpha, gamma]", "ac"),
        ("accounts: {except: [beta]}", "ac+"),
        ("labels: {tier: critical}", "a"),
        ("labels: {tier: [critical, standard]}", "ab"),
        ("labels: {tier: {except: [critical]}}", "bc+"),
        ("accounts: {except: [alpha]}, labels: {tier: [critical, standard]}", "b"),
        ("accounts: [alpha, beta, gamma]", "abc"),
        ("accounts: [alpha, beta], overrides: [{where: {account: beta}, enabled: false}]", "a"),
        ("accounts: [alpha], overrides: [{where: {account: gamma}, enabled: true}]", "ac"),
    ],
)
def test_an_alarm_stands_where_its_entry_says(rule: str, who: str) -> None:
    made = built(spec(f"{UNITS}alarms: {{age: {{{rule}{', ' if rule else ''}{AGE}}}}}"))
    assert made.findings == []
    assert stands(made, "age") == who
    # The model says the same, for catalogue, dashboards, drills and checks.
    (age,) = [alarm for alarm in made.estates["prod"].alarms if alarm.key == "age"]
    names = "".join(
        letter for letter, name in zip("abc", ("alpha", "beta", "gamma"), strict=True) if age.deployed_in(name)
    )
    assert names + ("+" if age.tuning.enabled else "") == who


def test_regions_say_where_an_alarm_is_and_accounts_too() -> None:
    change = f"""
regions: [us-east-1, eu-west-1, eu-central-1]
alarms:
  here: {{regions: [us-east-1], {AGE}}}
  there: {{regions: {{except: [us-east-1]}}, accounts: [beta], {AGE}}}
"""
    made = built(spec(change), lint=True)
    seen = {key: [stands(made, key, region) for region in ("us-east-1", "eu-west-1")] for key in ("here", "there")}
    assert seen == {"here": ["abc+", ""], "there": ["", "b"]}
    catalogue = made.artifacts["prod/catalogue.md"].decode()
    assert "- **Deployed to** beta; eu-central-1, eu-west-1\n" in catalogue


def test_what_counts_in_a_log_group_and_what_watches_it_stand_where_it_does() -> None:
    change = f"""
{UNITS}
log_groups: {{ledger: {{name: /ledger, create: false, accounts: [alpha, beta]}}}}
metric_filters:
  bad:
    log_group: ledger
    accounts: {{except: [beta]}}
    pattern: '"[BAD]"'
    metric: {{name: Bad, namespace: L, default: 0}}
alarms:
  bad: {{metric: {{filter: bad}}, statistic: Sum, threshold: "> 0"}}
  forced:
    metric: {{filter: bad}}
    statistic: Sum
    threshold: "> 9"
    overrides: [{{where: {{account: gamma}}, enabled: true}}]
  lines: {{logs: {{log_groups: [ledger]}}, threshold: "> 3", period: 5m}}
  ratio:
    expression: bad / all
    metrics: {{bad: {{filter: bad, statistic: Sum}}, all: {{filter: errors, statistic: Sum}}}}
    threshold: "> 1"
"""
    made = built(spec(change))
    # `gamma` has no such log group, whatever an override says: nothing would ever feed the alarm.
    assert {key: stands(made, key) for key in ("bad", "forced", "lines", "ratio", "errors")} == {
        "bad": "a",
        "forced": "a",
        "lines": "ab",
        "ratio": "a",
        "errors": "abc+",
    }
    template = made.templates["prod"]["member.template.yaml"]
    assert [key for key in template["Resources"] if "Ledger" in key] == []


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ("one or two", "ab"),
        ("one and two", "b"),
        ("errors or one", "abc+"),
        ("errors and one", "ab"),
        ("not one and not two", "ab"),
        ("ok(one)", "ab"),
        ("errors and not one", "abc+"),
    ],
)
def test_a_composite_is_made_where_its_rule_means_something(rule: str, who: str) -> None:
    change = f"""
{UNITS}
alarms: {{one: {{accounts: [alpha, beta], {AGE}}}, two: {{accounts: [beta], {AGE}}}}}
composites: {{down: {{rule: {rule}}}, above: {{rule: down or errors}}, only: {{rule: down and errors}}}}
"""
    made = built(spec(change))
    assert stands(made, "down") == who
    # What is made of a composite knows where that stands.
    assert (stands(made, "above"), stands(made, "only")) == ("abc+", who)


def test_a_composite_is_not_made_where_only_an_alarm_that_is_off_everywhere_is_left() -> None:
    change = f"""
alarms: {{one: {{accounts: [beta], {AGE}}}, gone: {{enabled: false, {AGE}}}}}
composites: {{down: {{rule: one or gone}}, above: {{rule: one and not gone}}}}
"""
    made = built(spec(change))
    assert (stands(made, "down"), stands(made, "above")) == ("b", "b")


def test_a_composite_is_never_in_alarm_for_want_of_its_alarms() -> None:
    """Accounts in Regions are more than the rule has: it would be true in alpha's eu-west-1, and wake somebody."""
    change = """
regions: [us-east-1, eu-west-1]
alarms:
  one: {{accounts: [alpha], regions: [us-east-1], {age}}}
  two: {{accounts: [beta], regions: [eu-west-1], {age}}}
composites: {{down: {{{where}rule: {rule}}}}}
"""
    made = built(spec(change.format(age=AGE, where="", rule="not ok(one) and not ok(two)")))
    assert [(finding.code, finding.path) for finding in made.findings] == [("R07", ("composites", "down", "rule"))]
    assert "in alpha and eu-west-1" in made.findings[0].message
    here = built(spec(change.format(age=AGE, where="accounts: [alpha], regions: [us-east-1], ", rule="not ok(one)")))
    assert [finding for finding in here.findings if finding.severity.value == "error"] == []
    never = built(spec(change.format(age=AGE, where="", rule="one or two")))
    assert [finding for finding in never.findings if finding.severity.value == "error"] == []


@pytest.mark.parametrize(
    ("filters", "alarm", "path"),
    [
        ("", "logs: {log_groups: [one, two]}, period: 5m", "alarms.lost"),
        ("", "accounts: [beta], metric: {filter: first}, statistic: Sum", "alarms.lost"),
        ("", "in: hub, accounts: [beta], metric: {filter: first}, statistic: Sum", "alarms.lost"),
        ("accounts: [beta], ", "metric: {filter: first}, statistic: Sum", "metric_filters.first"),
    ],
)
def test_what_would_be_nowhere_is_a_mistake(filters: str, alarm: str, path: str) -> None:
    change = f"""
log_groups:
  one: {{name: "/one/{{environment}}", accounts: [alpha]}}
  two: {{name: "/two/{{environment}}", accounts: [beta]}}
metric_filters:
  first: {{log_group: one, {filters}pattern: '"[BAD]"', metric: {{name: First, namespace: L, default: 0}}}}
alarms: {{lost: {{{alarm}, threshold: "> 3"}}}}
"""
    errors = [finding for finding in built(spec(change)).findings if finding.severity.value == "error"]
    assert [(finding.code, ".".join(map(str, finding.path))) for finding in errors] == [("R07", path)]


@pytest.mark.parametrize(
    ("rule", "word"),
    [
        ("accounts: [alpha], labels: {tier: standard}", "accounts"),
        ("accounts: {except: [alpha, beta, gamma]}", "accounts"),
        ("labels: {tier: critical}, regions: {except: [us-east-1]}", "regions"),
    ],
)
def test_a_rule_that_leaves_nothing_is_a_mistake(rule: str, word: str) -> None:
    entries = {
        "alarms": f"age: {{{rule}, {AGE}}}",
        "services": f"pay: {{type: lambda, function: pay, {rule}}}",
        "log_groups": f'more: {{name: "/more/{{environment}}", {rule}}}',
    }
    for section, entry in entries.items():
        errors = [one for one in built(spec(f"{section}: {{{entry}}}")).findings if one.severity.value == "error"]
        assert [(one.code, one.path[0], one.path[-1]) for one in errors] == [("R07", section, word)]
    bare = built(spec(f"environments: {{prod: }}\nalarms: {{age: {{{rule}, {AGE}}}}}")).findings
    assert [one.code for one in bare if one.severity.value == "error"] == ["R07"]
    # Who joins a unit later may have what no account of the file has.
    later = built(spec(f"{UNITS}alarms: {{age: {{accounts: {{except: [alpha, beta, gamma]}}, {AGE}}}}}"))
    assert stands(later, "age") == "+"


@pytest.mark.parametrize("section", ["accounts", "regions"])
def test_a_key_beside_except_is_what_is_unknown(section: str) -> None:
    (finding,) = built(spec(f"alarms: {{age: {{{section}: {{except: [us-east-1], onyl: [b]}}, {AGE}}}}}")).findings
    assert (finding.path, finding.message) == (("alarms", "age", section, "onyl"), "unknown key `onyl`")


OFF = "overrides: [{where: {account: alpha}, enabled: false}]"
CDN = "metric: {namespace: AWS/CloudFront, name: 5xxErrorRate, dimensions: {DistributionId: E1, Region: Global}}"


@pytest.mark.parametrize("units", ["", UNITS])
@pytest.mark.parametrize(
    ("alarm", "here", "there"),
    [
        (f"{{{OFF}, {AGE}}}", "bc", "bc"),
        (f"{{accounts: [alpha, beta], {OFF}, {AGE}}}", "b", "b"),
        (f'{{{CDN}, statistic: Average, threshold: "> 1"}}', "abc", ""),
        (f'{{accounts: [alpha], {CDN}, statistic: Average, threshold: "> 1"}}', "a", ""),
    ],
)
def test_alarms_that_are_off_or_of_one_region_leave_a_composite_out(
    alarm: str, here: str, there: str, units: str
) -> None:
    """With both of them gone the rule is `NOT FALSE AND NOT FALSE`: in ALARM from the first day, for ever."""
    change = f"""
{units}regions: [us-east-1, eu-west-1]
alarms: {{one: {alarm}, two: {alarm}}}
composites: {{down: {{rule: not ok(one) and not ok(two)}}}}
"""
    made = built(spec(change))
    assert [finding for finding in made.findings if finding.severity.value == "error"] == []
    assert [stands(made, "down", region).rstrip("+") for region in ("us-east-1", "eu-west-1")] == [here, there]


def test_a_log_group_that_exists_in_every_account_of_an_environment_is_somebody_elses_there() -> None:
    change = """
environments: {dev: {accounts: [gamma]}, prod: {accounts: [alpha, beta]}}
access: {owned_by: prod}
log_groups: {application: {exists: {accounts: [beta, gamma]}, encryption: customer-key}}
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
"""
    made = built(spec(change))
    assert [finding for finding in made.findings if finding.severity.value == "error"] == []
    prod, dev = (made.templates[name]["member.template.yaml"]["Resources"] for name in ("prod", "dev"))
    assert prod["LogGroupApplication"]["Condition"] == "LogGroupApplicationIsOurs"
    assert ("LogGroupApplication" in dev, "LogsKey" in dev) == (False, False)
    assert dev["FilterErrors"]["Properties"]["LogGroupName"] == "/aws/application/dev"
    # What counts in it and watches the counts stands in every member all the same.
    assert ["Condition" in each[name] for each in (prod, dev) for name in ("FilterErrors", "AlarmErrors")] == [
        False
    ] * 4


def test_an_environment_without_the_accounts_of_a_thing_does_without() -> None:
    change = f"""
environments: {{dev: {{accounts: [gamma]}}, prod: {{accounts: [alpha, beta]}}}}
access: {{owned_by: prod}}
log_groups: {{ledger: {{name: "/ledger/{{environment}}", accounts: [alpha]}}}}
alarms: {{age: {{accounts: [alpha], {AGE}}}}}
composites: {{down: {{rule: age}}, both: {{rule: age or errors}}}}
"""
    made = built(spec(change))
    assert [finding for finding in made.findings if finding.severity.value == "error"] == []
    assert (stands(made, "age"), stands(made, "age", environment="dev")) == ("a", "")
    assert (stands(made, "down"), stands(made, "down", environment="dev")) == ("a", "")
    assert "c" in stands(made, "both", environment="dev")
    assert "LogGroupLedger" not in made.templates["dev"]["member.template.yaml"]["Resources"]
    assert "\n- age\n" in made.artifacts["dev/catalogue.md"].decode()


def test_accounts_that_differ_in_placements_only_are_one_operation() -> None:
    """AWS runs one operation of a stack set at a time, so groups of parameters are what a rollout waits for."""
    alarms = ", ".join(f"{name}: {{accounts: [{name}], {AGE}}}" for name in ("alpha", "beta", "gamma"))
    services = "{pay: {type: lambda, function: pay, accounts: [beta]}}"
    made = built(spec(f"{{alarms: {{{alarms}}}, services: {services}}}"))
    (stack_set,) = yaml.safe_load(made.artifacts["prod/manifest.yaml"])["stack_sets"]
    assert [sorted(one["accounts"]) for one in stack_set["groups"]] == [["alpha", "beta", "gamma"]]
    assert [stands(made, key) for key in ("alpha", "beta", "gamma", "pay-errors")] == ["a", "b", "c", "b"]


def test_a_long_list_of_accounts_is_nested() -> None:
    """Fn::Or takes two to ten conditions.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference-conditions.html
    """
    accounts = {f"more-{number}": {"id": f"5{number:011d}"} for number in range(105)}
    names = ", ".join(["alpha", *accounts])
    change = {"accounts": accounts, **yaml.safe_load(f"alarms: {{age: {{accounts: [{names}], {AGE}}}}}")}
    made = built(spec(yaml.safe_dump(change)))
    assert [finding for finding in made.findings if finding.severity.value == "error"] == []
    assert stands(made, "age") == "a"
    template = made.templates["prod"]["member.template.yaml"]
    (test,) = [test for name, test in template["Conditions"].items() if name.startswith("IsInAccounts")]
    assert len(test["Fn::Or"]) <= 10
    assert all(len(part["Fn::Or"]) <= 10 for part in test["Fn::Or"])
    last = read(Deployed(template, "500000000104", "us-east-1", "last", ()))
    assert "age-alarm-prod" in {one.alarm.name for one in last.metric_alarms}


def test_many_regions_have_a_name_that_cloudformation_takes() -> None:
    """A logical id has at most 255 characters.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
    """
    regions = [f"{area}-{number}" for area in ("ap-northeast", "ap-southeast") for number in (1, 2, 3)]
    regions += [
        "af-south-1",
        "ap-south-1",
        "ca-central-1",
        "eu-central-1",
        "eu-north-1",
        "eu-south-1",
        "eu-west-1",
        "eu-west-2",
    ]
    regions += ["eu-west-3", "me-south-1", "sa-east-1", "us-east-2", "us-west-1", "us-west-2"]
    change = f"""
regions: [us-east-1, {", ".join(regions)}]
alarms: {{age: {{accounts: [alpha], regions: {{except: [us-east-1]}}, {AGE}}}}}
"""
    made = built(spec(change))
    assert max(map(len, made.templates["prod"]["member.template.yaml"]["Conditions"])) <= 255
    assert [stands(made, "age", region) for region in ("eu-west-1", "ap-southeast-3", "us-east-1")] == ["a", "a", ""]


def test_dashboards_draw_the_accounts_that_have_a_thing() -> None:
    change = """
log_groups: {ledger: {name: /ledger, create: false, accounts: [alpha]}}
metric_filters: {bad: {log_group: ledger, pattern: '"[BAD]"', metric: {name: Bad, namespace: L, default: 0}}}
alarms: {bad: {metric: {filter: bad}, statistic: Sum, threshold: "> 0"}}
composites: {down: {rule: bad and errors}}
contributor_insights: {who: {log_group: ledger, keys: [$.user]}}
dashboards:
  mine:
    widgets:
      - {type: alarms, alarms: [bad, down], title: All}
      - {type: logs, log_group: ledger, query: fields @message, title: Lines}
      - {type: metric, metric: {filter: bad}, statistic: Sum, title: Bad, by: account}
"""
    made = built(spec(change))
    hub = made.templates["prod"]["hub.template.yaml"]["Resources"]
    for key in ("DashboardMine", "InsightWho"):
        text = json.dumps(hub[key])
        assert ALPHA in text, key
        assert BETA not in text, key


def test_a_rule_of_contributors_is_made_where_its_log_group_is() -> None:
    """CloudWatch takes no rule without log groups, nor a graph of a rule that is not there.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContributorInsights-RuleSyntax.html
    """
    change = """
environments: {dev: {accounts: [gamma]}, prod: {accounts: [alpha, beta]}}
access: {owned_by: prod}
log_groups: {ledger: {name: "/ledger/{environment}", accounts: [alpha]}}
contributor_insights: {who: {log_group: ledger, keys: [$.user]}}
dashboards: {overview: auto, mine: {widgets: [{type: text, markdown: hello}, {type: contributors, rule: who}]}}
"""
    made = built(spec(change))
    hubs = {name: templates["hub.template.yaml"]["Resources"] for name, templates in made.templates.items()}
    assert {name: "InsightWho" in hub for name, hub in hubs.items()} == {"dev": False, "prod": True}
    for key in ("DashboardMine", "DashboardOverview"):
        drawn = {name: "who-insights" in json.dumps(hub[key]) for name, hub in hubs.items()}
        assert drawn == {"dev": False, "prod": True}, key


def test_explain_says_where_it_stands_and_which_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    change = f"alarms: {{age: {{accounts: [beta], {AGE}}}}}\ncomposites: {{down: {{rule: age}}}}"
    (tmp_path / "observability.yaml").write_text(spec(change))
    said = CliRunner().invoke(group, ["explain", "alarms.age"]).stdout
    line = next(n for n, row in enumerate(spec(change).splitlines(), 1) if row.strip() == "accounts:" and n > 20)
    # `false` would be about accounts that join later, and there are none.
    assert f"    enabled       in 1 of 3 accounts  placement  observability.yaml:{line}\n" in said
    assert "deployed to beta; us-east-1" in said
    assert "deployed to beta; us-east-1" in CliRunner().invoke(group, ["explain", "composites.down"]).stdout


def test_the_catalogue_says_once_who_has_an_alarm() -> None:
    overrides = 'overrides: [{where: {account: beta}, threshold: "> 700"}, {where: {account: alpha}, threshold: "> 9"}]'
    made = built(spec(f"alarms: {{age: {{accounts: [beta, gamma], {AGE}, {overrides}}}}}"))
    page = made.artifacts["prod/catalogue.md"].decode().partition("### age-alarm-prod")[2].partition("###")[0]
    assert [line for line in page.splitlines() if line.startswith(("- **In ", "- **Deployed to"))] == [
        "- **In beta** Maximum > 700 in 1 period of 1 minute; missing data: breaching",
        "- **Deployed to** beta, gamma; us-east-1",
    ]


def test_an_alarm_of_the_hub_looks_at_the_members_that_are_named() -> None:
    change = f"""
alarms:
  each: {{in: hub, over: each-account, accounts: {{except: [beta]}}, {AGE}}}
  all: {{in: hub, over: all-accounts, labels: {{tier: [critical, standard]}}, {AGE}}}
"""
    made = built(spec(change))
    hub = made.templates["prod"]["hub.template.yaml"]["Resources"]
    assert [key for key in hub if key.startswith("AlarmEach")] == ["AlarmEachInAlpha", "AlarmEachInGamma"]
    accounts = [one["AccountId"] for one in hub["AlarmAll"]["Properties"]["Metrics"] if "AccountId" in one]
    assert accounts == [ALPHA, BETA]


def test_an_objective_stands_where_it_is_counted_and_no_further_than_it_says() -> None:
    change = f"""
{UNITS}
log_groups: {{ledger: {{name: /ledger, create: false, accounts: [alpha, beta]}}}}
metric_filters:
  bad: {{log_group: ledger, pattern: '"[BAD]"', metric: {{name: Bad, namespace: L, default: 0}}}}
  all: {{log_group: ledger, pattern: '""', metric: {{name: All, namespace: L, default: 0}}}}
slos:
  counted: {{objective: 99.9, bad: {{filter: bad}}, total: {{filter: all}}}}
  less: {{accounts: {{except: [beta]}}, objective: 99.9, bad: {{filter: bad}}, total: {{filter: all}}}}
  whole: {{in: hub, labels: {{tier: critical}}, objective: 99.9, bad: {{filter: errors}}, total: {{filter: all}}}}
composites: {{both: {{rule: counted-fast and errors}}}}
"""
    made = built(spec(change))
    seen = {key: stands(made, key) for key in ("counted-fast", "counted-fast-1h", "less-slow", "both")}
    assert seen == {"counted-fast": "ab", "counted-fast-1h": "ab", "less-slow": "a", "both": "ab"}
    hub = json.dumps(made.templates["prod"]["hub.template.yaml"]["Resources"]["AlarmWholeFastZ1h"])
    assert (ALPHA in hub, BETA in hub, GAMMA in hub) == (True, False, False)


def test_alarms_on_the_agents_metrics_stand_where_the_agent_is() -> None:
    change = """
agent: {targets: {"tag:Monitored": "true"}, metrics: [mem], accounts: [beta]}
alarms: {memory: {metric: {namespace: CWAgent, name: mem_used_percent}, statistic: Average, threshold: "> 90"}}
"""
    made = built(spec(change))
    assert made.findings == []
    assert stands(made, "memory") == "b"
    resources = made.templates["prod"]["member.template.yaml"]["Resources"]
    mine = {key: thing["Condition"] for key, thing in resources.items() if key.startswith("Agent")}
    assert set(mine) == {"AgentConfiguration", "AgentDocument", "AgentAssociation", "AgentPolicy"}
    assert set(mine.values()) == {f"IsInAccount{BETA}"}


def test_dimensions_know_their_account_and_region() -> None:
    """An ARN as a dimension differs in each account: CloudFormation fills it in, and the hub knows its members' ids."""
    arn = "arn:aws:states:{region}:{account_id}:stateMachine:settle-{environment}"
    metric = f'metric: {{namespace: Own, name: Failed, dimensions: {{Arn: "{arn}"}}}}, statistic: Sum, threshold: "> 0"'
    made = built(spec(f"alarms: {{here: {{{metric}}}, there: {{in: hub, {metric}}}}}"))
    template = made.templates["prod"]["member.template.yaml"]
    contents = read(Deployed(template, BETA, "eu-west-1", "beta", ()))
    (here,) = [one for one in contents.metric_alarms if one.alarm.name == "here-alarm-prod"]
    (entry,) = here.entries
    assert entry.stat
    assert entry.stat.metric.dimensions == (("Arn", f"arn:aws:states:eu-west-1:{BETA}:stateMachine:settle-prod"),)
    hub = json.dumps(made.templates["prod"]["hub.template.yaml"]["Resources"]["AlarmThereInGamma"])
    assert f"arn:aws:states:us-east-1:{GAMMA}:stateMachine:settle-prod" in hub


@pytest.mark.parametrize("units", ["", UNITS])
def test_logs_are_read_where_the_section_says_and_never_in_the_hub(units: str) -> None:
    made = built(spec(f"{units}error_logs: {{accounts: {{except: [gamma]}}}}"))
    assert stands(made, "error-log-agent-errors") == "ab+"
    template = made.templates["prod"]["member.template.yaml"]
    mine = {thing.get("Condition") for key, thing in template["Resources"].items() if key.startswith("ErrorLogs")}
    (condition,) = mine
    assert condition == (f"IsNotHubAndIsNotInAccount{GAMMA}" if units else f"IsNotInAccount{GAMMA}")
    assert condition in template["Conditions"]


def threshold(made: Built, account: str, region: str) -> float:
    template = made.templates["prod"]["member.template.yaml"]
    (stack_set,) = yaml.safe_load(made.artifacts["prod/manifest.yaml"])["stack_sets"]
    groups = [one for one in stack_set["groups"] if account in one["accounts"].values()]
    parameters = tuple(groups[0]["parameters"].items()) if groups else ()
    contents = read(Deployed(template, account, region, "", parameters))
    (alarm,) = [one for one in contents.metric_alarms if one.alarm.name == "age-alarm-prod"]
    return float(alarm.threshold)


def test_thresholds_differ_by_region_and_account() -> None:
    change = f"""
{UNITS}
regions: [us-east-1, eu-west-1]
alarms:
  age:
    {QUEUE}
    statistic: Maximum
    threshold: "> 600"
    overrides:
      - {{where: {{region: eu-west-1}}, threshold: "> 60"}}
      - {{where: {{tier: critical, region: eu-west-1}}, threshold: "> 6"}}
      - {{where: {{account: beta}}, threshold: "> 1200"}}
"""
    made = built(spec(change))
    assert made.findings == []
    seen = {
        (account, region): threshold(made, account, region)
        for account in (ALPHA, BETA, GAMMA, LATER)
        for region in ("us-east-1", "eu-west-1")
    }
    assert seen == {
        (ALPHA, "us-east-1"): 600,
        (ALPHA, "eu-west-1"): 6,
        (BETA, "us-east-1"): 1200,
        (BETA, "eu-west-1"): 1200,
        (GAMMA, "us-east-1"): 600,
        (GAMMA, "eu-west-1"): 60,
        (LATER, "us-east-1"): 600,
        (LATER, "eu-west-1"): 60,
    }
    (age,) = [alarm for alarm in made.estates["prod"].alarms if alarm.key == "age"]
    names = {ALPHA: "alpha", BETA: "beta", GAMMA: "gamma", LATER: "later"}
    assert {key: age.tuning_in(names[key[0]], key[1]).threshold for key in seen} == seen
    assert "- **In eu-west-1** Maximum > 60" in made.artifacts["prod/catalogue.md"].decode()


def test_a_label_called_region_is_meant_where_accounts_have_one() -> None:
    change = """
accounts: {alpha: {labels: {region: north}}}
regions: [us-east-1, eu-west-1]
alarms: {errors: {overrides: [{where: {region: north}, severity: low, threshold: "> 1"}]}}
"""
    made = built(spec(change))
    assert [finding for finding in made.findings if finding.severity.value == "error"] == []
    (errors,) = [alarm for alarm in made.estates["prod"].alarms if alarm.key == "errors"]
    assert (errors.regional, errors.tuning_in("alpha").severity, errors.tuning_in("beta").severity) == (
        (),
        "low",
        "medium",
    )


OF_UNITS = """
organizational_units: {units}
accounts:
  alpha: {{unit: ou-abcd-12345678}}
  beta: {{unit: ou-abcd-12345678}}
  gamma: {{unit: ou-abcd-87654321}}
alarms: {{age: {{{rule}{age}}}}}
"""
ONE, BOTH = "[ou-abcd-12345678]", "[ou-abcd-12345678, ou-abcd-87654321]"


@pytest.mark.parametrize(
    ("units", "rule", "who"),
    [
        # All that join are of the one unit that there is.
        (ONE, "units: [ou-abcd-12345678], ", "ab+"),
        (ONE, "units: {except: [ou-abcd-12345678]}, ", "c"),
        (BOTH, f"units: {BOTH}, ", "abc+"),
        # Of which unit an account is that joins, no stack knows: the file has to say what it gets.
        (BOTH, "units: [ou-abcd-12345678], later: false, ", "ab"),
        (BOTH, "units: {except: [ou-abcd-12345678]}, later: true, ", "c+"),
        (BOTH, "units: [ou-abcd-12345678], accounts: {except: [beta]}, later: true, ", "a+"),
        (ONE, "accounts: [alpha], later: true, ", "a+"),
        (ONE, "later: false, ", "abc"),
        ("[]", "units: [ou-abcd-87654321], ", "c"),
    ],
)
def test_units_say_which_accounts_have_it(units: str, rule: str, who: str) -> None:
    made = built(spec(OF_UNITS.format(units=units, rule=rule, age=AGE)))
    assert made.findings == []
    assert stands(made, "age") == who


def test_the_hub_looks_at_the_accounts_of_a_unit() -> None:
    made = built(spec(OF_UNITS.format(units=BOTH, rule="in: hub, units: [ou-abcd-12345678], ", age=AGE)))
    assert made.findings == []
    watched = [one for one in made.estates["prod"].alarms if one.key == "age" and one.tuning.enabled]
    assert sorted(one.account or "" for one in watched) == ["alpha", "beta"]


def test_each_environment_has_accounts_of_its_own_unit_later() -> None:
    change = f"""
environments:
  prod: {{organizational_units: [ou-abcd-12345678], accounts: [alpha, beta]}}
  test: {{organizational_units: [ou-abcd-87654321], accounts: [gamma], hub: {{account: "555555555555"}}}}
organizational_units: null
{OF_UNITS.format(units="null", rule="units: [ou-abcd-12345678], ", age=AGE)}
"""
    made = built(spec(change))
    assert [one for one in made.findings if one.severity.value == "error"] == []
    assert (stands(made, "age"), stands(made, "age", environment="test")) == ("abc+", "")


def test_values_by_unit_are_those_of_accounts_that_join_it() -> None:
    override = 'overrides: [{where: {unit: ou-abcd-12345678}, threshold: "> 60"}], '
    made = built(spec(OF_UNITS.format(units=ONE, rule=override, age=AGE)))
    assert made.findings == []
    seen = [threshold(made, account, "us-east-1") for account in (ALPHA, BETA, GAMMA, LATER)]
    assert seen == [60, 60, 600, 60]


def test_values_of_all_units_are_those_of_accounts_that_join_any_of_them() -> None:
    """Of an alarm, and of a composite that is away in all units."""
    override = f'overrides: [{{where: {{unit: {BOTH}}}, threshold: "> 60"}}], '
    away = f"""
composites:
  down: {{rule: errors and age, owner: carts, runbook: "https://x.example", enabled: false,
         overrides: [{{where: {{unit: {BOTH}}}, enabled: true}}]}}
"""
    made = built(spec(OF_UNITS.format(units=BOTH, rule=override, age=AGE) + away))
    assert made.findings == []
    seen = [threshold(made, account, "us-east-1") for account in (ALPHA, BETA, GAMMA, LATER)]
    assert seen == [60, 60, 60, 60]
    assert stands(made, "down") == "abc+"


@pytest.mark.parametrize(
    ("units", "rule", "path"),
    [
        (BOTH, "units: [ou-abcd-12345678], ", "alarms.age.units"),
        (BOTH, "overrides: [{where: {unit: ou-abcd-12345678}, severity: low}], ", "alarms.age.overrides[0].where.unit"),
        # It may lie within the one whose accounts are members.
        (ONE, "units: [ou-abcd-87654321], ", "alarms.age.units"),
        ("[]", "units: [ou-abcd-12345678], later: true, ", "alarms.age.later"),
        (
            ONE,
            "overrides: [{where: {unit: ou-abcd-12345678, account: gamma}, severity: low}], ",
            "alarms.age.overrides[0].where",
        ),
    ],
)
def test_what_no_stack_knows_of_units_has_to_be_said(units: str, rule: str, path: str) -> None:
    made = built(spec(OF_UNITS.format(units=units, rule=rule, age=AGE)))
    assert [dotted(finding.path) for finding in made.findings] == [path]
