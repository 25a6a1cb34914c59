"""`obsgen selftest --read` of what a stranger wrote, and what leaves an account."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from generator.rollout.selftest.pseudonyms import MOST_TEXT, Pseudonyms
from tests.command import Done, obsgen

EXPERIMENT = {
    "name": "fill",
    "question": "Is it 0?",
    "expected": "Yes.",
    "verdict": "differs",
    "observations": {"value": 1},
    "errors": [],
}
DOCUMENT = {
    "format": 1,
    "obsgen": "0.1.0",
    "run": "r1",
    "region": "eu-west-1",
    "started": "2026-11-30T10:00:00Z",
    "ended": "2026-11-30T10:20:00Z",
    "experiments": [EXPERIMENT],
}
EVIL = "<img src=x onerror=alert(1)> @team #1 [a](javascript:b) ``` | \u202e\x1b[31m\x00 https://evil.example"


def read(folder: Path, content: bytes | dict[str, Any]) -> Done:
    data = content if isinstance(content, bytes) else json.dumps(content).encode()
    (folder / "selftest.json").write_bytes(data)
    return obsgen(folder, "selftest", "--read", "selftest.json")


def with_experiment(**changes: Any) -> dict[str, Any]:
    return {**DOCUMENT, "experiments": [{**EXPERIMENT, **changes}]}


def test_a_file_becomes_a_table_and_its_answers(tmp_path: Path) -> None:
    done = read(tmp_path, DOCUMENT)
    assert done.returncode == 0, done.stderr
    assert "| `fill` | differs | Is it 0? |" in done.stdout
    assert '```text\n{\n  "value": 1\n}\n```' in done.stdout


@pytest.mark.parametrize("key", ["question", "expected", "errors", "observations", "key"])
def test_texts_of_a_stranger_are_words_or_code(tmp_path: Path, key: str) -> None:
    values: dict[str, Any] = {
        "errors": {"errors": [EVIL]},
        "observations": {"observations": {"a": f"{EVIL}\n```\n# x\n/close"}},
    }
    changes = values.get(key, {"observations": {EVIL: 1}} if key == "key" else {key: EVIL})
    done = read(tmp_path, with_experiment(**changes))
    assert done.returncode == 0, done.stderr
    html = MarkdownIt("commonmark").enable("table").render(done.stdout)
    assert "<img" not in html
    assert "href" not in html
    assert "\x1b" not in done.stdout
    assert "\x00" not in done.stdout
    assert "\u202e" not in done.stdout
    text_outside_code = MarkdownIt("commonmark").enable("table").parse(done.stdout)
    inline = [child for token in text_outside_code if token.type == "inline" for child in token.children or ()]
    assert not [
        child.content
        for child in inline
        if child.type == "text" and ("@team" in child.content or "#1" in child.content)
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "it is no JSON that can be read"),
        (b"\xff\xfe", "it is no JSON that can be read"),
        (b"[" * 200_000, "it is no JSON that can be read"),
        (b'{"format": NaN}', "it is no JSON that can be read"),
        (b'{"format": ' + b"9" * 5000 + b"}", "it is no JSON that can be read"),
        (b"[]", "the document: Input should be a valid dictionary"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "it is nested more than 40 levels deep"),
        (json.dumps({**DOCUMENT, "format": 2}).encode(), "format: Input should be 1"),
        (json.dumps({**DOCUMENT, "more": 1}).encode(), "more: Extra inputs are not permitted"),
        (json.dumps({**DOCUMENT, "\x1b[31m" * 50: 1}).encode(), "Extra inputs are not permitted"),
        (json.dumps({**DOCUMENT, "region": "a`b"}).encode(), "region: String should match pattern"),
        (json.dumps(with_experiment(verdict="fine")).encode(), "experiments.0.verdict: Input should be 'as expected'"),
        (
            json.dumps({**DOCUMENT, "experiments": [EXPERIMENT] * 201}).encode(),
            "experiments: List should have at most 200",
        ),
        (b" " * (4 * 1024 * 1024 + 1), "more than 4 MB"),
    ],
    ids=[
        "empty",
        "bytes",
        "deep-list",
        "nan",
        "digits",
        "list",
        "deep",
        "format",
        "key",
        "escape",
        "name",
        "verdict",
        "many",
        "large",
    ],
)
def test_a_file_that_is_none_is_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    done = read(tmp_path, content)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "\x1b" not in done.stderr


def test_no_file_and_a_folder_are_sentences(tmp_path: Path) -> None:
    assert "none.json: file not found" in obsgen(tmp_path, "selftest", "--read", "none.json").stderr
    assert obsgen(tmp_path, "selftest", "--read", ".").returncode == 2


def test_a_long_file_is_cut_to_what_an_issue_can_have(tmp_path: Path) -> None:
    rows = [{**EXPERIMENT, "name": f"e{number}", "observations": {"a": ["é" * 200] * 20}} for number in range(100)]
    done = read(tmp_path, {**DOCUMENT, "experiments": rows})
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.encode()) < 60_000
    assert "more experiments are in the file." in done.stdout
    assert done.stdout.count("```") % 2 == 0


def test_names_of_accounts_callers_and_requests_do_not_leave() -> None:
    answer = {
        "Arn": "arn:aws:sts::123456789012:assumed-role/Admin/alice@example.com",
        "Message": "User: arn:aws:iam::123456789012:user/alice may not; from 192.0.2.1 with AROAEXAMPLEEXAMPLE12:x",
        "Owner": "bob@example.com",
        "ResponseMetadata": {"RequestId": "1"},
        "x-amzn-RequestId": "2",
        "id": "11111111-2222-3333-4444-555555555555",
        "alarm": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:x",
        "others": ["210987654321", 210987654321, "210987654321"],
        "at": datetime(2026, 1, 1, tzinfo=UTC),
        "text": "x " * 5000,
        "rows": list(range(1000)),
        "number": 1.5,
        "none": float("nan"),
        "bytes": b"\x00",
    }
    clean = Pseudonyms("123456789012").clean(answer)
    text = json.dumps(clean, allow_nan=False)
    for name in ("alice", "bob", "123456789012", "AROA", "192.0.2.1", "RequestId", "2222-3333"):
        assert name not in text, name
    assert clean["alarm"] == "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:x"
    assert clean["others"] == ["222222222222"] * 3
    assert len(clean["text"]) == MOST_TEXT + 1
    assert len(clean["rows"]) == 50


def test_the_tenth_account_has_a_number_of_its_own() -> None:
    pseudonyms = Pseudonyms("123456789012")
    numbers = [pseudonyms.text(f"{account:012}") for account in range(300)]
    assert len(set(numbers)) == 300
    assert all(len(number) == 12 for number in numbers)


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("Token for https://mycorp.awsapps.com/start does not exist", "mycorp"),
        ('Failed to connect to proxy URL: "http://proxy.mycorp.local:3128"', "mycorp"),
        ("https://sqs.eu-west-1.amazonaws.com.mycorp.example/x", "mycorp"),
        ("https://vpce-0123456789abcdef0-abc.sqs.eu-west-1.vpce.amazonaws.com/", "0123456789abcdef0"),
        ("deny in a policy: arn:aws:organizations::999999999999:policy/o-abcdefghij/p-abcdef12", "o-abcdefghij"),
        ("the organization o-abcdefghij", "o-abcdefghij"),
        ("from 2001:db8:85a3::8a2e:370:7334", "85a3"),
        ("credentials from /home/alice/bin/creds", "alice"),
        ("assumed-role/Admin/alice", "alice"),
        ("account 1234-5678-9012", "1234-5678-9012"),
        ("account 1234-5678-9012", "123456789012"),
        ("Encoded authorization failure message: " + "aB3-_" * 60, "aB3-_aB3"),
    ],
)
def test_names_of_a_company_do_not_leave(text: str, secret: str) -> None:
    """What messages of botocore and of denied calls have: addresses of sign-in pages, proxies, files, policies.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
    """
    assert secret not in Pseudonyms("123456789012").text(text)


def test_what_is_no_name_remains() -> None:
    for text in (
        "2026-11-30T10:15:00.000+0000",
        "12:30:45",
        "a::b",
        "https://sqs.eu-west-1.amazonaws.com/",
        "AWS::CloudWatch::Alarm",
        "arn:aws:cloudwatch:eu-west-1:111111111111:alarm:obsgen-selftest-r1-x",
    ):
        assert Pseudonyms("111111111111").text(text) == text


def test_half_a_character_can_be_written() -> None:
    clean = Pseudonyms("123456789012").clean({"\ud800": ["\udfff", 123456789012.0, {"nextToken": "x"}]})
    assert json.dumps(clean, ensure_ascii=False).encode() == b'{"?": ["?", "111111111111.0", {}]}'
