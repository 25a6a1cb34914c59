"""Files as they were at a git revision, for `obsgen diff`."""

from __future__ import annotations

import subprocess
from pathlib import Path

from generator.cli.exit import usage_error


def at_revision(path: Path, revision: str) -> str:
    """The text of a file at a revision; empty where it did not exist then."""
    folder = _existing(path.parent)
    inside = path.resolve().relative_to(folder.resolve()).as_posix()
    found = _git(folder, "show", f"{_known(folder, revision)}:./{inside}")
    return found.stdout if found.returncode == 0 else ""


def folders_at_revision(path: Path, revision: str) -> list[str]:
    """The folders directly inside a folder at a revision."""
    folder = _existing(path)
    inside = path.resolve().relative_to(folder.resolve()).as_posix()
    prefix = "./" if inside == "." else f"./{inside}/"
    found = _git(folder, "ls-tree", "-d", "--name-only", _known(folder, revision), prefix)
    return [Path(line).name for line in found.stdout.splitlines()]


def _known(folder: Path, revision: str) -> str:
    """The commit that a revision means; a message and exit 2 where it means none."""
    if _git(folder, "rev-parse", "--git-dir").returncode:
        raise usage_error(f"{folder} is not in a git repository, and diff compares with what was committed")
    found = _git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode:
        raise usage_error(f"git knows no revision `{revision}`", _near(folder, revision))
    return found.stdout.strip()


def _near(folder: Path, revision: str) -> str:
    """What would be right; pipelines often fetch the last commit of one branch and nothing else."""
    if _git(folder, "rev-parse", "--is-shallow-repository").stdout.strip() != "true":
        return "HEAD, main, or a commit's id"
    fetch = (
        f"`git fetch --depth=1 origin {revision}:refs/remotes/origin/{revision}`, then `obsgen diff origin/{revision}`"
    )
    return f"this clone is shallow: {fetch}; for GitHub's checkout action `fetch-depth: 0`"


def _existing(path: Path) -> Path:
    while not path.is_dir():
        path = path.parent
    return path


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603  # arguments are never a shell's
            ["git", "-C", str(folder), *arguments],  # noqa: S607  # the user's own git
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError:
        raise usage_error("diff needs git, which is not installed") from None
    except OSError as error:
        raise usage_error(f"diff needs git, which cannot be run: {error.strerror or error}") from None
