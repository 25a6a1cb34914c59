"""What `handlers.common.aws.client(service)` hands out in a simulated world: a botocore client, as handlers see one.

Every call is a seam call: the process may be killed before or after it, the answer may be lost, others run meanwhile.
botocore's own retries are part of the model, because they repeat what may have taken effect.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from tests.simulation.aws_errors import Exceptions, failure, no_answer, no_connection
from tests.simulation.world import MS, SECOND, Killed, NotSimulated, World

Operation = Callable[..., dict[str, Any]]
# Latency of a call as a small function sees it, and how long it waits for an answer.
FASTEST, SLOWEST = 4 * MS, 40 * MS
DOWN_FOR = 30 * SECOND
THROTTLED = {
    "dynamodb": ("ProvisionedThroughputExceededException", 400),
    "sqs": ("ThrottlingException", 400),
    "sns": ("Throttled", 429),
    "events": ("ThrottlingException", 400),
    "ssm": ("ThrottlingException", 400),
    "secretsmanager": ("ThrottlingException", 400),
    "scheduler": ("ThrottlingException", 429),
    "logs": ("ThrottlingException", 400),
}


def enter(world: World, what: str) -> str:
    """The name of a seam call, the same in every run; here the process may die before it."""
    task = world.current
    assert task is not None, f"{what} outside of a task"
    task.calls += 1
    name = f"{task.name}:{task.calls}:{what}"
    if task.process.dead:
        raise Killed
    if world.fault("process.killed-before", name):
        task.process.kill()
        raise Killed
    return name


def leave(world: World, name: str) -> None:
    """Here the process may die though the call took effect."""
    task = world.current
    assert task is not None
    if task.process.dead:
        raise Killed
    if world.fault("process.killed-after", name):
        task.process.kill()
        raise Killed


class Client:
    """operations: method name to what it does to the world. attempts: how often botocore tries, each time for so many
    seconds."""

    def __init__(
        self,
        world: World,
        service: str,
        operations: dict[str, Operation],
        read_seconds: float = 0.8,
        attempts: int = 2,
    ) -> None:
        self._world, self._service, self._operations = world, service, operations
        self._read_timeout, self._attempts = round(read_seconds * SECOND), attempts
        self.exceptions = Exceptions(service)

    def __getattr__(self, name: str) -> Operation:
        if name.startswith("_"):
            raise AttributeError(name)
        operation = self._operations.get(name)
        if operation is None:
            raise NotSimulated(f"{self._service}.{name}")

        def call(**arguments: Any) -> dict[str, Any]:
            return self._call(name, operation, arguments)

        self.__dict__[name] = call
        return call

    def _call(self, name: str, operation: Operation, arguments: dict[str, Any]) -> dict[str, Any]:
        world = self._world
        seam = enter(world, f"{self._service}.{name}")
        if name == "transact_write_items":
            # botocore fills it in, so that its own retry does not write twice.
            arguments.setdefault("ClientRequestToken", seam)
        for attempt in range(self._attempts):
            is_last = attempt == self._attempts - 1
            key = f"{seam}~{attempt}" if attempt else seam
            world.pause(world.between(FASTEST, SLOWEST, "latency", key))
            is_down = world.fault("aws.down", self._service, world.now // DOWN_FOR)
            if is_down or world.fault("aws.unreachable", key):
                if is_last:
                    raise no_connection(self._service)
                continue
            if world.fault("aws.throttled", key):
                if is_last:
                    code, status = THROTTLED[self._service]
                    raise failure(self._service, name, code, status=status)
                continue
            self._conflict(name, arguments, key)
            answer = _done(operation, arguments, name)
            if world.fault("aws.answer-lost", key):
                world.pause(self._read_timeout)
                leave(world, seam)
                if is_last:
                    raise no_answer(self._service)
                continue
            world.pause(2 * MS)
            leave(world, seam)
            return answer
        raise AssertionError("the last attempt returns or raises")

    def _conflict(self, name: str, arguments: dict[str, Any], key: str) -> None:
        """Transactions of others on the same items."""
        if name == "transact_write_items" and self._world.fault("table.conflict", key):
            reasons = [{"Code": "None"} for _ in arguments["TransactItems"]]
            reasons[-1] = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
            raise failure("dynamodb", "TransactWriteItems", "TransactionCanceledException", CancellationReasons=reasons)


def _done(operation: Operation, arguments: dict[str, Any], name: str) -> dict[str, Any]:
    try:
        return operation(**arguments)
    except (ClientError, BotoCoreError):
        raise
    except Exception as error:
        raise NotSimulated(f"{name}: {type(error).__name__}: {error}") from error


def secrets(world: World, values: dict[str, str]) -> dict[str, Operation]:
    """Secrets Manager: name to text."""

    def get_secret_value(SecretId: str) -> dict[str, Any]:  # noqa: N803
        if SecretId not in values:
            raise failure("secretsmanager", "GetSecretValue", "ResourceNotFoundException")
        return {"Name": SecretId, "SecretString": values[SecretId], "VersionId": "v1"}

    return {"get_secret_value": get_secret_value}


def logs(lines: Callable[[dict[str, Any]], list[dict[str, Any]]]) -> dict[str, Operation]:
    """CloudWatch Logs; `lines` answers for a request."""

    def filter_log_events(**arguments: Any) -> dict[str, Any]:
        return {"events": lines(arguments), "searchedLogStreams": []}

    return {"filter_log_events": filter_log_events}


def seconds(value: float) -> int:
    """Microseconds of a number of seconds."""
    return round(value * SECOND)
