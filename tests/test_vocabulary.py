"""One vocabulary for places: what docs/placement.md says of every section and condition holds, and none is left out."""

from __future__ import annotations

import re
import typing
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from generator.findings import Severity
from generator.spec.document import Document
from generator.spec.placements import PLACE_KEYS, PlacedSpec
from tests.support import ROOT, built, spec

PAGE = (ROOT / "docs" / "placement.md").read_text(encoding="utf-8")
OU, OTHER = "ou-abcd-12345678", "ou-abcd-87654321"
# What a condition may ask for, each with something that there is.
CONDITIONS = {
    "account": "alpha",
    "environment": "prod",
    "region": "eu-west-1",
    "unit": OU,
    "label": "critical",
}
EVERYWHERE: dict[str, Any] = {
    "regions": ["us-east-1", "eu-west-1"],
    "organizational_units": [OU],
    "accounts": {
        "alpha": {"labels": {"label": "critical"}, "unit": OU},
        "beta": {"labels": {"label": "standard"}, "unit": OTHER},
        "gamma": {"unit": OTHER},
    },
}


def table(heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, each as its cells."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def models(annotation: Any, path: str) -> Iterator[tuple[str, type[BaseModel]]]:
    """Every model of the language below an annotation, with its place; of entries with names that is `*`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield path, annotation
        for name, field in annotation.model_fields.items():
            yield from models(field.annotation, f"{path}.{field.alias or name}".lstrip("."))
        return
    below = f"{path}.*" if typing.get_origin(annotation) is dict else path
    for part in typing.get_args(annotation):
        yield from models(part, below)


@cache
def language() -> tuple[tuple[str, type[BaseModel]], ...]:
    return tuple(dict.fromkeys(models(Document, "")))


def test_the_page_lists_every_section_that_says_where_it_stands() -> None:
    listed = {re.sub(r".*?`(.*)`.*", r"\1", row[0]) for row in table("What has these keys")}
    there = {path.removesuffix(".*") for path, model in language() if issubclass(model, PlacedSpec)}
    assert listed == there


def test_the_page_lists_every_condition() -> None:
    listed = {row[0].strip("`") for row in table("Conditions")}
    there = {path for path, model in language() if {"where", "when"} & set(model.model_fields)}
    # The condition of a required tag is about other tags.
    assert listed == there - {"compliance.required_tags.*"}


def conditions(where: dict[str, str]) -> dict[str, Any]:
    """A spec in which every place of the table has this condition."""
    off = {"where": where, "enabled": False}
    return {
        "vars": {"busy": {"default": "> 5", "overrides": [{"where": where, "value": "> 50"}]}},
        "alarms": {
            "errors": {"overrides": [off]},
            "lag": {"metric": {"namespace": "Shop", "name": "Lag"}, "statistic": "Sum", "threshold": "{var.busy}"},
        },
        "services": {
            "handler": {"type": "lambda", "function": "handler", "overrides": [off]},
            "importer": {"type": "lambda", "function": "importer", "alarms": {"errors": {"overrides": [off]}}},
        },
        "composites": {"down": {"rule": "errors or lag", "overrides": [off]}},
        "routes": {"rules": [{"when": where, "to": ["mail"]}]},
        "compliance": {
            "required_tags": {"Owner": {"overrides": [off]}, "Team": {}},
            "exempt": [{"where": where, "reason": "it is built and gone"}],
            "overrides": [{"where": where, "severity": "high"}],
            "alarm": {"overrides": [{"where": where, "threshold": "> 9"}]},
        },
        "canaries": {"home": {"url": "https://example.com", "overrides": [off]}},
    }


@cache
def refused(name: str) -> frozenset[str]:
    """The places of the table that do not take a condition, as a build says."""
    found = set()
    for finding in built(spec(yaml.safe_dump(EVERYWHERE | conditions({name: CONDITIONS[name]})))).findings:
        if finding.severity is Severity.ERROR and name in map(str, finding.path):
            path = ".".join(str(part) for part in finding.path if not isinstance(part, int))
            found.add(re.sub(rf"\.(where|when)\.{name}$", "", path))
    return frozenset(found)


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_is_taken_where_the_page_says_so(name: str) -> None:
    column = 1 + list(CONDITIONS).index(name)
    for row in table("Conditions"):
        place = re.compile(re.escape(row[0].strip("`")).replace(r"\*", "[^.]+"))
        is_refused = any(place.fullmatch(one) for one in refused(name))
        assert is_refused is row[column].startswith("no"), f"{row[0]}: {name} is {row[column]}, {sorted(refused(name))}"
        assert row[column].startswith(("yes", "no: "))


# Everything in members that takes the keys, each behind a condition of its own or of what it looks at.
def placed(where: dict[str, Any]) -> dict[str, Any]:
    count = {"log_group": "application", "pattern": '"x"'}
    queue = {"namespace": "AWS/SQS", "name": "NumberOfMessagesSent", "dimensions": {"QueueName": "jobs"}}
    return {
        "log_groups": {
            "own": {"name": "/own/{environment}", **where},
            "theirs": {"name": "/theirs", "create": False, **where},
            "partly": {"name": "/partly/{environment}", "exists": where},
        },
        "metric_filters": {
            "own": {**count, "metric": {"namespace": "Shop", "name": "Own", "default": 0}, **where},
            "theirs": {**count, "log_group": "theirs", "metric": {"namespace": "Shop", "name": "Theirs", "default": 0}},
            "all": {**count, "metric": {"namespace": "Shop", "name": "All", "default": 0}},
        },
        "alarms": {
            "local": {"metric": queue, "statistic": "Sum", "threshold": "< 1", **where},
            "band": {"metric": queue, "statistic": "Sum", "anomaly": {"band": 2}, **where},
            "levels": {"metric": queue, "statistic": "Sum", "thresholds": {"high": "> 9", "critical": "> 99"}, **where},
            "lines": {"logs": {"query": "filter level = 1", "log_groups": ["application"]}, "threshold": "> 9"} | where,
            "counted": {"metric": {"filter": "theirs"}, "statistic": "Sum", "threshold": "> 9"},
            "other": {"metric": {"filter": "all"}, "statistic": "Sum", "threshold": "> 9"},
        },
        "services": {"handler": {"type": "lambda", "function": "handler", **where}},
        "composites": {"down": {"rule": "errors and other", **where}},
        "slos": {"good": {"objective": 99.9, "bad": {"filter": "errors"}, "total": {"filter": "all"}, **where}},
        "event_rules": {"orders": {"pattern": {"source": ["shop"]}, "severity": "low", **where}},
        "agent": {"targets": {"tag:Monitored": "yes"}, "metrics": ["mem"], **where},
        "compliance": dict(where),
        "error_logs": dict(where),
    }


# Logical ids of what then is not everywhere, by their beginnings.
BEHIND = (
    "LogGroupOwn",
    "LogGroupPartly",
    "FilterOwn",
    "FilterTheirs",
    "AlarmLocal",
    "AlarmBand",
    "AlarmLevels",
    "AlarmLines",
    "AlarmCounted",
    "AlarmHandler",
    "CompositeDown",
    "AlarmGood",
    "CompositeGood",
    "EventForwarding",
    "Agent",
    "Compliance",
    "AlarmHighNonCompliance",
    "ErrorLogs",
)


@pytest.mark.parametrize(
    "where",
    [
        {"accounts": ["alpha"]},
        {"accounts": {"except": ["alpha"]}},
        {"labels": {"label": "critical"}},
        {"labels": {"label": {"except": ["critical"]}}},
        {"units": [OU]},
        {"units": {"except": [OU]}},
        {"regions": ["eu-west-1"]},
        {"regions": {"except": ["eu-west-1"]}},
        {"later": False},
    ],
    ids=str,
)
def test_every_key_and_form_is_heard_by_everything_that_has_it(where: dict[str, Any]) -> None:
    made = built(spec(yaml.safe_dump(EVERYWHERE | placed(where))))
    assert not [one for one in made.findings if one.severity is Severity.ERROR]
    resources = made.templates["prod"]["member.template.yaml"]["Resources"]
    for stem in BEHIND:
        found = {key: one for key, one in resources.items() if key.startswith(stem)}
        assert found, stem
        everywhere = [key for key, one in found.items() if one.get("Condition", "IsNotHub") == "IsNotHub"]
        assert not everywhere, f"{everywhere} {where}"


def test_the_keys_are_those_of_the_page() -> None:
    assert set(PLACE_KEYS) == set(PlacedSpec.model_fields)
    assert all(f"| `{key}` |" in PAGE for key in PLACE_KEYS)
