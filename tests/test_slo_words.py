"""Objectives in words: in `obsgen diff`, in the catalogue, and in `obsgen explain`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from generator.render.catalogue import catalogue
from generator.render.estate_json import estate_json
from generator.render.section_words import changes_of
from tests.command import obsgen
from tests.support import built, spec

SLO = """
services: {api: {type: alb, load_balancer: app/shop/50dc6c495c0c9188}}
slos:
  checkout:
    objective: 99.9
    bad: [{filter: errors}, {namespace: Shop, name: TimedOut}]
    total: {namespace: Shop, name: Calls}
"""
OF_SERVICE = """
services: {api: {type: alb, load_balancer: app/shop/50dc6c495c0c9188}}
slos: {checkout: {objective: 99.9, of: {service: api}}}
"""
TWO = "{expression: a + b, metrics: {a: {namespace: Shop, name: X}, b: {namespace: Shop, name: Y}}}"
RATIO = "service api: bad HTTPCode_Target_5XX_Count + HTTPCode_ELB_5XX_Count of RequestCount + HTTPCode_ELB_5XX_Count"


def estate(change: str) -> dict[str, Any]:
    made = built(spec(change))
    assert made.artifacts, made.findings
    found: dict[str, Any] = json.loads(estate_json(made.estates["prod"]))
    return found


def said(before: str, after: str) -> list[str]:
    return [one.sentence for one in changes_of(estate(before), estate(after)) if one.area == "slos"]


@pytest.mark.parametrize(
    ("after", "sentence"),
    [
        (SLO.replace("99.9", "99.5"), "now has the target of 99.5 % over 30 days (was: 99.9 % over 30 days)"),
        (SLO + "    window: 28d\n", "now has the target of 99.9 % over 28 days (was: 99.9 % over 30 days)"),
        (OF_SERVICE, f"now counts: {RATIO} (was: bad errors + TimedOut of Calls)"),
        (
            SLO.replace("{namespace: Shop, name: Calls}", TWO),
            "now counts: bad errors + TimedOut of X + Y (was: bad errors + TimedOut of Calls)",
        ),
        (
            SLO + "    minimum_traffic: 100\n",
            "now has a fast alarm: from 100 events in the longer window (was: from one event)",
        ),
        (SLO + "    no_traffic: failing\n", "without traffic is now a total failure (was: quiet)"),
        (
            SLO + "    windows: [{alarm: fast, long: 2h, short: 10m, burn_rate: 10}]\n",
            "now has the windows: fast above 10 in 2h and 10m (was: those of the SRE workbook)",
        ),
        (SLO + "    in: hub\n", "now has one budget for all accounts"),
    ],
)
def test_a_diff_has_words_for_every_key(after: str, sentence: str) -> None:
    assert said(SLO, after) == [sentence]


def test_a_diff_says_what_is_new_and_gone_and_nothing_of_what_is_as_it_was() -> None:
    assert said("", OF_SERVICE) == [f"new: 99.9 % over 30 days of {RATIO}"]
    assert said(OF_SERVICE, "") == ["no longer has the target of 99.9 % over 30 days"]
    assert said(SLO, SLO) == []


def test_an_older_estate_without_objectives_is_no_news() -> None:
    older = {name: value for name, value in estate(SLO).items() if name != "objectives"}
    assert [one for one in changes_of(older, estate(SLO)) if one.area == "slos"] == []


def test_the_catalogue_has_a_table() -> None:
    made = built(spec(SLO + "    minimum_traffic: 100\n"))
    rows = catalogue(made.estates["prod"]).splitlines()
    at = rows.index("## Service level objectives")
    assert rows[at + 4] == (
        "| checkout | 99.9 % over 30 days | bad errors + TimedOut of Calls | those of the SRE workbook"
        " | from 100 events in the longer window |"
    )


@pytest.mark.parametrize(
    ("key", "row"),
    [
        ("", "counts: bad errors + TimedOut of Calls"),
        (".window", "target: 99.9 % over 28 days"),
        (".bad", "counts: bad errors + TimedOut of Calls"),
        (".minimum_traffic", "fast alarm: from 100 events in the longer window"),
        (".windows", "windows: fast above 10 in 2h and 10m"),
        (".no_traffic", "without traffic: quiet"),
    ],
)
def test_explain_has_words_for_every_key(tmp_path: Path, key: str, row: str) -> None:
    more = "    window: 28d\n    minimum_traffic: 100\n    no_traffic: quiet\n"
    more += "    windows: [{alarm: fast, long: 2h, short: 10m, burn_rate: 10}]\n"
    (tmp_path / "observability.yaml").write_text(spec(SLO + more))
    result = obsgen(tmp_path, "explain", f"slos.checkout{key}", "-e", "prod")
    rows = [line.strip() for line in result.stdout.splitlines()]
    assert row in rows
    assert key == "" or len([one for one in rows if one.startswith(("target", "counts", "windows", "fast"))]) <= 1
