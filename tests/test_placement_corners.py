"""Where placements, Regions of accounts and environments leave nothing, or less than each of them says."""

from __future__ import annotations

import json

import pytest

from generator.build import Built
from tests.support import built, spec
from tests.test_placement import AGE, stands

TWO = """
environments: {prod: {accounts: [alpha]}, staging: {accounts: [beta, gamma]}}
access: null
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
"""
TWO_REGIONS = "regions: [us-east-1, eu-west-1]\n"
# Of gamma's own Region the hub sees nothing.
APART = TWO_REGIONS + "accounts: {gamma: {id: '444444444444', regions: [eu-west-1]}}\n"
UNITS = """
organizational_units: [ou-ab12-cdefgh34]
accounts:
  alpha: {id: '222222222222', unit: ou-ab12-cdefgh34}
  beta: {id: '333333333333', unit: ou-ab12-cdefgh34}
  gamma: {id: '444444444444', unit: ou-ab12-98765432}
"""
SECOND = """
log_groups: {ledger: {name: "/ledger/{environment}", %s}}
metric_filters: {ledger: {log_group: ledger, pattern: '"E"', metric: {name: Ledger, namespace: Shop, default: 0}}}
"""


def catalogue(made: Built, environment: str = "prod") -> str:
    assert made.artifacts, made.findings
    return made.artifacts[f"{environment}/catalogue.md"].decode()


@pytest.mark.parametrize(
    "rule",
    [
        "accounts: {except: [alpha]}",
        "labels: {tier: {except: [critical]}}",
        "overrides: [{where: {account: alpha}, enabled: false}]",
        "overrides: [{where: {tier: critical}, enabled: false}]",
    ],
)
def test_what_no_account_of_an_environment_has_is_switched_off_there(rule: str) -> None:
    down = "rule: errors and age, overrides: [{where: {environment: prod}, enabled: false}]"
    made = built(spec(f"{TWO}alarms: {{age: {{{rule}, {AGE}}}}}\ncomposites: {{down: {{{down}}}}}"))
    assert "## Disabled in this environment\n\n- age\n" in catalogue(made)
    assert "down-alarm" not in catalogue(made)
    assert "AlarmAge" not in made.templates["prod"]["member.template.yaml"]["Resources"]
    assert "### down-alarm-staging" in catalogue(made, "staging")


def test_a_composite_that_no_account_of_an_environment_has_is_not_made_there() -> None:
    composite = "composites: {down: {rule: errors and age, accounts: {except: [alpha]}}}"
    made = built(spec(f"{TWO}alarms: {{age: {{{AGE}}}}}\n{composite}"))
    assert "CompositeDown" not in made.templates["prod"]["member.template.yaml"]["Resources"]
    assert "down-alarm" not in catalogue(made)
    assert stands(made, "down", environment="staging")[1:3] == "bc"


def test_an_override_makes_a_composite_in_an_account_that_its_entry_leaves_out() -> None:
    rules = "accounts: {except: [alpha]}, regions: [us-east-1], overrides: [{where: {account: alpha}, enabled: true}]"
    change = f"{TWO}{TWO_REGIONS}alarms: {{age: {{{AGE}}}}}\ncomposites: {{down: {{rule: errors and age, {rules}}}}}"
    made = built(spec(change))
    assert stands(made, "down")[:1] == "a"
    assert stands(made, "down", "eu-west-1") == ""


@pytest.mark.parametrize("rule", ["regions: [us-east-1, eu-west-1], create: false", "accounts: [alpha], create: false"])
def test_no_condition_is_made_that_nothing_stands_behind(rule: str) -> None:
    # https://github.com/aws-cloudformation/cfn-lint/blob/main/docs/rules.md#W8001
    regions = "regions: [us-east-1, eu-west-1, eu-central-1]\n"
    made = built(spec(regions + SECOND % rule + "metric_filters: {ledger: null}"), lint=True)
    assert [finding.message for finding in made.findings if finding.code == "L01"] == []
    filtered = built(spec(regions + SECOND % rule + f"alarms: {{age: {{{AGE}}}}}"))
    assert filtered.templates["prod"]["member.template.yaml"]["Conditions"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            TWO_REGIONS + SECOND % "regions: [eu-west-1]",
            "alarms in the hub see only us-east-1, but what this alarm monitors is in eu-west-1",
        ),
        (
            APART + SECOND % "accounts: [gamma]",
            "alarms in the hub see only us-east-1, where no account with what this alarm monitors is monitored",
        ),
    ],
)
@pytest.mark.parametrize(
    "entry",
    [
        "alarms: {seen: {in: hub, metric: {filter: ledger}, statistic: Sum, threshold: '> 1'}}",
        "alarms: {seen: {in: hub, over: all-accounts, metric: {filter: ledger}, statistic: Sum, threshold: '> 1'}}",
        "slos: {seen: {in: hub, objective: 99, bad: {filter: ledger}, total: {filter: ledger}}}",
    ],
)
def test_the_hub_looks_at_nothing_that_stands_in_other_regions_only(change: str, message: str, entry: str) -> None:
    # Links stay in a Region, so such an alarm would have no data for ever.
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
    found = [one for one in built(spec(change + entry)).findings if one.message == message]
    assert [(one.code, one.path[1], bool(one.hint)) for one in found] == [("R07", "seen", True)]


def test_an_override_by_region_asks_nothing_of_accounts_that_are_not_watched_there() -> None:
    rules = "overrides: [{where: {region: eu-west-1, account: [alpha, beta]}, enabled: false}]"
    accounts = "accounts: {alpha: {regions: [us-east-1]}, beta: {regions: [us-east-1]}, gamma: {regions: [eu-west-1]}}"
    made = built(spec(f"{TWO_REGIONS}{accounts}\nalarms: {{age: {{{rules}, {AGE}}}}}"))
    assert stands(made, "age")[:2] == "ab"
    assert "c" in stands(made, "age", "eu-west-1")


def test_the_hub_knows_the_units_of_the_accounts_that_it_looks_at() -> None:
    rule = "in: hub, overrides: [{where: {unit: ou-ab12-98765432}, threshold: '> 7'}]"
    made = built(spec(f"{UNITS}alarms: {{errors: {{{rule}}}}}"))
    resources = made.templates["prod"]["hub.template.yaml"]["Resources"]
    limits = [resources[f"AlarmErrorsIn{name}"]["Properties"]["Threshold"] for name in ("Alpha", "Beta", "Gamma")]
    assert limits == [5, 5, 7]


TABLE = 'dashboards: {shop: {%s widgets: [{type: logs, title: Lines, log_group: ledger, query: "limit 9"}]}}'
RULE = 'contributor_insights: {top: {log_group: ledger, format: json, keys: ["$.user"]}}'


@pytest.mark.parametrize("entry", [TABLE % "", RULE])
@pytest.mark.parametrize(
    "change", [TWO_REGIONS + SECOND % "regions: [eu-west-1]", APART + SECOND % "accounts: [gamma]"]
)
def test_the_hub_reads_no_log_group_of_other_regions(change: str, entry: str) -> None:
    found = [one for one in built(spec(change + entry)).findings if one.code == "R07"]
    assert [(one.code, "us-east-1" in one.message, bool(one.hint)) for one in found] == [("R07", True, True)]


def test_a_table_of_logs_is_of_the_account_that_the_reader_chooses() -> None:
    # The first account stands for the choice, and its id is what the reader's choice takes the place of.
    made = built(spec(SECOND % "accounts: [beta]" + TABLE % "variables: [account],"))
    body = made.templates["prod"]["hub.template.yaml"]["Resources"]["DashboardShop"]["Properties"]["DashboardBody"]
    assert "SOURCE 'arn:aws:logs:us-east-1:222222222222:log-group:/ledger/prod' | limit 9" in body


def test_a_table_of_logs_is_not_drawn_where_no_account_has_the_log_group() -> None:
    text = '{type: text, markdown: "# Shop"}, '
    made = built(spec(TWO + SECOND % "accounts: [beta]" + (TABLE % "").replace("widgets: [", "widgets: [" + text)))
    bodies = [
        made.templates[name]["hub.template.yaml"]["Resources"]["DashboardShop"]["Properties"]["DashboardBody"]
        for name in ("prod", "staging")
    ]
    assert ["Lines" in body for body in bodies] == [False, True]


@pytest.mark.parametrize(
    "entry",
    [
        "alarms: {errors: {accounts: [sandbox]}}",
        "alarms: {errors: {accounts: {except: [sandbox]}}}",
        "environments: {prod: {accounts: [alpha, sandbox]}}",
        "sample_workload: {in: [sandbox]}",
        'dashboards: {shop: {widgets: [{type: logs, title: T, log_group: application, query: "limit 9",'
        " accounts: [sandbox]}]}}",
    ],
)
def test_an_account_that_there_is_not_is_to_be_added(entry: str) -> None:
    found = [one for one in built(spec(entry)).findings if one.message == "there is no account `sandbox`"]
    assert [(one.code, one.hint) for one in found] == [("R02", "add it to accounts")]


@pytest.mark.parametrize(
    "alarms", ["", "alarms: {ledger: {metric: {filter: ledger}, statistic: Sum, threshold: '> 1'}}"]
)
def test_a_graph_of_what_is_counted_in_another_region_is_told_of_and_the_overview_has_none(alarms: str) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Unified-Cross-Account.html
    graph = "{type: metric, title: Ledger, metric: {filter: ledger}, statistic: Sum}"
    change = f"""{TWO_REGIONS}{SECOND % "regions: [eu-west-1]"}
{alarms}
dashboards: {{overview: auto, shop: {{widgets: [{graph}]}}}}
"""
    made = built(spec(change))
    assert [(one.code, one.path[:2]) for one in made.findings] == [("T17", ("dashboards", "shop"))]
    resources = made.templates["prod"]["hub.template.yaml"]["Resources"]
    body = json.loads(resources["DashboardOverview"]["Properties"]["DashboardBody"])
    titles = [one["properties"].get("title") for one in body["widgets"]]
    assert "errors" in titles and "ledger" not in titles
