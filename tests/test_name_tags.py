"""Every resource with tags has one by which a console lists it."""

from __future__ import annotations

from typing import Any

from tests.support import ROOT, built, spec


def tags(resource: dict[str, Any]) -> dict[str, Any]:
    given = resource.get("Properties", {}).get("Tags", {})
    return given if isinstance(given, dict) else {tag["Key"]: tag["Value"] for tag in given}


def of(change: str, logical_id: str, side: str = "member") -> dict[str, Any]:
    return tags(built(spec(change)).templates["prod"][f"{side}.template.yaml"]["Resources"][logical_id])


def test_everything_that_has_tags_has_a_name() -> None:
    for template in built((ROOT / "observability.yaml").read_text(encoding="utf-8")).templates["prod"].values():
        for logical_id, resource in template["Resources"].items():
            assert "Tags" not in resource.get("Properties", {}) or tags(resource)["Name"], logical_id


def test_it_is_what_the_resource_is_called_or_what_the_template_calls_it() -> None:
    assert of("", "AlarmErrors")["Name"] == "errors-alarm-prod"
    assert of("", "IncidentQueueToFunction", "hub")["Name"] == "incident-queue-to-function-prod"


def test_a_name_of_your_own_stays_in_whatever_case() -> None:
    assert of("tags: {Name: shop}", "AlarmErrors")["Name"] == "shop"
    assert "Name" not in of("tags: {name: shop}", "AlarmErrors")


def test_what_tags_do_not_admit_becomes_a_hyphen() -> None:
    named = 'log_groups: {application: {name: "/shop/a#b/{environment}"}}'
    assert of(named, "LogGroupApplication")["Name"] == "/shop/a-b/prod"
