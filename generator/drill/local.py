"""The whole path on this machine: a real event through a real queue API into the function's own package, and what
everybody hears.

AWS is moto's server, the vendors are stand-ins; the function is what would be deployed, in a process of its own with
nothing of ours on its path. Nothing here compiles: what was built is handed in.
"""

from __future__ import annotations

import copy
import json
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from generator.drill.alarm_event import Subject, event
from generator.drill.audience import BY_HTTP, Ear, MailEar, OpsEar, VendorEar
from generator.drill.aws_vendor import AwsVendor
from generator.drill.hub import Hub
from generator.drill.machine import CannotDrill, interruptible, moto, own_environment
from generator.drill.process import Function
from generator.drill.vendors import Vendors
from generator.manifest import ROUTING

FUNCTION = "IncidentFunction"
HEALTHY_FOR = timedelta(hours=1)
# The queue's own waits between receives are minutes; here the next comes at once.
MOST_RECEIVES = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """files: the function's package, path to content. template: the hub's. subject: the alarm that is to fire."""

    environment: str
    files: Mapping[str, bytes]
    template: Mapping[str, Any]
    account: str
    region: str
    partition: str
    subject: Subject


@dataclass(slots=True)
class Step:
    """One event sent. hops: seconds after it was sent, and what happened then. heard: channels with something new."""

    title: str
    state: str
    hops: list[tuple[float, str]] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)
    failed: bool = False


@dataclass(slots=True)
class Played:
    """What a drill was. expected: the channels that the route names. log: what the function warned of, a line each."""

    plan: Plan
    expected: tuple[str, ...]
    queue: str
    function: str
    steps: list[Step] = field(default_factory=list)
    channels: list[dict[str, Any]] = field(default_factory=list)
    unfinished: list[str] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)
    dead_letters: list[dict[str, str]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    kept: str = ""

    @property
    def problems(self) -> list[str]:
        """Everything that is not as it should be; empty where everybody heard, once."""
        found = []
        for step, should in zip(self.steps, (True, False, True), strict=False):
            if step.failed:
                found.append(f"the function failed at {step.title}")
            missing = [name for name in self.expected if should and name not in step.heard]
            found += [f"{name} did not hear of {step.state}" for name in missing]
            others = [name for name in step.heard if not should or name not in self.expected]
            found += [f"{name} was told by {step.title}, and should not have been" for name in others]
        if len(self.steps) < 3:
            found.append("the drill ended early")
        found += [f"{name} was not brought to an end" for name in self.unfinished]
        found += [f"{letter['queue']} has a message: {letter['reason']}" for letter in self.dead_letters]
        for channel in self.channels:
            opened = len(channel.get("issues", ())) or sum(a["opened"] for a in channel.get("alerts", {}).values())
            found += [f"{channel['name']} has {opened} incidents for one"] if opened > 1 else []
        return found + [f"refused: {violation}" for violation in self.violations]


def play(plan: Plan, *, keep: bool = False) -> Played:
    """Set everything up, let the alarm fire, repeat itself and end, and take everything down again.

    Raises CannotDrill.
    """
    with ExitStack() as stack:
        stack.enter_context(interruptible())
        folder = Path(tempfile.mkdtemp(prefix="obsgen-drill-"))
        if not keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.enter_context(own_environment(plan.account, plan.region))
        endpoint = stack.enter_context(moto())
        aws = stack.enter_context(AwsVendor(plan.subject.lines))

        def client(service: str) -> Any:
            import botocore.session

            return botocore.session.get_session().create_client(service, endpoint_url=endpoint)

        hub = Hub(plan.template, plan.account, plan.region, plan.partition, client)
        hub.make()
        routing = json.loads(plan.files[ROUTING])
        ears, routing = _listeners(routing, hub, aws, stack)
        _unpack(plan.files, routing, folder / "package")
        about = hub.function(FUNCTION)
        queue = hub.queue_of(FUNCTION)
        settings = {
            **{name: str(value) for name, value in about.get("Environment", {}).get("Variables", {}).items()},
            "AWS_ENDPOINT_URL": endpoint,
            "AWS_ENDPOINT_URL_SSM": aws.url,
            "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": aws.url,
            "DRILL_QUEUE_URL": hub.urls[queue],
            "DRILL_QUEUE_ARN": hub.arn(queue),
        }
        function = stack.enter_context(Function(about, folder, settings))
        played = Played(plan, _expected(routing, plan.subject), hub.resolve(_name(hub, queue)), about["FunctionName"])
        played.kept = str(folder) if keep else ""
        _play(played, function, _Sender(client("sqs"), hub.urls[queue]), ears)
        _look_around(played, ears, hub, client)
        played.log = function.said()
    return played


def _name(hub: Hub, title: str) -> str:
    return hub.name(title, hub.resources[title]["Properties"])


def _expected(routing: Mapping[str, Any], subject: Subject) -> tuple[str, ...]:
    return tuple(routing["routes"].get(subject.severity, ()))


def _listeners(routing: dict[str, Any], hub: Hub, aws: AwsVendor, stack: ExitStack) -> tuple[list[Ear], dict[str, Any]]:
    """Somebody for every channel, the table that leads to them, and the secrets by which they know the function."""
    led = copy.deepcopy(routing)
    ears: list[Ear] = []
    secrets: dict[str, dict[str, str]] = {}
    shared: dict[str, Vendors] = {}
    for name, channel in routing["channels"].items():
        kind = channel["type"]
        if kind == "email":
            boxes = {address: url for (owner, address), url in hub.mailboxes.items() if owner == name}
            ears.append(MailEar(name, hub.client("sqs"), boxes))
        elif kind == "opsitem":
            ears.append(OpsEar(name, aws))
        elif kind in BY_HTTP:
            # A webhook's address is the secret, so that channels with one secret have one listener.
            one = f"{kind} {channel['secret'] if kind == 'slack' and not channel.get('channel') else name}"
            if one not in shared:
                shared[one] = stack.enter_context(Vendors())
            ear = VendorEar(name, channel, shared[one])
            ear.listen()
            ears.append(ear)
            led["channels"][name] = ear.settings
            secrets[channel["secret"]] = {**secrets.get(channel["secret"], {}), **ear.secret}
        else:
            raise CannotDrill(f"nobody here can play a channel of type {kind} ({name})")
    for name, value in secrets.items():
        hub.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))
    return ears, led


def _unpack(files: Mapping[str, bytes], routing: Mapping[str, Any], folder: Path) -> None:
    for path, content in {**files, ROUTING: json.dumps(routing).encode()}.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)


@dataclass(frozen=True, slots=True)
class _Sender:
    """EventBridge's side: puts events into the queue."""

    sqs: Any
    url: str

    def __call__(self, said: Mapping[str, Any]) -> float:
        self.sqs.send_message(QueueUrl=self.url, MessageBody=json.dumps(said))
        return time.time()


def _play(played: Played, function: Function, send: Callable[[Mapping[str, Any]], float], ears: list[Ear]) -> None:
    subject = played.plan.subject
    now = datetime.now(UTC)
    alarm = event(subject, "ALARM", now, "OK", now - HEALTHY_FOR)
    for title in ("ALARM", "the same event again", "OK"):
        said = alarm
        if title == "OK":
            said = event(subject, "OK", datetime.now(UTC), "ALARM", now)
        step = Step(title, said["detail"]["state"]["value"])
        played.steps.append(step)
        _one(step, played, function, send, said, ears)
        if step.failed:
            return


def _one(
    step: Step,
    played: Played,
    function: Function,
    send: Callable[[Mapping[str, Any]], float],
    said: Mapping[str, Any],
    ears: list[Ear],
) -> None:
    before = {ear.name: len(ear.heard()) for ear in ears}
    started = time.time()
    sent = send(said)
    step.hops.append((sent - started, f"{played.queue} has the event"))
    for receive in range(1, MOST_RECEIVES + 1):
        turn = function.turn()
        if turn.received:
            step.hops.append((turn.received - started, f"{played.function} receives it"))
        step.failed = turn.failed
        if not turn.failed or not turn.received:
            break
        then = "the queue would wait, and hands it out again" if receive < MOST_RECEIVES else "it is dead"
        step.hops.append((turn.ended - started, f"it fails{f' ({turn.problem})' if turn.problem else ''}; {then}"))
    for ear in ears:
        times = ear.heard()[before[ear.name] :]
        step.heard += [ear.name] if times else []
        step.hops += [(max(0.0, at - started), f"{ear.name} hears it ({ear.type})") for at in times]
    if turn.received and not step.failed:
        step.hops.append((turn.ended - started, "the function is done"))
    step.hops.sort(key=lambda hop: hop[0])


def _look_around(played: Played, ears: list[Ear], hub: Hub, client: Callable[[str], Any]) -> None:
    """What everybody has in the end, and whether anything lies where nothing should."""
    for ear in ears:
        if ear.name in played.expected or ear.heard():
            played.channels.append({"name": ear.name, "type": ear.type, **ear.data()})
        if ear.name in played.expected and not ear.ended():
            played.unfinished.append(ear.name)
        played.violations += ear.violations()
    sqs = client("sqs")
    for title, url in hub.urls.items():
        if not title.endswith("DeadLetters"):
            continue
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in got.get("Messages", []):
            reason = message.get("MessageAttributes", {}).get("Reason", {}).get("StringValue", "no reason")
            played.dead_letters.append({"queue": _name(hub, title), "reason": reason})
