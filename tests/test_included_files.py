"""A spec in several files means what it means in one, and what is wrong in any of them is said with its own place."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from click.testing import CliRunner
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from generator.cli.main import group
from generator.included_files import IncludedFiles
from generator.reading import MOST_WRITTEN
from tests.command import obsgen
from tests.support import ROOT, TextParts, built, spec

SHIPPED: Mapping[str, Any] = yaml.safe_load((ROOT / "observability.yaml").read_text(encoding="utf-8"))
ALARM = '{metric: {filter: errors}, statistic: Sum, threshold: "> 5"}'


def written(folder: Path, texts: Mapping[str, str]) -> Path:
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def split(document: Mapping[str, Any], files: int, seed: int) -> dict[str, str]:
    """The entries of each section dealt out to files at random, in any order; lists and plain values stay.

    So do services, whose order is the one they have on a dashboard.
    """
    deal = random.Random(seed)
    parts: list[dict[str, Any]] = [{} for _ in range(files)]
    main: dict[str, Any] = {"include": ["parts/*.yaml"]}
    for section, value in deal.sample(sorted(document.items()), len(document)):
        if not isinstance(value, dict) or section == "services":
            main[section] = value
            continue
        for key, entry in deal.sample(sorted(value.items()), len(value)):
            deal.choice([main, *parts]).setdefault(section, {})[key] = entry
    texts = {f"parts/{n}.yaml": yaml.safe_dump(part, sort_keys=False) for n, part in enumerate(parts)}
    return {"observability.yaml": yaml.safe_dump(main, sort_keys=False), **texts}


@given(st.integers(1, 6), st.integers(0, 10**6))
@settings(max_examples=8, deadline=None, phases=[Phase.generate])
def test_a_spec_that_is_split_at_random_builds_the_same_bytes(files: int, seed: int) -> None:
    whole = yaml.safe_load(
        spec(f"alarms: {{more: {ALARM}}}\ncomposites: {{all: {{rule: errors and more}}}}\ntags: {{a: b, c: d}}")
    )
    texts = split(whole, files, seed)
    parts = TextParts({name: text.encode() for name, text in texts.items()})
    found = built(texts["observability.yaml"], parts=parts)
    assert [finding.code for finding in found.findings] == []
    assert found.artifacts == built(yaml.safe_dump(whole)).artifacts


def test_the_shipped_spec_in_twenty_files_builds_the_same_bytes(tmp_path: Path) -> None:
    written(tmp_path / "one", {"observability.yaml": yaml.safe_dump(dict(SHIPPED), sort_keys=False)})
    written(tmp_path / "many", split(SHIPPED, 20, 7))
    for name in ("one", "many"):
        done = obsgen(tmp_path / name, "build", "--no-lint")
        assert done.returncode == 0, done.stderr
    ours, theirs = ({p.name: p.read_bytes() for p in (tmp_path / n / "out/prod").iterdir()} for n in ("one", "many"))
    assert ours == theirs


def test_any_file_makes_out_stale(tmp_path: Path) -> None:
    main = spec("include: [alarms/*.yaml]")
    written(tmp_path, {"observability.yaml": main, "alarms/a.yaml": f"alarms:\n  more: {ALARM}\n"})
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    assert obsgen(tmp_path, "build", "--no-lint", "--check").returncode == 0
    written(tmp_path, {"alarms/a.yaml": f"alarms:\n  more: {ALARM.replace('5', '6')}\n"})
    assert obsgen(tmp_path, "build", "--no-lint", "--check").returncode == 1
    written(tmp_path, {"alarms/a.yaml": f"alarms:\n  more: {ALARM}\n", "alarms/b.yaml": f"alarms:\n  most: {ALARM}\n"})
    stale = obsgen(tmp_path, "build", "--no-lint", "--check")
    assert stale.returncode == 1
    assert "most-alarm-prod" in stale.stdout


def test_explain_names_the_file_of_each_value(tmp_path: Path) -> None:
    main = spec("include: [alarms/*.yaml]\ndefaults: {alarms: {severity: high}}")
    written(tmp_path, {"observability.yaml": main, "alarms/a.yaml": f"# Ours.\nalarms:\n  more: {ALARM}\n"})
    shown = obsgen(tmp_path, "explain", "alarms.more").stdout
    assert "alarms/a.yaml:3" in next(line for line in shown.splitlines() if "threshold" in line)
    assert " observability.yaml:" in next(line for line in shown.splitlines() if "severity" in line)
    assert "alarms/a.yaml:3" not in obsgen(tmp_path, "explain", "alarms.errors").stdout


def test_machines_are_told_the_file_too(tmp_path: Path) -> None:
    main = spec("include: [alarms/a.yaml]")
    written(tmp_path, {"observability.yaml": main, "alarms/a.yaml": "alarms:\n  more: {threshold: 5}\n"})
    rows = json.loads(obsgen(tmp_path, "check", "--format", "json").stdout)["findings"]
    assert {(row["file"], row["line"], row["column"]) for row in rows} == {("alarms/a.yaml", 2, 21)}
    sarif = json.loads(obsgen(tmp_path, "check", "--format", "sarif").stdout)["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in sarif]
    assert {(p["artifactLocation"]["uri"], p["region"]["startLine"]) for p in places} == {("alarms/a.yaml", 2)}
    assert "file=alarms/a.yaml,line=2,col=21" in obsgen(tmp_path, "check", "--format", "github").stdout


def test_machines_find_the_file_from_the_top_of_a_repository(tmp_path: Path) -> None:
    """Code scanning wants a URI relative to the repository: a space is %20.

    https://docs.github.com/code-security/reference/code-scanning/sarif-files/sarif-support#physicallocation-object
    """
    main = spec("include: [alarms/a.yaml]")
    written(tmp_path, {"my pay/observability.yaml": main, "my pay/alarms/a.yaml": "alarms:\n  more: {threshold: 5}\n"})
    where = ("--file", "my pay/observability.yaml")
    sarif = json.loads(obsgen(tmp_path, "check", *where, "--format", "sarif").stdout)["runs"][0]["results"]
    places = [result["locations"][0]["physicalLocation"] for result in sarif]
    assert {p["artifactLocation"]["uri"] for p in places} == {"my%20pay/alarms/a.yaml"}
    assert "file=my pay/alarms/a.yaml,line=2" in obsgen(tmp_path, "check", *where, "--format", "github").stdout


def test_diff_knows_an_alarm_that_moved_into_a_file(tmp_path: Path) -> None:
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    written(tmp_path, {"observability.yaml": spec()})
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        os.spawnvp(os.P_WAIT, "git", [*git, "-C", str(tmp_path), *words])
    entry = yaml.safe_load(spec())["alarms"]
    texts = {"observability.yaml": spec("alarms:\ninclude: [a.yaml]"), "a.yaml": yaml.safe_dump({"alarms": entry})}
    written(tmp_path, texts)
    same = obsgen(tmp_path, "diff", "--exit-code")
    assert (same.returncode, same.stderr) == (0, "")


def test_anchors_hold_within_a_file_and_x_keys_are_for_them() -> None:
    part = f"x-alarm: &usual {ALARM}\nx-n: 5\nalarms:\n  more: {{<<: *usual, severity: low}}\n  most: *usual\n"
    found = built(spec("include: [a.yaml]\nx-note: [1]"), parts=TextParts({"a.yaml": part.encode()}))
    assert found.findings == []
    assert {alarm.key for alarm in found.estates["prod"].alarms} == {"errors", "more", "most"}


def test_a_key_that_a_merge_brings_in_is_a_second_one_too() -> None:
    part = f"x-ours: &ours\n  errors: {ALARM}\nalarms: {{<<: *ours}}\n"
    found = built(spec("include: [a.yaml]"), parts=TextParts({"a.yaml": part.encode()}))
    assert [(f.code, f.file, f.mark.line if f.mark else 0) for f in found.findings] == [("Y03", "a.yaml", 2)]


@pytest.mark.parametrize(
    ("part", "code"),
    [
        (b"\xff", "Y01"),
        (b"? [a]\n: b\nalarms: {? [a] : b}", "Y06"),
        (b"alarms: {<<: 5}", "Y06"),
        (b"no: {}\nalarms: {on: {}}", "Y06"),
        (b"alarms: {a: &a {<<: *a}}", "Y05"),
        (b"alarms: &a {b: *a}", "Y05"),
        (b"[" * 1000, "Y05"),
        (b"{}", ""),
        (b"# nothing yet", ""),
    ],
)
def test_a_part_that_is_hardly_yaml(part: bytes, code: str) -> None:
    found = built(spec("include: [a.yaml]"), parts=TextParts({"a.yaml": part})).findings
    assert {(f.code, f.file) for f in found} == ({(code, "a.yaml")} if code else set())


def test_values_are_counted_over_all_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.spec.load.MAX_VALUES", 500)
    part = f"x-more: {list(range(300))}\ntags: {{{', '.join(f'a{n}: b' for n in range(20))}}}".encode()
    texts = {"a.yaml": part, "b.yaml": part.replace(b"a", b"c").replace(b"tcgs", b"tags")}
    assert built(spec("include: [a.yaml]"), parts=TextParts(texts)).findings == []
    found = built(spec("include: [a.yaml, b.yaml]"), parts=TextParts(texts)).findings
    assert [(f.code, f.file) for f in found] == [("Y05", "b.yaml")]


def refused(folder: Path, include: str) -> str:
    """What is said of a main file that includes this."""
    written(folder, {"observability.yaml": spec(f"include: [{include}]")})
    done = obsgen(folder, "check", "--no-lint")
    assert done.returncode == 2, done.stdout
    return done.stdout


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda path: path.symlink_to("/etc/hostname"), "a link to what is outside of the spec's folder"),
        (lambda path: path.symlink_to("/dev/zero"), "a link to what is outside of the spec's folder"),
        (lambda path: path.symlink_to(path.name), "there is no file `a.yaml`"),
        (lambda path: path.symlink_to("not-there"), "there is no file `a.yaml`"),
        (os.mkfifo, "it is no file"),
        (Path.mkdir, "it is no file"),
        (lambda path: path.write_bytes(b" " * (MOST_WRITTEN + 1)), "more than 10 MB"),
    ],
    ids=["link-out", "device", "loop", "nowhere", "fifo", "folder", "large"],
)
def test_what_is_no_part(make: Any, sentence: str, tmp_path: Path) -> None:
    make(tmp_path / "a.yaml")
    assert sentence in refused(tmp_path, "a.yaml")


def test_a_link_to_a_folder_outside_is_not_followed(tmp_path: Path) -> None:
    written(tmp_path / "outside", {"a.yaml": "secret: 1\n"})
    (tmp_path / "spec").mkdir()
    (tmp_path / "spec/alarms").symlink_to(tmp_path / "outside")
    for pattern in ("alarms/a.yaml", "alarms/*.yaml"):
        shown = refused(tmp_path / "spec", pattern)
        assert "outside of the spec's folder" in shown
        assert "secret" not in shown
    assert "no file matches" in refused(tmp_path / "spec", "'**/a.yaml'")


def test_all_files_together_have_a_limit(tmp_path: Path) -> None:
    half = f"# {'x' * (MOST_WRITTEN // 2)}\n"
    written(tmp_path, {f"{name}.yaml": half for name in "ab"})
    assert "the spec exceeds the limit of 10 MB" in refused(tmp_path, "a.yaml, b.yaml")


def test_a_search_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.included_files.MOST_NAMES", 50)
    written(tmp_path, {f"deep/{n}/a.txt": "" for n in range(30)})
    (tmp_path / "deep/loop").symlink_to(tmp_path / "deep")
    assert "more than 50 names to look through" in refused(tmp_path, "'**/*.yaml'")
    assert "at most 300 characters" in refused(tmp_path, "'" + "**/" * 200 + "a.yaml'")


def test_patterns_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.spec.parts.MOST_FILES", 5)
    found = built(spec(f"include: [{', '.join(f'{n}.yaml' for n in range(9))}]"), parts=TextParts({})).findings
    assert [one.code for one in found] == ["Y07"] * 6
    assert "more than 5 entries" in found[-1].message


def test_all_patterns_together_look_through_so_many_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.included_files.MOST_NAMES", 50)
    written(tmp_path, {f"many/{n}.txt": "" for n in range(30)})
    assert "more than 50 names" in refused(tmp_path, "'many/*.yaml', 'many/*.yml'")


def test_a_name_that_is_not_printed_as_it_is(tmp_path: Path) -> None:
    written(tmp_path, {"parts/a\n::error::b.yaml": "alarms: 5\n"})
    shown = refused(tmp_path, "parts/*.yaml")
    assert "has control characters" in shown
    assert "\n::error" not in shown


def test_patterns_find_files_in_one_order_whatever_the_disk_says(tmp_path: Path) -> None:
    names = ["a.yaml", "b/a.yaml", "b/c/d.yml", "b/c/e.yaml", ".hidden.yaml", ".git/x.yaml", "b.txt"]
    written(tmp_path, dict.fromkeys(reversed(names), ""))
    files = IncludedFiles(tmp_path / "observability.yaml")
    assert files.matching("**/*.yaml") == ["a.yaml", "b/a.yaml", "b/c/e.yaml"]
    assert files.matching("*/*.yaml") == ["b/a.yaml"]
    assert files.matching("**/**/[ad].y*ml") == ["a.yaml", "b/a.yaml", "b/c/d.yml"]
    assert files.matching("b/c/e.yaml") == ["b/c/e.yaml"]
    assert files.matching(".hid*.yaml") == [".hidden.yaml"]
    assert files.matching("b/**/no.yaml") == files.matching("b/none/*.yaml") == []


def test_a_file_is_read_once_and_a_pattern_leaves_its_own_file_out(tmp_path: Path) -> None:
    main = spec("include: ['*.yaml', 'teams/*.yaml', teams/b.yaml]")
    part = f"include: [../teams/b.yaml, '*.yaml']\nalarms:\n  more: {ALARM}\n"
    texts = {"observability.yaml": main, "teams/a.yaml": part, "teams/b.yaml": f"alarms:\n  most: {ALARM}\n"}
    written(tmp_path, texts)
    assert obsgen(tmp_path, "check", "--no-lint").stdout == "all checks passed\n"


def test_editors_have_a_schema_for_a_part() -> None:
    shown = CliRunner().invoke(group, ["schema", "--part"]).output
    check = jsonschema.Draft202012Validator(json.loads(shown))
    assert check.is_valid({"alarms": yaml.safe_load(spec())["alarms"], "x-a": 1, "include": ["a.yaml"], "waivers": []})
    assert check.is_valid({})
    for wrong in ({"version": 1}, {"project": "a"}, {"regions": []}, {"alarmz": {}}, {"alarms": {"a": {"b": 1}}}):
        assert not check.is_valid(wrong), wrong


def test_completion_knows_what_the_parts_have(tmp_path: Path) -> None:
    written(tmp_path, {"observability.yaml": spec("include: [a.yaml]"), "a.yaml": f"alarms:\n  more: {ALARM}\n"})
    words = {"COMP_WORDS": "obsgen explain alarms.m", "COMP_CWORD": "2", "_OBSGEN_COMPLETE": "bash_complete"}
    assert "alarms.more" in obsgen(tmp_path, **words).stdout
