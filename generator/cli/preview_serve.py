"""`obsgen preview --serve`: the page on this machine, built again when a file that it was made from changes."""

from __future__ import annotations

import threading
from dataclasses import replace

import click

from generator.cli.exit import findings_text, out_of, print_findings, usage_error
from generator.cli.options import build_inputs, built_of
from generator.cli.preview_files import RecordedFiles
from generator.cli.preview_run import PreviewOptions, preview_of
from generator.cli.preview_server import LiveState, PreviewServer
from generator.findings import has_errors

# A change is read once the files have stayed as they are for this long: editors write a file in several steps.
INTERVAL_SECONDS = 0.25


class LivePreview:
    """The page of a file that is being edited: its state, and the files that it was made from."""

    def __init__(self, options: PreviewOptions, state: LiveState) -> None:
        self.options, self.state = options, state
        self.files = self._recorded()

    def _recorded(self) -> RecordedFiles:
        prices = (self.options.prices,) if self.options.prices else ()
        return RecordedFiles(self.options.target.file, (*self.options.possible_tests, *prices))

    def build(self) -> None:
        """Build the page again; where the file has errors, print them, and keep the last good page below them."""
        from generator.preview.page import page_html

        self.files = self._recorded()
        try:
            built = built_of(replace(build_inputs(self.options.target, lint=False), parts=self.files))
            if has_errors(built.findings):
                print_findings(built, "", out=out_of("err"))
                self.state.fail(findings_text(built, "", in_colour=False))
                return
            page = page_html(preview_of(self.options, built), is_served=True)
        except click.ClickException as error:
            click.echo(error.format_message(), err=True)
            self.state.fail(error.format_message())
            return
        if self.state.has_errors:
            click.echo("The file has no errors any more.", err=True)
        self.state.show(page)

    def watch(self, stopped: threading.Event) -> None:
        """Build again after each change, until it is stopped."""
        while not stopped.wait(INTERVAL_SECONDS):
            now = self.files.current()
            if now == self.files.recorded:
                continue
            while not stopped.wait(INTERVAL_SECONDS) and now != (settled := self.files.current()):
                now = settled
            self.build()


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
