"""Event packs of the user's own, in event_packs/ beside the spec: used, shown, and refused with places."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.command import obsgen
from tests.support import built, spec

OWN = """\
title: Jobs of the shop
events:
  import-failed:
    pattern: {source: [shop.orders], detail-type: [Import Failed]}
    severity: high
    title: "Import of {$.detail.file} failed"
    summary: An order file could not be read
    why: Its orders are not in the shop until the file is sent again.
    subject: $.detail.file
    facts: {Row: $.detail.row}
    ends: {pattern: {source: [shop.orders], detail-type: [Import Succeeded]}, after: 1d}
    source: https://wiki.example.com/events/imports
    read: 2026-11-30
    examples:
      match: [{source: shop.orders, detail-type: Import Failed, detail: {file: a.csv, row: 7}}]
      ignore: [{source: shop.orders, detail-type: Import Started, detail: {file: a.csv}}]
      end: [{source: shop.orders, detail-type: Import Succeeded, detail: {file: a.csv}}]
"""
USE = "event_rules: {shop: {pack: shop-jobs, accounts: [alpha], events: {import-failed: {owner: shop}}}}"


def test_a_pack_of_ones_own_is_used_like_any_other() -> None:
    made = built(spec(USE), event_packs={"event_packs/shop-jobs.yaml": OWN.encode()})
    assert [finding for finding in made.findings if finding.code != "L01"] == []
    (rule,) = made.estates["prod"].event_rules
    assert (rule.key, rule.severity, rule.owner, rule.pack) == ("shop-import-failed", "high", "shop", "shop-jobs")
    assert "ShopImportFailed" in "".join(made.templates["prod"]["hub.template.yaml"]["Resources"])


def test_a_pack_of_ones_own_replaces_ours() -> None:
    text = spec("event_rules: {jobs: {pack: batch}}")
    rules = built(text, event_packs={"event_packs/batch.yaml": OWN.encode()}).estates["prod"].event_rules
    assert [rule.key for rule in rules] == ["jobs-import-failed"]


def test_a_pack_that_cannot_be_read_is_no_missing_pack() -> None:
    text = OWN.replace("severity: high", "severty: high")
    made = built(spec(USE), event_packs={"event_packs/shop-jobs.yaml": text.encode()})
    assert {finding.file for finding in made.findings} == {"event_packs/shop-jobs.yaml"}


def test_an_empty_pack_is_no_reason_to_create_a_spec() -> None:
    made = built(spec(USE), event_packs={"event_packs/shop-jobs.yaml": b""})
    (finding,) = made.findings
    assert (finding.code, finding.hint) == ("Y04", "`obsgen packs show NAME --yaml` prints a pack to start from")


@pytest.mark.parametrize(
    ("good", "bad", "says"),
    [
        ("severity: high", "severty: high", "q.yaml:5:5: error S01: events.import-failed.severty"),
        ("[shop.orders], detail-type: [Import F", "[], detail-type: [Import F", "q.yaml:4:23: error R05"),
        (
            "[shop.orders], detail-type: [Import F",
            "[aws.iam], detail-type: [{exists: true}, F",
            "q.yaml:4:15: error R05",
        ),
        ("after: 1d", "after: 1s", "q.yaml:11:86: error R05"),
        ("{Row:", "{Severity:", "q.yaml:10:13: error R05"),
        ("    subject:", "    account_from: $.detail.account\n    subject:", "q.yaml:9:5: error R07"),
        ("match: [{source: shop.orders", "match: [{source: shop.order", "q.yaml:15:15: error R05"),
        ("Import Started", "Import Failed", "q.yaml:16:16: error R05"),
        ("end: [{source: shop.orders", "end: [{source: shop.order", "q.yaml:17:13: error R05"),
        (
            "      match: [{source: shop.orders, detail-type: Import Failed, detail: {file: a.csv, row: 7}}]\n",
            "",
            "requires an example in `match`",
        ),
    ],
)
def test_a_mistake_in_it_is_reported_with_its_place(tmp_path: Path, good: str, bad: str, says: str) -> None:
    assert good in OWN
    (tmp_path / "event_packs").mkdir()
    (tmp_path / "event_packs/q.yaml").write_text(OWN.replace(good, bad, 1), encoding="utf-8")
    (tmp_path / "observability.yaml").write_text(spec(), encoding="utf-8")
    for command in (["check", "--no-lint"], ["packs"]):
        done = obsgen(tmp_path, *command)
        assert (done.returncode, says in done.stdout + done.stderr) == (2, True), done.stdout + done.stderr


def test_it_is_listed_and_shown_and_builds_again_after_a_change(tmp_path: Path) -> None:
    (tmp_path / "event_packs").mkdir()
    file = tmp_path / "event_packs/shop-jobs.yaml"
    file.write_text(OWN, encoding="utf-8")
    (tmp_path / "observability.yaml").write_text(spec(USE), encoding="utf-8")
    assert "shop-jobs        Jobs of the shop: 1 event, your own\n" in obsgen(tmp_path, "packs").stdout
    assert "Its orders are not in the shop" in obsgen(tmp_path, "packs", "show", "shop-jobs").stdout
    assert obsgen(tmp_path, "packs", "show", "shop-jobs", "--yaml").stdout == OWN
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    file.write_text(OWN.replace("An order file could", "A file of orders could"), encoding="utf-8")
    done = obsgen(tmp_path, "build", "--check", "--no-lint")
    assert done.returncode == 1


def test_a_name_that_is_no_key_and_a_name_that_is_not_there() -> None:
    wrong = built(spec(), event_packs={"event_packs/Shop Jobs.yaml": OWN.encode()})
    assert [(f.code, f.file) for f in wrong.findings if f.code == "R05"] == [("R05", "event_packs/Shop Jobs.yaml")]
    strange = built(spec("event_rules: {x: {pack: zzzzzz}}"))
    assert ["event_packs/" in f.hint for f in strange.findings if f.code == "R02"] == [True]
    missing = built(
        spec("event_rules: {x: {pack: shop-job}}"), event_packs={"event_packs/shop-jobs.yaml": OWN.encode()}
    )
    assert [f.hint for f in missing.findings if f.code == "R02"] == ["did you mean `shop-jobs`?"]


@pytest.mark.parametrize("folder", ["packs", "event_packs"])
def test_a_pack_with_another_ending_is_not_ignored(tmp_path: Path, folder: str) -> None:
    (tmp_path / "observability.yaml").write_text(spec(""), encoding="utf-8")
    (tmp_path / folder).mkdir()
    (tmp_path / folder / "sqs.yml").write_text(OWN, encoding="utf-8")
    done = obsgen(tmp_path, "check", "--no-lint")
    assert (done.returncode, "sqs.yml: the name of a pack ends with .yaml" in done.stderr) == (2, True), done.stderr
