"""The whole path on this machine: an event through a real queue API into the function's own package, to the channels.

AWS is moto's server, the vendors are stubs; the function is what would be deployed, in a process of its own with
nothing of the generator on its path. Nothing here compiles: what was built is an argument.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

from generator.drill.alarm_event import DrillSubject
from generator.drill.drill_result import DrillResult, Plan
from generator.drill.hub import LocalHub
from generator.drill.local_steps import DrillPath, EventSender, run_steps
from generator.drill.machine import interruptible, moto, own_environment
from generator.drill.process import LocalFunction
from generator.drill.receivers import ChannelReceiver, LocalServices, redirect
from generator.drill.vendors.kit.aws import AwsVendor
from generator.drill.vendors.kit.registry import vendor_class
from generator.manifest import ROUTING_FILE

FUNCTION, NOTIFIER = "IncidentFunction", "NotifierFunction"
SEVERITIES = ("critical", "high", "medium", "low", "none")


@dataclass(frozen=True, slots=True)
class _Endpoints:
    """URLs of the simulated AWS. other: of the operations that moto lacks."""

    moto: str
    other: str


def run(plan: Plan, *, keep: bool = False) -> DrillResult:
    """Set everything up, let the alarm fire, repeat itself and end, and tear everything down. Raises CannotDrill."""
    with ExitStack() as stack:
        stack.enter_context(interruptible())
        folder = Path(tempfile.mkdtemp(prefix="obsgen-drill-"))
        if not keep:
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.enter_context(own_environment(plan.account, plan.region))
        endpoint = stack.enter_context(moto())
        aws = stack.enter_context(AwsVendor(plan.subject.lines))

        client = _clients(endpoint)
        hub = LocalHub(plan.template, plan.account, plan.region, plan.partition, client)
        hub.make()
        redirected = redirect(json.loads(plan.files[ROUTING_FILE]), LocalServices(hub, aws, stack))
        for name, secret in redirected.secrets.items():
            client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(secret))
        load = partial(
            _function, routing=redirected.routing, hub=hub, folder=folder, endpoints=_Endpoints(endpoint, aws.url)
        )
        function = stack.enter_context(load(FUNCTION, plan.files))
        notifier = stack.enter_context(load(NOTIFIER, plan.notifier_files))
        function.await_ready()
        notifier.await_ready()
        queue = hub.queue_of(FUNCTION)
        result = DrillResult(
            plan,
            expected=_expected((plan.subject, *plan.parts)),
            queue=_name(hub, queue),
            function=str(hub.function(FUNCTION)["FunctionName"]),
            notifier=str(hub.function(NOTIFIER)["FunctionName"]),
            silent_at_end=_silent_at_end((*plan.parts, plan.subject), redirected.routing),
            folder=str(folder) if keep else "",
        )
        sender = EventSender(client("sqs"), hub.urls[queue])
        run_steps(result, DrillPath(function, notifier, sender, redirected.receivers))
        _collect(result, redirected.receivers)
        _collect_dead_letters(result, hub)
        result.log = [*function.log_lines(), *notifier.log_lines()]
    return result


def _clients(endpoint: str) -> Callable[[str], Any]:
    """Clients of one session, each created once: a session reads all of AWS's endpoints again."""
    import botocore.session

    session = botocore.session.get_session()
    return cache(lambda service: session.create_client(service, endpoint_url=endpoint))


def _function(
    title: str,
    files: Mapping[str, bytes],
    *,
    routing: Mapping[str, Any],
    hub: LocalHub,
    folder: Path,
    endpoints: _Endpoints,
) -> LocalFunction:
    """The function of the template, with its package, its environment and the queue that feeds it."""
    properties, queue = hub.function(title), hub.queue_of(title)
    function_folder = folder / str(properties["FunctionName"])
    _unpack(files, routing, function_folder / "package")
    settings = {
        **{name: str(value) for name, value in properties.get("Environment", {}).get("Variables", {}).items()},
        "AWS_ENDPOINT_URL": endpoints.moto,
        "AWS_ENDPOINT_URL_SSM": endpoints.other,
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": endpoints.other,
        "DRILL_QUEUE_URL": hub.urls[queue],
        "DRILL_QUEUE_ARN": hub.arn(queue),
        # The event is in its queue already; whether there is a wake-up is known at once.
        "DRILL_WAIT_SECONDS": "2" if title == FUNCTION else "0",
        # A channel that refuses is retried for as long as it is configured to be, which is too long here.
        "DRILL_MOST_RECEIVES": "0" if title == FUNCTION else "2",
    }
    return LocalFunction(properties, function_folder, settings)


def _unpack(files: Mapping[str, bytes], routing: Mapping[str, Any], folder: Path) -> None:
    for path, content in {**files, ROUTING_FILE: json.dumps(routing).encode()}.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _name(hub: LocalHub, title: str) -> str:
    return hub.name(title, hub.resources[title]["Properties"])


def _expected(subjects: Sequence[DrillSubject]) -> tuple[str, ...]:
    """The channels that one incident of all of them notifies."""
    return tuple(dict.fromkeys(name for subject in subjects for name in subject.listeners))


def _silent_at_end(subjects: Sequence[DrillSubject], routing: Mapping[str, Any]) -> tuple[str, ...]:
    """The channels that people read, where the most severe alarm, the first of several, has `ok: false`."""
    most_severe = min(subjects, key=lambda subject: SEVERITIES.index(subject.severity))
    read = (name for name, channel in routing["channels"].items() if vendor_class(channel["type"]).is_read)
    return tuple(read) if most_severe.silent_end else ()


def _collect(result: DrillResult, receivers: Sequence[ChannelReceiver]) -> None:
    """Collect the messages of every channel."""
    for receiver in receivers:
        if receiver.name in result.expected or receiver.deliveries():
            result.channels.append({"name": receiver.name, "type": receiver.type, **receiver.data()})
        if result.plan.ends and receiver.name in result.expected and not receiver.ended():
            result.unfinished.append(receiver.name)
        result.violations += receiver.violations()


def _collect_dead_letters(result: DrillResult, hub: LocalHub) -> None:
    sqs = hub.client("sqs")
    for title, url in ((title, url) for title, url in hub.urls.items() if title.endswith("DeadLetters")):
        response = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in response.get("Messages", []):
            reason = message.get("MessageAttributes", {}).get("Reason", {}).get("StringValue", "no reason")
            result.dead_letters.append({"queue": _name(hub, title), "reason": reason})
