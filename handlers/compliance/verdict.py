"""What the rules say of a resource's tags."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

FINGERPRINT_DIGITS = 12


@dataclass(frozen=True, slots=True)
class Invalid:
    """A tag whose value is not what it has to be. why: for people, such as `is not one of dev, staging, prod`."""

    key: str
    value: str
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """missing: required keys that are not there. exempt: the reason why the resource is not checked; empty where it is.

    required: all keys that were asked for. notes: what people should know, such as a key in the wrong case.
    """

    required: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    invalid: tuple[Invalid, ...] = ()
    exempt: str = ""
    notes: tuple[str, ...] = ()

    @property
    def is_compliant(self) -> bool:
        """Whether nothing is wrong; an exempt resource is compliant."""
        return bool(self.exempt) or not (self.missing or self.invalid)

    @property
    def fingerprint(self) -> str:
        """The same for the same faults in any order; empty where there are none. People hear again when it changes."""
        if self.is_compliant:
            return ""
        text = "\n".join(
            [*sorted(self.missing), "", *sorted(f"{invalid.key}={invalid.value}" for invalid in self.invalid)]
        )
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:FINGERPRINT_DIGITS]
