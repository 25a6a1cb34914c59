"""`obsgen build` where nothing changed: the last build stands, and only then (docs/decisions/0063).

The compiler is replaced by one that counts, so that a test sees whether it ran.
"""

from __future__ import annotations

import contextlib
import datetime
import json
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.build import Built, Inputs, build
from generator.cache import build_cache
from generator.cli import options
from generator.installed import installed_digest
from tests.command import Done, obsgen, typed
from tests.support import spec

PACK = "type: shop-queue\ntitle: Queues of the shop\nfolder: none\n"
# A warning: the alarm has no period in which it could be in ALARM in two Regions (T17).
WARNED = "regions: [us-east-1, eu-west-1]\nalarms: {errors: {in: hub, over: each-account}}\n"


class Folder:
    """A folder with a spec and what it includes; builds are counted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.builds = 0
        self.inputs: Inputs
        self.compile: Callable[..., Built] = build

    def build(self, *arguments: str) -> Done:
        return obsgen(self.path, "build", "--no-lint", *arguments)

    def is_made_again(self, *arguments: str) -> bool:
        before = self.builds
        done = self.build(*arguments)
        assert done.returncode in (0, 1), done.stderr
        return self.builds > before

    def write(self, name: str, text: str) -> None:
        (self.path / name).parent.mkdir(exist_ok=True)
        (self.path / name).write_text(text, encoding="utf-8")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    made = Folder(tmp_path)

    def counted(inputs: Inputs, *more: object) -> Built:
        made.builds += 1
        made.inputs = inputs
        return made.compile(inputs, *more)

    monkeypatch.setattr(options, "build", counted)
    made.write("observability.yaml", spec(f"{WARNED}include: [parts/*.yaml]\n"))
    made.write("parts/one.yaml", 'log_groups: {ledger: {name: "/shop/ledger/{environment}"}}\n')
    assert made.is_made_again()
    return made


def test_an_unchanged_build_says_the_same_and_compiles_nothing(folder: Folder) -> None:
    first = folder.build("--no-cache")
    again = folder.build()
    assert folder.builds == 2
    assert (again.returncode, again.stdout, again.stderr) == (0, first.stdout, first.stderr)
    assert " warning T17" in again.stderr
    assert again.stdout.endswith("; unchanged\n")


def test_it_does_not_even_load_the_compiler(tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec(), encoding="utf-8")
    loaded = "import atexit, sys; atexit.register(lambda: print('pydantic' in sys.modules, file=sys.stderr))"
    first, again = (typed(tmp_path, "build", "--no-lint", before=loaded) for _ in range(2))
    assert (first.stderr, again.stderr) == ("True\n", "False\n")


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it.write("observability.yaml", spec(f"{WARNED}include: [parts/*.yaml]\n") + "# more\n"),
        lambda it: it.write("parts/one.yaml", 'log_groups: {ledger: {name: "/shop/ledger-2/{environment}"}}\n'),
        lambda it: it.write("parts/two.yaml", 'log_groups: {orders: {name: "/shop/orders/{environment}"}}\n'),
        lambda it: (it.path / "parts/one.yaml").rename(it.path / "parts/three.yaml"),
        lambda it: it.write("packs/shop-queue.yaml", PACK),
        lambda it: it.write("out/prod/catalogue.md", "written by hand\n"),
        lambda it: (it.path / "out/prod/estate.json").unlink(),
        lambda it: it.write("out/prod/openapi.json", '{"info": "obsgen build"}'),
    ],
    ids=["spec", "part", "new part", "renamed part", "pack", "edited", "deleted", "stale"],
)
def test_what_changed_is_built(change: Callable[[Folder], object], folder: Folder) -> None:
    assert not folder.is_made_again()
    change(folder)
    done = folder.build()
    assert folder.builds == 2
    if done.returncode == 0:
        assert not folder.is_made_again()


def test_another_day_is_another_build(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    class Tomorrow(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Tomorrow:
            return super().now(tz) + datetime.timedelta(days=1)

    monkeypatch.setattr("generator.cli.options.datetime.datetime", Tomorrow)
    assert folder.is_made_again()


def test_what_is_asked_for_decides(folder: Folder) -> None:
    assert folder.is_made_again("--check")
    assert folder.is_made_again("--no-cache")
    assert folder.is_made_again("--out", "elsewhere")
    assert not folder.is_made_again()
    # An environment alone is a build of its own.
    assert folder.is_made_again("-e", "prod")
    assert not folder.is_made_again("-e", "prod")


def test_another_obsgen_builds_again(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("generator.cli.last_build.installed_digest", lambda: "another")
    assert folder.is_made_again()


def test_errors_are_found_each_time(folder: Folder) -> None:
    folder.write("observability.yaml", spec("alarms: {errors: {threshold: high}}"))
    said = [folder.build() for _ in range(2)]
    assert folder.builds == 3
    assert said[0].returncode == 2
    assert said[0].stderr == said[1].stderr


@pytest.mark.parametrize("text", ["", "[]", "null", "{}", '{"made_of": 1}', "[" * 100_000, "\0"])
def test_a_record_that_is_none_costs_time_and_nothing_else(text: str, folder: Folder) -> None:
    for key in list(build_cache()):
        build_cache()[key] = text
    assert folder.is_made_again()
    assert not folder.is_made_again()


def test_a_record_with_parts_of_another_kind_is_none(folder: Folder) -> None:
    for key, text in list(build_cache().items()):
        for parts in (None, [1], [["content", None, ""]], [["matching", 3, []]]):
            build_cache()[key] = json.dumps({**json.loads(text), "parts": parts})
    assert folder.is_made_again()


@pytest.mark.parametrize("name", ["parts", "files", "environments", "sizes", "report"])
def test_a_record_of_another_shape_is_none(name: str, folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = folder.build()
    ((key, text),) = build_cache().items()
    with contextlib.chdir(folder.path):
        made = pickle.dumps(build(folder.inputs))
    monkeypatch.setattr(folder, "compile", lambda *_: pickle.loads(made))
    others = (
        None,
        3,
        True,
        [1],
        [None],
        {"a": 1},
        {"prod": None},
        [["a"]],
        {"a\0b": "x"},
        [] if name != "parts" else 1,
    )
    for other in others:
        build_cache()[key] = json.dumps({**json.loads(text), name: other})
        done = folder.build()
        assert (done.returncode, done.stdout, done.stderr) == (0, expected.stdout, expected.stderr), other
    assert folder.builds == 1 + len(others)


def test_what_is_installed_is_known_by_its_content(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for package in ("one", "two"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "__init__.py").write_text("")
    monkeypatch.setattr("generator.installed._PACKAGES", ("one", "two"))
    monkeypatch.setattr("sys.path", [str(tmp_path)])
    digests = [installed_digest()]
    (tmp_path / "two" / "data.yaml").write_text("a: 1")
    digests.append(installed_digest())
    (tmp_path / "two" / "data.yaml").write_text("a: 2")
    digests.append(installed_digest())
    (tmp_path / "two" / "data.yaml").rename(tmp_path / "one" / "data.yaml")
    digests.append(installed_digest())
    (tmp_path / "cfn_lint-1.51.dist-info").mkdir()
    digests.append(installed_digest())
    assert len(set(digests)) == 5
    (tmp_path / "one" / "__pycache__").mkdir()
    (tmp_path / "one" / "__pycache__" / "x.pyc").write_bytes(b"1")
    assert installed_digest() == digests[-1]
