"""Every type of channel has all of its parts; a failure says which file is missing, and `docs/decisions/0077` why."""

from __future__ import annotations

import json
import re
from importlib import import_module

import pytest

from generator.drill.vendors.kit.registry import http_vendors, vendor_class, vendor_types
from generator.drill.vendors.kit.vendor import HttpVendor
from generator.model import routing
from generator.spec.channel_types import channel_models, channel_types
from generator.spec.document import Document
from handlers.incident.channel_types import (
    EVEN_TYPES,
    FINAL_TYPES,
    PAGER_TYPES,
    READ_TYPES,
    STATUS_TYPES,
    TICKET_TYPES,
)
from tests.support import ROOT

TESTS = sorted((ROOT / "tests/handlers").glob("test_sinks_*.py"))
# `test_sinks_wire` goes through every type that has an example.
OF_ONE_TYPE = "".join(path.read_text(encoding="utf-8") for path in TESTS if path.stem != "test_sinks_wire")


def types_in(folder: str, *shared: str) -> set[str]:
    return {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__", "__main__", *shared}


@pytest.mark.parametrize("channel_type", channel_types())
def test_a_type_has_all_of_its_parts(channel_type: str) -> None:
    assert channel_type in types_in("handlers/incident/sinks", "sink"), f"handlers/incident/sinks/{channel_type}.py"
    assert channel_type in vendor_types(), f"generator/drill/vendors/{channel_type}.py"
    tested = f'"{channel_type}' in OF_ONE_TYPE or f"sinks.{channel_type} " in OF_ONE_TYPE
    assert tested, f"no test of it in tests/handlers/test_sinks_{channel_type}.py, or in another test_sinks_*.py"
    page = (ROOT / "docs/language/channels.md").read_text(encoding="utf-8")
    assert re.search(rf"\btype: {channel_type}\b|\| `{channel_type}`", page), "docs/language/channels.md"


def test_no_part_is_without_its_type() -> None:
    assert types_in("handlers/incident/sinks", "sink") == set(vendor_types()) == set(channel_types())


@pytest.mark.parametrize("channel_type", channel_types())
def test_stub_and_sink_agree(channel_type: str) -> None:
    """Both sides say whether people read it, and whether it has tickets; neither can import the other."""
    sink, vendor = import_module(f"handlers.incident.sinks.{channel_type}").Sink, vendor_class(channel_type)
    where = f"handlers/incident/channel_types.py, where `{channel_type}` has to be"
    assert vendor.is_read is (channel_type in READ_TYPES), f"READ_TYPES in {where}"
    assert (vendor.kind != "message") is sink.tickets, f"`kind` of {vendor.__module__} and `tickets` of the sink"
    assert sink.tickets is (channel_type in TICKET_TYPES), f"TICKET_TYPES in {where}"
    assert FINAL_TYPES <= READ_TYPES
    assert vendor.confirms is (channel_type not in routing.UNCONFIRMED_TYPES), (
        "UNCONFIRMED_TYPES in generator/model/routing.py"
    )
    assert {*READ_TYPES, *TICKET_TYPES, *EVEN_TYPES} <= set(channel_types())
    assert vendor.latency_ms > 0


def test_both_sides_know_the_same_pagers_and_tickets() -> None:
    assert set(routing.PAGER_TYPES) == PAGER_TYPES == {t for t in channel_types() if vendor_class(t).kind == "page"}
    assert set(routing.STATUS_TYPES) == STATUS_TYPES < TICKET_TYPES - PAGER_TYPES


@pytest.mark.parametrize("vendor", http_vendors())
def test_an_example_is_a_channel_of_its_type(vendor: type[HttpVendor]) -> None:
    examples = vendor.example_channels("http://127.0.0.1:1")
    assert {channel["type"] for channel in examples.values()} == {vendor.__module__.rpartition(".")[2]}
    assert all(channel["secret"] for channel in examples.values())


def test_the_schema_has_the_types_in_their_order() -> None:
    (channel,) = Document.model_json_schema()["properties"]["channels"]["patternProperties"].values()
    refs = channel["oneOf"]
    assert [ref["$ref"].rpartition("/")[2] for ref in refs] == [model.__name__ for model in channel_models()]


def test_every_schema_says_where_it_is_from() -> None:
    """One that is an unchanged copy cannot: the README does."""
    page = (ROOT / "tests/schemas/README.md").read_text(encoding="utf-8")
    for path in sorted((ROOT / "tests/schemas").glob("*.json")):
        comment = json.loads(path.read_text(encoding="utf-8")).get("$comment", "")
        is_ours = comment.startswith("a format of this project: ")
        assert "https://" in comment or is_ours or f"`{path.name}`" in page, (
            f"{path.name} needs a $comment with its source"
        )
