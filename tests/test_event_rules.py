"""Event rules from the file to the message in the incident queue: each event of each account is followed through the
rules of the templates, as EventBridge would match them.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cross-account.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from generator.blueprints.kit.event_rules import combined
from generator.build import Built
from generator.evaluate.events.pattern import LONGEST, EventPattern, compact, parse
from generator.manifest import Queue
from generator.render.estate_json import estate_json
from generator.render.routing import routing_json
from generator.render.section_words import changes_of
from generator.rollout.operate.dead_letters import read
from generator.rollout.operate.event_letters import message_of
from tests.command import obsgen
from tests.policies import Caller, Place
from tests.support import ROOT, built, codes, spec
from tests.test_members import stack_of
from tests.update_docs import EVENT_RULES, event_packs_page

HUB, ALPHA, BETA, LATER = "111111111111", "222222222222", "333333333333", "999999999999"
FAILOVER = """\
  failover:
    pattern: {source: [aws.rds], detail-type: [RDS DB Cluster Event], detail: {EventID: [RDS-EVENT-0073]}}
    severity: high
    subject: $.detail.SourceIdentifier
    title: "Failover of {$.detail.SourceIdentifier}"
    facts: {Message: $.detail.Message}
    ends:
      pattern: {source: [aws.rds], detail-type: [RDS DB Cluster Event], detail: {EventID: [RDS-EVENT-0071]}}
      after: 1h
    examples:
      match:
        - source: aws.rds
          detail-type: RDS DB Cluster Event
          detail: {EventID: RDS-EVENT-0073, SourceIdentifier: orders, Message: x}
      end:
        - source: aws.rds
          detail-type: RDS DB Cluster Event
          detail: {EventID: RDS-EVENT-0071, SourceIdentifier: orders}
"""
BEGIN = {"source": "aws.rds", "detail-type": "RDS DB Cluster Event", "detail": {"EventID": "RDS-EVENT-0073"}}
END = {**BEGIN, "detail": {"EventID": "RDS-EVENT-0071"}}


def rules(*entries: str, more: str = "") -> str:
    return spec(f"{more}event_rules:\n{''.join(entries)}")


def matches(pattern: dict[str, Any], event: dict[str, Any]) -> bool:
    parsed = parse(pattern)
    assert isinstance(parsed, EventPattern), parsed
    return parsed.matches(event)


@dataclass(frozen=True)
class Followed:
    """An estate, and where an event of one account ends in it."""

    made: Built

    def messages(self, event: dict[str, Any], account: str, region: str = "us-east-1") -> list[dict[str, Any]]:
        """The messages in the incident queue for an event on the default bus of an account."""
        whole = {"account": account, "region": region, **event}
        hub = self.made.templates["prod"]["hub.template.yaml"]["Resources"]
        own = hub if account == HUB else stack_of(self.made, account, region)
        arrived = [rule for rule in _rules(own, bus=False) if matches(rule["EventPattern"], whole)]
        found = []
        for rule in _rules(hub, bus=True) if arrived else ():
            if matches(rule["EventPattern"], whole):
                (target,) = rule["Targets"]
                text = target["InputTransformer"]["InputTemplate"]
                found.append(json.loads(text.replace("<aws.events.event.json>", json.dumps(whole))))
        return found

    def said(self, event: dict[str, Any], account: str, region: str = "us-east-1") -> list[tuple[str, str]]:
        """Rule and edge of each message."""
        return [(one["rule"], one["edge"]) for one in self.messages(event, account, region)]


def _rules(resources: Any, *, bus: bool) -> Iterator[dict[str, Any]]:
    """The event rules' own: those that forward, or those on the hub's bus."""
    for key, resource in resources.items():
        if resource["Type"] == "AWS::Events::Rule":
            own = key.startswith(("EventRule", "EventEndRule")) if bus else "EventForwarding" in key
            yield from [resource["Properties"]] if own else []


def followed(text: str) -> Followed:
    made = built(text)
    assert made.artifacts, made.findings
    return Followed(made)


def test_an_event_of_each_account_becomes_the_message_of_the_incident_function() -> None:
    found = followed(rules(FAILOVER))
    for account in (ALPHA, HUB):
        (message,) = found.messages(BEGIN, account)
        assert message == {
            "source": "obsgen.event-rules",
            "version": 1,
            "rule": "failover",
            "edge": "begin",
            "event": {**BEGIN, "account": account, "region": "us-east-1"},
        }
        assert found.said(END, account) == [("failover", "end")]
    assert found.said({**BEGIN, "source": "aws.ec2"}, ALPHA) == []


UNIT = "organizational_units: [ou-ab12-cdefgh34]\nregions: [us-east-1, eu-west-1]\n"


@pytest.mark.parametrize(
    ("where", "who"),
    [
        ("", "hab+"),
        ("in: members", "ab+"),
        ("in: hub", "h"),
        ("accounts: [hub]", "h"),
        ("accounts: [alpha]", "a"),
        ("accounts: [alpha], in: all", "ha"),
        ("accounts: {except: [alpha]}", "b+"),
        ("labels: {tier: critical}", "a"),
        ("later: false", "ab"),
        ("regions: [eu-west-1]", ""),
        ("regions: [us-east-1]", "hab+"),
    ],
)
def test_a_rule_takes_events_of_its_accounts_only(where: str, who: str) -> None:
    """Beside a rule that forwards the same events from everywhere."""
    own = FAILOVER.replace("    severity: high", f"    severity: high\n    {where.replace(', in', chr(10) + '    in')}")
    found = followed(rules(own, FAILOVER.replace("failover:", "every:"), more=UNIT))
    having = "".join(
        letter
        for letter, account in (("h", HUB), ("a", ALPHA), ("b", BETA), ("+", LATER))
        if ("failover", "begin") in found.said(BEGIN, account)
    )
    assert having == who
    assert all(("every", "begin") in found.said(BEGIN, account) for account in (HUB, ALPHA, BETA, LATER))


def test_a_region_of_its_own() -> None:
    found = followed(rules(FAILOVER.replace("    severity", "    regions: [eu-west-1]\n    severity"), more=UNIT))
    assert found.said(BEGIN, ALPHA, "eu-west-1") == [("failover", "begin")]
    assert found.said(BEGIN, ALPHA, "us-east-1") == []


def test_every_event_of_every_pack_becomes_a_message() -> None:
    names = [file.stem for file in sorted((ROOT / "generator/event_packs").glob("*.yaml"))]
    found = followed(rules(*(f"  {name}: {{pack: {name}}}\n" for name in names)))
    assert not found.made.findings
    of_packs = found.made.estates["prod"].event_rules
    assert len(of_packs) > 25
    for rule in of_packs:
        for edge, texts in (("begin", rule.match), ("end", rule.end_match)):
            assert texts or edge == "end"
            for text in texts:
                event = {key: value for key, value in json.loads(text).items() if key not in ("account", "region")}
                for account in (HUB, ALPHA):
                    assert (rule.key, edge) in found.said(event, account)


def test_the_page_has_the_events_of_the_packs() -> None:
    assert EVENT_RULES.read_text(encoding="utf-8") == event_packs_page(), "run `python -m tests.update_docs`"


def test_patterns_of_many_rules_are_few_rules_in_members() -> None:
    entries = [
        f"  topic-{n}: {{severity: low, pattern: {{source: [shop], detail-type: [Order {n}]}}}}\n" for n in range(60)
    ]
    made = followed(rules(*entries)).made
    member = made.templates["prod"]["member.template.yaml"]["Resources"]
    patterns = [rule["EventPattern"] for rule in _rules(member, bus=False)]
    assert 1 < len(patterns) < 4
    assert all(len(compact(pattern)) <= LONGEST for pattern in patterns)
    assert all(
        sum(matches(p, {"source": "shop", "detail-type": f"Order {n}"}) for p in patterns) == 1 for n in range(60)
    )


@pytest.mark.parametrize(("region", "count", "found"), [("us-east-1", 99, False), ("af-south-1", 99, True)])
def test_two_regions_have_fewer_rules_on_a_bus(region: str, count: int, found: bool) -> None:
    """https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"""
    entry = "  t{n}: {{severity: low, pattern: {{source: [shop], detail-type: [Order {n}]}}}}\n"
    text = rules(*(entry.format(n=n) for n in range(count)), more=f"hub: {{region: {region}}}\nregions: [{region}]\n")
    assert ("Q31" in codes(text)) is found


def test_equal_patterns_are_forwarded_once_and_one_alone_as_it_is() -> None:
    one = '{"source":["shop"]}'
    assert list(combined([one, one])) == [{"source": ["shop"]}]
    (both,) = combined([one, '{"detail-type":["x"],"source":["shop"]}'])
    assert len(both["$or"]) == 2
    assert list(combined([])) == []


def test_rules_of_the_path_may_write_and_take_their_role_and_others_may_not() -> None:
    templates = followed(rules(FAILOVER)).made.templates["prod"]
    hub = Place(templates["hub.template.yaml"], HUB)
    member = Place(templates["member.template.yaml"], ALPHA)

    def by(rule: str) -> Caller:
        return Caller(service="events.amazonaws.com", source=rule)

    for rule in ("EventRuleFailover", "EventEndRuleFailover"):
        for queue in ("IncidentQueue", "EventDeadLetters"):
            assert hub.may(by(hub.arn(rule)), "sqs:SendMessage", queue)
    assert hub.may_assume(by(hub.arn("HubEventForwarding1Rule")), "HubForwardingRole")
    assert hub.may(by(hub.arn("HubEventForwarding1Rule")), "sqs:SendMessage", "EventDeadLetters")
    assert member.may_assume(by(member.arn("EventForwarding1Rule")), "ForwardingRole")
    assert member.may(by(member.arn("EventForwarding1Rule")), "sqs:SendMessage", "ForwardingDeadLetters")
    # A rule of the default bus that is called like one of the hub's bus, and one of another account.
    default = hub.arn("EventRuleFailover").replace("observability-bus-prod/", "")
    for stranger in (default, hub.arn("EventRuleFailover").replace(HUB, ALPHA)):
        assert not hub.may(by(stranger), "sqs:SendMessage", "IncidentQueue")
    (target,) = member.properties("EventForwarding1Rule")["Targets"]
    role = Caller(principal=target["RoleArn"], organization="o-a1b2c3d4e5")
    assert hub.may(role, "events:PutEvents", "Bus")


def test_nothing_forwards_from_the_hubs_bus_and_no_rule_takes_obsgens_own_events() -> None:
    found = followed(rules(FAILOVER, "  users: {pack: root-user}\n"))
    hub = found.made.templates["prod"]["hub.template.yaml"]["Resources"]
    for rule in _rules(hub, bus=True):
        assert [target["Id"] for target in rule["Targets"]] == ["incident-queue"]
        assert not matches(rule["EventPattern"], {"source": "obsgen.event-rules", "account": HUB})


def test_the_archive_keeps_what_the_rules_take() -> None:
    hub = followed(rules(FAILOVER, "  guard: {pack: guardduty}\n")).made.templates["prod"]["hub.template.yaml"]
    pattern = hub["Resources"]["EventArchive"]["Properties"]["EventPattern"]
    assert pattern["source"] == ["aws.cloudwatch", "aws.guardduty", "aws.rds"]
    assert matches(pattern, {**BEGIN, "account": ALPHA})


def test_a_file_without_event_rules_is_as_it_was() -> None:
    templates = built(spec()).templates["prod"]
    assert "obsgen.event-rules" not in str(templates)
    assert "event-forwarding" not in str(templates)


def test_the_routing_table_has_the_shape_of_its_schema() -> None:
    packs = "".join(f"  p{n}: {{pack: {name}}}\n" for n, name in enumerate(("rds", "health", "ec2", "securityhub")))
    data = json.loads(routing_json(followed(rules(FAILOVER, packs)).made.estates["prod"]))
    schema = json.loads((ROOT / "tests/schemas/routing.json").read_text(encoding="utf-8"))
    jsonschema.Draft7Validator(schema).validate(data)
    assert data["event_rules"]["failover"] == {
        "severity": "high",
        "title": "Failover of {$.detail.SourceIdentifier}",
        "subject": ["$.detail.SourceIdentifier"],
        "facts": [["Message", "$.detail.Message"]],
        "ends": {"by": "event", "after_seconds": 3600},
    }
    spot = data["event_rules"]["p2-spot-interruption"]
    assert (spot["ends"], spot["ok"]) == ({"by": "none", "after_seconds": 3600}, False)


def test_severities_without_a_channel_and_critical_rules_without_an_owner_are_found() -> None:
    assert codes(rules(FAILOVER.replace("high", "medium"), more="routes: {medium: null}\n")) == {"H10"}
    assert codes(rules(FAILOVER.replace("high", "critical"), more="require: [owner, runbook]\n")) == {"H11", "H12"}
    owned = FAILOVER.replace("severity: high", "severity: critical\n    owner: shop")
    by_owner = 'require: [owner, runbook]\nowners: {shop: {runbooks: "https://wiki.example.com/{alarm}"}}\n'
    made = followed(rules(owned, more=by_owner)).made
    assert not made.findings
    assert made.estates["prod"].event_rules[0].runbook == "https://wiki.example.com/failover"


@pytest.mark.parametrize(
    ("entry", "when"),
    [
        ("  root: {pack: root-user, owner: security}\n", "{owner: security}"),
        ("  root: {pack: root-user, service: sign-in}\n", "{service: sign-in}"),
        ("  root: {pack: root-user, events: {sign-in: {owner: audit}}}\n", "{owner: audit}"),
    ],
)
def test_a_route_may_name_what_only_event_rules_have(entry: str, when: str) -> None:
    routed = f"routes: {{rules: [{{when: {when}, to: [mail]}}]}}\n"
    assert codes(rules(FAILOVER, entry, more=routed)) == set()
    assert codes(rules(FAILOVER, more=routed)) == {"R04"}


def turned(value: Any) -> Any:
    """The keys of every mapping the other way round."""
    if isinstance(value, dict):
        return {key: turned(inner) for key, inner in reversed(value.items())}
    return [turned(inner) for inner in value] if isinstance(value, list) else value


def test_keys_in_another_order_are_the_same_bytes() -> None:
    text = rules(FAILOVER, "  guard: {pack: guardduty}\n")
    other = yaml.safe_dump(turned(yaml.safe_load(text)), sort_keys=False)
    assert followed(other).made.artifacts == followed(text).made.artifacts


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(rules(FAILOVER))
    (tmp_path / "event.json").write_text(json.dumps([BEGIN, END, {"source": "shop"}]))
    return tmp_path


def test_a_pattern_is_tried_on_events_by_hand(folder: Path) -> None:
    done = obsgen(folder, "event", "failover", "event.json")
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        [
            "+ event.json:1: aws.rds, RDS DB Cluster Event (begin)",
            "+ event.json:2: aws.rds, RDS DB Cluster Event (end)",
            "  event.json:3: shop, no detail-type",
        ],
    )
    assert obsgen(folder, "event", '{"source": ["none"]}', "event.json").returncode == 1
    for arguments, words in (
        (('{"source": "shop"}', "event.json"), "`source` expects a list"),
        (("{source", "event.json"), "not JSON"),
        (("fail-over", "event.json"), "did you mean `failover`?"),
        (('{"source": ["shop"]}', "none.json"), "none.json: No such file"),
        (('{"source": ["shop"]}', "observability.yaml"), "observability.yaml:1: not JSON"),
    ):
        done = obsgen(folder, "event", *arguments)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr


def test_explain_and_the_catalogue_say_what_a_rule_does(folder: Path) -> None:
    assert obsgen(folder, "build", "--no-lint").returncode == 0
    shown = obsgen(folder, "explain", "event_rules.failover").stdout
    for words in (
        "one incident for each $.detail.SourceIdentifier",
        "ends with an event, or 1 hour after its last event",
        "deployed to alpha, beta, gamma; us-east-1 and the hub, us-east-1",
        "EventRuleFailover (AWS::Events::Rule)",
        "high in alpha, beta, gamma and the hub: notifies mail (email)",
    ):
        assert words in shown, shown
    catalogue = (folder / "out/prod/catalogue.md").read_text()
    assert "- **failover** (high): Failover of {$.detail.SourceIdentifier}; ends with an event" in catalogue


def data(text: str) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(estate_json(followed(text).made.estates["prod"]))
    return whole


def test_a_diff_says_what_changes() -> None:
    low = FAILOVER.replace("severity: high", "severity: low\n    in: members").replace("1h", "2h")
    after = data(rules(low, "  guard: {pack: guardduty, events: {medium-findings: {enabled: false}}}\n"))
    before = data(rules(FAILOVER))
    assert [f"{change.subject} {change.sentence}" for change in changes_of(before, after)] == [
        "failover is low (was high)",
        "failover now: ends with an event, or 2 hours after its last event"
        " (was: ends with an event, or 1 hour after its last event)",
        "failover takes events of members (was: members and the hub)",
        "guard-high-findings new: critical for GuardDuty Finding in members and the hub",
    ]
    (gone,) = changes_of(before, data(spec()))
    assert (gone.kind, gone.sentence) == ("removed", "no longer takes RDS DB Cluster Event")
    other = data(rules(FAILOVER.replace("Failover of", "A failover of")))
    assert [change.sentence for change in changes_of(before, other)] == ["has other texts"]


ARN = f"arn:aws:events:us-east-1:{HUB}:rule/observability-bus-prod"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (f"{ARN}/failover-event-prod", ("failover", "begin")),
        (f"{ARN}/failover-event-end-prod", ("failover", "end")),
        (f"{ARN}/incident-rule-prod", None),
        (f"{ARN}/failover-event-dev", None),
        (f"arn:aws:events:us-east-1:{HUB}:rule/failover-event-prod", None),
        ("", None),
    ],
)
def test_a_dead_letter_of_a_rule_is_sent_back_as_its_message(rule: str, expected: tuple[str, str] | None) -> None:
    text = message_of(rule, BEGIN, "prod")
    if expected is None:
        assert text is None
        return
    assert text is not None
    message = json.loads(text)
    assert (message["rule"], message["edge"], message["event"]) == (*expected, BEGIN)
    assert message_of(rule, message, "prod") == text
    queue = Queue("event_dead_letters", "event-dead-letters-prod", HUB, "us-east-1")
    attributes = {"RULE_ARN": {"StringValue": rule}, "ERROR_CODE": {"StringValue": "THROTTLING"}}
    letter = read({"MessageId": "1", "Body": json.dumps(BEGIN), "MessageAttributes": attributes}, queue, "prod")
    assert (letter.body, letter.sendable(), letter.back_to) == (text, True, "")
    assert letter.reason.endswith("could not deliver to its target: THROTTLING")


USERS = """\
event_rules:
  users:
    pattern: {source: [aws.iam], detail-type: [AWS API Call via CloudTrail], detail: {eventName: [CreateUser]}}
    severity: high
    examples: {match: [{source: aws.iam, detail-type: AWS API Call via CloudTrail, detail: {eventName: CreateUser}}]}
  root: {pack: root-user}
"""


@pytest.mark.parametrize(
    ("region", "found"),
    [
        ("us-east-1", set()),
        ("us-gov-west-1", set()),
        ("cn-north-1", set()),
        ("eusc-de-east-1", set()),
        ("eu-west-1", {"us-east-1"}),
        ("us-gov-east-1", {"us-gov-west-1"}),
        ("cn-northwest-1", {"cn-north-1"}),
    ],
)
def test_events_of_global_services_are_in_one_region_of_each_partition(region: str, found: set[str]) -> None:
    """Where the endpoint of IAM is. https://docs.aws.amazon.com/general/latest/gr/iam-service.html"""
    made = built(spec(f"hub: {{region: {region}}}\nregions: [{region}]\n{USERS}"))
    assert {finding.code for finding in made.findings} == ({"R07", "T66"} if found else set())
    assert {finding.hint.split()[1] for finding in made.findings} == found
    if not found:
        assert {rule.region for rule in made.estates["prod"].event_rules if rule.key == "root-sign-in"} == {region}


@pytest.mark.parametrize(
    ("detail", "severities"),
    [
        ("{eventName: [GetSecretValue]}", ["error"]),
        ("{eventName: [ListSecrets, {prefix: Describe}]}", ["error"]),
        ("{eventName: [GetSecretValue, PutSecretValue]}", ["warning"]),
        ("{eventName: [PutSecretValue, GetFederationToken, {prefix: G}]}", []),
        ("{eventName: [GetObject], managementEvent: [false]}", []),
    ],
)
def test_calls_that_only_read_are_sent_to_no_rule(detail: str, severities: list[str]) -> None:
    """A rule for them never matches, although its example does.

    "Enable the rule so that EventBridge matches events against the rule, except for read-only AWS management events
    delivered through CloudTrail."
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail-management.html
    """
    pattern = f"{{source: [aws.secretsmanager], detail-type: [AWS API Call via CloudTrail], detail: {detail}}}"
    made = built(rules(f"  x: {{severity: low, title: t, pattern: {pattern}}}\n"))
    assert [finding.severity.value for finding in made.findings if finding.code == "T66"] == severities


def test_the_regions_of_global_services_are_botocores() -> None:
    from botocore.loaders import Loader

    from generator.aws.event_sources import GLOBAL_REGIONS

    partitions = Loader().load_data("endpoints")["partitions"]
    known = {
        partition["partition"]: partition["services"].get("iam", {}).get("endpoints", {}) for partition in partitions
    }
    assert {
        name: endpoints[f"{name}-global"]["credentialScope"]["region"]
        for name, endpoints in known.items()
        if f"{name}-global" in endpoints
    } == dict(GLOBAL_REGIONS)


@pytest.mark.parametrize(
    ("content", "code", "words"),
    [
        (b'{"source": "s", "detail": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", 2, "event.json:1: not JSON: maximum"),
        (b'\xef\xbb\xbf{"source": "s"}', 0, "+ event.json:1: s, no detail-type\n"),
        ('{"source": "s\u2028"}\n{"source": "s"}\n'.encode(), 0, "+ event.json:2: s, no detail-type\n"),
        (b'{"source": "s", "detail-type": "\\u001b[2Jx\\ny"}', 0, "+ event.json:1: s,  [2Jx y\n"),
    ],
)
def test_files_of_events_as_they_come(tmp_path: Path, content: bytes, code: int, words: str) -> None:
    (tmp_path / "event.json").write_bytes(content)
    done = obsgen(tmp_path, "event", '{"source": ["s"]}', "event.json")
    assert (done.returncode, words in done.stdout + done.stderr) == (code, True), done.stdout + done.stderr


def test_a_pattern_that_is_nested_without_end_is_no_traceback(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text("{}")
    done = obsgen(tmp_path, "event", '{"source": ' + "[" * 100_000, "event.json")
    assert (done.returncode, "the pattern is not JSON" in done.stderr) == (2, True), done.stderr


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("[obsgen.compliance]", {"R05"}),
        ("[obsgen.events]", {"R05"}),
        ("[obsgen.error-logs]", {"R05"}),
        ("[{suffix: .compliance}]", {"R05"}),
        ("[aws.events]", {"T66", "T67"}),
        ("[shop]", {"T67"}),
    ],
)
def test_events_of_obsgen_itself_are_no_events_of_a_rule(source: str, found: set[str]) -> None:
    """Findings are incidents already, and heartbeats are none."""
    pattern = f"{{source: {source}, detail-type: [Scheduled Event, Tag Compliance Finding]}}"
    assert codes(rules(f"  x: {{severity: low, title: t, pattern: {pattern}}}\n")) == found


def test_schedules_of_ones_own_are_events_of_a_rule() -> None:
    pattern = "{source: [aws.events], detail-type: [Scheduled Event], resources: [{suffix: ':rule/nightly'}]}"
    assert codes(rules(f"  x: {{severity: low, title: t, pattern: {pattern}}}\n")) == {"T67"}
