"""The channel worker within the deciding function: loaded only where a Jira channel is to be served at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module

from handlers.common.deadline import Deadline
from handlers.incident.state.table import DueDelivery


def inline_pass() -> Callable[[str, Deadline, Sequence[DueDelivery]], bool]:
    """What makes one pass over a channel, with sinks, HTTP and secrets as the notifier has them."""
    work = import_module("handlers.incident.delivery.worker").work
    ports = import_module("handlers.incident.notifier").ports()
    return lambda channel, deadline, fresh: bool(work(channel, ports, deadline, inline=True, fresh=fresh).more_due)


def warm(channels: Sequence[str]) -> None:
    """Load the channels' sinks, with what TLS needs, and read their secrets."""
    notifier = import_module("handlers.incident.notifier")
    ports = notifier.ports()
    for name in channels:
        channel = ports.routing.channel(name)
        ports.sink(channel)
        if channel.secret:
            notifier._secret(channel.secret)
