"""Who is watched where: units without some accounts, in the words of catalogue, diff and explain."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from generator.build import Built
from generator.cli.main import group
from generator.render.account_changes import account_differences
from tests.support import built, spec

UNIT = "ou-ab12-cdefgh34"
WITH_NAME = (
    'accounts: {delta: {id: "555555555555"}}\n'
    "environments: {prod: {accounts: [alpha, beta, gamma]}}\n"
    f'organizational_units: [{{id: {UNIT}, except: [delta, "999999999999"]}}]\n'
)


def text(made: Built, file: str) -> str:
    assert made.artifacts, made.findings
    return made.artifacts[f"prod/{file}"].decode()


def changes(before: str, after: str) -> list[str]:
    old, new = (json.loads(text(built(spec(change)), "estate.json")) for change in (before, after))
    return [words for _, _, words in account_differences(old, new)]


def explained(folder: Path, path: str, change: str) -> str:
    file = folder / "observability.yaml"
    file.write_text(spec(change), encoding="utf-8")
    return CliRunner().invoke(group, ["explain", path, "--file", str(file)]).output


def test_the_catalogue_says_who_is_left_out() -> None:
    made = built(spec(WITH_NAME))
    assert made.findings == []
    assert f"every account of {UNIT} but delta (555555555555), 999999999999" in text(made, "catalogue.md")


def test_explain_says_who_is_left_out(tmp_path: Path) -> None:
    shown = explained(tmp_path, "organizational_units", WITH_NAME)
    assert f"members: every account of {UNIT} but delta (555555555555), 999999999999" in shown


def test_the_diff_says_who_is_left_out_and_who_no_longer() -> None:
    whole = f"organizational_units: [{UNIT}]"
    but = f"organizational_units: [{{id: {UNIT}, except: ['999999999999']}}]"
    assert changes(whole, but) == [
        "999999999999 is left out of the organizational units, and watched no longer",
    ]
    assert changes(but, whole) == [
        "999999999999 is watched from now on, as the organizational units leave it out no longer",
    ]
    assert changes(but, but) == []


def test_an_entry_without_accounts_is_the_units_id() -> None:
    plain, mapping = (built(spec(f"organizational_units: [{unit}]")) for unit in (UNIT, f"{{id: {UNIT}}}"))
    assert plain.artifacts == mapping.artifacts
    assert "except" not in text(plain, "manifest.yaml")
    assert "excluded" not in text(plain, "estate.json")


def test_an_environment_that_names_a_unit_has_what_the_file_says_of_it() -> None:
    of_file = f'organizational_units: [{{id: {UNIT}, except: ["999999999999"]}}, ou-ab12-zzzzzzzz]\n'
    made = built(spec(f"{of_file}environments: {{prod: {{organizational_units: [{UNIT}]}}}}"))
    assert made.estates["prod"].organizational_units == (UNIT,)
    assert [one.id for one in made.estates["prod"].excluded_accounts] == ["999999999999"]
