"""Redaction: what goes and what stays, judged on two sets of lines, and on values that hypothesis makes up."""

from __future__ import annotations

import json
import re
import string
from functools import partial
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.common.redact import LIMIT, Options, redact, redact_and_count
from handlers.common.redaction.names import kind_of
from handlers.common.redaction.tokens import TOKENS
from tests.handlers.redaction.adversarial import FRAGMENTS
from tests.handlers.redaction.corpus import SETS, lines, score
from tests.support import ROOT

EVERYTHING = Options(phone_numbers=True, national_ids=True)
# The promise of docs/redaction.md, for leaks and for harm.
MOST = 0.02
SECRET_NAMES = """
    DB_PASSWORD dbPassword db-password PGPASSWORD password2 passwordConfirmation pwd passphrase client_secret
    clientSecret access_token accessToken X-Auth-Token aws_secret_access_key SecretAccessKey api_key apiKey APIKey
    x-api-key SECRET_KEY_BASE private_key_id cvv otp PHPSESSID Authorization user.password _authToken
    SharedAccessKey
"""
OTHER_NAMES = """
    max_tokens token_count tokenType password_min_length has_password primary_key partition_key kms_key_id
    public_key secret_name SecretId secretArn nextToken page_token request_id trace_id correlationId monkey compass
    secretary author tokenizer bypass passenger keyboard TokenService.java NOPASSWD
"""
PAGE = (ROOT / "docs" / "redaction.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("options", [Options(), EVERYTHING], ids=["default", "every option"])
def test_of_a_set_of_lines_hardly_anything_leaks_or_is_harmed(name: str, options: Options) -> None:
    result = score(name, partial(redact, options=options), options=options is EVERYTHING)
    assert len(result.leaks) <= MOST * result.gone, "\n".join(result.leaks)
    assert len(result.harm) <= MOST * result.kept, "\n".join(result.harm)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize(("row", "options"), [("default", Options()), ("every option", EVERYTHING)])
def test_the_page_shows_the_figures(name: str, row: str, options: Options) -> None:
    result = score(name, partial(redact, options=options), options=options is EVERYTHING)
    assert f"| {name}, {row} | {result} |" in PAGE


@pytest.mark.parametrize(
    ("address", "secrets"),
    [
        ("https://prod-12.westus.logic.azure.com:443/workflows/0a/triggers/manual/paths/invoke?sv=1.0&sig={}", 1),
        ("https://default0a.1b.environment.api.powerplatform.com:443/powerautomate/automations/direct/x?sig={}", 1),
        ("https://chat.googleapis.com/v1/spaces/AAQA/messages?key=AIzaSy{}&token={}%3D", 2),
    ],
)
def test_an_address_that_is_a_channels_secret_loses_what_lets_anybody_post(address: str, secrets: int) -> None:
    value = "FAKEfakeFAKEfakeFAKEfakeFAKEfake1"
    shown = redact(f"POST {address.format(*[value] * secrets)} 401")
    assert value not in shown
    assert shown.count("[redacted: ") == secrets
    assert shown.startswith(f"POST {address.partition('?')[0]}")
    assert shown.endswith(" 401")


@pytest.mark.parametrize("name", SETS)
def test_what_was_redacted_once_stays_as_it_is(name: str) -> None:
    for line in lines(name):
        once = redact(line.text, EVERYTHING)
        assert redact(once, EVERYTHING) == once


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("card 4111 1111 1111 1111 declined", "card [redacted: card] declined"),
        ("card 4111-1111-1111-1111.", "card [redacted: card]."),
        ("order 4111111111111112 failed", "order 4111111111111112 failed"),
        ("jane.doe+x@example.co.uk cannot pay", "[redacted: email] cannot pay"),
        ("Authorization: Bearer abc.def-ghi rejected", "Authorization: [redacted: authorization] rejected"),
        ("token=abcdef failed", "token=[redacted: token] failed"),
        ("key AKIAIOSFODNN7EXAMPLE used", "key [redacted: aws access key] used"),
        ("jwt eyJhbGciOiJI.eyJzdWIiOiIx.SflKxwRJ bad", "jwt [redacted: jwt] bad"),
        ("2026-11-20T10:00:00.123Z took 1234567890123 ns", "2026-11-20T10:00:00.123Z took 1234567890123 ns"),
        ("https://u:p@api.example.com/x", "https://[redacted: url credentials]@api.example.com/x"),
        ("token: Bearer ab1 rejected", "token: [redacted: token] rejected"),
        ("token: bearer expired", "token: bearer expired"),
        ("<token>invalid</token>", "<token>invalid</token>"),
        ('password "a b" of ["x-key", "y"]', 'password "[redacted: password]" of ["x-key", "y"]'),
        ("/prod/db/password: AccessDeniedException", "/prod/db/password: AccessDeniedException"),
        ("nextToken=" + "eyJNYXJrZXIi", "nextToken=" + "eyJNYXJrZXIi"),
    ],
)
def test_the_kind_stands_where_the_secret_was(line: str, shown: str) -> None:
    assert redact(line) == shown


def test_what_was_taken_out_is_counted_by_kind_and_kept_nowhere() -> None:
    result = redact_and_count("pwd=one pwd=two card 4111111111111111 of a@example.com")
    assert result.counts == {"card": 1, "email": 1, "password": 2}
    assert "one" not in str(result)


def test_patterns_of_ones_own_are_taken_out_by_their_kind() -> None:
    options = Options(patterns=(("customer", re.compile(r"\bC-[0-9]{6}\b")), ("empty", re.compile(r"x*"))))
    result = redact_and_count("C-123456 cannot pay, pwd=C-123456", options)
    assert result.text == "[redacted: customer] cannot pay, pwd=[redacted: password]"
    assert result.counts == {"customer": 1, "password": 1}


def test_a_long_line_is_cut_and_with_it_the_word_that_the_cut_goes_through() -> None:
    line = "a " * (LIMIT // 2 - 4) + "4111111111111111 declined"
    assert redact(line) == "a " * (LIMIT // 2 - 5) + "a"
    assert len(redact("x" * 3 * LIMIT)) <= LIMIT


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_a_name_with_a_secret_is_one_however_its_parts_are_joined(name: str) -> None:
    assert kind_of(name)
    assert redact(f"{name}=7b0dEf9hIj") != f"{name}=7b0dEf9hIj"


@pytest.mark.parametrize("name", OTHER_NAMES.split())
def test_a_name_that_looks_alike_is_none(name: str) -> None:
    assert redact(f"{name}=Ab0dEf9hIj") == f"{name}=Ab0dEf9hIj"


SECRETS = st.text(
    string.printable.replace("\r", "").replace("\x0b", "").replace("\x0c", ""), min_size=8, max_size=24
).map(lambda text: f"Q7{text}x9Z")
WORDS = st.text(string.ascii_letters + string.digits + "+/._~^!*$-", min_size=6, max_size=24).map(
    lambda text: f"Q7{text}x9Z"
)
NAMES = st.sampled_from(("password", "DB_PASSWORD", "clientSecret", "access_token", "x-api-key", "secret"))


@given(NAMES, SECRETS, st.integers(1, 3))
def test_a_field_of_json_goes_to_its_last_character_however_deep_the_json_is_quoted(
    name: str, secret: str, depth: int
) -> None:
    text = json.dumps({name: secret, "kept": 17})
    for _ in range(depth - 1):
        text = json.dumps({"message": text, "kept": 17})
    shown = redact(text)
    assert "Q7" not in shown
    assert "x9Z" not in shown
    assert shown.count("kept") == depth
    assert shown.count("17") == depth


@given(
    NAMES,
    WORDS,
    st.sampled_from(
        ("{}={} kept", "{}: {} kept", "a=1&{}={}&kept=1", "--{} {} --kept", "{} => '{}', kept", "{}:{}, kept")
    ),
)
def test_a_word_with_a_name_goes_whole(name: str, secret: str, form: str) -> None:
    shown = redact(form.format(name, secret))
    assert "Q7" not in shown
    assert "x9Z" not in shown
    assert "kept" in shown


@given(NAMES, SECRETS.map(lambda text: text.replace("\n", " ")))
def test_elements_and_attributes_of_xml_go_whole(name: str, secret: str) -> None:
    for text in (f"<a:{name} type='x'>{escape(secret)}</a:{name}><kept/>", f"<x {name}={quoteattr(secret)} kept='1'/>"):
        shown = redact(text)
        assert "Q7" not in shown
        assert "x9Z" not in shown
        assert "kept" in shown


@given(
    st.sampled_from(("4", "51", "2221", "37", "6011", "3528")),
    st.text(string.digits, min_size=20, max_size=20),
    st.sampled_from(" -"),
)
def test_cards_go_by_issuer_length_and_check_digit(issuer: str, digits: str, separator: str) -> None:
    length = 15 if issuer == "37" else 16
    body = (issuer + digits)[: length - 1]
    doubled = [int(d) if i % 2 else sum(divmod(2 * int(d), 10)) for i, d in enumerate(reversed(body))]
    check = -sum(doubled) % 10
    number, other = f"{body}{check}", f"{body}{(check + 1) % 10}"
    groups = (4, 6, 5) if length == 15 else (4, 4, 4, 4)
    printed, rest = [], number
    for size in groups:
        printed.append(rest[:size])
        rest = rest[size:]
    assert redact(f"card {number}.") == "card [redacted: card]."
    assert redact(f"card {separator.join(printed)}!") == "card [redacted: card]!"
    assert redact(f"order {other}") == f"order {other}"


@given(st.integers(0, 10**18 - 1), st.booleans())
def test_ibans_go_by_their_check_digits(account: int, spaced: bool) -> None:
    body = f"{account:018d}"
    check = 98 - int(f"{body}131400") % 97
    iban, wrong = f"DE{check:02d}{body}", f"DE{(check + 1) % 100:02d}{body}"
    if spaced:
        iban = " ".join(iban[at : at + 4] for at in range(0, len(iban), 4))
    assert redact(f"to {iban} failed") == "to [redacted: iban] failed"
    assert "iban" not in redact_and_count(f"to {wrong} failed").counts


@given(st.text())
def test_any_text_comes_back_and_without_secrets_as_it_was(text: str) -> None:
    result = redact_and_count(text, EVERYTHING)
    if not result.counts:
        assert result.text == text


@given(st.lists(st.sampled_from(FRAGMENTS), min_size=1, max_size=4), st.integers(1, LIMIT))
def test_every_repeated_fragment_ends(fragments: list[str], length: int) -> None:
    redact((("".join(fragments)) * LIMIT)[:length], EVERYTHING)


def test_every_token_of_the_table_has_a_source_and_a_kind_of_its_own() -> None:
    assert all(token.source for token in TOKENS)
    assert len({token.kind for token in TOKENS}) == len(TOKENS)
    for token in TOKENS:
        assert re.compile(token.pattern).groups == 0, token.kind


def test_the_page_lists_every_kind_of_token() -> None:
    for token in TOKENS:
        assert f"| {token.kind} |" in PAGE, token.kind
