"""Files that a user named are replaced as a whole, through links, with their mode; nothing half is left behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from generator.staged_files import replace_file
from tests.captures import ALPHA, REGION, metric_alarm, write_capture
from tests.command import obsgen


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_replaced_with_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"old")
    path.chmod(0o600)
    replace_file(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o600)
    replace_file(tmp_path / "folder" / "b.yaml", b"new")
    assert names(tmp_path) == ["a.yaml", "folder"] and names(tmp_path / "folder") == ["b.yaml"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "elsewhere" / "a.yaml"
    target.parent.mkdir()
    if exists:
        target.write_bytes(b"old")
    (tmp_path / "further").symlink_to("elsewhere/a.yaml")
    (tmp_path / "link").symlink_to("further")
    replace_file(tmp_path / "link", b"new")
    assert target.read_bytes() == b"new"
    assert (tmp_path / "link").readlink() == Path("further") and (tmp_path / "further").is_symlink()
    assert names(target.parent) == ["a.yaml"]


@pytest.mark.parametrize(
    "made",
    [lambda path: path.symlink_to(path.name), lambda path: path.mkdir(), lambda path: path.symlink_to("/dev/null/x")],
    ids=["loop", "folder", "nowhere"],
)
def test_what_cannot_be_replaced_is_an_error_with_its_name(tmp_path: Path, made: Callable[[Path], None]) -> None:
    path = tmp_path / "a.yaml"
    made(path)
    with pytest.raises(OSError) as error:
        replace_file(path, b"new")
    assert error.value.strerror
    assert names(tmp_path) == ["a.yaml"]


def test_a_lock_is_not_written_through_a_link_that_leads_out(tmp_path: Path) -> None:
    (tmp_path / "checkout").mkdir()
    (tmp_path / "private").write_bytes(b"old")
    (tmp_path / "checkout" / "out.yaml").symlink_to("../private")
    (tmp_path / "checkout" / "in.yaml").symlink_to("real.yaml")
    with pytest.raises(OSError, match="leads out of its folder"):
        replace_file(tmp_path / "checkout" / "out.yaml", b"new", inside=tmp_path / "checkout")
    replace_file(tmp_path / "checkout" / "in.yaml", b"new", inside=tmp_path / "checkout")
    assert (tmp_path / "private").read_bytes() == b"old"
    assert (tmp_path / "checkout" / "real.yaml").read_bytes() == b"new"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        replace_file(path, b"new")
        assert os.read(reader, 100) == b"new" and path.is_fifo()
    finally:
        os.close(reader)


def test_a_pipe_that_has_no_path_is_written_to(tmp_path: Path) -> None:
    """/dev/fd/3 leads to `pipe:[4711]`, as do /dev/stdout in a pipeline and `>(…)` of a shell."""
    reader, writer = os.pipe()
    try:
        (tmp_path / "link").symlink_to(f"/dev/fd/{writer}")
        for path in (Path(f"/dev/fd/{writer}"), tmp_path / "link"):
            replace_file(path, b"new")
            assert os.read(reader, 100) == b"new"
        assert names(tmp_path) == ["link"]
    finally:
        os.close(reader)
        os.close(writer)


def test_an_import_writes_through_a_link(tmp_path: Path) -> None:
    write_capture(tmp_path / "capture", {(ALPHA, REGION): {"alarms": [metric_alarm("cpu-high")]}}, names={ALPHA: "a"})
    (tmp_path / "team").mkdir()
    (tmp_path / "observability.yaml").symlink_to("team/shop.yaml")
    done = obsgen(tmp_path, "import", "capture")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "observability.yaml").is_symlink()
    assert "CPUUtilization" in (tmp_path / "team" / "shop.yaml").read_text(encoding="utf-8")
