"""A document in several files: `include` names the others, and each is a part of the same document.

    load_spec ──load──► main file ──include──► parts, each loaded once ──merged──► one mapping, one tree of positions

The files come through `Parts`, which the caller of the core implements, so that nothing here touches a disk. Findings
of all files are returned together; a part that cannot be read leaves the others to be checked.
"""

from __future__ import annotations

import marshal
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from generator.findings import Finding, suggest
from generator.reading import MIB, MOST_WRITTEN, shown
from generator.spec.load import Loaded, load
from generator.spec.locked_accounts import has_lock, with_locked_accounts
from generator.spec.parts_merged import EXTENSION, INCLUDE, merged
from generator.spec.parts_protocol import Parts

# `{main: 0} → 1 → 2 → 3`: who looks for an entry opens four files at most.
MOST_LEVELS = 3
MOST_FILES = 1_000
MOST_CHARACTERS = 300
_WILD = "*?["
_SUFFIXES = (".yaml", ".yml")


def load_spec(content: bytes, name: str, parts: Parts) -> Loaded:
    """Read a spec, the files it includes, and its lock. Never raises for what they contain (codes Y01 to Y10, and S).

    `data` is None where the main file has an error. Where only others have, it is what the rest says.
    """
    return with_locked_accounts(load_files(content, name, parts), parts)


def load_files(content: bytes, name: str, parts: Parts) -> Loaded:
    """The same without the lock: for the command that writes it.

    `data` is None where the main file has an error. Where only parts have, it is what the others say.
    """
    main = load(content, name)
    if main.data is None or main.findings:
        return replace(main, data=None)
    if INCLUDE not in main.data:
        data = without_extensions(main.data)
        # The tree of a spec with a lock is merged with the lock's.
        source = main.source if has_lock(data) else main.source.alone()
        main = replace(main, source=source, data=None)
        return replace(main, data=moved_together(data))
    reader = _Reader(main, len(content), parts)
    reader.follow(main, ("",))
    merged_spec = merged(main, reader.read)
    return replace(merged_spec, findings=[*reader.findings, *merged_spec.findings])


def without_extensions(data: Mapping[str, Any]) -> dict[str, Any]:
    """The sections of a file: keys that begin with `x-` are for its anchors, and mean nothing."""
    return {key: value for key, value in data.items() if not key.startswith(EXTENSION)}


def moved_together(data: dict[str, Any]) -> dict[str, Any]:
    """The same data in memory of its own, once the tree of nodes is gone that it was read from.

    Texts and nodes are interleaved in memory, and a gap between texts that stay fits only objects of the same size:
    without this a file of 20,000 alarms costs 70 MB more to the end of the build.
    """
    try:
        return marshal.loads(marshal.dumps(data))  # type: ignore[no-any-return]  # noqa: S302  # written here, just now
    except ValueError:
        # A date is nothing that marshal knows.
        return data


class _Reader:
    """Follows `include` from file to file; alive for one call. read: each file's path to what was read of it."""

    def __init__(self, main: Loaded, size: int, parts: Parts) -> None:
        self.folder = Path(main.source.name).parent
        self.main = main.source.name
        self.parts = parts
        self.size = size
        self.values = main.values
        self.read: dict[str, Loaded] = {}
        self.findings: list[Finding] = []
        self.patterns_read = 0
        self.stopped = False

    def follow(self, loaded: Loaded, chain: tuple[str, ...]) -> None:
        """Read what a file includes. chain: the paths of the files from the main one, which is empty, to this one."""
        for index, pattern in self.patterns(loaded, chain[-1]):
            self.patterns_read += 1
            if self.patterns_read > MOST_FILES and not self.stopped:
                self.fault(
                    chain[-1], index, f"more than {MOST_FILES:,} entries of `include`", "use a pattern such as *.yaml"
                )
                self.stopped = True
            if self.stopped:
                return
            for name in self.files(pattern, index, chain):
                if self.stopped:
                    return
                if name not in self.read:
                    self.one(name, index, chain)

    def one(self, name: str, index: int, chain: tuple[str, ...]) -> None:
        if len(chain) > MOST_LEVELS:
            message = f"`{name}` is more than {MOST_LEVELS} files away from {self.main}"
            self.fault(chain[-1], index, message, f"include it in {self.main}")
            return
        try:
            content = self.parts.content(name)
        except OSError as error:
            self.fault(chain[-1], index, f"could not read `{name}`: {error.strerror or error}")
            return
        self.size += len(content)
        if self.size > MOST_WRITTEN or len(self.read) >= MOST_FILES:
            limit = f"{MOST_WRITTEN // MIB} MB" if self.size > MOST_WRITTEN else f"{MOST_FILES:,} files"
            self.fault(chain[-1], index, f"with `{name}` the spec exceeds the limit of {limit}")
            self.stopped = True
            return
        loaded = load(content, self.shown(name), self.values)
        self.values = max(self.values, loaded.values)
        # A part in which every entry is commented out says nothing, which is not wrong.
        if loaded.source.root is None and {finding.code for finding in loaded.findings} == {"Y04"}:
            loaded = Loaded(loaded.source, {})
        self.findings += [_of_a_part(finding, loaded.source.name) for finding in loaded.findings]
        self.read[name] = loaded
        self.follow(loaded, (*chain, name))

    def patterns(self, loaded: Loaded, name: str) -> Iterator[tuple[int, str]]:
        """The texts of a file's `include`; what is wrong with a part's is said here, the main file's has a model."""
        patterns = (loaded.data or {}).get(INCLUDE, [])
        if name and not (isinstance(patterns, list) and all(isinstance(entry, str) for entry in patterns)):
            file = self.shown(name)
            message = "expected a list of files"
            self.findings.append(Finding("S03", message, (INCLUDE,), hint="write include: [alarms/*.yaml]", file=file))
        yield from (
            (i, pattern)
            for i, pattern in enumerate(patterns if isinstance(patterns, list) else ())
            if isinstance(pattern, str)
        )

    def files(self, pattern: str, index: int, chain: tuple[str, ...]) -> Iterator[str]:
        """The files that one text of an `include` means, less those on the way to it."""
        fault = _fault(pattern)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(chain[-1]), pattern))
        if not fault and path.startswith("../"):
            fault = (f"`{pattern}` is outside of the folder of {self.main}", "use files in that folder or below it")
        if fault:
            self.fault(chain[-1], index, *fault)
            return
        try:
            names = self.parts.matching(path)
            near = "" if names else self.near(path, chain[-1])
        except OSError as error:
            self.fault(chain[-1], index, f"could not search for `{pattern}`: {error.strerror or error}")
            return
        above = {PurePath(self.main).name, *chain[1:]}
        is_wild = any(wildcard in path for wildcard in _WILD)
        for name in names:
            if not name.isprintable():
                self.fault(chain[-1], index, f"the name of the file `{name}` has control characters", "rename the file")
            elif name not in above:
                yield name
            elif not is_wild:
                chain_text = " → ".join([*self.way(chain), name])
                self.fault(
                    chain[-1], index, f"these files include each other: {chain_text}", "remove one of the includes"
                )
        if not names:
            what = f"no file matches `{pattern}`" if is_wild else f"there is no file `{pattern}`"
            self.fault(chain[-1], index, what, near)

    def way(self, chain: tuple[str, ...]) -> tuple[str, ...]:
        return (PurePath(self.main).name, *chain[1:])

    def near(self, path: str, name: str) -> str:
        """The file of the same folder that may be meant; the folder that is looked into where none is like it."""
        folder = posixpath.dirname(path)
        is_plain = not any(wildcard in folder for wildcard in _WILD)
        known = self.parts.matching(posixpath.join(folder, "*.y*ml")) if is_plain else ()
        folder_shown = self.shown(posixpath.dirname(name))
        return suggest(path, known, f"write paths relative to the folder of the file that has them, {folder_shown}")

    def fault(self, name: str, index: int, message: str, hint: str = "") -> None:
        file = self.shown(name) if name else ""
        self.findings.append(Finding("Y07", message, (INCLUDE, index), hint=hint, file=file))

    def shown(self, name: str) -> str:
        """A path from the main file's folder as messages have it."""
        return shown(self.folder / name)


def _of_a_part(finding: Finding, file: str) -> Finding:
    """A finding of the loader, in words for a part of a spec."""
    message = finding.message.replace("(`version: 1`, `project: …`)", "(`alarms: …`)")
    return replace(finding, file=file, message=message)


def _fault(pattern: str) -> tuple[str, str] | None:
    """The fault of a pattern of `include`, whatever the file that has it, and the right form."""
    if len(pattern) > MOST_CHARACTERS:
        return f"expected at most {MOST_CHARACTERS} characters, got {len(pattern)}", "use a path such as alarms/*.yaml"
    if "\\" in pattern or not pattern.isprintable():
        return (
            "a path separates folders by `/` and has no backslash or control character",
            "use a path such as alarms/*.yaml",
        )
    if pattern.startswith(("/", "~")) or pattern[1:2] == ":":
        return f"`{pattern}` is not a path relative to the folder of this file", "use a path such as alarms/*.yaml"
    if not pattern.endswith(_SUFFIXES):
        return (
            "only files that end in .yaml or .yml can be included",
            f"use a path such as {pattern.rstrip('/*') or 'alarms'}/*.yaml",
        )
    return None
