"""Documentation that is run: examples build or are refused, every key is explained, links and commands exist."""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import shlex
import subprocess
import sys
import typing
from pathlib import Path

import click
import pytest
from click.testing import CliRunner
from pydantic import BaseModel

from generator.checks.check import registry
from generator.cli.main import COMMANDS, group
from generator.findings import Severity
from generator.spec.document import Document
from tests.support import ROOT, TextParts, built, codes, spec
from tests.update_docs import COMMANDS as COMMANDS_PAGE
from tests.update_docs import command_reference, language_index

PAGES = sorted((ROOT / "docs").rglob("*.md"))
LANGUAGE = ROOT / "docs" / "language"
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def blocks(page: Path, kind: str) -> list[str]:
    """The fenced blocks of a kind, in order."""
    return [body for name, body in FENCE.findall(page.read_text(encoding="utf-8")) if name == kind]


def examples(first: str) -> list[tuple[str, str, str]]:
    """Page, what the first line's pattern caught, and block, for the language's examples that begin with that line."""
    found = []
    for page in sorted(LANGUAGE.glob("*.md")):
        for block in blocks(page, "yaml"):
            line = re.match(rf"# {first}\n", block)
            found += [(page.stem, "".join(line.groups()), block)] if line else []
    return found


FINE = examples("over the base")
FILES = examples(r"file (\S+)")
REFUSED = examples(r"refused with ([A-Z]\d\d)")


@pytest.mark.parametrize(("section", "_", "block"), FINE, ids=[section for section, _, _ in FINE])
def test_an_example_of_the_language_builds(section: str, _: str, block: str) -> None:
    parts = TextParts({name: text.encode() for page, name, text in FILES if page == section})
    errors = [f for f in built(spec(block), parts=parts).findings if f.severity is Severity.ERROR]
    assert errors == [], section


@pytest.mark.parametrize(("section", "code", "block"), REFUSED, ids=[f"{s}-{c}" for s, c, _ in REFUSED])
def test_an_example_that_is_refused_is_refused_with_this_code(section: str, code: str, block: str) -> None:
    found = built(spec(block)).findings
    assert code in {f.code for f in found if f.severity is Severity.ERROR}, section


def test_every_yaml_block_of_the_language_is_run() -> None:
    assert len(FINE) + len(FILES) + len(REFUSED) == sum(len(blocks(page, "yaml")) for page in LANGUAGE.glob("*.md"))


def models(annotation: object) -> list[type[BaseModel]]:
    """Every model somewhere inside an annotation."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        inner = [m for field in annotation.model_fields.values() for m in models(field.annotation)]
        return [annotation, *inner]
    return [model for part in typing.get_args(annotation) for model in models(part)]


@pytest.mark.parametrize("section", list(Document.model_fields))
def test_a_section_has_a_page_with_every_key(section: str) -> None:
    page = (LANGUAGE / f"{section}.md").read_text(encoding="utf-8")
    assert FINE and section in {name for name, _, _ in FINE}
    for model in models(Document.model_fields[section].annotation):
        for name, field in model.model_fields.items():
            assert f"| `{field.alias or name}` |" in page, f"{section}: {field.alias or name}"


def test_the_index_of_the_language_has_every_section() -> None:
    assert (LANGUAGE / "README.md").read_text(encoding="utf-8") == language_index(), "run `python -m tests.update_docs`"


def test_the_language_has_no_page_of_a_section_that_is_gone() -> None:
    assert {page.stem for page in LANGUAGE.glob("*.md")} == {*Document.model_fields, "README"}


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_links_lead_somewhere_inside_the_repository(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        if not target.startswith(("http://", "https://")):
            found = (page.parent / target).resolve()
            assert found.is_relative_to(ROOT.resolve()), target
            assert found.exists(), target


@pytest.mark.parametrize("folder", [ROOT / "docs", LANGUAGE, ROOT / "docs" / "decisions"], ids=lambda f: f.name)
def test_an_index_links_every_page_of_its_folder(folder: Path) -> None:
    index = (folder / "README.md").read_text(encoding="utf-8")
    for page in folder.glob("*.md"):
        assert page.name == "README.md" or f"({page.name})" in index, page.name


def test_errors_has_every_code_that_is_raised_and_no_other() -> None:
    source = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "generator").rglob("*.py"))
    raised = set(re.findall(r"\"([YSRWLX]\d\d)\"", source))
    page = (ROOT / "docs" / "errors.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| ([YSRWLX]\d\d) ", page, re.MULTILINE)) == raised


def test_codes_of_checks_in_the_docs_exist() -> None:
    known = {check.code for check in registry()}
    for page in [ROOT / "README.md", *PAGES]:
        named = set(re.findall(r"\b([HTQ]\d\d)\b", page.read_text(encoding="utf-8")))
        assert named <= known, (page, named - known)


def commands() -> list[list[str]]:
    """Every `obsgen …` that the README shows as typed."""
    typed = re.findall(r"^\$ (.*)$", "\n".join(blocks(ROOT / "README.md", "console")), re.MULTILINE)
    typed += re.findall(r"`(obsgen [^`]*)`", README)
    pieces = [piece.strip() for line in typed for piece in line.split("&&")]
    return [piece.replace("\\|", "|").split() for piece in pieces if piece.startswith("obsgen ")]


def command_of(name: str) -> click.Command:
    """The command of a name, as `obsgen` finds it."""
    command = group.get_command(click.Context(group), name)
    assert command is not None
    return command


@pytest.mark.parametrize("words", commands(), ids=" ".join)
def test_a_command_of_the_readme_exists_with_its_options(words: list[str]) -> None:
    assert words[1] in COMMANDS
    command = command_of(words[1])
    known = {name for p in command.params if isinstance(p, click.Option) for name in (*p.opts, *p.secondary_opts)}
    assert {word for word in words[2:] if word.startswith("-")} <= known


def typed(page: Path) -> list[str]:
    """Every line of a page that begins with `$ obsgen`."""
    shown = "\n".join([*blocks(page, "console"), *blocks(page, "text")])
    return re.findall(r"^\$ obsgen (.*)$", shown, re.MULTILINE)


@pytest.mark.parametrize("line", sorted({line for page in PAGES for line in typed(page)}))
def test_a_command_of_a_page_exists_with_its_arguments_and_options(line: str) -> None:
    words = list(itertools.takewhile(lambda word: word not in {">", "|", "&&"}, shlex.split(line)))
    name, words = words[0], words[1:]
    command = command_of(name)
    parent = click.Context(group, **group.context_settings)  # a command keeps the help option of its first context
    while isinstance(command, click.Group):
        context = click.Context(command, info_name=name, parent=parent)
        named = bool(words) and words[0] in command.list_commands(context)
        name, words = (words[0], words[1:]) if named else ("list", words)
        command = command.get_command(context, name)
    given, left, _ = command.make_parser(click.Context(command, info_name=name, parent=parent)).parse_args(list(words))
    assert left == []
    assert [p.name for p in command.params if p.required and not isinstance(given.get(p.name), (str, tuple))] == []


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: page.relative_to(ROOT).as_posix())
def test_no_placeholder_is_lost_as_an_html_tag(page: Path) -> None:
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    # A comment as it looks has the tags of comments.
    text = re.sub(r"<!-- comment -->.*?<!-- end of comment -->", "", text, flags=re.DOTALL)
    prose = re.sub(r"```.*?```|`[^`\n]*`", "", text, flags=re.DOTALL)
    # An element of HTML that GitHub and GitLab show: a picture for light and one for dark colors.
    prose = prose.replace("<picture>", "")
    assert re.findall(r"(?<!\\)<[A-Za-z ]+>", prose) == []


def tour() -> list[tuple[str, str]]:
    """Each command of the README's tour with the output that is shown; what make does is not run again here."""
    shown = "".join(block for block in blocks(ROOT / "README.md", "console") if not block.startswith("$ make"))
    pieces = [piece.partition("\n") for piece in re.split(r"^\$ ", shown, flags=re.MULTILINE)[1:]]
    return [(command, output) for command, _, output in pieces]


def test_the_tour_of_the_readme_prints_what_it_shows(tmp_path: Path) -> None:
    who = {
        f"GIT_{role}_{what}": "someone@example.com" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    environment = {**os.environ, **who, "PATH": path, "NO_COLOR": "1"}
    for command, shown in tour():
        assert printed(command, tmp_path, environment) == shown, command


def printed(command: str, folder: Path, environment: dict[str, str]) -> str:
    """What a line prints. obsgen runs in this process, which is quicker, where the line is nothing but it."""
    words = shlex.split(command)
    if words[0] == "obsgen" and ">" not in words:
        with contextlib.chdir(folder):
            return CliRunner().invoke(group, words[1:], env=environment, prog_name="obsgen").output
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        check=False,
    ).stdout


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    named = re.findall(r"^\$ make (\w+)", README, re.MULTILINE)
    assert named
    for target in named:
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_base_that_examples_are_laid_over_is_fine_itself() -> None:
    assert codes(spec()) == set()


def names_its_entries(annotation: typing.Any) -> bool:
    """Whether people choose the keys of a section's entries, of which names are made: a mapping, or one of mappings."""
    fields = getattr(annotation, "model_fields", {}).values()
    types = [field.annotation for field in fields] or [annotation]
    return all(typing.get_origin(kind) is dict for kind in types)


KEYED = {name for name, field in Document.model_fields.items() if names_its_entries(field.annotation)}


def own_names() -> list[tuple[str, str]]:
    """Logical id and name of everything in the shipped example that nobody named in the YAML."""
    found = []
    for template in built((ROOT / "observability.yaml").read_text(encoding="utf-8")).templates["prod"].values():
        for logical_id, resource in template["Resources"].items():
            section, _, key = resource["Metadata"]["obsgen"]["path"].partition(".")
            if section in KEYED and key:
                continue
            for name, value in resource["Properties"].items():
                text = value.get("Fn::Sub", "") if isinstance(value, dict) else value
                if name.endswith("Name") and name not in ("DisplayName", "MetricName", "ServiceName") and text:
                    found.append((logical_id, text))
    return found


def on_the_page(logical_id: str, name: str) -> str:
    """How the page writes the name of that resource."""
    if re.match(r"PathWatch(?!er)|Heartbeat\d", logical_id):
        name = re.sub("^path-watch-.*-prod$", "path-watch-<what>-prod", name)
    shown = name.replace("${AWS::Region}", "<region>").replace("${AWS::AccountId}", "<AccountId>")
    return re.sub("(^|-)prod(?=-<|$)", r"\1<environment>", shown)


def test_naming_has_every_name_that_comes_by_itself() -> None:
    pages = [ROOT / "docs" / "naming.md", *LANGUAGE.glob("*.md")]
    page = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    named = own_names()
    assert len(named) > 50
    assert [one for one in named if f"`{on_the_page(*one)}`" not in page] == []


def test_the_reference_of_the_commands_is_what_their_help_says() -> None:
    assert COMMANDS_PAGE.read_text(encoding="utf-8") == command_reference(), "run `python -m tests.update_docs`"
