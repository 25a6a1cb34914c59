"""Four accounts in two Regions: each line of a log is in store, finding, report and API, with the right count,
whatever comes late, twice or in another order on its way.

Agents and hub are the functions' own code; Logs Insights is a stand-in that keeps lines back as CloudWatch does.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from generator.drill.insights_vendor import Insights
from generator.render.openapi import openapi_json
from handlers.api.decisions import ErrorDecisions
from handlers.api.openapi import document_of
from handlers.api.request import proxy_answer, request_of
from handlers.api.service import answer
from handlers.api.world import World
from handlers.common.deadline import Deadline
from handlers.events.records import Source
from handlers.reports import gather, text
from handlers.reports.build import build
from handlers.reports.gathered import ReportData
from handlers.reports.period import period
from tests.handlers.events.events_world import HUB, SETTINGS, Hub, iso
from tests.handlers.events.events_world import settings as hub_settings
from tests.insights_server import NOON, Agent, Clock, settings
from tests.support import built, spec

ACCOUNTS = {"222222222222": "checkout", "333333333333": "ledger", "444444444444": "stock", "555555555555": "mail"}
REGIONS = ("us-east-1", "eu-west-1")
EVERY, MINUTE = 300_000, 60_000
# Windows that are looked at: an hour, and one period more, so that each is counted for good.
RUNS = 13
KINDS = ("ConnectionError: ledger.internal:{n} unreachable", "ValueError: amount {n} is no amount")


class Estate:
    """Eight agents and their hub. wrote: lines by kind, account and Region."""

    def __init__(self, insights: Insights, clock: Clock, seed: int) -> None:
        self.random = random.Random(seed)
        self.clock = clock
        self.agents = [
            Agent(insights, clock, settings(), account, region) for account in ACCOUNTS for region in REGIONS
        ]
        accounts = {account: {"name": name} for account, name in ACCOUNTS.items()}
        self.hub = Hub(hub_settings(accounts=accounts, learn=0))
        self.wrote: dict[tuple[int, str, str], int] = {}

    def write(self) -> None:
        """Lines of both kinds at random times of the hour, seen up to four minutes later; one account writes none."""
        for agent in self.agents[2:]:
            for kind, said in enumerate(KINDS):
                for number in range(self.random.randrange(1, 12)):
                    at = NOON - 15_000 + self.random.randrange(12 * EVERY)
                    late = self.random.choice((1_000, 10_000, 60_000, 240_000))
                    line = f"ERROR {said.format(n=number)}"
                    agent.place.write("/ecs/app", "app/1", at, line, visible=at + late)
                    key = (kind, agent.account, agent.region)
                    self.wrote[key] = self.wrote.get(key, 0) + 1

    def run(self) -> None:
        """Each agent's schedule for the hour, each message of it once, late or twice; the hub hears in any order."""
        for number in range(1, RUNS + 1):
            due = NOON + number * EVERY
            messages: list[dict[str, Any]] = []
            self.clock.now = due / 1000 + 20
            for agent in self.agents:
                for _ in range(self.random.choice((1, 1, 2))):
                    agent.count(due)
                messages += [self._message(agent, kind, detail) for kind, detail in agent.bus.sent]
                agent.bus.sent.clear()
            self.random.shuffle(messages)
            for message in messages + self.random.sample(messages, len(messages) // 3):
                self.hub.take(message)

    def _message(self, agent: Agent, kind: str, detail: dict[str, Any]) -> dict[str, Any]:
        head = {"source": "obsgen.error-logs", "detail-type": kind, "account": agent.account, "region": "us-east-1"}
        return {"id": "1", **head, "time": iso(round(self.clock.now * 1000)), "detail": json.loads(json.dumps(detail))}

    def get(self, path: str) -> Any:
        """What the API answers."""
        estate = built(spec("events: {api: true}")).estates["prod"]
        document = document_of(openapi_json(estate))
        nothing: Any = None
        now = NOON + 14 * EVERY
        world = World(
            store=self.hub.store,
            decisions=ErrorDecisions(self.hub.outputs),
            incidents=nothing,
            mutes=nothing,
            reports=nothing,
            keys=nothing,
            names=ACCOUNTS,
            keep_days=90,
            now=lambda: now,
            document=document.data,
        )
        caller = {"accountId": HUB, "userArn": f"arn:aws:sts::{HUB}:assumed-role/Operator/alice"}
        context = {"requestId": "r-1", "identity": caller}
        event = {"httpMethod": "GET", "path": path, "headers": {}, "requestContext": context}
        given = proxy_answer(answer(request_of(event), document, world))
        assert given["statusCode"] == 200, given
        return json.loads(given["body"])


@pytest.fixture(scope="module", params=[1, 2])
def estate(request: pytest.FixtureRequest) -> Iterator[Estate]:
    clock = Clock()
    with Insights(clock) as insights:
        made = Estate(insights, clock, request.param)
        made.write()
        made.run()
        yield made


def _by_kind(estate: Estate) -> dict[int, str]:
    """Kind to fingerprint."""
    errors = estate.hub.store.recent_errors(0, "", 100).items
    return {kind: one.fingerprint for one in errors for kind in range(2) if one.title.startswith(KINDS[kind][:5])}


def test_the_store_has_every_line_once_under_its_account_and_region(estate: Estate) -> None:
    fingerprints = _by_kind(estate)
    assert len(fingerprints) == 2
    counted: dict[tuple[int, str, str], int] = {}
    for kind, fingerprint in fingerprints.items():
        head = estate.hub.store.head(fingerprint)
        assert head
        for one in estate.hub.store.counts(head, 0, NOON + 20 * EVERY):
            key = (kind, *one.source)
            counted[key] = counted.get(key, 0) + one.count
    assert {key: count for key, count in counted.items() if count} == estate.wrote


def test_each_error_is_one_finding_however_many_accounts_have_it(estate: Estate) -> None:
    sent = [owed.detail for owed in estate.hub.bus.sent]
    assert sorted(one["subject"] for one in sent if one["state"] == "ALARM") == sorted(_by_kind(estate).values())
    assert {one["check"] for one in sent} == {"log-error"}


def test_the_api_says_the_same(estate: Estate) -> None:
    for kind, fingerprint in _by_kind(estate).items():
        said = estate.get(f"/v1/errors/{fingerprint}")
        assert said["count"] == sum(count for (one, *_), count in estate.wrote.items() if one == kind)
        places = {(one["account"], one["region"]) for one in said["sources"]}
        assert places == {(account, region) for (one, account, region) in estate.wrote if one == kind}
    agents = estate.get("/v1/agents")["agents"]
    assert len(agents) == len(ACCOUNTS) * len(REGIONS)


def test_the_report_says_the_same(estate: Estate) -> None:
    over = period("daily", datetime.fromtimestamp(NOON / 1000 + 7_200, UTC), "UTC")
    notes: list[str] = []
    store = estate.hub.store
    time = Deadline.after(600)
    found = ReportData(
        gather.events(store, over, notes, time), gather.errors(store, over, notes, time), gather.agents(store)
    )
    said = text.as_text(build("daily", over, found, hub_settings(accounts=SETTINGS["accounts"])))
    assert notes == []
    assert f"errors: {sum(estate.wrote.values())} (none the day before)" in said
    assert "new errors: 2" in said
    assert {Source(account, region) for account in ACCOUNTS for region in REGIONS} == {
        one.source for one in found.agents
    }
