"""Files as they were at a git revision, for `obsgen diff`, and the commits around a pull request."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from generator.cli.exit import usage_error


def at_revision(path: Path, revision: str) -> str:
    """The text of a file at a revision; empty where it did not exist then."""
    folder = _existing(path.parent)
    inside = path.resolve().relative_to(folder.resolve()).as_posix()
    result = _git(folder, "show", f"{_known(folder, revision)}:./{inside}")
    return result.stdout if result.returncode == 0 else ""


def folders_at_revision(path: Path, revision: str) -> list[str]:
    """The folders directly inside a folder at a revision."""
    folder = _existing(path)
    inside = path.resolve().relative_to(folder.resolve()).as_posix()
    prefix = "./" if inside == "." else f"./{inside}/"
    result = _git(folder, "ls-tree", "-d", "--name-only", _known(folder, revision), prefix)
    return [Path(line).name for line in result.stdout.splitlines()]


def files_at_revision(path: Path, revision: str) -> dict[str, str]:
    """The object of each regular file in and below a folder at a revision, by its path from there with `/`."""
    folder = _existing(path)
    result = _git(folder, "ls-tree", "-r", "-z", _known(folder, revision), ".")
    rows = [row.partition("\t") for row in result.stdout.split("\0") if row.startswith("100")]
    return {name: described.split()[-1] for described, _, name in rows}


def contents_of(path: Path, objects: Sequence[str]) -> Iterator[bytes]:
    """The contents of files by their objects, all in one call."""
    if not objects:
        return
    answer = _run(_existing(path), ("cat-file", "--batch"), "\n".join(objects).encode()).stdout
    at = 0
    for name in objects:
        end = answer.find(b"\n", at)
        size = answer[at:end].split()[-1:]
        if end < 0 or not size[0].isdigit():
            raise usage_error(f"this clone does not have the object {name}", "fetch the whole repository")
        yield answer[end + 1 : end + 1 + int(size[0])]
        at = end + int(size[0]) + 2


def commit_of(path: Path, revision: str) -> str:
    """The commit that a revision means; empty where this clone has none."""
    result = _git(_existing(path), "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    return result.stdout.strip() if result.returncode == 0 else ""


def parents_of(path: Path) -> list[str]:
    """The parents of the commit that is checked out, even if this clone does not have them."""
    # A shallow clone hides parents from `rev-parse` and `log`, but not from the text of the commit.
    head, _, _ = _git(_existing(path), "cat-file", "commit", "HEAD").stdout.partition("\n\n")
    return [line.removeprefix("parent ") for line in head.splitlines() if line.startswith("parent ")]


def check_revision(path: Path, revision: str) -> None:
    """Verify that a revision is a commit of this clone; a message and exit 2 where it is not."""
    _known(_existing(path), revision)


def merge_base(path: Path, revision: str) -> str:
    """The last commit that a revision and what is checked out have in common; empty where none is known."""
    result = _git(_existing(path), "merge-base", "--end-of-options", revision, "HEAD")
    return result.stdout.strip() if result.returncode == 0 else ""


def refusal_of(path: Path) -> str:
    """Why Git refuses to read a folder, which another user owns; empty where it does not.

    Jobs in a container often have another user than the one of the checkout.
    https://git-scm.com/docs/git-config#Documentation/git-config.txt-safedirectory
    """
    folder = _existing(path)
    if "safe.directory" not in _git(folder, "rev-parse", "--git-dir").stderr:
        return ""
    command = "git config --global --add safe.directory"
    return f"Git refuses {folder}, which another user owns; run `{command}` with the root of its repository"


def _known(folder: Path, revision: str) -> str:
    """The commit that a revision means; a message and exit 2 where it means none."""
    if commit := commit_of(folder, revision):
        return commit
    if refusal := refusal_of(folder):
        raise usage_error(*refusal.split("; ", 1))
    if _git(folder, "rev-parse", "--git-dir").returncode:
        raise usage_error(f"{folder} is not in a Git repository; `obsgen diff` compares with a commit")
    raise usage_error(f"unknown Git revision `{revision}`", _near(folder, revision))


def _near(folder: Path, revision: str) -> str:
    """The hint for an unknown revision. Pipelines often fetch the last commit of one branch only."""
    if not commit_of(folder, "HEAD"):
        return "commit first: this repository has no commit to compare with"
    if _git(folder, "rev-parse", "--is-shallow-repository").stdout.strip() != "true":
        return "use HEAD, a branch, or a commit ID"
    fetch = (
        f"`git fetch --depth=1 origin {revision}:refs/remotes/origin/{revision}`, then `obsgen diff origin/{revision}`"
    )
    return f"fetch it, because this clone is shallow: {fetch}; in GitHub's checkout action, set `fetch-depth: 0`"


def _existing(path: Path) -> Path:
    while not path.is_dir():
        path = path.parent
    return path


def _git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    done = _run(folder, arguments)
    out, err = (io.TextIOWrapper(io.BytesIO(data), "utf-8", "replace").read() for data in (done.stdout, done.stderr))
    return subprocess.CompletedProcess(done.args, done.returncode, out, err)


def _run(folder: Path, arguments: Sequence[str], stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603  # arguments are never a shell's
            ["git", "-C", str(folder), *arguments],  # noqa: S607  # the user's own git
            input=stdin,
            capture_output=True,
            check=False,
        )
    except FileNotFoundError:
        raise usage_error("`obsgen diff` requires Git, which is not installed") from None
    except OSError as error:
        raise usage_error(f"`obsgen diff` requires Git, which cannot be run: {error.strerror or error}") from None
