"""Reports to Teams and Google Chat: their forms within the vendors' limits, and the way there against the stand-ins."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from generator.drill.vendors import google_chat as google_vendor
from generator.drill.vendors import teams as teams_vendor
from generator.spec.channel_types import channel_models, channel_types
from handlers.common.deadline import Deadline
from handlers.common.http import Http
from handlers.common.secrets import Secrets
from handlers.reports import google_chat, teams
from handlers.reports.deliver import NotDelivered, Tools, deliver
from handlers.reports.report import Report, Row, Section
from tests.handlers.chat_world import ATTACKS
from tests.handlers.reports.test_build import QUIET
from tests.support import ROOT
from tests.vendors import Vendors

ROWS = tuple(Row((f"{number} {'<' * 300}", "🚨" * 200, "x"), number + 1) for number in range(25))
WIDE = tuple(Section(f"Section {number}", ("A", "B", "C"), ROWS, 10_000, "", has_bars=True) for number in range(40))
NARROW = tuple(Section(f"Section {n}", ("A",), tuple(Row((f"{m}",), 1) for m in range(9)), 9, "") for n in range(40))
LARGEST = replace(QUIET, sections=WIDE, notes=tuple("n" * 900 for _ in range(9)))
HOSTILE = replace(
    QUIET,
    project="<users/all>",
    sections=(Section("<at>all</at>", ("A",), tuple(Row((attack,), 1) for attack in ATTACKS), 11, ""),),
    notes=ATTACKS,
)
REPORTS = (QUIET, LARGEST, HOSTILE)


@pytest.fixture
def vendors() -> Iterator[Vendors]:
    with Vendors() as running:
        yield running


def sent(vendors: Vendors, name: str, report: Report, address: str = "") -> None:
    channel = vendors.example_channels()[name]
    secret = json.dumps({"webhook_url": address or channel["secret"]["webhook_url"]})

    class SecretsManager:
        def get_secret_value(self, **_given: Any) -> dict[str, str]:
            return {"SecretString": secret}

    tools = Tools(lambda _service: None, Http(), Secrets(SecretsManager), "")
    entry = {"type": channel["type"], "secret": "shop/room", "delivery": {"private": True}}
    deliver(report, "room", entry, tools, Deadline.after(5))


def test_the_types_that_take_reports_have_a_way_and_the_reverse() -> None:
    folder = ROOT / "handlers/reports/channels"
    found = {path.stem for path in folder.glob("*.py")} - {"__init__"}
    assert found == {kind for kind, model in zip(channel_types(), channel_models(), strict=True) if model.takes_reports}


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_is_accepted(vendors: Vendors, report: Report) -> None:
    sent(vendors, "teams", report)
    sent(vendors, "google-chat", report)
    assert vendors.violations == []
    assert len(vendors.stub(teams_vendor.Vendor).cards) == len(vendors.stub(google_vendor.Vendor).messages) == 1


def test_google_chat_has_a_report_once(vendors: Vendors) -> None:
    sent(vendors, "google-chat", QUIET)
    sent(vendors, "google-chat", QUIET)
    assert len(vendors.stub(google_vendor.Vendor).messages) == 1


@pytest.mark.parametrize("sections", [WIDE, NARROW])
@pytest.mark.parametrize("form", [teams, google_chat])
def test_sections_that_do_not_fit_are_named(form: Any, sections: tuple[Section, ...]) -> None:
    """A card of Google Chat may be full of widgets long before it is full of bytes."""
    said = json.dumps(form.message(replace(LARGEST, sections=sections, command="obsgen report --open")))
    assert "Page with charts and complete lists: obsgen report --open" in said
    assert "Too long for this message: Section " in said
    assert "Not in this report: " in said
    said = json.dumps(form.message(replace(QUIET, command="obsgen report open daily")), ensure_ascii=False)
    assert "obsgen report open daily" in said
    assert QUIET.headline in said
    assert QUIET.span in said


@pytest.mark.parametrize(("name", "reason"), [("teams", "Teams responded with 40"), ("google-chat", "Google Chat")])
def test_a_refusal_repeats_nothing_of_the_address(vendors: Vendors, name: str, reason: str) -> None:
    address = vendors.example_channels()[name]["secret"]["webhook_url"].replace("drill-", "s3cr3t-")
    with pytest.raises(NotDelivered) as caught:
        sent(vendors, name, QUIET, address)
    assert str(caught.value).startswith(reason)
    assert "s3cr3t" not in str(caught.value)
