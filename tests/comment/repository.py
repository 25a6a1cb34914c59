"""A Git repository with a small spec: `main` as built and committed, and branches that change it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import yaml

from tests.command import obsgen
from tests.support import laid_over, spec

TESTS = """\
version: 1
tests:
  - name: six errors fire
    given:
      - {account: alpha, log_group: application, lines: [{at: 1m, text: "[ERROR] declined", times: 6}]}
    expect:
      - {at: 2m, alarm: errors, account: alpha, state: ALARM}
"""


class Repository:
    """A repository in a folder; `below` is the folder of the spec in it."""

    def __init__(self, root: Path, below: str = ".") -> None:
        self.root = root
        self.folder = root / below
        self.folder.mkdir(parents=True, exist_ok=True)
        self.git("init", "-q", "-b", "main")
        (self.folder / "observability.yaml").write_text(spec(), encoding="utf-8")
        (self.folder / "tests.yaml").write_text(TESTS, encoding="utf-8")
        self.build()
        self.commit("first")

    def git(self, *arguments: str) -> str:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "protocol.file.allow=always"]
        done = subprocess.run(["git", *identity, *arguments], cwd=self.root, check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def change(self, text: str) -> None:
        file = self.folder / "observability.yaml"
        data = laid_over(yaml.safe_load(file.read_text(encoding="utf-8")), yaml.safe_load(text))
        file.write_text(yaml.safe_dump(data, sort_keys=False), encoding="utf-8")

    def build(self) -> None:
        done = obsgen(self.folder, "build", "--no-lint")
        assert done.returncode == 0, done.stderr

    def commit(self, message: str) -> str:
        self.git("add", "-A")
        self.git("commit", "-qm", message)
        return self.git("rev-parse", "HEAD")

    def topic(self, text: str) -> str:
        """A branch from main with a change, built and committed; checked out."""
        self.git("checkout", "-q", "-b", "topic", "main")
        self.change(text)
        self.build()
        return self.commit("topic")
