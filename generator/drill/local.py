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
from generator.drill.process import Function, Turn
from generator.drill.vendors import Vendors
from generator.manifest import ROUTING

FUNCTION, NOTIFIER = "IncidentFunction", "NotifierFunction"
HEALTHY_FOR = timedelta(hours=1)
# The queue's own waits between receives are minutes; here the next comes at once.
MOST_RECEIVES = 3
# Wake-ups of one step; each channel has one, and some come again.
MOST_WAKE_UPS = 50
# Nobody waits for a channel's pace here: one alarm is no storm.
RATE = 6_000


@dataclass(frozen=True, slots=True)
class Plan:
    """files, notifier_files: the functions' packages, path to content. template: the hub's. subject: what fires."""

    environment: str
    files: Mapping[str, bytes]
    notifier_files: Mapping[str, bytes]
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
    """What a drill was. expected: the channels that the route names. log: what the functions warned of, a line each."""

    plan: Plan
    expected: tuple[str, ...]
    queue: str
    function: str
    notifier: str
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
        function = stack.enter_context(_function(FUNCTION, plan.files, routing, hub, folder, endpoint, aws))
        notifier = stack.enter_context(_function(NOTIFIER, plan.notifier_files, routing, hub, folder, endpoint, aws))
        for one in (function, notifier):
            one.await_ready()
        queue = hub.queue_of(FUNCTION)
        played = Played(plan, _expected(routing, plan.subject), hub.resolve(_name(hub, queue)), *_names(hub))
        played.kept = str(folder) if keep else ""
        _play(played, _Path(function, notifier, _Sender(client("sqs"), hub.urls[queue]), ears))
        _look_around(played, ears, hub, client)
        played.log = [*function.said(), *notifier.said()]
    return played


def _function(
    title: str,
    files: Mapping[str, bytes],
    routing: Mapping[str, Any],
    hub: Hub,
    folder: Path,
    endpoint: str,
    aws: AwsVendor,
) -> Function:
    """The function of the template, with its package, its environment and the queue that feeds it."""
    about, queue = hub.function(title), hub.queue_of(title)
    own = folder / str(about["FunctionName"])
    _unpack(files, routing, own / "package")
    settings = {
        **{name: str(value) for name, value in about.get("Environment", {}).get("Variables", {}).items()},
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ENDPOINT_URL_SSM": aws.url,
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": aws.url,
        "DRILL_QUEUE_URL": hub.urls[queue],
        "DRILL_QUEUE_ARN": hub.arn(queue),
        # The event is in its queue already; whether there is a wake-up is known at once.
        "DRILL_WAIT_SECONDS": "2" if title == FUNCTION else "0",
    }
    return Function(about, own, settings)


def _names(hub: Hub) -> tuple[str, str]:
    return str(hub.function(FUNCTION)["FunctionName"]), str(hub.function(NOTIFIER)["FunctionName"])


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
    for channel in led["channels"].values():
        channel["delivery"] = {**channel["delivery"], "private": True, "rate_per_minute": RATE}
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


@dataclass(frozen=True, slots=True)
class _Path:
    """What an event goes through."""

    function: Function
    notifier: Function
    send: _Sender
    ears: list[Ear]


def _play(played: Played, path: _Path) -> None:
    subject = played.plan.subject
    now = datetime.now(UTC)
    alarm = event(subject, "ALARM", now, "OK", now - HEALTHY_FOR)
    for title in ("ALARM", "the same event again", "OK"):
        said = alarm
        if title == "OK":
            said = event(subject, "OK", datetime.now(UTC), "ALARM", now)
        step = Step(title, said["detail"]["state"]["value"])
        played.steps.append(step)
        _one(step, played, path, said)
        if step.failed:
            return


def _one(step: Step, played: Played, path: _Path, said: Mapping[str, Any]) -> None:
    before = {ear.name: len(ear.heard()) for ear in path.ears}
    started = time.time()
    sent = path.send(said)
    step.hops.append((sent - started, f"{played.queue} has the event"))
    _decide(step, played, path.function, started)
    served = {} if step.failed else _notify(step, path.notifier, started)
    for ear in path.ears:
        times = ear.heard()[before[ear.name] :]
        step.heard += [ear.name] if times else []
        step.hops += [(max(0.0, at - started), f"{ear.name} hears it ({ear.type})") for at in times]
        if times and served.get(ear.name, times[-1]) < times[-1]:
            step.hops.append((served[ear.name] - started, f"{played.notifier} serves {ear.name}"))
    step.hops.sort(key=lambda hop: hop[0])


def _decide(step: Step, played: Played, function: Function, started: float) -> None:
    """Let the function decide, as often as the queue hands the event out."""
    for receive in range(1, MOST_RECEIVES + 1):
        turn = function.turn()
        if turn.received:
            step.hops.append((turn.received - started, f"{played.function} receives it"))
        step.failed = turn.failed
        _refused(step, turn, started)
        if not turn.failed or not turn.received:
            break
        then = "the queue would wait, and hands it out again" if receive < MOST_RECEIVES else "it is dead"
        step.hops.append((turn.ended - started, f"it fails{f' ({turn.problem})' if turn.problem else ''}; {then}"))
    if turn.received and not step.failed:
        step.hops.append((turn.ended - started, f"{played.function} is done"))


def _notify(step: Step, notifier: Function, started: float) -> dict[str, float]:
    """Serve the wake-ups that there are; when each channel was served first."""
    served: dict[str, float] = {}
    for _ in range(MOST_WAKE_UPS):
        turn = notifier.turn()
        if not turn.received:
            break
        served.setdefault(str(json.loads(turn.body)["wake"]), turn.received)
        _refused(step, turn, started)
        if turn.problem:
            step.hops.append((turn.ended - started, f"the notifier fails ({turn.problem})"))
    return served


def _refused(step: Step, turn: Turn, started: float) -> None:
    step.hops += [
        (turn.ended - started, f"{channel} does not take it, and would be tried again: {why}")
        for channel, why in turn.refusals
    ]


def _look_around(played: Played, ears: list[Ear], hub: Hub, client: Callable[[str], Any]) -> None:
    """What everybody has in the end, and whether anything lies where nothing should."""
    for ear in ears:
        if ear.name in played.expected or ear.heard():
            played.channels.append({"name": ear.name, "type": ear.type, **ear.data()})
        if ear.name in played.expected and not ear.ended():
            played.unfinished.append(ear.name)
        played.violations += ear.violations()
    sqs = client("sqs")
    for title, url in ((title, url) for title, url in hub.urls.items() if title.endswith("DeadLetters")):
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in got.get("Messages", []):
            reason = message.get("MessageAttributes", {}).get("Reason", {}).get("StringValue", "no reason")
            played.dead_letters.append({"queue": _name(hub, title), "reason": reason})
