"""The API in moto's AWS: its tables, its secret, its bucket, and a clock that stands still."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from urllib.parse import urlencode

import botocore.session
import urllib3
from botocore.config import Config

from generator.render.openapi import openapi_json
from handlers.api.decisions import ErrorDecisions
from handlers.api.incident_rows import IncidentTable
from handlers.api.mute_rows import MuteTable
from handlers.api.openapi import Document, document_of
from handlers.api.report_pages import ReportPages
from handlers.api.request import proxy_answer, request_of
from handlers.api.service import answer
from handlers.api.signing_keys import SigningKeys
from handlers.api.world import World
from handlers.events.dynamo_store import DynamoStore
from handlers.events.outputs import Outputs
from handlers.events.records import Agent, Error, Event, EventType, PendingFinding, Source, Status
from handlers.events.settings import Settings
from handlers.incident.events import Key
from handlers.incident.state.items import incident_item
from handlers.incident.state.records import Incident, Kind
from tests.handlers.table_world import TABLE as INCIDENTS
from tests.handlers.table_world import create_table
from tests.support import built, spec

TABLE, BUCKET, SECRET = "monitoring-events-prod", "monitoring-reports-prod", "monitoring-api-cursors-prod"
REGION = "us-east-1"
# 2026-11-20T10:00:00Z
NOW = 1_795_168_800_000
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
ALPHA, BETA = Source("222222222222", "us-east-1"), Source("333333333333", "eu-west-1")
HUB_ACCOUNT = "111111111111"
ALICE = f"arn:aws:sts::{HUB_ACCOUNT}:assumed-role/Operator/alice"
FINGERPRINT = "1-0123456789abcdef"


@dataclass
class Reply:
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def data(self) -> Any:
        return json.loads(self.body)


@dataclass
class Findings:
    """In place of the hub's bus. sent: what it took. is_down: it takes nothing."""

    sent: list[PendingFinding] = field(default_factory=list)
    is_down: bool = False

    def send(self, owed: Sequence[PendingFinding]) -> list[bool]:
        if self.is_down:
            raise ConnectionError("the bus is not there")
        self.sent += owed
        return [True] * len(owed)


@dataclass
class ApiWorld:
    """now: milliseconds; a test moves it."""

    endpoint: str
    store: DynamoStore
    now: int = NOW
    findings: Findings = field(default_factory=Findings)
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(
            store=self.store,
            decisions=ErrorDecisions(Outputs(self.store, self.findings, Settings("prod"))),
            incidents=IncidentTable(self.client("dynamodb"), INCIDENTS),
            mutes=MuteTable(self.client("dynamodb"), INCIDENTS),
            reports=ReportPages(lambda: self.client("s3"), BUCKET),
            keys=SigningKeys(lambda: self.client("secretsmanager"), SECRET, lambda: self.now),
            names={ALPHA.account: "alpha", BETA.account: "beta"},
            keep_days=90,
            now=lambda: self.now,
            document=document().data,
        )

    def client(self, service: str) -> Any:
        return client(self.endpoint, service)

    def call(
        self,
        method: str,
        path: str,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        *,
        account: str = HUB_ACCOUNT,
        arn: str = ALICE,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """A request as API Gateway hands it over. body: as JSON, unless it is text."""
        text = body if isinstance(body, str | None) else json.dumps(body)
        query = {name: one if isinstance(one, list) else [str(one)] for name, one in (query or {}).items()}
        event = {
            "httpMethod": method,
            "path": path,
            "multiValueQueryStringParameters": query or None,
            "headers": {"Content-Type": "application/json"} if headers is None else headers,
            "body": text,
            "isBase64Encoded": False,
            "requestContext": {"requestId": "r-1", "identity": {"accountId": account, "userArn": arn}},
        }
        given = proxy_answer(answer(request_of(event), document(), self.world))
        return Reply(given["statusCode"], given["headers"], given["body"])

    def get(self, path: str, **query: Any) -> Reply:
        return self.call("GET", path, {name.rstrip("_"): value for name, value in query.items()})

    def post(self, path: str, body: Any = None) -> Reply:
        return self.call("POST", path, body=body)

    def every(self, path: str, what: str, **query: Any) -> tuple[list[Any], int]:
        """All items of a list by its cursors, and how many pages they took."""
        found: list[Any] = []
        pages, cursor = 0, None
        while True:
            reply = self.get(path, **query, **({"cursor": cursor} if cursor else {}))
            assert reply.status == 200, reply.body
            found += reply.data[what]
            pages += 1
            cursor = reply.data["next_cursor"]
            if cursor is None:
                return found, pages

    def add_error(self, number: int = 0, **more: Any) -> Error:
        return self.store.save(error(number, **more), 0)

    def add_event(self, number: int = 0, **more: Any) -> Event:
        made = event(number, **more)
        assert self.store.add_event(made)
        return made

    def add_incident(self, number: int = 0, **more: Any) -> Incident:
        made = incident(number, **more)
        self.client("dynamodb").put_item(TableName=INCIDENTS, Item=incident_item(made, 1, self.now))
        return made

    def rotate(self, value: str) -> None:
        self.client("secretsmanager").put_secret_value(SecretId=SECRET, SecretString=value)


def error(number: int = 0, **more: Any) -> Error:
    usual: dict[str, Any] = {
        "kind": "log",
        "title": f"Timeout {number}",
        "first_seen": NOW - HOUR,
        "last_seen": NOW - MINUTE,
        "home": ALPHA,
        "sources": (ALPHA,),
        "groups": ("/ecs/ledger",),
        "service": "ledger",
    }
    return Error(**{"fingerprint": f"1-{0x0123456789ABCDEF + number:016x}", **usual, **more})


def event(number: int = 0, **more: Any) -> Event:
    usual: dict[str, Any] = {
        "type": EventType.TASK_FAILURE,
        "source": ALPHA,
        "at": NOW - MINUTE * (number + 1),
        "severity": "medium",
        "title": f"Task {number} stopped",
        "subject": "shop/ledger",
        "body": {"facts": [["Exit code", "137"]], "lines": ["out of memory"], "service": "ledger"},
    }
    return Event(**{"id": f"{number:020x}", **usual, **more})


def incident(number: int = 0, **more: Any) -> Incident:
    usual: dict[str, Any] = {
        "key": Key(*ALPHA, "errors-prod"),
        "kind": Kind.ALONE,
        "severity": "high",
        "opened": NOW - HOUR - number,
        "state": "ALARM",
        "changed_at": NOW - HOUR,
        "alarm_at": NOW - HOUR,
    }
    return Incident(**{"id": f"{number:016x}", **usual, **more})


def agent(source: Source = ALPHA, **more: Any) -> Agent:
    usual: dict[str, Any] = {
        "status": Status.UPDATED,
        "status_at": NOW - DAY,
        "registered_at": NOW - 2 * DAY,
        "agent_version": "0123456789ab",
        "heartbeat_at": NOW - MINUTE,
        "window_end": NOW - 2 * MINUTE,
        "body": {"log_groups": 42, "rows": 7, "failed": ["/ecs/x: AccessDenied"]},
    }
    return replace(Agent(source, **usual), **more)


@cache
def document() -> Document:
    return document_of(document_text())


@cache
def document_text() -> bytes:
    return openapi_json(built(spec()).estates["prod"])


@cache
def client(endpoint: str, service: str) -> Any:
    session = botocore.session.get_session()
    session.set_credentials("nobody", "nothing")
    config = Config(signature_version="s3v4", s3={"addressing_style": "path"}) if service == "s3" else None
    return session.create_client(service, endpoint_url=endpoint, region_name=REGION, config=config)


@contextmanager
def api(endpoint: str) -> Iterator[ApiWorld]:
    """An empty store."""
    urllib3.request("POST", f"{endpoint}/moto-api/reset")
    dynamodb = client(endpoint, "dynamodb")
    create_events_table(dynamodb)
    create_table(dynamodb, INCIDENTS)
    client(endpoint, "s3").create_bucket(Bucket=BUCKET)
    client(endpoint, "secretsmanager").create_secret(Name=SECRET, SecretString="a" * 64)
    yield ApiWorld(endpoint, DynamoStore(dynamodb, TABLE, pause=lambda _seconds: None))


def create_events_table(dynamodb: Any, name: str = TABLE) -> None:
    """As the blueprint makes it."""
    indexes = ("recent", "day", "due")
    keys = ["pk", "sk", *(f"{index}_{end}" for index in indexes for end in ("pk", "sk"))]
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": f"{index}_pk", "KeyType": "HASH"},
                    {"AttributeName": f"{index}_sk", "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index in indexes
        ],
    )


def query_text(query: Mapping[str, Any]) -> str:
    return urlencode(query, doseq=True)
