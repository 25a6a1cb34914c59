"""Files that nobody would write: every command says a sentence about each, with the right exit code, and soon.

Random bytes, things that are no files, files without end, and what a build wrote with one value of another kind.
"""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from generator.cache import lint_cache
from generator.cli.main import group
from generator.reading import MOST_WRITTEN
from tests.support import spec

SEED = 11
BUSY_SECONDS, EVER_SECONDS = 30, 600
MORE_THAN_ANY_MEMORY = 30 * 1024**3
JUNK: tuple[Any, ...] = (None, True, -1, "x", "", [], {}, [None], {"x": None}, [[]], "\N{PILE OF POO}", 1e999)
PAGE = ["mute", "errors*", "--for", "1h", "--reason", "because", "--dry-run"]


def _random(number: int) -> bytes:
    return random.Random(SEED + number).randbytes(300)


TEXTS: dict[str, bytes] = {
    **{f"random-{number}": _random(number) for number in range(3)},
    "random-words": bytes(random.Random(SEED).choices(b"{}[]:,-?&*!|>'\"%@` \n\tab01\x00\xff", k=400)),
    "empty": b"",
    "nul": b"version: 1\nproject: a\x00b\n",
    "nothing-but-nul": bytes(1000),
    "bom": b"\xef\xbb\xbf",
    "bom-twice": b"\xef\xbb\xbf\xef\xbb\xbfversion: 1\n",
    "utf-16": "version: 1\n".encode("utf-16"),
    "utf-32": "version: 1\n".encode("utf-32"),
    "latin-1": "project: Zürich\n".encode("latin-1"),
    "surrogate": b"project: \xed\xa0\x80\n",
    "json-surrogate": b'{"Resources": {"\\ud800": {"Type": "\\ud800"}}}',
    "number": b"5",
    "null": b"null",
    "list": b"[]",
    "mapping": b"{}",
    "no-date": b"version: 2026-99-99\n",
    "no-number": b"version: 0b\nproject: 0x\ntags: {a: 1:99:99, b: .inf, c: 0o8}\n",
    "long-number": b"version: " + b"9" * 5000,
    "python": b"version: !!python/object/apply:os.system [true]\n",
    "list-as-key": b"? [a, b]\n: c\n",
    "mapping-as-key": b"{{a: b}: c}: d",
    "merge": b"<<: 5\nversion: 1\n",
    "of-itself": b"a: &a [*a]\n",
    "bomb": b"a: &a [x,x,x,x,x,x,x,x,x,x]\n"
    + b"".join(
        f"{n}: &{n} [{','.join([f'*{p}'] * 10)}]\n".encode() for p, n in zip("abcdefgh", "bcdefghi", strict=True)
    ),
    "deep-flow": b"[" * 100_000,
    "deep-mapping": b'{"a":' * 100_000,
    "deep-block": b"".join(b" " * n + b"a:\n" for n in range(1000)),
    "deep-dashes": b"- " * 100_000,
    "carriage-returns": b"version: 1\rproject: x\r",
    "separators": "version: 1\u2028project: \u0085x\n".encode(),
    "documents": b"--- 1\n--- 2\n",
    "directive": b"%YAML 9.9\n---\nversion: 1\n",
}


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(MORE_THAN_ANY_MEMORY)


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as bound:
        # A path of a socket is short.
        here = Path.cwd()
        os.chdir(path.parent)
        try:
            bound.bind(path.name)
        finally:
            os.chdir(here)


def _closed(path: Path) -> None:
    path.write_text("version: 1")
    path.chmod(0)


THINGS: dict[str, Callable[[Path], object]] = {
    "directory": Path.mkdir,
    "fifo": os.mkfifo,
    "zero": lambda path: path.symlink_to("/dev/zero"),
    "random": lambda path: path.symlink_to("/dev/urandom"),
    "null": lambda path: path.symlink_to("/dev/null"),
    "loop": lambda path: path.symlink_to(path.name),
    "nowhere": lambda path: path.symlink_to("is-not-there"),
    "sparse": _sparse,
    "socket": _socket,
    "closed": _closed,
}
# Anchors that expand to millions of values take a second or two to refuse.
SLOW = "bomb"
FEW = ("random-0", "directory", "zero", "sparse", "fifo")
ALL = [name for name in (*TEXTS, *THINGS) if name != SLOW]
SOME = ALL[::6]


def put(path: Path, name: str) -> None:
    """Make the file at `path` the thing of that name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    if name == "closed" and os.geteuid() == 0:
        pytest.skip("root may read everything")
    THINGS[name](path) if name in THINGS else path.write_bytes(TEXTS[name])


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No credentials and no home of this machine."""
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)


@contextmanager
def soon() -> Iterator[None]:
    """What takes more of the processor than a command may, or waits for ever, is stopped.

    The first limit is the processor's time, which a busy machine does not lengthen.
    """
    limits = ((signal.SIGPROF, signal.ITIMER_PROF, BUSY_SECONDS), (signal.SIGALRM, signal.ITIMER_REAL, EVER_SECONDS))
    before = [signal.signal(number, _does_not_end) for number, _, _ in limits]
    for _, timer, seconds in limits:
        signal.setitimer(timer, seconds)
    try:
        yield
    finally:
        for (number, timer, _), handler in zip(limits, before, strict=True):
            signal.setitimer(timer, 0)
            signal.signal(number, handler)


def _does_not_end(number: int, _frame: object) -> None:
    raise AssertionError(f"a command does not end: {signal.Signals(number).name}")


def said(*arguments: str, codes: tuple[int, ...] = (2,), given: bytes = b"") -> Result:
    """A command that ends with a sentence."""
    with soon():
        result = CliRunner().invoke(group, list(arguments), input=given)
    told = f"obsgen {' '.join(arguments)}\nexit {result.exit_code}\n{result.output}\n{result.exception!r}"
    assert result.exception is None or isinstance(result.exception, SystemExit), told
    assert "internal error" not in result.output, told
    assert "X01" not in result.output, told
    assert "Traceback" not in result.output, told
    assert result.exit_code in codes, told
    assert result.output.strip() or result.exit_code == 0 or "--json" in arguments, told
    return result


OF_THE_SPEC: tuple[list[str], ...] = (
    ["build"],
    ["check"],
    ["check", "--format", "json"],
    ["check", "--format", "sarif"],
    ["check", "--format", "github"],
    ["diff"],
    ["explain", "alarms.errors"],
    ["policy"],
    ["deploy", "--plan"],
    ["drill", "--local", "errors"],
    ["test", "--generate"],
)


@pytest.mark.parametrize("name", ALL)
def test_a_spec_that_is_none(name: str, tmp_path: Path) -> None:
    put(tmp_path / "observability.yaml", name)
    for command in OF_THE_SPEC:
        said(*command)
    played = "given: [{alarm: errors, state: ALARM}], expect: [{at: 1m, alarm: errors, state: OK}]"
    (tmp_path / "tests.yaml").write_text(f"version: 1\ntests: [{{name: x, {played}}}]")
    said("test")
    if name in SOME:
        said("packs", codes=(0,))


@pytest.mark.parametrize("name", ALL)
def test_shell_completion_of_a_spec_that_is_none(name: str, tmp_path: Path) -> None:
    put(tmp_path / "observability.yaml", name)
    for words in ("obsgen explain ", "obsgen drill ", "obsgen build -e "):
        completing = {"_OBSGEN_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(len(words.split()))}
        with soon():
            result = CliRunner(env=completing).invoke(group, [], prog_name="obsgen")
        assert result.exception is None or isinstance(result.exception, SystemExit), (name, words, result.exception)


@pytest.mark.parametrize("name", ALL)
def test_a_pack_that_is_none(name: str, tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    put(tmp_path / "packs/mine.yaml", name)
    said("check", "--no-lint")
    said("packs")
    if name not in SOME:
        return
    # They read packs as the list of packs does.
    said("packs", "show", "mine")
    said("schema")
    said("packs", "show", "mine", "--yaml", codes=(0, 2))


@pytest.mark.parametrize("name", SOME)
def test_an_event_pack_that_is_none(name: str, tmp_path: Path) -> None:
    # It is read like a pack of alarms, so a few of the contents are enough.
    (tmp_path / "observability.yaml").write_text(spec())
    put(tmp_path / "event_packs/mine.yaml", name)
    for command in (["check", "--no-lint"], ["packs", "show", "--events", "mine"]):
        said(*command)
    said("packs", "show", "--events", "mine", "--yaml", codes=(0, 2))


@pytest.mark.parametrize("name", ALL)
def test_tests_that_are_none(name: str, tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    put(tmp_path / "tests.yaml", name)
    said("test")


@pytest.mark.parametrize("ending", ["yaml", "json"])
@pytest.mark.parametrize("name", ALL)
def test_a_template_that_is_none(name: str, ending: str, tmp_path: Path) -> None:
    put(tmp_path / f"given.{ending}", name)
    test = {"name": "x", "template": f"given.{ending}", "given": [{"alarm": "a", "state": "ALARM"}]}
    (tmp_path / "tests.yaml").write_text(
        json.dumps({"version": 1, "tests": [{**test, "expect": [{"at": "1m", "alarm": "a", "state": "ALARM"}]}]})
    )
    said("test")


@pytest.mark.parametrize("name", ALL)
def test_a_log_that_is_none(name: str, tmp_path: Path) -> None:
    put(tmp_path / "app.log", name)
    for pattern in ('"[ERROR]"', "{ $.a = 1 }", "[a, b]", "%x%", "{ $.a.b[0] = * || $.c NOT EXISTS }"):
        said("filter", pattern, "app.log", "--value", "$.a", codes=(0, 1, 2))
        if name in TEXTS:
            said("filter", pattern, "--json", "--all", codes=(0, 1, 2), given=TEXTS[name])


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a build wrote of the small spec, by its path."""
    folder = tmp_path_factory.mktemp("written")
    (folder / "observability.yaml").write_text(spec())
    done = CliRunner().invoke(group, ["build", "--no-lint", "-f", str(folder / "observability.yaml")])
    assert done.exit_code == 0, done.output
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def shop(tmp_path: Path, written: dict[str, bytes]) -> Path:
    for path, text in written.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(text)
    return tmp_path


OF_OUT: tuple[list[str], ...] = (
    PAGE,
    ["mute", "--list"],
    ["unmute", "errors*"],
    ["outputs"],
    ["status"],
    ["drift"],
    ["destroy", "--plan"],
    ["redrive"],
)


@pytest.mark.parametrize("name", ALL)
def test_a_manifest_that_is_none(name: str, shop: Path) -> None:
    put(shop / "out/prod/manifest.yaml", name)
    for command in OF_OUT if name in FEW else (PAGE, ["redrive"]):
        said(*command)


@pytest.mark.parametrize("name", ALL)
def test_an_estate_that_is_none(name: str, shop: Path) -> None:
    put(shop / "out/prod/estate.json", name)
    said(*PAGE)
    if name not in FEW:
        return
    # It needs less of the file, and then has no credentials.
    said("status", codes=(2, 3))


@pytest.mark.parametrize("file", ["manifest.yaml", "hub.template.yaml"])
@pytest.mark.parametrize("name", FEW)
def test_a_file_of_out_that_is_compared(name: str, file: str, shop: Path) -> None:
    put(shop / "out/prod" / file, name)
    said("deploy", "--plan", codes=(1, 2))
    said("build", "--check", "--no-lint", codes=(1, 2))
    if file == "hub.template.yaml":
        said(*PAGE)


@pytest.mark.parametrize("name", ["directory", "zero", "fifo", "socket", "loop", "random-0"])
def test_an_out_that_is_none(name: str, tmp_path: Path) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    put(tmp_path / "out", name)
    for command in OF_OUT:
        said(*command)
    said("build", "--no-lint", codes=(0, 2))


def places(data: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place in plain data, itself included."""
    yield path
    inside = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in inside:
        yield from places(value, (*path, key))


def with_junk(data: Any, path: tuple[Any, ...], junk: Any) -> Any:
    """The data with another value at one place; without the place where the junk is Ellipsis."""
    if not path:
        return junk
    made = copy.deepcopy(data)
    inside = made
    for step in path[:-1]:
        inside = inside[step]
    if junk is ...:
        del inside[path[-1]]
    else:
        inside[path[-1]] = junk
    return made


def _changed(data: Any, seed: int, many: int) -> Iterator[Any]:
    """Data with junk at places drawn by a seed; the same in every run."""
    drawn = random.Random(seed)
    for _ in range(many):
        path = drawn.choice([path for path in places(data) if path])
        yield with_junk(data, path, drawn.choice([..., *JUNK]))


def test_a_manifest_with_a_value_of_another_kind(shop: Path) -> None:
    file = shop / "out/prod/manifest.yaml"
    manifest = yaml.safe_load(file.read_bytes())
    for made in _changed(manifest, SEED, 150):
        file.write_text(yaml.dump(made, Dumper=yaml.CSafeDumper, allow_unicode=True))
        said(*PAGE, codes=(0, 2))
    for queues in _changed(manifest["queues"], SEED, 15):
        file.write_text(yaml.dump({**manifest, "queues": queues}, Dumper=yaml.CSafeDumper))
        said("redrive", codes=(2, 3))


def test_an_estate_with_a_value_of_another_kind(shop: Path) -> None:
    file = shop / "out/prod/estate.json"
    estate = json.loads(file.read_bytes())
    for made in _changed(estate, SEED, 60):
        file.write_text(json.dumps(made))
        said(*PAGE, codes=(0, 2))
    for made in _changed(estate, SEED + 1, 5):
        file.write_text(json.dumps(made))
        said("status", codes=(2, 3))


def _git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("name", ["random-0", "nul", "latin-1", "json-surrogate", "list", "bom", "deep-flow", "python"])
def test_a_committed_out_that_is_none(name: str, shop: Path) -> None:
    _git(shop, "init", "-q")
    for file in ("estate.json", "hub.template.yaml"):
        put(shop / "out/prod" / file, name)
        _git(shop, "add", "-A", "out")
        _git(shop, "commit", "-q", "-m", "x")
        said("diff", codes=(0, 2))


def test_a_committed_estate_with_a_value_of_another_kind(shop: Path) -> None:
    _git(shop, "init", "-q")
    file = shop / "out/prod/estate.json"
    estate = json.loads(file.read_bytes())
    for made in _changed(estate, SEED, 15):
        file.write_text(json.dumps(made))
        _git(shop, "add", "-A", "out")
        _git(shop, "commit", "-q", "--allow-empty", "-m", "x")
        said("diff", codes=(0, 2))


def test_a_spec_with_a_value_of_another_kind(shop: Path) -> None:
    """Valid YAML in an impossible shape, up to the templates."""
    data = yaml.safe_load(spec())
    for made in _changed(data, SEED, 60):
        (shop / "observability.yaml").write_text(yaml.safe_dump(made, allow_unicode=True))
        said("check", "--no-lint", codes=(0, 1, 2))


# --- What is read, and what is not ----------------------------------------------------------------------------


def test_anchors_that_multiply_end_soon(tmp_path: Path) -> None:
    put(tmp_path / "observability.yaml", SLOW)
    said("check")


def test_a_spec_may_come_through_a_pipe(tmp_path: Path) -> None:
    """As `<(…)` gives it."""
    reading, writing = os.pipe()
    os.write(writing, spec().encode())
    os.close(writing)
    try:
        assert said("check", "--no-lint", "-f", f"/dev/fd/{reading}", codes=(0,)).output == "all checks passed\n"
    finally:
        os.close(reading)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("sparse", "more than 10 MB, the most that is read"),
        ("zero", "neither a file nor a pipe"),
        ("socket", "observability.yaml: "),
        ("fifo", "the file is empty"),
        ("loop", "Too many levels of symbolic links"),
        ("directory", "is a directory"),
        ("bom", "the file is empty"),
        ("closed", "Permission denied"),
    ],
)
def test_what_is_said_of_it(name: str, sentence: str, tmp_path: Path) -> None:
    put(tmp_path / "observability.yaml", name)
    assert sentence in said("check").output


def test_the_most_that_is_read_is_read(tmp_path: Path) -> None:
    text = spec().encode()
    file = tmp_path / "observability.yaml"
    file.write_bytes(text + b"#" * (MOST_WRITTEN - len(text)))
    said("check", "--no-lint", codes=(0,))
    file.write_bytes(text + b"#" * (MOST_WRITTEN - len(text) + 1))
    said("check", "--no-lint")


def test_a_line_of_a_log_has_an_end(tmp_path: Path) -> None:
    (tmp_path / "app.log").write_bytes(b"ERROR\n" + b"x" * (1024 * 1024 + 1))
    assert "line 2 has more than 1,048,576 characters" in said("filter", "ERROR", "app.log").output


@pytest.mark.parametrize("name", ["a\udcffb", "a\nb"])
def test_a_name_that_is_none(name: str, tmp_path: Path) -> None:
    for command in ([*OF_THE_SPEC[0], "-f", name], ["test", name], ["filter", "x", name], ["packs", "-f", name + "/x"]):
        said(*command, codes=(0, 2))


def test_a_cache_that_is_none_costs_time_and_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "observability.yaml").write_text(spec())
    said("check", codes=(0,))
    shutil.copytree(lint_cache().folder, tmp_path / "obsgen/lint")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    kept = lint_cache()
    assert len(kept) > 1
    for name in ("list", "deep-flow", "random-0", "sparse"):
        for key in kept:
            put(kept.folder / key, name)
            assert kept.get(key) is None, name
    assert said("check", codes=(0,)).output == "all checks passed\n"
