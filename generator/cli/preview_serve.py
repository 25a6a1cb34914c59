"""`obsgen preview --serve`: the page on this machine, built again when a file that it was made from changes."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from generator.cli.exit import findings_text, usage_error
from generator.cli.options import build_inputs, built_of
from generator.cli.preview_run import PreviewOptions, preview_of
from generator.cli.preview_server import LiveState, PreviewServer
from generator.findings import has_errors
from generator.spec.parts_protocol import Parts

if TYPE_CHECKING:
    from generator.build import Built

# A change is taken in once the files have stayed as they are for this long: editors write a file in several steps.
INTERVAL_SECONDS = 0.25
Fingerprint = tuple[tuple[str, int, int], ...]


class RecordedParts:
    """The files that a spec includes, and a record of which were asked for."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.patterns: set[str] = set()
        self.names: set[str] = set()

    def matching(self, pattern: str) -> Sequence[str]:
        """The files that a pattern means."""
        self.patterns.add(pattern)
        return self.parts.matching(pattern)

    def content(self, name: str) -> bytes:
        """The bytes of a file."""
        self.names.add(name)
        return self.parts.content(name)


class LivePreview:
    """The page of a file that is being edited: its state, and which files decide it."""

    def __init__(self, options: PreviewOptions, state: LiveState) -> None:
        self.options, self.state = options, state
        self.patterns: set[str] = set()
        self.names: set[str] = set()

    def build(self) -> None:
        """Build the page again; where the file has errors, the last good one stays."""
        from generator.preview.page import page_html

        try:
            built = self._built()
            if has_errors(built.findings):
                self.state.fail(findings_text(built, "", in_colour=False))
                return
            self.state.show(page_html(preview_of(self.options, built), is_served=True))
        except click.ClickException as error:
            self.state.fail(error.format_message())

    def _built(self) -> Built:
        inputs = build_inputs(self.options.target, lint=False)
        parts = RecordedParts(inputs.parts)
        built = built_of(replace(inputs, parts=parts))
        # What an error kept from being read is still watched.
        self.patterns, self.names = parts.patterns, parts.names | (self.names if has_errors(built.findings) else set())
        return built

    def fingerprint(self) -> Fingerprint:
        """Name, time of change and size of every file that decides the page; of a missing one zeros."""
        from generator.included_files import IncludedFiles

        spec = self.options.target.file
        files = {spec, *self.options.test_files, *((self.options.prices,) if self.options.prices else ())}
        files |= {spec.parent / name for name in self.names}
        for folder in ("packs", "event_packs"):
            files |= {*(spec.parent / folder).glob("*.y*ml")}
        included = IncludedFiles(spec)
        for pattern in self.patterns:
            try:
                files |= {spec.parent / name for name in included.matching(pattern)}
            except OSError:
                continue
        return tuple(sorted(map(_stat, files)))

    def watch(self, stopped: threading.Event) -> None:
        """Build again after each change, until it is stopped."""
        known = self.fingerprint()
        while not stopped.wait(INTERVAL_SECONDS):
            now = self.fingerprint()
            if now == known:
                continue
            while now != (settled := (None if stopped.wait(INTERVAL_SECONDS) else self.fingerprint())):
                if settled is None:
                    return
                now = settled
            self.build()
            # A file that the build read for the first time is no change.
            known = self.fingerprint() if _common(now, self.fingerprint()) else now


def _common(before: Fingerprint, after: Fingerprint) -> bool:
    """Whether every file of both has stayed as it was."""
    was: Mapping[str, tuple[int, int]] = {name: (changed, size) for name, changed, size in before}
    return all(was.get(name, (changed, size)) == (changed, size) for name, changed, size in after)


def _stat(path: Path) -> tuple[str, int, int]:
    try:
        status = path.stat()
    except OSError:
        return str(path), 0, 0
    return str(path), status.st_mtime_ns, status.st_size


def serve_preview(options: PreviewOptions, port: int) -> None:
    """Serve until Ctrl-C."""
    state = LiveState()
    live = LivePreview(options, state)
    try:
        server = PreviewServer(state, port)
    except OSError as error:
        raise usage_error(f"port {port}: {error.strerror or error}", "use --port 0 for any that is free") from None
    stopped = threading.Event()
    with server:
        try:
            live.build()
            click.echo(f"{server.url}  (Ctrl-C stops it)")
            live.watch(stopped)
        except KeyboardInterrupt:
            click.echo()
