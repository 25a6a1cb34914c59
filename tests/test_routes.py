"""Who hears of what: the same in the build and in the incident function, whatever the rules say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner

from generator.cli.main import group
from generator.model.accounts import Side
from generator.model.alarm_locations import HUB, LATER, route_table, severity_locations
from generator.model.estate import Estate
from generator.model.routing import AlarmSeverity
from generator.render.json_rows import json_rows
from generator.render.routing import routing_json
from handlers.incident.events import Key
from handlers.incident.routing import Routing
from tests.support import built, laid_over, spec

GOLDEN = Path(__file__).parent / "golden" / "incidents" / "rules"
RULES = (GOLDEN / "spec.yaml").read_text(encoding="utf-8")
HUB_ID = "111111111111"


def estate(change: str = RULES, environment: str = "prod") -> Estate:
    made = built(spec(change))
    assert made.artifacts, made.findings
    return made.estates[environment]


def routing(estate: Estate) -> Routing:
    return Routing(json.loads(routing_json(estate)))


def heard(estate: Estate, alarm: str, severity: AlarmSeverity, account: str = HUB_ID) -> tuple[str, ...]:
    return routing(estate).listeners(Key(account, "us-east-1", alarm))[severity]


@pytest.mark.parametrize("environment", ["prod", "staging"])
def test_the_function_sends_to_whom_the_build_says(environment: str) -> None:
    made = estate(environment=environment)
    function, build = routing(made), route_table(made)
    ids = {account.name: account.id for account in made.accounts}
    compared = 0
    for alarm in (*made.alarms, *made.composites):
        for severity, places in severity_locations(alarm, made):
            for place in places:
                stands = HUB_ID if alarm.side is Side.HUB else ids.get(place, "999999999999")
                (said,) = build.of(severity, (place,), alarm.owner, alarm.service)
                heard = function.listeners(Key(stands, "us-east-1", alarm.name)).get(severity, ())
                assert heard == tuple(channel.name for channel in said.channels), (alarm.name, place)
                compared += severity != "none"
    assert compared > 4


def test_the_first_rule_that_holds_counts_alone() -> None:
    made = estate()
    assert heard(made, "lag-alarm-prod", "critical", "222222222222") == ("ledger-pager", "mail")
    assert heard(made, "lag-alarm-prod", "low", "222222222222") == ("mail",)  # by severity
    assert heard(made, "errors-alarm-prod", "critical", "222222222222") == ("pager", "mail")
    assert heard(made, "errors-alarm-prod", "critical", "333333333333") == ("chat",)  # by a label
    assert heard(made, "errors-alarm-prod", "high", "222222222222") == ("chat", "mail")  # by an account
    assert heard(made, "orders-alarm-prod", "high") == ()  # the hub's own
    assert heard(made, "orders-alarm-prod", "critical") == ("pager", "mail")


def test_staging_pages_nobody() -> None:
    staging = estate(environment="staging")
    assert set(routing(staging).listeners(Key("444444444444", "us-east-1", "lag-alarm-staging")).values()) == {
        ("staging-chat",)
    }
    assert "pager" not in routing(staging).channels()  # a channel of prod alone


def test_an_alarm_of_the_hub_about_a_member_is_routed_as_that_member_is() -> None:
    made = estate()
    assert heard(made, "each-beta-alarm-prod", "critical") == ("chat",)
    assert heard(made, "each-alpha-alarm-prod", "critical") == ("pager", "mail")


def test_a_storm_goes_by_the_rules_of_its_account() -> None:
    function = routing(estate())
    assert function.storm_listeners("333333333333", "critical") == ("chat",)
    assert function.storm_listeners("", "critical") == ("pager", "mail")


def test_the_table_does_not_grow_with_alarms_and_accounts() -> None:
    def size(alarms: int, accounts: int) -> int:
        change: dict[str, Any] = {
            "accounts": {
                f"more-{n}": {"id": f"{500_000_000_000 + n}", "labels": {"tier": "standard"}} for n in range(accounts)
            },
            "alarms": {
                f"more-{n}": {
                    "metric": {"namespace": "Shop", "name": f"M{n}"},
                    "statistic": "Sum",
                    "threshold": "> 1",
                    "owner": "ledger",
                }
                for n in range(alarms)
            },
            "environments": {"prod": {"accounts": ["alpha", "beta", *(f"more-{n}" for n in range(accounts))]}},
        }
        change["alarms"]["orders"] = None
        data = json.loads(routing_json(estate(yaml.safe_dump(laid_over(yaml.safe_load(RULES), change)))))
        return len(json.dumps([data["rules"], data["labels"]]))

    few, many_alarms, many_accounts = size(1, 1), size(40, 1), size(1, 40)
    assert many_alarms == few
    assert many_accounts - few == 39 * len('"500000000001": {"tier": "standard"}, ')


def test_a_file_without_rules_has_the_table_it_had() -> None:
    data = json.loads(routing_json(estate("")))
    assert {"rules", "labels"}.isdisjoint(data)


def test_the_rules_are_shipped_as_they_were_reviewed(update: bool) -> None:
    data = json.loads(routing_json(estate()))
    text = json_rows({name: data[name] for name in ("incidents", "routes", "rules", "labels", "alarms")})
    golden = GOLDEN / "routing.json"
    if update:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_explain_says_which_rule_decides(tmp_path: Path) -> None:
    file = tmp_path / "observability.yaml"
    file.write_text(spec(RULES), encoding="utf-8")

    def explain(*path: str) -> str:
        result = CliRunner().invoke(group, ["explain", *path, "-e", "prod", "--file", str(file)])
        assert result.exit_code == 0, result.output
        return result.output

    said = explain("alarms.lag")
    rule = "(routes.rules[1]: owner ledger, severity critical or high)"
    assert f"critical: calls ledger-pager (pagerduty), mail (email) {rule}" in said
    assert "critical in beta: calls chat (slack) (routes.rules[2]: severity critical, tier standard)" in explain(
        "alarms.errors"
    )
    assert "called by down-alarm-prod, lag-alarm-prod\n" in explain("routes.rules[1]")
    assert "hears of owner ledger, severity critical or high (routes.rules[1])" in explain("channels.ledger-pager")
    page = explain("incident", "--all")
    assert "| owner ledger, severity critical or high | ledger-pager (pagerduty) and mail (email) |" in page
    assert HUB not in explain("incident", "errors")


def test_what_an_owner_says_holds_behind_the_rules() -> None:
    made = estate()
    assert heard(made, "slow-alarm-prod", "critical", "333333333333") == ("chat",)  # by a rule
    assert heard(made, "slow-alarm-prod", "medium", "222222222222") == ("mail", "chat")  # by its owner's list
    assert heard(made, "lag-alarm-prod", "medium", "222222222222") == ("chat",)  # by its owner's severities
    assert heard(made, "errors-alarm-prod", "medium", "222222222222") == ("mail",)  # of an owner without channels


def test_a_composite_may_be_less_severe_in_an_account() -> None:
    made = estate()
    severities = [
        routing(made).severity(Key(account, "us-east-1", "down-alarm-prod"))
        for account in ("222222222222", "333333333333")
    ]
    assert severities == ["critical", "medium"]
    (down,) = made.composites
    assert down.runbook == "https://wiki.example.com/shop/down"
    assert [alarm.parts_of for alarm in made.alarms if alarm.key == "lag"] == [
        ()
    ]  # critical, and it is medium somewhere


def test_what_is_said_of_ends_and_quiet_hours(tmp_path: Path) -> None:
    file = tmp_path / "observability.yaml"
    file.write_text(spec(RULES).replace("timezone: UTC", "timezone: Europe/Berlin"), encoding="utf-8")

    def explain(*path: str) -> str:
        return CliRunner().invoke(group, ["explain", *path, "-e", "prod", "--file", str(file)]).output

    hours = "from 22:00 to 07:00 (UTC) mails, messages and pages of severity medium and low wait"
    assert hours in explain("incidents.quiet")
    assert hours in explain("incident", "--all")
    assert "incident: no mail and no message in chat about its end" in explain("alarms.slow")
    assert "account alpha, severity high: calls chat, mail" in explain("routes.rules[3]")


def test_the_function_has_the_time_zone_that_the_build_had() -> None:
    quiet = 'incidents: {quiet: {from: "22:00", to: "07:00", timezone: Europe/Berlin}}'
    policy = routing(estate(quiet)).grouping.quiet
    assert policy is not None
    # 2026-11-20T22:00 in Berlin
    assert policy.until("low", 1_795_208_400_000) == 1_795_208_400_000 + 9 * 3_600_000
    assert policy.until("low", 1_795_208_399_000) == 0


@pytest.mark.parametrize(
    ("change", "at"),
    [
        ("routes: {rules: [{when: {severity: critical}, to: [night]}]}", ("routes", "rules", 0)),
        ("owners: {ledger: {channels: [night]}}", ("owners", "ledger", "channels")),
        ("owners: {ledger: {channels: {critical: [night]}}}", ("owners", "ledger", "channels", "critical")),
    ],
)
def test_channels_of_another_environment_alone_are_nobody(change: str, at: tuple[str | int, ...]) -> None:
    """docs/language/channels.md: where nobody is left that is an error (H10)."""
    there = """
environments: {prod: {accounts: [alpha, beta]}, staging: {accounts: [gamma]}}
access: {owned_by: prod}
metric_filters: {errors: {metric: {name: "Errors-{environment}"}}}
channels: {night: {type: pagerduty, secret: shop/night, environments: [prod]}}
alarms: {errors: {severity: critical, owner: ledger}}
"""
    found = [finding for finding in built(spec(there + change)).findings if finding.code == "H10"]
    assert [finding.path for finding in found] == [at]
    assert "this environment" in found[0].message
    meant = there + change.replace("[night]", "[]").replace("{channels: []}", "{channels: {critical: []}}")
    assert not [finding for finding in built(spec(meant)).findings if finding.code == "H10"]


def codes(change: str) -> list[tuple[str, tuple[str | int, ...]]]:
    return [(finding.code, finding.path) for finding in built(spec(change)).findings]


def test_a_list_without_a_word_holds_of_nothing() -> None:
    change = "routes: {rules: [{when: {severity: []}, to: [mail]}]}"
    assert ("R07", ("routes", "rules", 0, "when", "severity")) in codes(change)


def test_an_account_that_is_called_hub_is_not_the_hub() -> None:
    """The build would say that the rule holds of that account, and the function that it holds of the hub."""
    there = "accounts: {hub: {id: '222222222299', labels: {tier: standard}}}\n"
    rule = "routes: {rules: [{when: {account: %s}, to: []}]}"
    assert ("R07", ("routes", "rules", 0, "when", "account")) in codes(there + rule % "hub")
    assert not [code for code, _ in codes(there + rule % "alpha") if code == "R07"]


def test_an_escalation_reaches_those_who_do_not_hear_by_a_rule() -> None:
    """The channel is in the route, and a rule takes some alarms away from it."""
    more = """
channels: {chat: {type: slack, secret: shop/slack, channel: "#ops"}}
routes: {critical: [mail], rules: [{when: {tier: critical, severity: critical}, to: [chat]}]}
incidents: {escalate: {critical: {after: 20m, to: [mail]}}}
"""
    assert codes(more) == []
    ((code, _),) = codes(more.replace("severity: critical}, to: [chat]", "severity: high}, to: [chat]"))
    assert code == "R07"


def test_a_storm_may_be_heard_of_by_a_rule_alone() -> None:
    more = """
channels: {chat: {type: slack, secret: shop/slack, channel: "#ops"}}
routes: {high: null, rules: [{when: {severity: high}, to: [chat]}]}
incidents: {storm: {severity: high}}
"""
    assert codes(more) == []


def test_both_thresholds_of_an_entry_have_one_page() -> None:
    more = """
owners: {ledger: {runbooks: "https://wiki.example.com/{alarm}"}}
alarms: {errors: {threshold: null, owner: ledger, thresholds: {high: "> 80", critical: "> 95"}}}
"""
    made = estate(more)
    assert {alarm.runbook for alarm in made.alarms} == {"https://wiki.example.com/errors"}


def test_a_label_of_the_account_stands_in_for_an_owner_that_an_alarm_does_not_have() -> None:
    """In the build and in the function alike; the alarm's own owner goes first."""
    made = estate(
        """
accounts: {alpha: {labels: {owner: ledger}}, beta: {labels: {owner: ledger}}}
channels: {chat: {type: slack, secret: shop/slack, channel: "#ops"}}
routes: {rules: [{when: {owner: ledger}, to: [chat]}]}
alarms:
  errors: {severity: low}
  lag: {owner: carts, severity: low, metric: {namespace: Shop, name: Lag}, statistic: Maximum, threshold: "> 30"}
"""
    )
    for account, name, channels in (
        ("222222222222", "errors", ("chat",)),
        ("444444444444", "errors", ("mail",)),
        ("222222222222", "lag", ("mail",)),
    ):
        assert heard(made, f"{name}-alarm-prod", "low", account) == channels
    (errors,) = [alarm for alarm in made.alarms if alarm.key == "errors"]
    told = {place: one.channels[0].name for one in route_table(made).recipients(errors) for place in one.places}
    assert told == {"alpha": "chat", "beta": "chat", "gamma": "mail"}


UNITS = """
organizational_units: [ou-abcd-12345678]
accounts:
  alpha: {unit: ou-abcd-12345678}
  beta: {unit: ou-abcd-87654321}
  gamma: {unit: ou-abcd-87654321}
channels: {pager: {type: pagerduty, secret: shop/pager}, chat: {type: slack, secret: shop/slack, channel: "#ops"}}
alarms: {errors: {severity: critical}}
"""
LATER_ID = "999999999999"


def units(*rules: dict[str, Any], brought: tuple[str, ...] = ("ou-abcd-12345678",)) -> Estate:
    change = {"organizational_units": list(brought), "routes": {"rules": list(rules)}}
    return estate(yaml.safe_dump(laid_over(yaml.safe_load(UNITS), change)))


def heard_in_each(made: Estate) -> list[tuple[str, ...]]:
    """Of alpha, beta, and an account that joined later: in the function, after a look whether the build says so too."""
    build, alarm, found = route_table(made), "errors-alarm-prod", []
    for place, account in (("alpha", "222222222222"), ("beta", "333333333333"), (LATER, LATER_ID)):
        found.append(heard(made, alarm, "critical", account))
        (said,) = build.of("critical", (place,))
        assert found[-1] == tuple(channel.name for channel in said.channels), place
    return found


def test_an_account_that_joins_the_only_unit_is_of_it() -> None:
    of_unit = {"when": {"unit": "ou-abcd-12345678"}, "to": ["pager"]}
    assert heard_in_each(units(of_unit)) == [("pager",), ("mail",), ("pager",)]
    of_other = {"when": {"unit": "ou-abcd-87654321"}, "later": False, "to": ["pager"]}
    assert heard_in_each(units(of_other)) == [("mail",), ("pager",), ("mail",)]


def test_a_rule_says_what_holds_of_accounts_that_join_later() -> None:
    rule = {"when": {"unit": "ou-abcd-12345678", "severity": "critical"}, "to": ["pager"]}
    both = ("ou-abcd-12345678", "ou-abcd-87654321")
    assert heard_in_each(units({**rule, "later": True}, brought=both)) == [("pager",), ("mail",), ("pager",)]
    assert heard_in_each(units({**rule, "later": False}, brought=both)) == [("pager",), ("mail",), ("mail",)]
    # What it asks of the alarm has to hold of it all the same.
    low = {"when": {**rule["when"], "severity": "low"}, "later": True, "to": ["pager"]}
    assert heard_in_each(units(low, brought=both)) == [("mail",), ("mail",), ("mail",)]


def test_a_rule_that_asks_for_all_units_holds_of_accounts_that_join_any_of_them() -> None:
    """It tells no units apart, so nobody has to say what holds of those that join."""
    both = ("ou-abcd-12345678", "ou-abcd-87654321")
    rule = {"when": {"unit": list(both), "severity": "critical"}, "to": ["pager"]}
    assert heard_in_each(units(rule, brought=both)) == [("pager",), ("pager",), ("pager",)]


def test_later_counts_whatever_a_rule_asks_of_accounts() -> None:
    named = {"when": {"account": "beta"}, "later": True, "to": ["chat"]}
    everything = {"when": {"severity": "critical"}, "later": False, "to": ["pager"]}
    assert heard_in_each(units(named, everything)) == [("pager",), ("chat",), ("chat",)]
    assert heard_in_each(units(everything)) == [("pager",), ("pager",), ("mail",)]


def test_a_storm_in_an_account_that_joined_later_goes_by_the_same_rules() -> None:
    function = routing(units({"when": {"unit": "ou-abcd-12345678"}, "to": ["pager"]}))
    assert function.storm_listeners(LATER_ID, "critical") == ("pager",)
    assert function.storm_listeners("", "critical") == ("mail",)


def test_a_label_that_is_called_unit_is_meant_before_units() -> None:
    rule = {"when": {"unit": "own"}, "to": ["chat"]}
    change = {"routes": {"rules": [rule]}, "accounts": {"gamma": {"labels": {"unit": "own"}}}}
    made = estate(yaml.safe_dump(laid_over(yaml.safe_load(UNITS), change)))
    assert heard(made, "errors-alarm-prod", "critical", "444444444444") == ("chat",)
    assert heard(made, "errors-alarm-prod", "critical", "222222222222") == ("mail",)


def test_a_list_of_all_severities_takes_what_a_rule_for_everything_takes() -> None:
    rules = [
        {"when": {"severity": ["critical", "high", "medium", "low"], "environment": "prod"}, "later": False},
        {"when": {"account": "beta"}},  # of no account that joins later
    ]
    change = {"routes": {"rules": [{**rule, "to": ["pager"]} for rule in rules]}}
    found = built(spec(yaml.safe_dump(laid_over(yaml.safe_load(UNITS), change)))).findings
    assert [one.path for one in found if "never reached" in one.message] == [("routes", "rules", 1, "when")]


def test_a_rule_is_reached_for_accounts_that_an_earlier_one_leaves_to_it() -> None:
    def is_refused(earlier: bool | None, later: bool | None) -> bool:
        when = {"unit": "ou-abcd-12345678"}
        said = [{} if one is None else {"later": one} for one in (earlier, later)]
        rules = [{"when": when, "to": ["pager"], **said[0]}, {"when": when, "to": ["chat"], **said[1]}]
        change = {"routes": {"rules": rules}}
        found = built(spec(yaml.safe_dump(laid_over(yaml.safe_load(UNITS), change)))).findings
        return any("never reached" in one.message for one in found)

    assert is_refused(earlier=True, later=None)
    assert is_refused(earlier=None, later=None)
    assert is_refused(earlier=False, later=False)
    assert is_refused(earlier=None, later=False)
    assert not is_refused(earlier=False, later=True)
    assert not is_refused(earlier=False, later=None)
    assert not is_refused(earlier=None, later=True)


@pytest.mark.parametrize(
    ("when", "later"),
    [
        ({"account": "alpha", "unit": "ou-abcd-87654321"}, False),
        ({"account": ["hub", "alpha"], "unit": "ou-abcd-12345678", "tier": "standard"}, None),
        ({"account": "hub", "tier": "critical"}, None),
        ({"environment": "staging", "account": "alpha"}, False),
        ({"environment": "staging", "unit": "ou-abcd-12345678"}, True),  # no account joins staging
        ({"unit": "ou-abcd-12345678", "tier": "standard"}, None),
        ({"unit": "ou-abcd-99999999"}, False),  # only accounts that join are of it
    ],
)
def test_a_rule_that_no_account_fits_is_a_mistake(when: dict[str, Any], later: bool | None) -> None:
    rule = {"when": when, "to": ["pager"], **({} if later is None else {"later": later})}
    brought = ["ou-abcd-12345678", "ou-abcd-99999999"] if "ou-abcd-99999999" in when.values() else ["ou-abcd-12345678"]
    change = {
        "environments": {
            "prod": {"accounts": ["alpha", "beta"], "organizational_units": brought},
            "staging": {"accounts": ["gamma"], "organizational_units": []},
        },
        "organizational_units": None,
        "metric_filters": {"errors": {"metric": {"name": "Errors-{environment}"}}},
        "access": {"owned_by": "prod"},
        "routes": {"rules": [rule]},
    }
    found = built(spec(yaml.safe_dump(laid_over(yaml.safe_load(UNITS), change)))).findings
    assert [(one.code, one.path) for one in found if one.severity.value == "error"] == [
        ("R04", ("routes", "rules", 0, "when"))
    ]
