"""What was counted of one error in one window; pure. Times are milliseconds since 1970."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.common.redact import Options, redact
from handlers.common.text_size import cut
from handlers.error_logs.fingerprint import ALGORITHM, Fingerprint
from handlers.error_logs.plain import plain

# Bytes.
MOST_TITLE, MOST_SHAPE, MOST_SAMPLE, MOST_NAME = 200, 400, 1_000, 200
# Log groups that one error names, those with the most of it.
MOST_GROUPS = 50
# Of an error whose line has no words.
NAMELESS = "An error without text"
# Different errors of one window that are told apart; the others are counted as one.
MOST_KINDS = 1_000


@dataclass(slots=True)
class Tally:
    """One error. exact: whether `count` is; approximate where lines were counted by a text that they have.

    sample: redacted. groups: log group to count. stream: of the first event.
    """

    fingerprint: Fingerprint
    sample: str
    stream: str
    first: int
    last: int
    count: int = 0
    exact: bool = True
    groups: dict[str, int] = field(default_factory=dict)

    def add(self, group: str, count: int, first: int, last: int) -> None:
        """So many more, in a log group."""
        self.count += count
        self.first, self.last = min(self.first, first), max(self.last, last)
        self.groups[group] = self.groups.get(group, 0) + count


@dataclass(slots=True)
class WindowTally:
    """All errors of one window, by the key of their fingerprint. rows: lines that were read or counted.

    late: lines that were ingested after the first count of their window. redact: what is taken out of names of streams.
    """

    redact: Options = Options()
    errors: dict[str, Tally] = field(default_factory=dict)
    rows: int = 0
    late: int = 0

    def of(self, fingerprint: Fingerprint, sample: str, stream: str, at: int) -> Tally:
        """The tally of an error; the one of all others where there are MOST_KINDS already."""
        known = self.errors.get(fingerprint.key)
        if known is not None:
            return known
        if len(self.errors) >= MOST_KINDS:
            if OTHER.key not in self.errors:
                self.errors[OTHER.key] = Tally(OTHER, "", "", at, at)
            return self.errors[OTHER.key]
        tally = Tally(fingerprint, cut(sample, MOST_SAMPLE), redact(plain(stream), self.redact), at, at)
        self.errors[fingerprint.key] = tally
        return tally

    def unmatched(self, at: int) -> Tally:
        """The tally of errors that could not be distinguished."""
        return self.errors.setdefault(OTHER.key, Tally(OTHER, "", "", at, at))


# So many different errors, or lines without any text of their own, that they were only counted.
OTHER = Fingerprint(
    key=f"{ALGORITHM}-{hashlib.sha256(b'not told apart').hexdigest()[:16]}",
    kind="log",
    title="Errors that could not be distinguished",
    shape="lines that no counted text was in",
    source_path="",
    request="",
    literal="",
)


def error_json(tally: Tally, services: Mapping[str, str], environment: str = "") -> dict[str, Any]:
    """One error as an event has it, at most some 4 kB. services: log group to service.

    environment: of the agent, whose name at the end of a log group's is no service.
    """
    fingerprint = tally.fingerprint
    groups = sorted(tally.groups.items(), key=lambda group: (-group[1], group[0]))
    service = next((services[name] for name, _ in groups if name in services), "") or (
        service_of(groups[0][0], environment) if groups else ""
    )
    body = {
        "fingerprint": fingerprint.key,
        "kind": fingerprint.kind,
        "title": cut(fingerprint.title, MOST_TITLE) or NAMELESS,
        "shape": cut(fingerprint.shape, MOST_SHAPE),
        "sample": tally.sample,
        "count": tally.count,
        "exact": tally.exact,
        "first": tally.first,
        "last": tally.last,
        "groups": dict(groups[:MOST_GROUPS]),
        "service": cut(service, MOST_NAME),
        "stream": cut(tally.stream, MOST_NAME),
        "request": cut(fingerprint.request, MOST_NAME),
        "source_path": cut(fingerprint.source_path, MOST_NAME),
        "literal": cut(fingerprint.literal, MOST_NAME),
    }
    return {key: value for key, value in body.items() if value not in ("", {})}


def service_of(group: str, environment: str = "") -> str:
    """What a log group's name says of its service: `x` of /aws/lambda/x, /ecs/x, x itself and /x/<environment>."""
    parts = [part for part in group.split("/") if part]
    if len(parts) > 1 and parts[-1] == environment:
        parts.pop()
    return parts[-1] if parts else group
