"""estate.json and catalogue.md in parts: when, how large, that one entry changes one file, and who reads them."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.many_accounts import built
from bench.workload import workload
from generator.build import Built
from generator.cli.main import group
from generator.estate_data import estate_data, parts_of
from generator.render import catalogue_files, estate_files
from generator.render.estate_json import estate_json
from generator.render.split_files import LEAST_BYTES, MOST_BYTES, file_name, in_parts, letters_of
from generator.rollout.aws.assets import Assets
from generator.rollout.aws.bucket import record_key
from generator.rollout.deploy.desired import DesiredState, NotWhatWasBuilt, alarms_of, estate_of
from generator.rollout.deploy.ledger import Ledger

# GitHub shows no Markdown above 512 kB, and no file above a megabyte.
GITHUB_SHOWS = 512_000
# The same with numbers that are built in a second.
MOST, LEAST, ALARMS = 20_000, 5_000, 120
ALL = ALARMS + ALARMS // 20
NEW = "  a-7-again: {metric: {filter: f-0}, statistic: Sum, threshold: '> 7', datapoints: 1 of 1, period: 1m}\n"


@pytest.fixture(scope="module", autouse=True)
def small_parts() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module in (catalogue_files, estate_files):
            patch.setattr(module, "MOST_BYTES", MOST)
            patch.setattr(module, "LEAST_BYTES", LEAST)
        yield


@pytest.fixture(scope="module")
def large() -> Built:
    return built(workload(ALARMS))


def files(made: Built, stem: str) -> dict[str, bytes]:
    assert made.artifacts, made.findings
    names = {path.removeprefix("prod/"): content for path, content in made.artifacts.items()}
    return {name: content for name, content in names.items() if name.startswith(stem)}


@pytest.mark.parametrize("stem", ["estate", "catalogue"])
def test_each_file_can_be_opened_in_a_review(large: Built, stem: str) -> None:
    found = files(large, stem)
    assert len(found) > 2
    assert max(map(len, found.values())) < MOST + LEAST
    assert MOST_BYTES + LEAST_BYTES < GITHUB_SHOWS


def test_the_parts_say_what_one_file_would(large: Built) -> None:
    whole = json.loads(estate_json(large.estates["prod"]))
    read = estate_data(files(large, "estate").__getitem__)
    assert read.keys() == whole.keys()
    for section, value in whole.items():
        both = (value, read[section])
        one, other = (sorted(map(json.dumps, each)) if isinstance(each, list) else each for each in both)
        assert one == other, section


def test_every_alarm_is_in_one_file_of_the_catalogue_and_every_file_in_the_index(large: Built) -> None:
    found = {name: text.decode() for name, text in files(large, "catalogue").items()}
    headings = [line for text in found.values() for line in text.splitlines() if line.startswith("### ")]
    assert len(headings) == len(set(headings)) == ALL
    assert sum(text.count("- **When** ") for text in found.values()) == ALL
    assert all(f"]({name})" in found["catalogue.md"] for name in found if name != "catalogue.md")
    assert all("Edit that file, not this one." in text[:400] for text in found.values())


def test_what_people_write_is_no_heading_of_the_catalogue() -> None:
    """A summary may have several lines: none of them begins an alarm, a row or a section."""
    row = "a-7: {metric: {filter: f-7}, statistic: Sum, threshold: "
    text = workload(ALARMS)
    (line,) = [one for one in text.splitlines() if one.strip().startswith(row)]
    written = line.replace("summary: Errors of service 7", f"summary: {json.dumps('### x' + chr(10) + '## y')}")
    found = {name: read.decode() for name, read in files(built(text.replace(line, written)), "catalogue").items()}
    plain = files(built(text), "catalogue")
    assert found.keys() == plain.keys()
    lines = [one for text in found.values() for one in text.splitlines()]
    assert sum(one.startswith("### ") for one in lines) == ALL
    assert "\\### x ## y." in lines


def test_one_alarm_more_changes_one_part(large: Built) -> None:
    larger = built(workload(ALARMS).replace("composites:\n", f"{NEW}composites:\n", 1))
    for stem, index in (("estate", "estate.json"), ("catalogue", "catalogue.md")):
        before, after = files(large, stem), files(larger, stem)
        changed = {name for name in {*before, *after} if before.get(name) != after.get(name)} - {index}
        assert len(changed) == 1, changed


def test_small_ones_are_as_they_were() -> None:
    with pytest.MonkeyPatch.context() as patch:
        for module in (catalogue_files, estate_files):
            patch.setattr(module, "MOST_BYTES", MOST_BYTES)
        made = built(workload(20))
    assert files(made, "estate") == {"estate.json": estate_json(made.estates["prod"]).encode()}
    assert [*files(made, "catalogue")] == ["catalogue.md"]


def test_a_rollout_reads_the_parts(large: Built) -> None:
    found = files(large, "estate")
    assert len(alarms_of(found)) == ALL
    assert set(parts_of(found["estate.json"])) == found.keys() - {"estate.json"}
    missing = parts_of(found["estate.json"])[0]
    with pytest.raises(NotWhatWasBuilt, match=missing):
        estate_of({name: content for name, content in found.items() if name != missing})


def test_the_next_plan_reads_the_parts_of_the_last_rollout_and_no_older_ones(large: Built) -> None:
    """The bucket has files of every rollout; what a plan compares with is the last one's, read as one."""
    before = files(large, "estate")
    small = {"estate.json": b'{"estate": 1, "alarms": []}'}
    old = {"estate-alarms-gone.json": b"{}"}
    for now, recorded in ((small, before), (before, {**small, "estate-alarms-a7.json": b"{}"})):
        bucket = {record_key("prod", name): content for name, content in {**old, **recorded}.items()}
        assets = SimpleNamespace(exists=lambda: True, get=lambda key, kept=bucket: kept.get(key))
        ledger = Ledger(cast(DesiredState, SimpleNamespace(files=now, environment="prod")), cast(Assets, assets))
        found = ledger.before()
        assert found is not None
        assert {name for name in found if name.startswith("estate")} == {
            "estate.json",
            *parts_of(recorded["estate.json"]),
        }
        assert estate_of(found)["alarms"] == estate_of(recorded)["alarms"]


@pytest.mark.parametrize("listed", ["estate-alarms.json", ["../estate-alarms.json"], ["/etc/passwd"], [1], [None], {}])
def test_a_list_of_parts_leads_nowhere_else(listed: object) -> None:
    asked = []

    def content(name: str) -> str:
        asked.append(name)
        return json.dumps({"estate": 1, "parts": listed})

    with pytest.raises(ValueError, match="parts"):
        estate_data(content)
    assert asked == ["estate.json"]


def test_commands_know_the_parts(tmp_path: Path) -> None:
    """Built and committed, a threshold changed: diff says so, and a build that has no use for a part deletes it."""
    file = tmp_path / "observability.yaml"
    file.write_text(workload(ALARMS), encoding="utf-8")
    run = CliRunner()
    place = ["--file", str(file), "--out", str(tmp_path / "out")]
    assert run.invoke(group, ["build", "--no-lint", *place]).exit_code == 0
    author = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "."], [*author, "commit", "-qm", "a"]):
        subprocess.run([shutil.which("git") or "git", *command], cwd=tmp_path, check=True)
    row = "a-7: {metric: {filter: f-7}, statistic: Sum, threshold: "
    file.write_text(workload(ALARMS).replace(f'{row}"> 5"', f'{row}"> 6"', 1), encoding="utf-8")
    said = run.invoke(group, ["diff", *place])
    assert said.exit_code == 0, said.output
    assert said.output.count("fires") == 1 and "when Sum is > 6" in said.output
    (missing, *_) = parts_of((tmp_path / "out" / "prod" / "estate.json").read_bytes())
    for command in (["rm", "-q", "--cached", f"out/prod/{missing}"], [*author, "commit", "-qm", "b"]):
        subprocess.run([shutil.which("git") or "git", *command], cwd=tmp_path, check=True)
    said = run.invoke(group, ["diff", *place])
    assert said.exit_code == 2, said.output
    assert f"{missing} is missing, a part of estate.json" in said.output
    file.write_text(workload(2), encoding="utf-8")
    assert run.invoke(group, ["build", "--no-lint", *place]).exit_code == 0
    left = sorted(path.name for path in (tmp_path / "out" / "prod").iterdir())
    assert [name for name in left if name.startswith("catalogue")] == ["catalogue.md"]
    assert not [name for name in left if name.startswith("estate-alarms")]


NAMES = st.lists(st.text("ab-1_Z", max_size=6), unique_by=letters_of, max_size=40)


def parts(names: Iterable[str]) -> dict[str, frozenset[str]]:
    entries = [(name, "x" * 10) for name in names]
    return {file_name("s", beginning, "json"): frozenset(n for n, _ in own) for beginning, own in in_parts(entries, 45)}


@settings(max_examples=100, deadline=None)
@given(NAMES, st.text("ab-1_Z", max_size=6))
def test_an_entry_more_changes_one_file(names: list[str], more: str) -> None:
    before, after = parts(names), parts({*names, more})
    assert parts(reversed(names)) == before
    assert sum(after.get(file) != held for file, held in before.items()) <= 1
    assert set().union(*after.values()) == {*names, more}
    assert sum(map(len, after.values())) == len({*names, more})
    # A file with more has names that differ in nothing but what no file name has.
    assert all(len(held) <= 4 or len({*map(letters_of, held)}) == 1 for held in after.values())
