"""Changes of the incidents that alarms are part of, in sentences; of the data of two estate.json files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from generator.wording import duration_in_words

Data = Mapping[str, Any]


def memberships(was: Data, now: Data, before: Data) -> Iterator[str]:
    """Of one alarm or composite. before: the older estate; one that put nothing together says nothing of its alarms."""
    if "group" in before["incidents"]:
        yield from _composites(was, now)
        yield from _flags(was, now)
    old, new = was.get("service", ""), now.get("service", "")
    if old != new:
        yield f"belongs to the service {new} (was {old or 'none'})" if new else f"belongs to no service (was {old})"


def _composites(was: Data, now: Data) -> Iterator[str]:
    """The composites that it joined or left; a change of its own incident is reported with the composite."""
    old, new = ([name for name in side.get("parts_of", ()) if name != side["name"]] for side in (was, now))
    joined, left = [name for name in new if name not in old], [name for name in old if name not in new]
    if joined:
        yield f"is now part of the incident of {', '.join(joined)}"
    if left:
        yield f"is no longer part of the incident of {', '.join(left)}"


def _flags(was: Data, now: Data) -> Iterator[str]:
    before, most = (side.get("contributors") or 0 for side in (was, now))
    if before != most:
        text = f"each contributor has an incident of its own, at most {most} at a time"
        yield text if most else "has one incident for all of its contributors"
    for flag, on, off in (
        ("alone", "has incidents of its own, whatever else fires", "is one incident with others again"),
        ("silent_end", "its end is no longer sent by mail or chat", "its end is sent by mail and chat again"),
        ("separate", "its parts have incidents of their own", "its parts are members of its incident"),
    ):
        if flag == "alone" and before != most:
            continue
        if bool(was.get(flag)) != bool(now.get(flag)):
            yield on if now.get(flag) else off
    old, new = was.get("page_again", 0), now.get("page_again", 0)
    if old != new:
        after = duration_in_words(new) if new else ""
        yield f"pages again after {after} at the earliest" if after else "pages again as soon as it is in ALARM again"
