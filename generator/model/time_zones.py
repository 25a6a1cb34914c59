"""Rules of time zones, from the package tzdata, so that all machines have the same.

https://www.rfc-editor.org/rfc/rfc9636
"""

from __future__ import annotations

from importlib.resources import files


def time_zone_rules(name: str) -> bytes:
    """The rules of a time zone that the language accepted, such as Europe/Berlin, as a file of TZif."""
    return files("tzdata").joinpath("zoneinfo", *name.split("/")).read_bytes()
