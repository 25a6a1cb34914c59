"""The files of a revision are found as those of a folder are, and have the same bytes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from generator.cli.revision_files import RevisionFiles
from generator.included_files import IncludedFiles

FILES = {
    "observability.yaml": b"version: 1\r\n",
    "teams/shop.yaml": b"\xff\x00\n\nblob 7\n",
    "teams/shop.yml": b"",
    "teams/.hidden.yaml": b"a",
    "teams/eu/pay.yaml": b"no end of line",
    "teams/eu/.git-like/pay.yaml": b"b",
    "teams/with space\tand tab.yaml": "é".encode(),
}


def test_the_files_of_a_revision_are_those_of_its_folder(tmp_path: Path) -> None:
    spec = tmp_path / "services" / "observability.yaml"
    for name, content in {**FILES, "../outside.yaml": b"c"}.items():
        path = spec.parent / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "all"]):
        identity = ["-c", "user.name=test", "-c", "user.email=test@example.com", "-c", "core.autocrlf=false"]
        subprocess.run(["git", "-C", str(tmp_path), *identity, *words], check=True, capture_output=True)
    committed, folder = RevisionFiles(spec.parent, "HEAD"), IncludedFiles(spec)
    patterns = ("teams/*.yaml", "teams/**/*.y*ml", "**/pay.yaml", "teams/.*.yaml", "teams/e?/**", "teams/[a-s]hop.yml")
    for pattern in (*patterns, "teams/eu/*/*.yaml", "none/*.yaml", "observability.yaml"):
        names = [name for name in folder.matching(pattern) if (spec.parent / name).is_file()]
        assert committed.matching(pattern) == names, pattern
    for name, content in FILES.items():
        assert committed.content(name) == content
    with pytest.raises(OSError, match="no such file at HEAD"):
        committed.content("../outside.yaml")
