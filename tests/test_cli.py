"""The console script as people run it: files in, files out, exit codes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click
import jsonschema
import pytest
import yaml

from generator.cli.main import group
from generator.findings import Finding, Severity
from generator.render import findings
from generator.spec.load import Source
from tests.command import RUN as RUN
from tests.command import obsgen, typed
from tests.support import ROOT, spec


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(spec())
    assert obsgen(tmp_path, "build", "--no-lint").returncode == 0
    return tmp_path


def test_init_then_build_then_check_is_fine(tmp_path: Path) -> None:
    assert typed(tmp_path, "init").returncode == 0
    built = typed(tmp_path, "build")
    assert (built.returncode, built.stderr) == (0, "")
    checked = typed(tmp_path, "build", "--check")
    assert (checked.returncode, checked.stdout) == (0, "out is up to date\n")


def test_init_never_overwrites(shop: Path) -> None:
    before = contents(shop)
    shown = obsgen(shop, "init")
    assert shown.returncode == 2
    assert "already exists" in shown.stderr
    assert contents(shop) == before


def test_check_shows_a_short_difference_where_out_is_stale(shop: Path) -> None:
    file = shop / "out/prod/member.template.yaml"
    file.write_text(file.read_text().replace("Threshold: 5", "Threshold: 6"))
    shown = obsgen(shop, "build", "--check", "--no-lint")
    assert shown.returncode == 1
    assert "-      Threshold: 6\n+      Threshold: 5" in shown.stdout
    assert len(shown.stdout.splitlines()) < 20


def test_an_error_leaves_out_as_it_was(shop: Path) -> None:
    before = contents(shop / "out")
    (shop / "observability.yaml").write_text(spec("alarms: {errors: {threshold: 5}}"))
    assert obsgen(shop, "build").returncode == 2
    assert contents(shop / "out") == before


def test_a_finding_of_a_check_is_exit_1(shop: Path) -> None:
    (shop / "observability.yaml").write_text(spec("alarms: {errors: {missing_data: ignore}}"))
    assert typed(shop, "build", "--no-lint").returncode == 1


def test_what_no_longer_belongs_is_said_and_stays_until_it_is_destroyed(shop: Path) -> None:
    (shop / "out/prod/notes.md").write_text("ours, by hand")
    (shop / "out/live").mkdir()
    (shop / "out/live/manifest.yaml").write_text("somebody: else\n")
    (shop / "observability.yaml").write_text(spec("environments: [test]"))
    before = contents(shop / "out")
    said = obsgen(shop, "build", "--no-lint")
    assert said.returncode == 0
    assert {name: contents(shop / "out")[name] for name in before} == before
    assert "out/prod: the environment is no longer in the spec" in said.stderr
    assert "out/live" not in said.stderr


def test_one_environment_can_be_built_alone(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec("environments: [dev, prod]\naccess: {owned_by: prod}"))
    assert obsgen(tmp_path, "build", "--no-lint", "-e", "dev").returncode == 0
    assert {name.split("/")[0] for name in contents(tmp_path / "out")} == {"dev"}


def test_an_unknown_environment_gets_a_did_you_mean(shop: Path) -> None:
    shown = obsgen(shop, "build", "-e", "prd")
    assert shown.returncode == 2
    assert "did you mean `prod`?" in shown.stderr


def test_an_unknown_command_gets_a_did_you_mean(tmp_path: Path) -> None:
    shown = typed(tmp_path, "biuld")
    assert shown.returncode == 2
    assert "did you mean `build`?" in shown.stderr


def test_out_that_cannot_be_written_is_a_sentence(shop: Path) -> None:
    shown = typed(shop, "build", "--no-lint", "--out", "observability.yaml")
    assert shown.returncode == 2
    assert "out/ was not changed" in shown.stderr
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize(
    "setting", [{"PYTHONHASHSEED": "1"}, {"PYTHONHASHSEED": "2"}, {"TZ": "Asia/Tokyo", "LANG": "C"}]
)
def test_the_same_bytes_on_any_machine(shop: Path, setting: dict[str, str]) -> None:
    built = typed(shop, "build", "--no-lint", "--out", "again", **setting)
    assert built.returncode == 0, built.stderr
    assert contents(shop / "again") == contents(shop / "out")


def test_the_shipped_out_is_what_build_writes() -> None:
    shown = obsgen(ROOT, "build", "--check", "--no-lint")
    assert shown.returncode == 0, shown.stdout


def test_findings_come_as_json_sarif_and_annotations(shop: Path) -> None:
    (shop / "observability.yaml").write_text(spec("alarms: {errors: {treshold: 5}}"))
    line = next(
        n for n, text in enumerate((shop / "observability.yaml").read_text().splitlines(), 1) if "tresh" in text
    )
    (row,) = json.loads(obsgen(shop, "check", "--format", "json").stdout)["findings"]
    assert (row["code"], row["line"], row["path"]) == ("S01", line, "alarms.errors.treshold")
    (result,) = json.loads(obsgen(shop, "check", "--format", "sarif").stdout)["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == line
    assert f"::error file=observability.yaml,line={line}," in obsgen(shop, "check", "--format", "github").stdout


def test_sarif_has_no_more_results_than_github_takes_and_the_worst_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    assert findings.MOST_RESULTS == 25_000
    monkeypatch.setattr(findings, "MOST_RESULTS", 1_000)
    info = [Finding("I01", "fine", (), Severity.INFO)] * findings.MOST_RESULTS
    worse = [Finding("W01", "look", (), Severity.WARNING), Finding("E01", "wrong", ())]
    (run,) = json.loads(findings.render([*info, *worse], Source("a.yaml", ""), "sarif", "", coloured=False))["runs"]
    assert [result["level"] for result in run["results"][:3]] == ["error", "warning", "note"]
    assert len(run["results"]) == findings.MOST_RESULTS
    assert [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]] == [
        "2 of 1,002 results are not in this file, the least severe ones: GitHub accepts 1,000"
    ]
    (run,) = json.loads(findings.render(info, Source("a.yaml", ""), "sarif", "", coloured=False))["runs"]
    assert (len(run["results"]), "invocations" in run) == (findings.MOST_RESULTS, False)


def test_no_colours_where_nobody_looks(shop: Path) -> None:
    (shop / "observability.yaml").write_text(spec("alarms: {errors: {treshold: 5}}"))
    assert "\x1b[" not in typed(shop, "check").stdout


def test_the_schema_takes_the_shipped_files_and_refuses_a_wrong_one(tmp_path: Path) -> None:
    text = obsgen(tmp_path, "schema").stdout
    assert text == (ROOT / "observability.schema.json").read_text()
    validator = jsonschema.Draft202012Validator(json.loads(text))
    for name in ("observability.yaml", "generator/cli/commands/starter.yaml"):
        data = json.loads(json.dumps(yaml.safe_load((ROOT / name).read_text()), default=str))
        assert list(validator.iter_errors(data)) == [], name
    wrong = yaml.safe_load(spec("alarms: {errors: {treshold: '> 5'}}"))
    assert "treshold" in "".join(error.message for error in validator.iter_errors(wrong))


def test_the_schema_takes_variables_where_the_language_does(tmp_path: Path) -> None:
    validator = jsonschema.Draft202012Validator(json.loads(obsgen(tmp_path, "schema").stdout))
    part = jsonschema.Draft202012Validator(json.loads(obsgen(tmp_path, "schema", "--part").stdout))
    named = {
        "alarms": {"errors": {"threshold": "{var.busy}", "severity": "{var.how}", "runbook": "{var.wiki}/errors"}},
        "metric_filters": {"errors": {"metric": {"default": "{var.none}"}}},
        "channels": {"mail": {"type": "email", "addresses": "{var.people}"}},
        "routes": {"critical": ["{var.first}"]},
        "incidents": {"storm": {"own_pages": "{var.pages}"}},
        "services": {"pay": {"type": "lambda", "function": "pay", "timeout": "{var.long}"}},
    }
    assert list(validator.iter_errors(yaml.safe_load(spec(yaml.safe_dump(named))))) == []
    assert list(part.iter_errors({key: named[key] for key in ("services", "routes", "incidents")})) == []
    for change in (
        "alarms: {errors: {threshold: 'var.busy'}}",
        "alarms: '{var.all}'",
        "accounts: {alpha: {id: '{var.id}'}}",
        "hub: {account: '{var.id}'}",
        "channels: {mail: {type: '{var.kind}', addresses: [a@example.com]}}",
    ):
        assert not validator.is_valid(yaml.safe_load(spec(change))), change
    assert not part.is_valid({"regions": "{var.where}"})


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_shell_can_complete(tmp_path: Path, shell: str) -> None:
    assert "_OBSGEN_COMPLETE" in obsgen(tmp_path, "completion", shell).stdout


def test_what_was_built_is_beside_the_file(shop: Path) -> None:
    """`--file` and `--out` are of every command alike, whether it builds or reads what was built."""
    inside = obsgen(shop, "mute", "errors", "--for", "2h", "--reason", "test", "--dry-run")
    outside = obsgen(
        ROOT, "mute", "errors", "--for", "2h", "--reason", "test", "--dry-run", "-f", f"{shop}/observability.yaml"
    )
    assert (inside.returncode, outside.returncode) == (0, 0)
    assert outside.stdout.splitlines()[1:] == inside.stdout.splitlines()[1:] != []
    other = obsgen(ROOT, "outputs", "--file", f"{shop}/observability.yaml", "--out", f"{shop}/other")
    assert f"no build output in {shop}/other" in other.stderr


def test_each_command_with_an_output_folder_has_a_file() -> None:
    def commands(name: str, command: click.Command) -> Iterator[tuple[str, set[str]]]:
        yield name, {option for parameter in command.params for option in parameter.opts}
        if isinstance(command, click.Group):
            context = click.Context(command)
            for inner in command.list_commands(context):
                found = command.get_command(context, inner)
                assert found
                yield from commands(f"{name} {inner}", found)

    without = {name for name, options in commands("obsgen", group) if "--out" in options and "--file" not in options}
    assert without == set()
