"""Data that crosses a border between programs has the shape of `tests/schemas`: routing.json and estate.json.

Each side is tested against the schema, so that neither changes alone: what writes them, and the types of what reads
routing.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NotRequired, get_origin, get_type_hints

import jsonschema
import pytest

from generator.model.estate import Estate
from generator.render import routing_table
from generator.render.estate_json import estate_json
from generator.render.routing import routing_json
from handlers.incident import routing_table as read_table
from tests.support import ROOT, built, spec

EVERYTHING = """
regions: [us-east-1, eu-west-1]
organizational_units: [ou-abcd-12345678]
accounts: {alpha: {labels: {tier: critical}}, beta: {regions: [us-east-1]}}
channels:
  pager: {type: pagerduty, secret: pager-key}
  chat: {type: slack, secret: chat-hook}
routes:
  critical: [pager, chat]
  high: [chat]
  rules:
    - {when: {tier: critical, severity: critical}, to: [pager], later: true}
    - {when: {account: beta}, to: [chat], ok: false}
incidents:
  storm: none
  flapping: none
  escalate: {high: {after: 1h, to: [pager]}}
  quiet: {severities: [low], from: "22:00", to: "06:00", timezone: Europe/Berlin}
metric_filters: {errors: {metric: {unit: Count}}}
alarms:
  errors: {metric: {filter: errors, unit: Count}, wall_clock: UTC, event_tags: [severity]}
  rate:
    expression: rate
    expressions: {rate: errors / 60}
    metrics: {errors: {filter: errors, statistic: Sum}}
    threshold: "> 1"
  down: {promql: {query: absent(up), pending: 5m}}
composites: {most: {rule: "at_least(50%, errors, rate, down)", children: separate, event_tags: [severity]}}
"""


def schema(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((ROOT / "tests/schemas" / name).read_text(encoding="utf-8"))
    return data


def estates() -> Iterator[Estate]:
    for text in ((ROOT / "observability.yaml").read_text(encoding="utf-8"), spec(EVERYTHING)):
        compiled = built(text)
        assert not compiled.findings
        yield from compiled.estates.values()


def faults(name: str, text: str | bytes) -> list[str]:
    found = jsonschema.Draft7Validator(schema(name)).iter_errors(json.loads(text))
    return [f"{'.'.join(map(str, fault.path))}: {fault.message}" for fault in found]


def test_what_the_build_writes_has_the_shape_of_the_schemas() -> None:
    for estate in estates():
        assert faults("routing.json", routing_json(estate)) == []
        assert faults("estate.json", estate_json(estate)) == []


TYPES: list[tuple[str, tuple[str, ...]]] = [
    ("RoutingTable", ()),
    ("HubEntry", ("hub",)),
    ("IncidentsEntry", ("incidents",)),
    ("GroupEntry", ("incidents", "group")),
    ("StormEntry", ("incidents", "storm")),
    ("FlappingEntry", ("incidents", "flapping")),
    ("QuietEntry", ("incidents", "quiet")),
    ("EscalationEntry", ("incidents", "escalate", "*")),
    ("RuleEntry", ("rules", "*")),
    ("AlarmEntry", ("alarms", "*")),
    ("LogsEntry", ("alarms", "*", "logs")),
    ("SuppressorEntry", ("alarms", "*", "suppressor")),
]
# The build's channels render their own entries; the incident function reads what all types have.
TYPES_OF_READER: list[tuple[str, tuple[str, ...]]] = [
    *TYPES,
    ("DeliveryEntry", ("channels", "*", "delivery")),
    ("DigestEntry", ("channels", "*", "delivery", "digest")),
]


def part_of_schema(steps: tuple[str, ...]) -> dict[str, Any]:
    whole = schema("routing.json")
    part: dict[str, Any] = whole
    for step in steps:
        part = (part.get("additionalProperties") or part["items"]) if step == "*" else part["properties"][step]
        part = part["anyOf"][1] if "anyOf" in part else part
        part = whole["definitions"]["alarm"] if "$ref" in part else part
    return part


def keys_of(type_: type) -> tuple[set[str], set[str]]:
    """All keys of a TypedDict, and those that are required."""
    hints = get_type_hints(type_, include_extras=True)
    return set(hints), {key for key, hint in hints.items() if get_origin(hint) is not NotRequired}


@pytest.mark.parametrize(("name", "steps"), TYPES)
def test_the_types_of_the_build_have_the_keys_of_the_schema(name: str, steps: tuple[str, ...]) -> None:
    part = part_of_schema(steps)
    assert keys_of(getattr(routing_table, name)) == (set(part["properties"]), set(part["required"]))


@pytest.mark.parametrize(("name", "steps"), TYPES_OF_READER)
def test_the_types_of_the_incident_function_have_the_keys_of_the_schema(name: str, steps: tuple[str, ...]) -> None:
    """It also reads the tables of earlier builds, so it requires nothing that the build may leave out."""
    part = part_of_schema(steps)
    keys, required = keys_of(getattr(read_table, name))
    assert keys == set(part["properties"])
    assert required <= set(part["required"])


@pytest.mark.parametrize("name", ["routing.json", "estate.json"])
def test_a_field_that_no_reader_knows_is_refused(name: str) -> None:
    estate = next(estates())
    data = json.loads(routing_json(estate) if name == "routing.json" else estate_json(estate))
    alarms = data["alarms"]
    alarm = next(iter(alarms.values())) if name == "routing.json" else alarms[0]
    alarm["severtiy"] = "high"
    assert len(faults(name, json.dumps(data))) == 1
