"""The I/O boundary for the spec and out/: compare, then write all or nothing.

Every file is written beside its place and moved into it, so that a reader sees the old text or the new, never half.
Only files that a former build listed are ever removed.
"""

from __future__ import annotations

import contextlib
import importlib.util
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from generator.reading import MOST_BUILT, Unreadable, content, leads_out
from generator.staged_files import staged_file

# What one environment's folder may contain of ours; nothing else in it is touched.
OURS = re.compile(
    r"(?:(?:hub|member)(?:-[1-9][0-9]{0,3})?\.template|sink\.template|manifest|shards)\.yaml"
    r"|catalogue(?:-[a-z0-9-]+)?\.md|estate(?:-[a-z0-9-]+)?\.json|openapi\.json"
)


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file of out/ that differs: what it was (None: not there) and what it is to be (None: not any more)."""

    path: str
    before: bytes | None
    after: bytes | None


def handler_files() -> dict[str, bytes]:
    """The handlers' sources as they are installed: path from their package's parent to content."""
    # Found by name rather than imported: the handlers are cargo here, not code.
    spec = importlib.util.find_spec("handlers")
    root = Path(next(iter(spec.submodule_search_locations or ()))) if spec else Path()
    return {
        f"handlers/{path.relative_to(root).as_posix()}": path.read_bytes().replace(b"\r\n", b"\n")
        for path in sorted(root.rglob("*.py"))
    }


class PackFiles(Mapping[str, bytes]):
    """obsgen's own packs as they are installed: name to content, each read when it is asked for.

    folder: `packs` for those of alarms, `event_packs` for those of event rules.
    """

    def __init__(self, folder: str = "packs") -> None:
        self.folder = Path(__file__).parent / folder

    def __getitem__(self, name: str) -> bytes:
        pack = built_content(self.folder / f"{name}.yaml")
        if pack is None:
            raise KeyError(name)
        return pack

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.stem for path in self.folder.glob("*.yaml")))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def own_files(folder: Path) -> list[str]:
    """The names of the files of an environment's folder that a build writes, sorted."""
    return sorted(path.name for path in folder.iterdir() if OURS.fullmatch(path.name)) if folder.is_dir() else []


def page_files() -> dict[str, str]:
    """The pages of the documentation as they are installed: path below docs/, without `.md`, to text.

    A wheel has them inside the package (setup.py); a checkout, which an editable install uses, has its own folder.
    """
    package = Path(__file__).parent
    folder = next(path for path in (package / "docs", package.parent / "docs") if path.is_dir())
    return {
        path.relative_to(folder).with_suffix("").as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.md"))
    }


def own_pack_files(spec: Path, name: str = "packs") -> dict[str, bytes]:
    """The packs in a folder beside a spec: path, as messages show it, to content.

    name: as for PackFiles. Raises OSError where one of them cannot be read.
    """
    folder = spec.parent / name
    if leads_out(folder):
        raise Unreadable("a symbolic link to what is outside of its folder", folder)
    for path in sorted(folder.glob("*.yml")):
        # It would be ignored, and so would be what it replaces.
        raise Unreadable("the name of a pack ends with .yaml", path)
    return {str(path): content(path) for path in sorted(folder.glob("*.yaml"))}


def changes(out: Path, artifacts: Mapping[str, bytes], environments: tuple[str, ...]) -> list[FileChange]:
    """The changes of `out` that make it hold exactly these artifacts.

    environments: the ones that exist. Folders of others stay as they are: `destroy` works from them.
    """
    changed = []
    for path, after in sorted(artifacts.items()):
        before = built_content(out / path)
        if before != after:
            changed.append(FileChange(path, before, after))
    built = {path.split("/")[0] for path in artifacts}
    for folder in sorted(out.iterdir()) if out.is_dir() else ():
        if folder.is_dir() and folder.name in built and folder.name in environments:
            changed += [
                FileChange(path, content(out / path, MOST_BUILT), None) for path in _stale(out, folder, artifacts)
            ]
    return changed


def _stale(out: Path, folder: Path, artifacts: Mapping[str, bytes]) -> Iterator[str]:
    """Files that a build wrote there and no longer writes; known by name and by their own first words."""
    for name in own_files(folder):
        path = f"{folder.name}/{name}"
        written = built_content(out / path)
        if written is not None and path not in artifacts and _is_ours(written):
            yield path


def _is_ours(text: bytes) -> bool:
    return b"obsgen build" in text[:400] or text.startswith(b'{\n "estate": ')


def built_content(path: Path) -> bytes | None:
    """A file of out/, or of obsgen's own; None where it is not there. Raises OSError where it cannot be read."""
    try:
        return content(path, MOST_BUILT)
    except (FileNotFoundError, NotADirectoryError):
        return None


def write(out: Path, changed: list[FileChange]) -> None:
    """Make the changes: everything is written beside its place first, then moved, so that a full disk changes nothing.

    Raises OSError where `out` cannot be written.
    """
    staged: list[tuple[Path, Path]] = []
    for folder in dict.fromkeys((out / change.path).parent for change in changed):
        if folder.is_symlink():
            raise Unreadable("a symbolic link, through which a build would write elsewhere", folder)
    try:
        for change in changed:
            if change.after is not None:
                staged.append((staged_file(out / change.path, change.after), out / change.path))
    except OSError:
        for temporary, _ in staged:
            temporary.unlink(missing_ok=True)
        raise
    for temporary, final in staged:
        temporary.replace(final)
    for change in changed:
        if change.after is None:
            (out / change.path).unlink(missing_ok=True)
            with contextlib.suppress(OSError):  # a folder that still holds something stays
                (out / change.path).parent.rmdir()


def difference(change: FileChange, lines: int = 40) -> str:
    """A short unified diff of one change."""
    import difflib

    before = (change.before or b"").decode("utf-8", "replace").splitlines()
    after = (change.after or b"").decode("utf-8", "replace").splitlines()
    diff_lines = list(
        difflib.unified_diff(before, after, f"out/{change.path}", "what build would write", lineterm="", n=1)
    )
    rest = [f"… {len(diff_lines) - lines} more lines"] if len(diff_lines) > lines else []
    return "\n".join(diff_lines[:lines] + rest)
