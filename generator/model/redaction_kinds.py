"""Kinds of text that is removed from log lines, by their names in the file; docs/redaction.md describes each."""

from __future__ import annotations

# Always, whether the file lists them or not.
ALWAYS = (
    "authorization",
    "bearer-token",
    "card-number",
    "cookie",
    "email",
    "iban",
    "jwt",
    "password",
    "private-key",
    "secret",
    "token",
    "url-credentials",
    "webhook",
)
# Only where the file lists them, for many other numbers look alike.
OPTIONAL = ("national-id", "phone-number")
