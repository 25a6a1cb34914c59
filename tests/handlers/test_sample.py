"""The sample workload as the members' template has it: what it says can be counted, and what fails comes back."""

from __future__ import annotations

import json
import random
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
import yaml
from moto import mock_aws

from generator.evaluate.patterns.pattern import Pattern, parse, value_of
from tests.support import ROOT, built, spec

CONTEXT = SimpleNamespace(aws_request_id="7c1f0f3e-1111-2222-3333-444455556666")
GOOD = {"id": "p-1", "cents": 1999, "currency": "EUR"}
LOUD = "[time, request, level = ERROR || level = FATAL, ...]"
DURATION = '[time, request, level, message, label = "Duration:", duration, unit]'


@pytest.fixture(scope="module")
def functions() -> dict[str, dict[str, Any]]:
    resources = built(spec("sample_workload: true")).templates["prod"]["member.template.yaml"]["Resources"]
    return {
        made["Properties"]["FunctionName"]: made["Properties"]
        for made in resources.values()
        if "Code" in str(made) and made["Type"] == "AWS::Lambda::Function"
    }


class Never(random.Random):
    """Nothing ever happens with these dice."""

    def random(self) -> float:
        return 0.999


@pytest.fixture
def shop(functions: dict[str, dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The code as Lambda loads it; it takes no time, and nothing happens unless a test wants it."""
    monkeypatch.setenv("PACE", "0")
    monkeypatch.delenv("QUEUE_URL", raising=False)
    names: dict[str, Any] = {"__name__": "index"}
    exec(compile(functions["payment-handler-prod"]["Code"]["ZipFile"], "index.py", "exec"), names)
    names["dice"] = Never(1)
    return names


def pattern(text: str) -> Pattern:
    found = parse(text)
    assert isinstance(found, Pattern), found
    return found


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    return capsys.readouterr().out.splitlines()


def test_both_functions_have_a_handler_in_the_one_file(
    functions: dict[str, dict[str, Any]], shop: dict[str, Any]
) -> None:
    assert set(functions) == {"payment-handler-prod", "order-processor-prod"}
    for made in functions.values():
        module, _, name = made["Handler"].partition(".")
        assert module == "index" and callable(shop[name])
        assert (made["MemorySize"], made["Timeout"], made["TracingConfig"]) == (512, 30, {"Mode": "Active"})


def test_what_is_settled_is_a_line_for_each_payment_that_the_shipped_filters_count(
    shop: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = yaml.safe_load((ROOT / "observability.yaml").read_text(encoding="utf-8"))["metric_filters"]
    lag = pattern(shipped["settlement-lag"]["pattern"])
    settled = shop["settlement"]({}, CONTEXT)["settled"]
    said = lines(capsys)
    assert settled in (8, 12) and len(said) == settled
    for line in said:
        assert 2 <= (value_of(lag, line, "$lag") or 0) <= 9
        assert pattern(shipped["requests"]["pattern"]).match(line)
        for errors in ("application-errors", "critical-errors"):
            assert not pattern(shipped[errors]["pattern"]).match(line)


def test_a_payment_that_is_taken_is_one_measured_line(shop: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert shop["payment_handler"]({"payments": [GOOD]}, CONTEXT) == {"taken": 1, "refused": 0}
    (line,) = lines(capsys)
    assert not pattern(LOUD).match(line)
    assert (value_of(pattern(DURATION), line, "$duration") or -1) >= 20


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"id": ""}, "no id"),
        ({"cents": 0}, "no amount"),
        ({"cents": True}, "no amount"),
        ({"cents": 12.5}, "no amount"),
        ({"cents": 10_000_001}, "no amount"),
        ({"currency": "XXX"}, "no currency"),
    ],
)
def test_a_payment_with_a_mistake_is_refused_and_counted(
    shop: dict[str, Any], capsys: pytest.CaptureFixture[str], change: dict[str, Any], why: str
) -> None:
    assert shop["payment_handler"]({"payments": [{**GOOD, **change}]}, CONTEXT) == {"taken": 0, "refused": 1}
    (line,) = lines(capsys)
    assert why in line and pattern(LOUD).match(line) and pattern(DURATION).match(line)


def test_now_and_then_it_breaks_and_lambda_counts_an_error(
    shop: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FAILURE_RATE", "1")
    with pytest.raises(shop["Broken"]):
        shop["payment_handler"]({"payments": [GOOD]}, CONTEXT)
    (line,) = lines(capsys)
    assert " FATAL " in line and pattern(LOUD).match(line)


def test_what_it_invents_is_mostly_taken_and_sometimes_not(
    shop: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FAILURE_RATE", "0")
    shop["dice"] = random.Random(7)
    shop["work"] = lambda *_: None
    said = shop["payment_handler"]({"invent": 400}, CONTEXT)
    assert said["taken"] + said["refused"] == 400
    assert 5 < said["refused"] < 80


@mock_aws
def test_a_payment_becomes_an_order_that_is_processed(
    shop: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in (
        ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ACCESS_KEY_ID", "x"),
        ("AWS_SECRET_ACCESS_KEY", "x"),
    ):
        monkeypatch.setenv(name, value)
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="sample-orders-prod")["QueueUrl"]
    monkeypatch.setenv("QUEUE_URL", url)
    shop["payment_handler"]({"payments": [GOOD]}, CONTEXT)
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    record = {"messageId": message["MessageId"], "body": message["Body"]}
    order = json.loads(message["Body"])
    assert order["order"] == "p-1" and order["type"] in shop["ORDER_TYPES"]
    assert shop["order_processor"]({"Records": [record]}, CONTEXT) == {"batchItemFailures": []}
    assert '"order processed" Duration:' in lines(capsys)[-1]


@pytest.mark.parametrize("body", ["", "[]", "7", "{}", '{"order": ""}', '{"order": null}'])
def test_what_is_no_order_comes_back_alone(shop: dict[str, Any], capsys: pytest.CaptureFixture[str], body: str) -> None:
    records = [{"messageId": "bad", "body": body}, {"messageId": "good", "body": '{"order": "p-1"}'}]
    assert shop["order_processor"]({"Records": records}, CONTEXT) == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert [bool(pattern(LOUD).match(line)) for line in lines(capsys)] == [True, False]
