"""Progress of a rollout: plain lines in a pipeline, one line that is redrawn on a terminal."""

from __future__ import annotations

import time

import click

WIDTH = 110
# In a pipeline's log, how often an operation that goes on is mentioned, in seconds.
QUIET = 60.0


class Progress:
    """Written to the standard error, so that the plan stays alone on the standard output."""

    def __init__(self, live: bool) -> None:
        self._live = live
        self._shown = self._said = ""
        self._started: dict[str, float] = {}
        self._last = 0.0

    def line(self, text: str) -> None:
        """Print a line that remains."""
        self._clear()
        click.echo(f"  {text}", err=True)
        self._said = text

    def at(self, what: str, done: int, of: int) -> None:
        """Redraw the live line: how much is done, for how long, and the last printed line."""
        now = time.monotonic()
        elapsed = now - self._started.setdefault(what, now)
        text = f"{what}: {done} of {of}, {int(elapsed // 60)}:{int(elapsed % 60):02d}"
        if self._live:
            self._clear()
            self._shown = f"  {text}  {self._said}"[:WIDTH]
            click.echo(self._shown, nl=False, err=True)
        elif now - self._last > QUIET:
            if self._last:
                click.echo(f"  {text}", err=True)
            self._last = now

    def end(self) -> None:
        """Clear the live line."""
        self._clear()

    def _clear(self) -> None:
        if self._shown:
            click.echo("\r\x1b[K", nl=False, err=True)
            self._shown = ""
