"""SQS standard queues and the event source mappings that poll them.

At least once, in no order, each message hidden while it is handled and counted each time it is received:
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-visibility-timeout.html,
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html (partial batch responses),
https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html (MaximumConcurrency).
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.aws_errors import failure
from tests.simulation.clients import Operation
from tests.simulation.functions import Function, Invocation
from tests.simulation.world import MS, SECOND, World

MESSAGE_LIMIT = 1_048_576
# Lambda stops a chain through the same queue after about 16 rounds.
# https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
RECURSION_LIMIT = 16


@dataclass(eq=False)
class Message:
    """receives: how often it was handed out. depth: how many messages led to it. turn: changes with its visibility.

    attempts: how often the function came to its end with it. moved: SQS itself moved it to the dead letters.
    """

    name: str
    body: str
    attributes: dict[str, Any]
    sent_at: int
    depth: int = 0
    receives: int = 0
    receipt: str = ""
    turn: int = 0
    attempts: int = 0
    moved: bool = False
    deleted: bool = False

    @property
    def id(self) -> str:
        """As SQS names it."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:32]


@dataclass(eq=False)
class Queue:
    """function: what its mapping invokes, at most `concurrency` at a time. carries_nothing: messages may get lost.

    started, finished: called with each receive that reaches the function, and whether the function was done with it.
    arrived: with each message.
    """

    world: World
    name: str
    visibility: int
    max_receives: int = 0
    dead_letters: Queue | None = None
    function: Function | None = None
    concurrency: int = 1_000
    carries_nothing: bool = False
    started: Callable[[Message, Invocation], None] = lambda _message, _invocation: None
    finished: Callable[[Message, Invocation, bool], None] = lambda _message, _invocation, _is_done: None
    arrived: Callable[[Message], None] = lambda _message: None
    messages: dict[str, Message] = field(default_factory=dict)
    busy: int = 0
    deepest: int = 0
    _names: dict[str, int] = field(default_factory=dict)
    _receipts: dict[str, Message] = field(default_factory=dict)
    _waiting: deque[tuple[Message, int]] = field(default_factory=deque)

    @property
    def url(self) -> str:
        """As in AWS."""
        return f"https://sqs.us-east-1.amazonaws.com/123456789012/{self.name}"

    @property
    def arn(self) -> str:
        """As in AWS."""
        return f"arn:aws:sqs:us-east-1:123456789012:{self.name}"

    def send(
        self,
        body: str,
        name: str,
        attributes: dict[str, Any] | None = None,
        delay: int = 0,
        depth: int = 0,
        moved: Message | None = None,
    ) -> Message:
        """Put a message in; `name` tells it from others and is the same in every run. moved: what it was elsewhere."""
        number = self._names[name] = self._names.get(name, 0) + 1
        message = Message(f"{name}#{number}" if number > 1 else name, body, attributes or {}, self.world.now, depth)
        message.moved, message.attempts = moved is not None, moved.attempts if moved else 0
        if self.carries_nothing and self.world.fault("queue.wake-up-lost", message.name):
            return message
        self.deepest = max(self.deepest, depth)
        self.messages[message.name] = message
        self.arrived(message)
        latency = self.world.between(10 * MS, 120 * MS, "poll", self.name, message.name)
        if self.world.fault("queue.late", message.name):
            latency += self.world.between(0, 60 * SECOND, "queue-late", message.name)
        self._show(message, self.world.now + delay + latency)
        return message

    def _show(self, message: Message, when: int) -> None:
        message.turn += 1
        turn = message.turn
        if self.function:
            self.world.at(when, lambda: self._offer(message, turn))

    def _offer(self, message: Message, turn: int) -> None:
        if message.deleted or message.turn != turn:
            return
        if self.busy >= self.concurrency:
            self._waiting.append((message, turn))
            return
        self._receive(message)

    def _receive(self, message: Message) -> None:
        assert self.function is not None
        world = self.world
        message.receives += 1
        if world.fault("queue.receive-count-jump", message.name, message.receives):
            message.receives += 1
        if self.max_receives and message.receives > self.max_receives and self.dead_letters:
            self._remove(message)
            self.dead_letters.send(message.body, message.name, message.attributes, moved=message)
            world.note(self.name, "moved to the dead letters", message.name)
            return
        message.receipt = f"{message.name}~{message.receives}"
        self._receipts[message.receipt] = message
        self._show(message, world.now + self.visibility)
        if world.fault("queue.duplicate", message.name, message.receives):
            late = world.between(0, 20 * SECOND, "duplicate", message.name, message.receives)
            world.after(late, lambda: self._receive_again(message))
        self._invoke(message)

    def _receive_again(self, message: Message) -> None:
        """The same message once more, though it is hidden, or even after it was deleted."""
        if self.max_receives and message.receives >= self.max_receives:
            return
        message.receives += 1
        if self.busy < self.concurrency:
            self._invoke(message)

    def _invoke(self, message: Message) -> None:
        assert self.function is not None
        receipt, receives = message.receipt, message.receives
        invocation = self.function.invoke(
            {"Records": [self._record(message)]},
            f"{self.name}/{message.name}/{receives}",
            lambda done: self._finish(message, receipt, done),
            depth=message.depth,
        )
        if invocation is None:
            # Throttled: the message comes back after its time, and the receive counts.
            return
        self.busy += 1
        self.started(message, invocation)

    def _record(self, message: Message) -> dict[str, Any]:
        return {
            "messageId": message.id,
            "receiptHandle": message.receipt,
            "body": message.body,
            "attributes": {
                "ApproximateReceiveCount": str(message.receives),
                "SentTimestamp": str(message.sent_at // 1000),
            },
            "messageAttributes": {},
            "eventSource": "aws:sqs",
            "eventSourceARN": self.arn,
            "awsRegion": "us-east-1",
        }

    def _finish(self, message: Message, receipt: str, invocation: Invocation) -> None:
        self.busy -= 1
        message.attempts += not invocation.environment.process.dead
        is_done = not invocation.failed and message.id not in _failures(invocation.result)
        self.world.note(self.name, message.name, message.receives, "done" if is_done else "not done")
        self.finished(message, invocation, is_done)
        if is_done and not self.world.fault("queue.delete-lost", receipt):
            self._remove(message)
        while self._waiting and self.busy < self.concurrency:
            self._offer(*self._waiting.popleft())

    def _remove(self, message: Message) -> None:
        message.deleted = True
        self.messages.pop(message.name, None)

    def take_all(self) -> list[Message]:
        """What waits here; it is gone from here then. For queues that no function reads."""
        taken = list(self.messages.values())
        for message in taken:
            self._remove(message)
        return taken

    def change_visibility(self, receipt: str, seconds: int) -> None:
        """As ChangeMessageVisibility."""
        message = self._receipts.get(receipt)
        if message is None or message.deleted:
            raise failure("sqs", "ChangeMessageVisibility", "MessageNotInflight")
        if receipt == message.receipt:
            self._show(message, self.world.now + seconds * SECOND + 50 * MS)

    def delete(self, receipt: str) -> None:
        """As DeleteMessage."""
        message = self._receipts.get(receipt)
        if message:
            self._remove(message)


def _failures(result: Any) -> set[str]:
    if not isinstance(result, dict):
        return set()
    return {failed["itemIdentifier"] for failed in result.get("batchItemFailures") or ()}


def sqs(world: World, queues: dict[str, Queue]) -> dict[str, Operation]:
    """The client's operations over queues by name."""

    def named(url: str) -> Queue:
        queue = queues.get(url.rpartition("/")[2])
        if queue is None:
            raise failure("sqs", "GetQueueUrl", "QueueDoesNotExist")
        return queue

    def send(queue: Queue, body: str, given: dict[str, Any], position: int) -> str:
        task = world.current
        assert task is not None
        if len(body.encode()) + sum(len(str(v)) for v in given.get("MessageAttributes", {}).values()) > MESSAGE_LIMIT:
            raise failure("sqs", "SendMessage", "InvalidParameterValue", "One or more parameters are invalid")
        depth = task.process.depth + 1
        name = f"{task.name}:{task.calls}.{position}"
        if depth > RECURSION_LIMIT:
            world.note(queue.name, "Lambda stopped a loop", name)
            return name
        delay = int(given.get("DelaySeconds", 0)) * SECOND
        return queue.send(body, name, given.get("MessageAttributes"), delay, depth).id

    def send_message(QueueUrl: str, MessageBody: str, **given: Any) -> dict[str, Any]:  # noqa: N803
        return {"MessageId": send(named(QueueUrl), MessageBody, given, 0)}

    def send_message_batch(QueueUrl: str, Entries: list[dict[str, Any]]) -> dict[str, Any]:  # noqa: N803
        if not 0 < len(Entries) <= 10 or len({entry["Id"] for entry in Entries}) != len(Entries):
            raise failure("sqs", "SendMessageBatch", "AWS.SimpleQueueService.TooManyEntriesInBatchRequest")
        done, failed = [], []
        for position, entry in enumerate(Entries):
            task = world.current
            assert task is not None
            if world.fault("aws.throttled", task.name, task.calls, entry["Id"]):
                failed.append({"Id": entry["Id"], "Code": "InternalError", "SenderFault": False})
                continue
            message = send(named(QueueUrl), entry["MessageBody"], entry, position)
            done.append({"Id": entry["Id"], "MessageId": message})
        return {"Successful": done, "Failed": failed}

    def change_message_visibility(QueueUrl: str, ReceiptHandle: str, VisibilityTimeout: int) -> dict[str, Any]:  # noqa: N803
        if not 0 <= VisibilityTimeout <= 43_200:
            raise failure("sqs", "ChangeMessageVisibility", "InvalidParameterValue")
        named(QueueUrl).change_visibility(ReceiptHandle, VisibilityTimeout)
        return {}

    def delete_message(QueueUrl: str, ReceiptHandle: str) -> dict[str, Any]:  # noqa: N803
        named(QueueUrl).delete(ReceiptHandle)
        return {}

    def get_queue_attributes(QueueUrl: str, **_given: Any) -> dict[str, Any]:  # noqa: N803
        return {"Attributes": {"ApproximateNumberOfMessages": str(len(named(QueueUrl).messages))}}

    return {
        "send_message": send_message,
        "send_message_batch": send_message_batch,
        "change_message_visibility": change_message_visibility,
        "delete_message": delete_message,
        "get_queue_attributes": get_queue_attributes,
    }
