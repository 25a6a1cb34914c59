"""Changed texts of a spec and its files, written where the whole is still without errors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import BAD_INPUT, out_of, print_findings, usage_error
from generator.cli.options import BuildTarget, build_inputs, built_of
from generator.findings import has_errors
from generator.reading import content, shown

if TYPE_CHECKING:
    from generator.build import Built
    from generator.spec.parts_protocol import Parts


class _ChangedParts:
    """The files that a spec includes, with other texts for some. texts: by the name that messages have."""

    def __init__(self, parts: Parts, folder: Path, texts: Mapping[str, bytes]) -> None:
        self.parts, self.folder, self.texts = parts, folder, texts

    def matching(self, pattern: str) -> Sequence[str]:
        return self.parts.matching(pattern)

    def content(self, name: str) -> bytes:
        changed = self.texts.get(shown(self.folder / name))
        return self.parts.content(name) if changed is None else changed


def apply_texts(
    texts: Mapping[str, tuple[str, str]], target: BuildTarget, require: Callable[[Built, Built], None] | None = None
) -> None:
    """Write the texts, if the whole file is still without errors; otherwise its findings, and nothing is written.

    require: ends the command where the build before and the one after differ in what must not change.
    """
    if not texts:
        return
    written = {name: _encoded(Path(name), before, after) for name, (before, after) in texts.items()}
    inputs = build_inputs(target, lint=False)
    changed = replace(
        inputs,
        text=written.get(inputs.name, inputs.text),
        parts=_ChangedParts(inputs.parts, target.file.parent, written),
    )
    built = built_of(changed)
    if has_errors(built.findings):
        print_findings(built, "nothing was changed: the patched file has these errors", out=out_of("err"))
        raise click.exceptions.Exit(BAD_INPUT)
    if require:
        require(built_of(inputs), built)
    from generator.staged_files import replace_file

    for name, text in written.items():
        replace_file(Path(name), text)


def _encoded(path: Path, before: str, after: str) -> bytes:
    """The bytes of a changed text, with the line ends and the mark of order that the file has."""
    old = content(path)
    mark = b"\xef\xbb\xbf" if old.startswith(b"\xef\xbb\xbf") else b""
    text = old.removeprefix(mark).decode("utf-8", "replace")
    if text == before:
        return mark + after.encode()
    if text == before.replace("\n", "\r\n"):
        return mark + after.replace("\n", "\r\n").encode()
    raise usage_error(f"{shown(path)} was changed meanwhile, or has line ends of two kinds", "run the command again")
