"""The functions' table with incidents of our making, written by the functions' own code, for the commands to read."""

from __future__ import annotations

import dataclasses
import json
import time
from typing import Any

from handlers.incident.events import Key
from handlers.incident.state import items
from handlers.incident.state.channel_state import ChannelState
from handlers.incident.state.dynamo import DynamoTable
from handlers.incident.state.records import Delivery, Incident, Kind, Rank
from tests.handlers.table_world import TABLE, create_table
from tests.rollout.team import Team

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


class World:
    """The table as the functions leave it, and their own code to write and read it with. now: when the test began."""

    def __init__(self, team: Team, now: int | None = None) -> None:
        self.now = now or time.time_ns() // 1_000_000
        self.team = team
        self.client = team.client("dynamodb")
        create_table(self.client)
        self.wake_ups = team.client("sqs").create_queue(QueueName="delivery-wake-ups-prod")["QueueUrl"]
        self.table = DynamoTable(self.client, TABLE)

    def incident(self, id_: str, alarm: str = "errors-alarm-prod", **more: Any) -> Incident:
        key = Key(self.team.accounts["beta"], "us-east-1", alarm)
        usual = {"severity": "high", "opened": self.now - HOUR, "state": "ALARM", "changed_at": self.now - HOUR}
        usual |= {"alarm_at": self.now - HOUR, "recipients": ("ops-jira", "ops-email"), "kind": Kind.ALONE}
        incident = Incident(id_, key, **{**usual, **more})
        self.client.put_item(TableName=TABLE, Item=items.incident_item(incident, 1, self.now))
        return incident

    def delivery(self, incident: Incident, channel: str, rank_: Rank | None = None, **more: Any) -> Delivery:
        delivery = Delivery(incident.id, channel, desired=1, **more)
        at = self.now - MINUTE
        self.client.put_item(TableName=TABLE, Item=items.delivery_item(delivery, 3, rank_, incident, at))
        return delivery

    def channel(self, state: ChannelState) -> None:
        taken = self.table.take_lease(state.name, self.now, self.now + 1)
        assert taken
        self.table.save_channel(dataclasses.replace(state, fence=taken.fence), self.now, release=True)

    def down(self) -> None:
        """ops-jira has not answered for two hours."""
        state = ChannelState(
            "ops-jira", failures=9, down_since=self.now - 2 * HOUR, probe_at=self.now + 4 * MINUTE, rate=15.0
        )
        self.channel(dataclasses.replace(state, reason="Jira failed (503)"))

    def woken(self) -> list[str]:
        got = self.team.client("sqs").receive_message(QueueUrl=self.wake_ups, MaxNumberOfMessages=10)
        return sorted(json.loads(message["Body"])["wake"] for message in got.get("Messages", ()))


CHANNELS = """
channels:
  ops-jira: {type: jira, url: "https://example.atlassian.net", project: OPS, secret: shop/jira}
  ops-email: {type: email, addresses: [ops@example.com]}
routes: {critical: [ops-jira, ops-email], high: [ops-jira, ops-email]}
"""
