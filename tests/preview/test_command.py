"""`obsgen preview` as people run it: the file that it writes, comparisons, captures, tests, and what is wrong."""

from __future__ import annotations

import html
import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.captures import REGION, minutes, write_capture
from tests.command import Done, obsgen
from tests.support import OWN_METRICS, spec

SPEC = spec("alarms: {errors: {severity: critical}}")
TESTS = """\
version: 1
tests:
  - name: six errors are an alarm
    given: [{account: alpha, log_group: application, lines: [{at: 1m, text: "[ERROR] x", times: 6}]}]
    expect: [{at: 2m, alarm: errors, account: alpha, state: ALARM}]
  - name: elsewhere
    environment: dev
    expect: [{at: 2m, alarm: errors, account: alpha, state: OK}]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "observability.yaml").write_text(SPEC, encoding="utf-8")
    return tmp_path


def page(folder: Path, *arguments: str) -> str:
    done = obsgen(folder, "preview", *arguments)
    assert done.returncode == 0, done.stderr
    return (folder / "preview.html").read_text(encoding="utf-8")


def plain(page: str) -> str:
    """The words of the page, without its style sheet and scripts."""
    body = re.sub(r"<(style|script)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_one_file_is_written_whole(folder: Path) -> None:
    done = obsgen(folder, "preview", "-o", "pages/shop.html")
    assert (done.returncode, done.stderr) == (0, "")
    size = round((folder / "pages" / "shop.html").stat().st_size / 1000)
    assert done.stdout == f"pages/shop.html: 1 environment, 1 alarm, {size} kB\n"
    assert [path.name for path in (folder / "pages").iterdir()] == ["shop.html"]
    assert not (folder / "out").exists()


def test_a_test_is_named_on_the_cards_of_its_environment(folder: Path) -> None:
    assert "none mentions it" in page(folder)
    (folder / "tests.yaml").write_text(TESTS, encoding="utf-8")
    said = plain(page(folder))
    assert "Tests six errors are an alarm In the file" in said and "elsewhere" not in said


def test_differences_from_a_revision_are_marked(folder: Path) -> None:
    assert obsgen(folder, "build", "--no-lint").returncode == 0
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    assert "Nothing differs from HEAD" in plain(page(folder, "--against", "HEAD"))
    (folder / "observability.yaml").write_text(SPEC.replace("> 5", "> 7"), encoding="utf-8")
    compared = page(folder, "--against", "HEAD")
    sentence = "now fires when Sum is > 7 instead of > 5 (less sensitive); in alpha, beta and gamma (everywhere)"
    assert f"~ changed: errors-alarm-prod {sentence}" in plain(compared)
    assert f"changed 0.30 USD a month in 3 accounts {sentence}" in plain(compared), "on its card"
    assert compared.count('data-is="changed"') == 1
    done = obsgen(folder, "preview", "--against", "nowhere")
    assert (done.returncode, done.stdout) == (2, "") and "nowhere" in done.stderr


def test_an_environment_that_is_gone_is_a_difference(folder: Path) -> None:
    two = spec(f"environments: [dev, prod]\naccess: {{owned_by: prod}}\n{OWN_METRICS}")
    (folder / "observability.yaml").write_text(two, encoding="utf-8")
    assert obsgen(folder, "build", "--no-lint").returncode == 0
    for command in (["init", "-q"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]):
        subprocess.run(["git", *command], cwd=folder, check=True)
    (folder / "observability.yaml").write_text(two.replace("- dev\n", ""), encoding="utf-8")
    said = plain(page(folder, "--against", "HEAD"))
    assert "dev: the environment is removed: 1 alarm" in said
    # The role of all environments in an account, and its two statements.
    assert "What changes 4 " in said
    assert "is removed" not in plain(page(folder, "--against", "HEAD", "-e", "prod"))


def test_an_environment_that_a_capture_is_not_of_has_sample_data(folder: Path, tmp_path: Path) -> None:
    (folder / "observability.yaml").write_text(
        spec(f"environments: [dev, prod]\naccess: {{owned_by: prod}}\n{OWN_METRICS}"), encoding="utf-8"
    )
    key = ("Shop", "Errors-prod", dict[str, str]())
    capture = write_capture(tmp_path / "capture", {("222222222222", REGION): {"metric-data": minutes(key, [0.0] * 99)}})
    whole = page(folder, "--capture", str(capture))
    dev, prod = (plain(part) for part in whole.split('<section class="environment"')[1:])
    assert "charts show sample data" in dev and "history over" not in dev
    assert "history over 2026-11-15 to 2026-11-30" in prod and "sample data" not in prod
    assert "No chart: the capture has no values" in prod and "No chart" not in dev


def test_a_chart_of_a_capture_says_whose_it_is(folder: Path, tmp_path: Path) -> None:
    values = minutes(("Shop", "Errors", dict[str, str]()), [0.0] * 15 * 1_440, account="333333333333")
    data = {"metric-data": values}
    capture = write_capture(tmp_path / "capture", {("333333333333", REGION): data})
    said = plain(page(folder, "--capture", str(capture)))
    assert "beta, us-east-1 Tests" in said
    assert "us-east-1 Tests" not in plain(page(folder))


def test_a_capture_says_how_often_alarms_would_have_fired(folder: Path, tmp_path: Path) -> None:
    key = ("Shop", "Errors", dict[str, str]())
    values = [*[0.0] * 100, 9.0, *[0.0] * 500]
    capture = write_capture(tmp_path / "capture", {("222222222222", REGION): {"metric-data": minutes(key, values)}})
    said = plain(page(folder, "--capture", str(capture)))
    assert "history over 2026-11-15 to 2026-11-30, night 22:00-07:00 UTC" in said
    # One by its errors at night, and one by the silence that follows the data.
    firings = "2 firings (1 at night) in alpha, 4.0 a month, the longest 14 d 13 h"
    elsewhere = "elsewhere not judged: no metric data of account 333333333333, us-east-1 in the capture"
    assert f"History {firings}; {elsewhere}; no metric data of account 444444444444" in said
    assert "No chart: the capture has no values of it in its last hours." in said
    done = obsgen(folder, "preview", "--capture", "none")
    assert (done.returncode, done.stdout) == (2, "") and "none" in done.stderr


def test_a_link_stays_a_link_and_a_pipe_a_pipe(folder: Path) -> None:
    (folder / "pages").mkdir()
    (folder / "preview.html").symlink_to("pages/shop.html")
    assert "errors-alarm-prod" in page(folder)
    assert (folder / "preview.html").is_symlink() and (folder / "pages" / "shop.html").is_file()
    os.mkfifo(folder / "pipe")
    # A pipe that is open for reading takes at most 64 kB that nobody has read yet, which a page of one alarm is below.
    reader = os.open(folder / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    try:
        done = obsgen(folder, "preview", "-o", "pipe")
        assert (done.returncode, done.stderr) == (0, "")
        assert os.read(reader, 65_536).endswith(b"</html>\n") and (folder / "pipe").is_fifo()
    finally:
        os.close(reader)
    (folder / "loop").symlink_to("loop")
    done = obsgen(folder, "preview", "-o", "loop")
    assert done.returncode == 2 and done.stderr.startswith("Error: loop: ")


def test_a_link_that_no_one_named_leads_to_nothing_else(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A pull request with a link `preview.html` would have what it leads to replaced, such as a file of a shell."""
    own = tmp_path_factory.mktemp("home") / ".profile"
    own.write_text("mine", encoding="utf-8")
    (folder / "preview.html").symlink_to(own)
    done = obsgen(folder, "preview")
    assert done.returncode == 2 and done.stderr == "Error: preview.html: a symbolic link that leads out of its folder\n"
    assert own.read_text(encoding="utf-8") == "mine"
    assert obsgen(folder, "preview", "-o", "preview.html").returncode == 0 and own.read_bytes().startswith(b"<!doctype")


def test_a_dash_is_standard_output(folder: Path) -> None:
    done = obsgen(folder, "preview", "-o", "-")
    assert done.returncode == 0 and done.stdout.startswith("<!doctype html>") and done.stdout.endswith("</html>\n")
    assert done.stderr == f"page: 1 environment, 1 alarm, {len(done.stdout.encode()) / 1000:,.0f} kB\n"
    assert [path.name for path in folder.iterdir()] == ["observability.yaml"]


WRONG = [
    (["-o", "."], "directory"),
    (["-f", "none.yaml"], "none.yaml: file not found"),
    (["-e", "staging"], "staging"),
    (["--tests", "none.yaml"], "none.yaml: file not found"),
    (["--prices", "none.yaml"], "none.yaml: file not found"),
    (["--port", "80"], "--port requires --serve"),
    (["-o", "observability.yaml/x.html"], "observability.yaml"),
    (["-o", "./observability.yaml"], "observability.yaml is what the page is made of"),
]


@pytest.mark.parametrize(("arguments", "words"), WRONG, ids=[" ".join(row[0]) for row in WRONG])
def test_what_is_wrong_is_said_and_nothing_is_written(folder: Path, arguments: list[str], words: str) -> None:
    before = (folder / "observability.yaml").read_bytes()
    done = obsgen(folder, "preview", *arguments)
    assert done.returncode == 2 and words in done.stderr, done.stderr
    assert (folder / "observability.yaml").read_bytes() == before
    assert sorted(path.name for path in folder.iterdir()) == ["observability.yaml"]


def test_a_file_with_errors_has_no_page_and_the_last_one_stays(folder: Path) -> None:
    before = page(folder)
    (folder / "observability.yaml").write_text(SPEC.replace("statistic: Sum", "statistic: Summ"), encoding="utf-8")
    done: Done = obsgen(folder, "preview")
    assert done.returncode == 2 and "observability.yaml:" in done.stderr and "Summ" in done.stderr
    assert (folder / "preview.html").read_text(encoding="utf-8") == before
