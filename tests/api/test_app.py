"""The function's entry point, with the clients that it makes itself."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from handlers.api import app
from handlers.common import aws
from handlers.events.settings import Settings
from tests.api.api_world import ALICE, BUCKET, FINGERPRINT, NOW, REGION, SECRET, TABLE, ApiWorld, document
from tests.handlers.table_world import TABLE as INCIDENTS


@pytest.fixture
def function(place: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiWorld]:
    environment = {
        "AWS_ENDPOINT_URL": place.endpoint,
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": "nothing",
        "AWS_DEFAULT_REGION": REGION,
        "TABLE_NAME": TABLE,
        "INCIDENTS_TABLE": INCIDENTS,
        "CURSOR_SECRET": SECRET,
        "BUCKET_NAME": BUCKET,
        "BUS_NAME": "default",
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(app, "read_settings", lambda: Settings("prod"))
    monkeypatch.setattr(app, "_document", document)
    monkeypatch.setattr(app, "_now", lambda: NOW)
    for cached in (app._world, app._s3, aws.client, aws._session):
        cached.cache_clear()
    yield place
    for cached in (app._world, app._s3, aws.client, aws._session):
        cached.cache_clear()


def request(path: str, method: str = "GET") -> dict[str, Any]:
    return {
        "httpMethod": method,
        "path": path,
        "requestContext": {"requestId": "r-7", "identity": {"accountId": "111111111111", "userArn": ALICE}},
    }


def test_a_request_is_answered_and_logged(function: ApiWorld, caplog: pytest.LogCaptureFixture) -> None:
    function.add_error()
    caplog.set_level(logging.INFO, "handlers")
    given = app.handler(request(f"/v1/errors/{FINGERPRINT}/resolve", "POST"), None)
    assert given["statusCode"] == 200, given["body"]
    assert json.loads(given["body"])["state"] == "resolved"
    (record,) = [one for one in caplog.records if one.getMessage() == "request"]
    assert (record.status, record.request, record.caller) == (200, "r-7", "Operator/alice of 111111111111")  # type: ignore[attr-defined]


def test_a_report_is_signed_with_version_4(function: ApiWorld) -> None:
    function.client("s3").put_object(Bucket=BUCKET, Key="weekly/2026-11-19.html", Body=b"<p>")
    given = app.handler(request("/v1/reports/weekly/2026-11-19"), None)
    assert given["statusCode"] == 302
    assert "X-Amz-Algorithm=AWS4-HMAC-SHA256" in given["headers"]["Location"]


def test_what_fails_inside_is_said_in_the_log_alone(function: ApiWorld, caplog: pytest.LogCaptureFixture) -> None:
    function.client("dynamodb").delete_table(TableName=TABLE)
    given = app.handler(request("/v1/agents"), None)
    assert (given["statusCode"], given["headers"]["Content-Type"]) == (500, "application/problem+json")
    assert json.loads(given["body"])["request_id"] == "r-7"
    assert TABLE not in given["body"]
    assert "ResourceNotFound" not in given["body"]
    assert "ResourceNotFoundException" in caplog.records[0].stack  # type: ignore[attr-defined]


def test_a_busy_table_is_to_be_asked_again(function: ApiWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_arguments: object) -> None:
        from botocore.exceptions import ClientError

        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": "no"}}, "Query")

    monkeypatch.setattr(type(function.store), "agents", busy)
    given = app.handler(request("/v1/agents"), None)
    assert (given["statusCode"], given["headers"]["Retry-After"]) == (503, "5")


def test_what_is_no_request_is_answered_too(function: ApiWorld) -> None:
    assert app.handler({}, None)["statusCode"] == 403


def test_the_address_of_a_page_is_one_of_the_buckets_own_region(
    function: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The address of all Regions does not serve those that an account has to opt in to."""
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-south-1")
    there = {"Bucket": BUCKET, "Key": "daily/2026-11-19.html"}
    url = app._s3().generate_presigned_url("get_object", Params=there)
    assert url.startswith(f"https://{BUCKET}.s3.eu-south-1.amazonaws.com/daily/2026-11-19.html?")
