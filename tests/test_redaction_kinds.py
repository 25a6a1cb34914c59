"""The kinds of data that the file names are those that handlers take out: always, or only where they are named."""

from __future__ import annotations

import pytest

from generator.model.redaction_kinds import ALWAYS, OPTIONAL
from handlers.common.redact import Options, redact, redact_and_count

SAMPLES = {
    "authorization": ("Authorization: Digest abcdef0123456789", "authorization"),
    "bearer-token": ("sent Bearer abcdef0123456789abcdef", "authorization"),
    "card-number": ("declined 4111 1111 1111 1111", "card"),
    "cookie": ("Cookie: session=abcdef0123456789", "cookie"),
    "email": ("no such user jane.doe@example.com", "email"),
    "iban": ("paid to DE89370400440532013000", "iban"),
    "jwt": (f"token eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.{'a' * 43}", "jwt"),
    "password": ("DB_PASSWORD=hunter2hunter2", "password"),
    "private-key": ("-----BEGIN PRIVATE KEY-----abcdef-----END PRIVATE KEY-----", "private key"),
    "secret": ("client_secret=abcdef0123456789", "secret"),
    "token": (f"ghp_{'a1B2' * 9}", "token"),
    "url-credentials": ("postgres://shop:hunter2hunter2@db.internal/shop refused", "url credentials"),
    "webhook": (f"https://hooks.slack.com/services/T00000000/B00000000/{'a' * 24}", "webhook"),
}


def test_each_kind_has_a_sample() -> None:
    assert set(SAMPLES) == set(ALWAYS)


@pytest.mark.parametrize("kind", ALWAYS)
def test_what_is_always_taken_out_is(kind: str) -> None:
    line, part = SAMPLES[kind]
    found = redact_and_count(line)
    assert any(part in name for name in found.counts), found


@pytest.mark.parametrize(
    ("kind", "line", "options"),
    [
        ("phone-number", "call +49 30 901820 now", Options(phone_numbers=True)),
        ("national-id", "ssn 219-09-9999 unknown", Options(national_ids=True)),
    ],
)
def test_an_option_is_off_until_it_is_named(kind: str, line: str, options: Options) -> None:
    assert kind in OPTIONAL
    assert redact(line) == line
    assert redact(line, options) != line
