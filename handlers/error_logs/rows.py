"""Rows as Logs Insights answers them, and events: rows with the rows that continue them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Row:
    """One log event. at: its time in ms since 1970. log: `@log`, account and log group. stream: `@logStream`.
    text: `@message`, raw or redacted.
    """

    at: int
    log: str
    stream: str
    text: str


@dataclass(frozen=True, slots=True)
class Event:
    """One error as a program wrote it: its first row, and the rows that continue it, joined by line feeds.

    at, log, stream: of the first row. lines: how many rows were joined.
    """

    at: int
    log: str
    stream: str
    text: str
    lines: int
