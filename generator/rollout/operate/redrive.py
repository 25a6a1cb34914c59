"""Into the dead-letter queues and back, and deliveries that were given up: what touches AWS.

A message is sent to the queue that it came from first and deleted from the dead letters then, never the other way
round: what happens between the two makes a duplicate, which changes nothing for the function, and loses nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Set
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from generator.manifest import Queue
from generator.rollout.aws.clients import check_account
from generator.rollout.aws.errors import AwsError, aws_errors
from generator.rollout.operate.dead_letters import DeadLetter, Queues, oldest_first, read
from generator.rollout.operate.incident_state import LostDelivery
from generator.rollout.operate.incidents import IncidentTable

# Messages that are listed are invisible to others for so long; they are given back as soon as all are read.
HIDDEN_SECONDS = 120
# A long poll asks every server of the queue; a short one only some (SQS Developer Guide, "Short and long polling").
POLL_SECONDS = 1
BATCH = 10
# What is received is sent within HIDDEN_SECONDS; more at once might not be.
ROUND = 100


@dataclass(frozen=True, slots=True)
class QueueSnapshot:
    """A queue as it was found. total: how many it holds by its own, approximate, account."""

    queue: Queue
    total: int
    letters: tuple[DeadLetter, ...]


@dataclass(frozen=True, slots=True)
class SendResult:
    """A letter that was sent. problem: why it is in the dead letters all the same."""

    letter: DeadLetter
    problem: str = ""


class HubQueues:
    """The queues of one environment, with the caller's credentials. Everything here raises AwsError."""

    def __init__(self, queues: Queues) -> None:
        self.queues = queues
        self._account = queues.incidents.account
        self._sqs: dict[str, Any] = {}
        self._urls: dict[str, str] = {}

    def sign_in(self) -> None:
        """Verify that the credentials belong to the hub's account, and find its queues."""
        queue = self.queues.incidents
        with self._errors("sts:GetCallerIdentity", "the caller"):
            account = str(_client("sts", queue.region).get_caller_identity()["Account"])
        hint = f"use credentials of account {self._account} (AWS_PROFILE)"
        check_account(account, self._account, f"the hub is account {self._account}", hint)
        for dead_letters in (queue, *self.queues.dead_letters):
            self._url(dead_letters)

    def peek(self) -> list[QueueSnapshot]:
        """Every dead letter that can be seen, left where it is."""
        snapshots = []
        for queue in self.queues.dead_letters:
            letters: dict[str, DeadLetter] = {}
            for batch in self._receive(queue):
                letters |= {letter.id: letter for letter, _ in batch}
            snapshots.append(QueueSnapshot(queue, self.total(queue), tuple(oldest_first(letters.values()))))
        return snapshots

    def send(self, queue: Queue, ids: Set[str]) -> Iterator[SendResult]:
        """Send back those of a queue, oldest first as far as they are seen together."""
        rows: list[tuple[DeadLetter, str]] = []
        count = 0
        for batch in self._receive(queue) if ids else ():
            desired = [row for row in batch if row[0].id in ids]
            rows, count = rows + desired, count + len(desired)
            if len(rows) >= ROUND or count >= len(ids):
                yield from self._send(queue, rows)
                rows = []
            if count >= len(ids):
                return
        yield from self._send(queue, rows)

    def total(self, queue: Queue) -> int:
        """The approximate number of messages in a queue."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        with self._errors("sqs:GetQueueAttributes", queue.name):
            answer = self._of(queue).get_queue_attributes(QueueUrl=self._url(queue), AttributeNames=names)
        return sum(int(answer.get("Attributes", {}).get(name, 0)) for name in names)

    def lost(self, channel: str | None) -> tuple[LostDelivery, ...]:
        """Every delivery that was given up or refused, to one channel or to all."""
        return self._table().lost(channel)

    def put_back(self, lost: Iterable[LostDelivery]) -> Iterator[tuple[LostDelivery, bool]]:
        """Make them owed again, each with whether that was still to be done, and wake their channels in the end."""
        table, channels = self._table(), set()
        try:
            for delivery in lost:
                done = table.put_back(delivery, time.time_ns() // 1_000_000)
                channels |= {delivery.delivery.channel} if done else set()
                yield delivery, done
        finally:
            self._wake(sorted(channels))

    def _wake(self, channels: Iterable[str]) -> None:
        """Best effort: what is not woken now, the schedule wakes within a minute."""
        from botocore.exceptions import BotoCoreError, ClientError

        queue = self.queues.wake_ups
        try:
            for name in channels:
                self._of(queue).send_message(QueueUrl=self._url(queue), MessageBody=json.dumps({"wake": name}))
        except (BotoCoreError, ClientError, AwsError):
            return

    def _table(self) -> IncidentTable:
        queue = self.queues.incidents
        with self._errors("dynamodb", self.queues.table):
            client = _client("dynamodb", queue.region)
        return IncidentTable(client, self.queues.table, queue.account, queue.region, most=None)

    def _send(self, queue: Queue, rows: list[tuple[DeadLetter, str]]) -> Iterator[SendResult]:
        receipts = {letter.id: receipt for letter, receipt in rows}
        for letter in oldest_first(letter for letter, _ in rows):
            goal = self.queues.goal(letter)
            with self._errors("sqs:SendMessage", goal.name):
                self._of(goal).send_message(QueueUrl=self._url(goal), MessageBody=letter.body)
            try:
                with self._errors("sqs:DeleteMessage", queue.name):
                    self._of(queue).delete_message(QueueUrl=self._url(queue), ReceiptHandle=receipts[letter.id])
            except AwsError as error:
                yield SendResult(letter, problem=f"sent, but still in {queue.name}: {error}")
                raise
            yield SendResult(letter)

    def _receive(self, queue: Queue) -> Iterator[list[tuple[DeadLetter, str]]]:
        """Each message once, with its receipt; whatever is still there afterwards is given back."""
        sqs, url = self._of(queue), self._url(queue)
        receipts: dict[str, str] = {}
        try:
            while True:
                with self._errors("sqs:ReceiveMessage", queue.name):
                    messages = sqs.receive_message(
                        QueueUrl=url,
                        MaxNumberOfMessages=BATCH,
                        VisibilityTimeout=HIDDEN_SECONDS,
                        WaitTimeSeconds=POLL_SECONDS,
                        MessageSystemAttributeNames=["SentTimestamp"],
                        MessageAttributeNames=["All"],
                    ).get("Messages", [])
                new = [message for message in messages if message["MessageId"] not in receipts]
                receipts |= {message["MessageId"]: message["ReceiptHandle"] for message in messages}
                if not new:
                    return
                environment, names = self.queues.environment, self.queues.named_alarms
                yield [(read(message, queue, environment, names), message["ReceiptHandle"]) for message in new]
        finally:
            self._give_back(queue, receipts)

    def _give_back(self, queue: Queue, receipts: dict[str, str]) -> None:
        """Best effort: what is not given back, because it is gone or AWS refuses, comes back by itself."""
        from botocore.exceptions import BotoCoreError, ClientError

        rows = list(receipts.values())
        for start in range(0, len(rows), BATCH):
            entries = [
                {"Id": str(number), "ReceiptHandle": receipt, "VisibilityTimeout": 0}
                for number, receipt in enumerate(rows[start : start + BATCH])
            ]
            try:
                self._of(queue).change_message_visibility_batch(QueueUrl=self._url(queue), Entries=entries)
            except (BotoCoreError, ClientError):
                return

    def _url(self, queue: Queue) -> str:
        if queue.name not in self._urls:
            with self._errors("sqs:GetQueueUrl", queue.name):
                answer = self._of(queue).get_queue_url(QueueName=queue.name, QueueOwnerAWSAccountId=queue.account)
            self._urls[queue.name] = str(answer["QueueUrl"])
        return self._urls[queue.name]

    def _of(self, queue: Queue) -> Any:
        if queue.region not in self._sqs:
            with self._errors("sqs", queue.name):
                self._sqs[queue.region] = _client("sqs", queue.region)
        return self._sqs[queue.region]

    def _errors(self, action: str, subject: str) -> AbstractContextManager[None]:
        return aws_errors(action, subject, self._account, self.queues.incidents.region)


def _client(service: str, region: str) -> Any:
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
    session: Any = boto3.session.Session(region_name=region)
    return session.client(service, config=config)
