"""Errors in logs, event store and reports: defaults, which environment has them, what is resolved, what is refused."""

from __future__ import annotations

import base64
import datetime
import io
import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from generator.findings import Finding, Severity
from generator.model.error_log_names import CHECKS, OWN_FUNCTIONS
from generator.model.error_logs import KINDS, Api, ErrorLogs, Events, Report, Reports
from generator.model.estate import Estate
from generator.render.agent_settings import agent_settings_json
from generator.render.event_settings import event_settings_json
from generator.render.routing import routing_json
from generator.resolve.resolve import resolve
from generator.spec.document import read
from generator.spec.load import load
from handlers.error_logs.settings import parse
from handlers.events.settings import settings_of
from handlers.reports.settings import report_settings_of
from tests.support import OWN_METRICS, built, spec

TWO = f"{OWN_METRICS}environments: [dev, prod]\n"
MAIL = "channels: {chat: {type: slack, url: 'https://hooks.slack.com/services/T/B/x', secret: shop/slack}}\n"


def resolved(change: str, environment: str = "prod") -> tuple[Estate, list[Finding]]:
    """The estate of a spec, and everything that is wrong with it."""
    loaded = load(spec(change).encode(), "observability.yaml")
    assert loaded.data is not None
    document, found = read(loaded.data)
    assert document is not None, found
    return resolve(document, environment)


def estate(change: str, environment: str = "prod") -> Estate:
    made, found = resolved(change, environment)
    assert not [one for one in found if one.severity is Severity.ERROR], found
    return made


def error_logs(change: str, environment: str = "prod") -> ErrorLogs:
    found = estate(change, environment).error_logs
    assert found is not None
    return found


def events(change: str, environment: str = "prod") -> Events:
    found = estate(change, environment).events
    assert found is not None
    return found


def reports(change: str) -> Reports:
    found = estate(change).reports
    assert found is not None
    return found


def said(change: str, environment: str = "prod") -> list[tuple[str, str]]:
    """Codes and dotted places."""
    return [(one.code, ".".join(map(str, one.path))) for one in resolved(change, environment)[1]]


def agent_settings(change: str) -> Any:
    return json.loads(agent_settings_json(estate(change)))


def event_settings(change: str) -> Any:
    return json.loads(event_settings_json(estate(change)))


@pytest.mark.parametrize("written", ["true", "{}"])
def test_true_is_the_whole_default(written: str) -> None:
    found = error_logs(f"error_logs: {written}")
    assert found == error_logs("error_logs: {every: 5m}")
    assert (found.every, found.delivery_latency, found.concurrent_queries) == (300, 15, 4)
    assert (found.groups.functions, found.groups.services, found.groups.chunk) == (True, True, 10)
    assert (found.groups.prefixes, found.groups.names, found.groups.tags) == ((), (), ())
    assert (found.learn, found.quiet_after, found.most_new) == (86_400, 7 * 86_400, 10)
    assert (found.spike.factor, found.spike.floor) == (5, 50)
    assert tuple(kind for kind, _ in found.severity) == KINDS
    assert dict(found.severity) == {
        "log": "medium",
        "lambda": "high",
        "task": "medium",
        "health": "high",
        "spike": "medium",
        "agent": "high",
    }


def test_without_the_sections_there_is_nothing_of_them() -> None:
    made = estate("")
    assert (made.error_logs, made.events, made.reports) == (None, None, None)
    assert "findings" not in json.loads(routing_json(made))


@pytest.mark.parametrize("section", ["error_logs", "events"])
def test_false_is_as_if_the_section_were_not_there(section: str) -> None:
    made = estate(f"{section}: false")
    assert (made.error_logs, made.events) == (None, None)


def test_agents_and_reports_bring_the_event_store_with_its_defaults() -> None:
    usual = events("events: true")
    assert (usual.keep_days, usual.api, usual.backup, usual.customer_key, usual.vpc) == (
        90,
        Api(10, 20, True),
        False,
        False,
        None,
    )
    assert events("error_logs: true") == usual
    assert events("reports: {daily: {to: [mail]}}") == usual


def test_the_agent_of_a_shared_account_belongs_to_its_owner_and_each_hub_keeps_its_own_events() -> None:
    change = f"{TWO}access: {{owned_by: prod}}\nerror_logs: true\nevents: true"
    dev, prod = estate(change, "dev"), estate(change, "prod")
    assert (dev.error_logs is None, prod.error_logs is None) == (True, False)
    assert dev.events and prod.events
    # Without the section only who needs it has one.
    assert estate(f"{TWO}access: {{owned_by: prod}}\nerror_logs: true", "dev").events is None


def test_two_agents_in_one_account_are_refused() -> None:
    assert ("R10", "error_logs") in said(f"{TWO}error_logs: true")
    assert ("R10", "error_logs") not in said(f"{TWO}error_logs: {{environments: [prod]}}")
    apart = "environments: {dev: {accounts: [alpha]}, prod: {accounts: [beta, gamma]}}\nerror_logs: true"
    assert ("R10", "error_logs") not in said(f"{OWN_METRICS}{apart}")


def test_accounts_that_nobody_reads_are_a_warning() -> None:
    change = (
        f"{OWN_METRICS}environments: {{dev: {{accounts: [alpha, beta]}}, prod: {{accounts: [beta, gamma]}}}}\n"
        "access: {owned_by: prod}\nerror_logs: true"
    )
    warned = [one for one in resolved(change)[1] if one.path == ("error_logs",)]
    assert [(one.code, one.severity) for one in warned] == [("R10", Severity.WARNING)]
    assert "alpha" in warned[0].message


def test_an_environment_that_owns_nothing_reads_nothing() -> None:
    assert ("R07", "error_logs") in said(f"{TWO}access: {{owned_by: prod}}\nerror_logs: {{environments: [dev]}}")


def test_names_are_filled_in_and_keys_of_log_groups_are_their_names() -> None:
    found = error_logs(
        'error_logs: {groups: {names: [application, "/x/{environment}"], prefixes: ["/ecs/{project}-"],'
        ' exclude: ["*-{environment}-debug"], tags: {team: [b, a], stage: []}},'
        ' owners: [{log_group: "/ecs/*-{environment}", owner: a}],'
        ' ignore: [{match: x, log_group: "/y/{environment}", reason: nobody reads it, until: 2027-01-31}]}'
    )
    assert found.groups.names == ("/aws/application/prod", "/x/prod")
    assert (found.groups.prefixes, found.groups.exclude) == (("/ecs/shop-",), ("*-prod-debug",))
    assert found.groups.tags == (("stage", ()), ("team", ("b", "a")))
    assert found.owners[0].log_group == "/ecs/*-prod"
    assert (found.ignore[0].log_group, found.ignore[0].until.isoformat()) == ("/y/prod", "2027-01-31")  # type: ignore[union-attr]


def test_kinds_that_are_always_redacted_are_accepted_and_change_nothing() -> None:
    found = error_logs(
        'error_logs: {redact: [email, card-number, phone-number, {name: customer, pattern: "C-[0-9]{8}"}]}'
    )
    assert found.redact_optional == ("phone-number",)
    assert [(one.name, one.pattern) for one in found.redact_patterns] == [("customer", "C-[0-9]{8}")]


@pytest.mark.parametrize(
    ("change", "code", "place"),
    [
        ("error_logs: {every: 7m}", "R05", "error_logs.every"),
        ("error_logs: {every: 30s}", "R05", "error_logs.every"),
        ("error_logs: {every: 90s}", "R05", "error_logs.every"),
        ("error_logs: {every: 2h}", "R05", "error_logs.every"),
        ("error_logs: {every: 1m, delivery_latency: 60s}", "R05", "error_logs.delivery_latency"),
        ("error_logs: {learn: 31d}", "R05", "error_logs.learn"),
        ("error_logs: {quiet_after: 30m}", "R05", "error_logs.quiet_after"),
        ("error_logs: {quiet_after: 91d}", "R07", "error_logs.quiet_after"),
        ("error_logs: {groups: {functions: false, services: false}}", "R07", "error_logs.groups"),
        ('error_logs: {groups: {exclude: ["*"]}}', "R07", "error_logs.groups.exclude.0"),
        ("error_logs: {redact: [phone-number, phone-number]}", "R07", "error_logs.redact.1"),
        ("error_logs: {same: [{name: a, match: x}, {name: a, match: y}]}", "R07", "error_logs.same.1.name"),
        ("error_logs: {owners: [{service: a, owner: a}, {owner: b}]}", "R07", "error_logs.owners.1"),
        ("error_logs: {environments: [prdo]}", "R02", "error_logs.environments.0"),
        ("error_logs: true\nevents: false", "R06", "events"),
        ("reports: {daily: {to: [mail]}}\nevents: false", "R06", "events"),
        ("events: {keep: 36h}", "R05", "events.keep"),
        ("events: {keep: 4000d}", "R05", "events.keep"),
        ("events: {api: {rate: 50, burst: 5}}", "R07", "events.api.burst"),
        ("reports: {}", "R06", "reports"),
        ("reports: {daily: {to: [mial]}}", "R02", "reports.daily.to.0"),
        ("reports: {daily: {to: [mail, mail]}}", "R07", "reports.daily.to.1"),
        ("reports: {daily: {to: [mail]}, keep: 1d}", "R05", "reports.keep"),
        (f"{MAIL}reports: {{daily: {{to: [chat]}}, sender: a@example.com}}", "R07", "reports.sender"),
    ],
)
def test_what_cannot_be_meant_is_a_finding_where_it_stands(change: str, code: str, place: str) -> None:
    assert (code, place) in said(change)


@pytest.mark.parametrize(
    "change",
    [
        *(f"error_logs: {{every: {every}}}" for every in ("1m", "5m", "20m", "1h")),
        "error_logs: {every: 1m, delivery_latency: 59s}",
        "error_logs: {learn: 30d, quiet_after: 90d}",
        "error_logs: {quiet_after: 200d}\nevents: {keep: 200d}",
        "error_logs: {owners: [{owner: b}, {service: a, owner: a}]}",
        "events: {keep: 1d, api: {rate: 20, burst: 20}}",
        "reports: {weekly: {to: [mail]}, keep: 7d, sender: a@example.com}",
    ],
)
def test_what_is_just_within_the_bounds_is_fine(change: str) -> None:
    assert said(change) == []


def test_a_page_that_is_paged_by_pagerduty_takes_no_report() -> None:
    change = "channels: {pager: {type: pagerduty, secret: shop/pager}}\nreports: {daily: {to: [pager]}}"
    assert ("R07", "reports.daily.to.0") in said(change)


def test_each_report_has_its_time_and_a_weekly_one_is_on_monday() -> None:
    found = reports(
        "reports: {daily: {at: '07:30', timezone: Europe/Berlin, to: [mail]}, weekly: {at: '9:05', to: [mail]}}"
    )
    assert found.reports == (
        Report("daily", "cron(30 7 * * ? *)", "Europe/Berlin", ("mail",), ("reports", "daily")),
        Report("weekly", "cron(5 9 ? * MON *)", "UTC", ("mail",), ("reports", "weekly")),
    )
    assert (found.sender, found.keep_days) == ("", 400)


def test_one_environment_of_a_hub_sets_the_role_of_api_gateway() -> None:
    shared = f"{TWO}access: null\nevents: true"
    roles = {name: events(shared, name).api.account_role for name in ("dev", "prod")}  # type: ignore[union-attr]
    assert roles == {"dev": True, "prod": False}
    apart = 'access: null\nenvironments: {dev: {hub: {account: "555555555555"}}, prod: {}}\nevents: true'
    assert all(events(f"{OWN_METRICS}{apart}", name).api.account_role for name in ("dev", "prod"))  # type: ignore[union-attr]
    assert not events("events: {api: {account_role: false}}").api.account_role  # type: ignore[union-attr]
    assert events("events: {api: false}").api is None


def test_a_vpc_is_in_one_hub() -> None:
    vpc = "events: {vpc: {subnets: [subnet-0123456789abcdef0], security_groups: [sg-0123456789abcdef0]}}"
    assert ("R10", "events.vpc") not in said(f"{TWO}{vpc}")
    apart = 'environments: {dev: {hub: {account: "555555555555"}}, prod: {}}\n'
    assert ("R10", "events.vpc") in said(f"{OWN_METRICS}{apart}{vpc}")


SLO = """
slos:
  checkout:
    objective: 99.5
    window: 30d
    bad: {filter: errors}
    total: {namespace: Shop, name: Requests}
reports: {daily: {to: [mail]}}
"""


def test_reports_have_the_objectives_whose_metrics_the_hub_can_read() -> None:
    (slo,) = event_settings(SLO)["slos"]
    assert slo == {
        "name": "checkout",
        "title": "checkout",
        "objective": 99.5,
        "window": 30 * 86_400,
        "together": False,
        "bad": {"namespace": "Shop", "name": "Errors", "dimensions": {}, "stat": "Sum"},
        "total": {"namespace": "Shop", "name": "Requests", "dimensions": {}, "stat": "Sum"},
    }
    assert event_settings(f"{SLO}access: {{sharing: [logs]}}")["slos"] == []


HUBS_OWN = """
log_groups: {gateway: {name: "/gateway/{environment}", accounts: [hub]}}
metric_filters:
  gateway: {log_group: gateway, pattern: '"ERROR"', metric: {namespace: Gateway, name: Errors, default: 0}}
slos:
  gateway:
    accounts: [hub]
    objective: 99.5
    window: 30d
    bad: {filter: gateway}
    total: {namespace: Gateway, name: Requests, dimensions: {Account: "{account_id}"}}
reports: {daily: {to: [mail]}}
"""


@pytest.mark.parametrize("sharing", ["[logs]", "[metrics]", "{metrics: [Shop]}"])
def test_an_objective_of_the_hub_itself_is_in_reports_whatever_members_share(sharing: str) -> None:
    change = f"{HUBS_OWN}access: {{sharing: {sharing}}}"
    assert [one for one in built(spec(change)).findings if one.severity == "error" or one.code == "T16"] == []
    (slo,) = event_settings(change)["slos"]
    assert (slo["name"], slo["of_hub"], slo["together"]) == ("gateway", True, True)


def test_the_agents_settings_are_those_of_the_contract() -> None:
    found = agent_settings(
        'error_logs: {groups: {tags: {team: [payments]}}, same: [{name: ledger, match: "ledger .{0,20}late"}],'
        " ignore: [{match: x, reason: nobody reads it}],"
        ' redact: [national-id, {name: customer, pattern: "C-[0-9]{8}"}]}'
    )
    assert list(found) == [
        *("version", "environment", "hub", "query", "every", "delivery_latency", "groups", "own_log_groups"),
        *("concurrent_queries", "redact", "same", "ignore", "tasks", "deployments", "health", "algorithm"),
    ]
    assert found["hub"] == {"account": "111111111111", "region": "us-east-1"}
    assert found["groups"]["tags"] == {"team": ["payments"]}
    assert found["same"] == [{"name": "ledger", "pattern": "ledger .{0,20}late"}]
    assert found["ignore"] == [{"pattern": "x", "log_group": "*", "reason": "nobody reads it"}]
    assert found["redact"] == {
        "optional": ["national-id"],
        "patterns": [{"name": "customer", "pattern": "C-[0-9]{8}"}],
    }


def test_no_agent_reads_what_our_own_functions_write() -> None:
    own = agent_settings(f"{TWO}access: {{owned_by: prod}}\nerror_logs: true\naudit: {{alarm_changes: true}}")
    names = {f"/aws/lambda/{function}-{name}" for function in OWN_FUNCTIONS for name in ("dev", "prod")}
    assert names < set(own["own_log_groups"])
    assert "/aws/events/alarm-state-changes-prod" in own["own_log_groups"]


def test_every_function_that_a_build_makes_is_known_as_our_own() -> None:
    change = "error_logs: true\nreports: {daily: {to: [mail]}}\ncompliance: {}\n"
    change += "probes: {shop: {type: tcp, host: shop.example.com, port: 443}}"
    templates = built(spec(change)).templates["prod"].values()
    resources = [one for template in templates for one in template["Resources"].values()]
    made = {one["Properties"]["FunctionName"] for one in resources if one["Type"] == "AWS::Lambda::Function"}
    assert made == {f"{name}-prod" for name in OWN_FUNCTIONS}


def test_the_event_settings_have_owners_alarms_and_the_channels_of_reports() -> None:
    found = event_settings(
        f"{MAIL}error_logs: {{owner: shop, owners: [{{path: ledger/*, owner: ledger, runbook: 'https://r.example.com/l'}}]}}\n"
        "reports: {daily: {to: [chat]}}\nevents: {keep: 30d}"
    )
    assert found["owners"] == [{"source_path": "ledger/*", "owner": "ledger", "runbook": "https://r.example.com/l"}]
    assert (found["owner"], found["keep_days"], found["accounts_closed"]) == ("shop", 30, True)
    assert found["alarms"]["errors-alarm-prod"]["severity"] == "medium"
    assert list(found["channels"]) == ["chat"]
    assert found["channels"]["chat"]["secret"] == "shop/slack"
    assert found["reports"] == {"daily": {"channels": ["chat"], "time_zone": "UTC"}}
    assert found["accounts"]["222222222222"] == {"name": "alpha"}


def test_a_report_has_the_rules_of_its_time_zone() -> None:
    found = event_settings(f"{MAIL}reports: {{daily: {{to: [chat], timezone: Europe/Berlin}}}}")
    rules = base64.b64decode(found["reports"]["daily"]["zone_rules"])
    zone = ZoneInfo.from_file(io.BytesIO(rules))
    assert datetime.datetime(2026, 7, 1, tzinfo=datetime.UTC).astimezone(zone).hour == 2


def test_the_function_of_reports_knows_addresses_and_tags_where_it_needs_them() -> None:
    text = event_settings("reports: {daily: {to: [mail]}}\ncompliance: {}\naccess: {sharing: [logs]}")
    assert "addresses" not in text["channels"]["mail"]
    assert "compliance" not in text
    html = event_settings("reports: {daily: {to: [mail]}, sender: a@example.com}\ncompliance: {}")
    assert html["channels"]["mail"]["addresses"] == ["ops@example.com"]
    assert html["compliance"] is True
    assert "compliance" not in event_settings("reports: {daily: {to: [mail]}}")


def test_what_an_environment_does_not_have_is_left_out_of_its_settings() -> None:
    found = event_settings("events: true")
    assert not {"severity", "owners", "learn", "reports", "channels", "slos"} & set(found)


def test_settings_of_what_is_not_there_are_an_error() -> None:
    with pytest.raises(ValueError, match="prod has no agents"):
        agent_settings_json(estate("events: true"))
    with pytest.raises(ValueError, match="prod keeps no events"):
        event_settings_json(estate(""))


def test_each_check_is_routed_by_a_severity_of_its_own() -> None:
    made = estate("error_logs: {severities: {task: low, agent: none}, owner: shop, runbook: 'https://r.example.com/e'}")
    found = json.loads(routing_json(made))["findings"]
    assert set(found) == set(CHECKS.values())
    assert {name: entry["severity"] for name, entry in found.items()} == {
        "log-error": "medium",
        "lambda-error": "high",
        "task-failure": "low",
        "service-health": "high",
        "error-spike": "medium",
        "agent": "none",
    }
    assert found["agent"] == {"severity": "none", "runbook": "https://r.example.com/e", "owner": "shop"}


def test_the_functions_read_what_a_build_writes() -> None:
    change = (
        "error_logs: {redact: [phone-number], groups: {tags: {team: [a]}}, owners: [{path: ledger/*, owner: ledger}],"
        " ignore: [{match: x, reason: nobody reads it, until: 2027-01-31}]}\nreports: {daily: {to: [mail]}}"
    )
    agent = parse(agent_settings(change))
    assert (agent.every, agent.redact.phone_numbers, agent.ignore[0].until) == (300, True, datetime.date(2027, 1, 31))
    kept = settings_of(event_settings(change))
    assert kept.owner_and_runbook((), "shop", "ledger/post.py")[0] == "ledger"
    assert report_settings_of(event_settings(change)).reports["daily"].channels == ("mail",)
