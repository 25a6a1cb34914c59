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
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from generator.drill.alarm_event import Subject
from generator.drill.aws_vendor import AwsVendor
from generator.drill.drill_result import Event, Plan, Played, Step
from generator.drill.hub import Hub
from generator.drill.machine import CannotDrill, interruptible, moto, own_environment
from generator.drill.process import Function, Turn
from generator.drill.receivers import BY_HTTP, ChannelReceiver, HttpReceiver, MailReceiver, OpsItemReceiver
from generator.drill.vendors import Vendors
from generator.manifest import ROUTING_FILE

FUNCTION, NOTIFIER = "IncidentFunction", "NotifierFunction"
# The queue's own waits between receives are minutes; here the next comes at once.
MOST_RECEIVES = 3
# Wake-ups of one step; each channel has one, and some come again.
MOST_WAKE_UPS = 50
# Nobody waits for a channel's pace here: one alarm is no storm.
RATE = 6_000
SEVERITIES = ("critical", "high", "medium", "low", "none")
READ = ("slack", "email")


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

        client = _clients(endpoint)
        hub = Hub(plan.template, plan.account, plan.region, plan.partition, client)
        hub.make()
        routing = json.loads(plan.files[ROUTING_FILE])
        ears, routing = _listeners(routing, hub, aws, stack)
        function = stack.enter_context(_function(FUNCTION, plan.files, routing, hub, folder, endpoint, aws))
        notifier = stack.enter_context(_function(NOTIFIER, plan.notifier_files, routing, hub, folder, endpoint, aws))
        for one in (function, notifier):
            one.await_ready()
        queue = hub.queue_of(FUNCTION)
        played = Played(plan, _expected((plan.subject, *plan.parts)), hub.resolve(_name(hub, queue)), *_names(hub))
        played.silent = _silent((*plan.parts, plan.subject), routing)
        played.kept = str(folder) if keep else ""
        _play(played, _Path(function, notifier, _Sender(client("sqs"), hub.urls[queue]), ears))
        _look_around(played, ears, hub, client)
        played.log = [*function.said(), *notifier.said()]
    return played


def _clients(endpoint: str) -> Callable[[str], Any]:
    """Clients of one session, each made once: a session reads all of AWS's endpoints anew."""
    import botocore.session

    session = botocore.session.get_session()
    return cache(lambda service: session.create_client(service, endpoint_url=endpoint))


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
        # A channel that refuses is tried again for as long as it is configured to be, which nobody wants to watch.
        "DRILL_MOST_RECEIVES": "0" if title == FUNCTION else "2",
    }
    return Function(about, own, settings)


def _names(hub: Hub) -> tuple[str, str]:
    return str(hub.function(FUNCTION)["FunctionName"]), str(hub.function(NOTIFIER)["FunctionName"])


def _name(hub: Hub, title: str) -> str:
    return hub.name(title, hub.resources[title]["Properties"])


def _expected(subjects: Sequence[Subject]) -> tuple[str, ...]:
    """The channels that one incident of all of them notifies."""
    return tuple(dict.fromkeys(name for one in subjects for name in one.listeners))


def _silent(subjects: Sequence[Subject], routing: Mapping[str, Any]) -> tuple[str, ...]:
    """The channels that people read, where the worst of what fires, the first of several, says nothing of its end."""
    worst = min(subjects, key=lambda one: SEVERITIES.index(one.severity))
    read = [name for name, channel in routing["channels"].items() if channel["type"] in READ]
    return tuple(read) if worst.silent_end else ()


def _listeners(
    routing: dict[str, Any], hub: Hub, aws: AwsVendor, stack: ExitStack
) -> tuple[list[ChannelReceiver], dict[str, Any]]:
    """Somebody for every channel, the table that leads to them, and the secrets by which they know the function."""
    led = copy.deepcopy(routing)
    # Who hears is what is tried here, and not at what time of the day.
    led.get("incidents", {}).pop("quiet", None)
    ears: list[ChannelReceiver] = []
    secrets: dict[str, dict[str, str]] = {}
    shared: dict[str, Vendors] = {}
    for name, channel in routing["channels"].items():
        kind = channel["type"]
        if kind == "email":
            boxes = {address: url for (owner, address), url in hub.mailboxes.items() if owner == name}
            ears.append(MailReceiver(name, hub.client("sqs"), boxes))
        elif kind == "opsitem":
            ears.append(OpsItemReceiver(name, aws))
        elif kind in BY_HTTP:
            # A webhook's address is the secret, so that channels with one secret have one listener.
            one = f"{kind} {channel['secret'] if kind == 'slack' and not channel.get('channel') else name}"
            if one not in shared:
                shared[one] = stack.enter_context(Vendors())
            ear = HttpReceiver(name, channel, shared[one])
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
    for path, content in {**files, ROUTING_FILE: json.dumps(routing).encode()}.items():
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
    ears: list[ChannelReceiver]


def _play(played: Played, path: _Path) -> None:
    for event in played.events:
        step = Step(event.title, event.state)
        played.steps.append(step)
        _one(step, played, path, event)
        if step.failed:
            return


def _one(step: Step, played: Played, path: _Path, event: Event) -> None:
    before = {ear.name: len(ear.heard()) for ear in path.ears}
    started = time.time()
    for body in (*event.before, event.body):
        said = body()
        of = f" of {said['detail']['alarmName']}" if event.before else ""
        sent = path.send(said)
        step.hops.append((sent - started, f"{played.queue} has the event{of}"))
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


def _look_around(played: Played, ears: list[ChannelReceiver], hub: Hub, client: Callable[[str], Any]) -> None:
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
