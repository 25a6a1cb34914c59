"""`obsgen docs`: every page by its name, from a checkout and from a wheel; parts of pages; what there is no page of."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from generator.checks.check import registry
from generator.spec.document import Document
from tests.command import RUN, obsgen, typed
from tests.support import ROOT

DOCS = ROOT / "docs"
SOURCES = ("setup.py", "setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE")


def docs(*arguments: str) -> str:
    done = obsgen(ROOT, "docs", *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def listed(title: str) -> dict[str, str]:
    """The topics of a group of the list, with what is said about each."""
    block = next(block for block in docs().split("\n\n") if block.startswith(f"{title}:\n"))
    rows = (line.strip().partition("  ") for line in block.splitlines()[1:])
    return {name: summary.strip() for name, _, summary in rows}


def test_the_list_has_every_section_guide_and_check() -> None:
    assert set(listed("Sections of observability.yaml")) == set(Document.model_fields)
    guides = {page.stem for page in DOCS.glob("*.md")} - {"README", "development"} | {"checks", "language"}
    assert set(listed("Guides")) == guides
    assert all([*listed("Sections of observability.yaml").values(), *listed("Guides").values()])
    assert {code for line in listed("Checks") for code in line.split()} == {check.code for check in registry()}


@pytest.mark.parametrize("title", ["Sections of observability.yaml", "Guides"])
def test_every_topic_of_the_list_is_printed(title: str) -> None:
    for name in listed(title):
        pages = [DOCS / f"language/{name}.md", DOCS / f"{name}.md", DOCS / name / "README.md"]
        texts = [page.read_text(encoding="utf-8") for page in pages if page.exists()]
        assert docs(name) == "\n".join(text.partition("\n")[2] if text.startswith("<!--") else text for text in texts)


def test_a_check_is_printed_as_explain_prints_it() -> None:
    assert docs("t02") == docs("T02") == obsgen(ROOT, "explain", "T02").stdout


def test_the_code_of_an_error_is_its_row() -> None:
    assert docs("S02") == (
        "## The shape: S\n\n| code | cause | fix |\n| --- | --- | --- |\n"
        "| S02 | a required key is missing | add it; the message describes its purpose |\n"
    )


def test_a_key_is_what_its_page_says_about_it() -> None:
    shown = docs("alarms.warm_up")
    assert shown.startswith("## Warm-up\n\nUse `warm_up: 30m` to let a new alarm wait for its data")
    assert "\n### alarms\n\n| key | meaning | default |\n| --- | --- | --- |\n| `warm_up` | how long" in shown
    assert "| `threshold` |" not in shown
    assert "```" not in shown


def test_a_key_of_an_entry_is_found_by_the_path_that_a_message_shows() -> None:
    assert docs("alarms.my-alarm.logs.window") == docs("alarms.logs.window")
    assert docs("alarms.logs.query").count("| `query` |") == 1
    assert docs("alarms.query").count("| `query` |") == 3


@pytest.mark.parametrize(
    ("topic", "message"),
    [
        ("alarm", "there is no topic `alarm`\n  = help: did you mean `alarms`?"),
        ("alarm.threshold", "there is no topic `alarm.threshold`\n  = help: did you mean `alarms`?"),
        ("quiet", "there is no topic `quiet`\n  = help: `obsgen docs incidents.quiet`\n"),
        ("quiet_hours", "there is no topic `quiet_hours`\n  = help: `obsgen docs incidents`\n"),
        (
            "exists",
            "there is no topic `exists`\n  = help: `obsgen docs event_rules.exists` or"
            " `obsgen docs log_groups.exists`\n",
        ),
        ("comment", "there is no topic `comment`\n  = help: `obsgen comment --help`\n"),
        ("T99", "there is no topic `T99`\n  = help: "),
        ("nothing-like-it", "there is no topic `nothing-like-it`\n  = help: run `obsgen docs` to list them"),
        ("decisions", "there is no topic `decisions`\n  = help: "),
        ("../README", "there is no topic `../README`\n  = help: "),
        ("alarms.treshold", "`alarms` has no key `treshold`\n  = help: did you mean `alarms.threshold`?"),
        ("alarms.", "`alarms` has no key ``\n  = help: "),
        ("alarms.(", "`alarms` has no key `(`\n  = help: "),
    ],
)
def test_what_has_no_page_is_a_sentence_with_the_nearest(topic: str, message: str) -> None:
    done = obsgen(ROOT, "docs", topic)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith(f"Error: {message}")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("tro", ["troubleshooting"]),
        ("T0", [f"T0{number}" for number in range(1, 10)]),
        ("alarms.thr", ["alarms.threshold", "alarms.thresholds"]),
        ("nothing.", []),
    ],
)
def test_a_shell_completes_topics_and_keys(words: str, offered: list[str], tmp_path: Path) -> None:
    completing = {"_OBSGEN_COMPLETE": "bash_complete", "COMP_WORDS": f"obsgen docs {words}", "COMP_CWORD": "2"}
    done = typed(tmp_path, **completing)
    assert [line.partition(",")[2] for line in done.stdout.split()] == offered


def test_a_wheel_that_is_built_from_the_source_archive_has_the_pages(tmp_path: Path) -> None:
    """As `pip install` of a released archive does it: sdist, wheel, and the package away from any checkout."""
    source = tmp_path / "source"
    for folder in ("generator", "handlers", "docs"):
        shutil.copytree(ROOT / folder, source / folder, ignore=shutil.ignore_patterns("__pycache__"))
    for file in SOURCES:
        shutil.copy(ROOT / file, source / file)
    with tarfile.open(_built("sdist", source)) as archive:
        # Python 3.11 has the argument from 3.11.4 on.
        archive.extractall(tmp_path / "unpacked", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {}))
    (unpacked,) = (tmp_path / "unpacked").iterdir()
    with zipfile.ZipFile(_built("wheel", unpacked)) as wheel:
        wheel.extractall(tmp_path / "installed")
    assert {path.name for path in (tmp_path / "installed").iterdir() if path.suffix != ".dist-info"} == {
        "generator",
        "handlers",
    }
    for topic, page in (("alarms", "language/alarms.md"), ("testing", "testing.md")):
        done = subprocess.run(
            [sys.executable, "-c", RUN, "docs", topic],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path / "installed")},
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == (DOCS / page).read_text(encoding="utf-8")


def _built(kind: str, source: Path) -> Path:
    """What setuptools makes of a source, without a network."""
    code = f"from setuptools import build_meta; print(build_meta.build_{kind}('dist'))"
    done = subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return source / "dist" / done.stdout.splitlines()[-1]
