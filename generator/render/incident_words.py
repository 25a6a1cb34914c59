"""Incidents and what is owed of them, in words and as data; pure. Times are milliseconds since 1970."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from generator.rollout.operate.incident_items import GIVEN_UP, OWED, Acknowledgement, ChannelState, Delivery, Incident
from generator.rollout.operate.incident_state import MOST, IncidentSnapshot, LostDelivery, OwedDelivery
from generator.wording import format_utc, plain_name, pluralize

# Longer than this a delivery waits only where something is wrong, or where there is a storm.
LATE = 15 * 60_000
_UNITS = ((86_400, "d"), (3_600, "h"), (60, "min"), (1, "s"))
REASON_SHOWN = 200


def age(milliseconds: int) -> str:
    """`45 s`, `5 min`, `2 h 10 min`, `3 d 4 h`."""
    seconds = max(0, milliseconds // 1000)
    for (size, unit), (smaller, sub) in zip(_UNITS, _UNITS[1:], strict=False):
        if seconds >= size:
            rest = seconds % size // smaller if size > 60 else 0
            return f"{seconds // size} {unit}{f' {rest} {sub}' if rest else ''}"
    return f"{seconds} s"


def is_well(snapshot: IncidentSnapshot) -> bool:
    """True if every channel answers, nothing was given up or refused, and nothing waits for longer than it should."""
    down = any(channel.down_since for channel in snapshot.channels)
    return not (down or snapshot.lost or late(snapshot))


def late(snapshot: IncidentSnapshot) -> list[OwedDelivery]:
    """The deliveries that should have been sent some time ago."""
    return [owed for owed in snapshot.owed if owed.due_at < snapshot.now - LATE]


def summary(snapshot: IncidentSnapshot) -> str:
    """`2 incidents open, 5 deliveries owed, 1 given up or refused`."""
    parts = [f"{_number(snapshot, len(snapshot.open), 'open', 'incident')} open"]
    owed_is_cut = any(name.startswith("owed to ") for name in snapshot.cut)
    parts.append(f"{'more than ' if owed_is_cut else ''}{_deliveries(len(snapshot.owed))} owed")
    if snapshot.lost:
        more = "more than " if {"given-up", "refused"} & snapshot.cut else ""
        parts.append(f"{more}{len(snapshot.lost)} given up or refused")
    return ", ".join(parts)


def lines(snapshot: IncidentSnapshot, names: Mapping[str, str], environment: str, most: int | None) -> Iterator[str]:
    """The sections, those that are empty left out. most: entries of each; None for all. names: account id to name."""
    down = [channel for channel in snapshot.channels if channel.down_since]
    if down:
        yield "  Channels that do not respond; owed messages are sent when they do"
        yield from (f"    {_down(channel, snapshot.now)}" for channel in down)
    if snapshot.open:
        yield f"  Open: {_number(snapshot, len(snapshot.open), 'open', 'incident')}"
        yield from _some((_open(one, snapshot, names) for one in snapshot.open), len(snapshot.open), most)
    open_ids = {one.id for one in snapshot.open}
    over = [one for one in snapshot.owed if one.delivery.incident not in open_ids]
    if over:
        yield f"  Owed of incidents that are over: {_deliveries(len(over))}"
        yield from _some((_owed(one, snapshot, names) for one in over), len(over), most)
    if snapshot.lost:
        yield f"  Given up or refused: {_deliveries(len(snapshot.lost))}; to try again:"
        yield f"    obsgen redrive --environment {environment} --send"
        yield from _some((_lost(one, names) for one in snapshot.lost), len(snapshot.lost), most)
    if snapshot.parked:
        number = _number(snapshot, len(snapshot.parked), "parked", "alarm")
        yield f"  Unknown to the deployed build: {number}; decided once a build knows them"
        rows = (
            [f"{plain_name(event.alarm)} in {_location(event.account, event.region, names)}, {format_utc(event.at)}"]
            for event in snapshot.parked
        )
        yield from _some(rows, len(snapshot.parked), most)
    if snapshot.cut:
        yield f"  Only the first {MOST} of a list were read; --all reads the rest"


def lost_lines(lost: LostDelivery, names: Mapping[str, str]) -> list[str]:
    """One that was given up or refused, and why."""
    return _lost(lost, names)


def _some(entries: Iterable[Sequence[str]], number: int, most: int | None) -> Iterator[str]:
    for index, entry in enumerate(entries):
        if most is not None and index >= most:
            yield f"    and {number - most} more; --all shows them"
            return
        yield f"    {entry[0]}"
        yield from (f"      {line}" for line in entry[1:])


def _number(snapshot: IncidentSnapshot, number: int, what: str, noun: str) -> str:
    return f"{'more than ' if what in snapshot.cut else ''}{pluralize(number, noun)}"


def _deliveries(number: int) -> str:
    return pluralize(number, "delivery", "deliveries")


def _down(channel: ChannelState, now: int) -> str:
    since = f"{channel.name}: since {format_utc(channel.down_since)} ({age(now - channel.down_since)})"
    tried = f"{pluralize(channel.failures, 'call')} failed in a row"
    rate = f"; {channel.rate:g} calls a minute at most then" if channel.rate else ""
    next_ = max(channel.probe_at, channel.not_before)
    return f"{since}, {tried}: {_one_line(channel.reason)}; next call {_when(next_, now)}{rate}"


def _when(at: int, now: int) -> str:
    return f"{format_utc(at)} (in {age(at - now)})" if at > now else "at once"


def _open(incident: Incident, snapshot: IncidentSnapshot, names: Mapping[str, str]) -> list[str]:
    since = f"since {format_utc(incident.changed_at)} ({age(snapshot.now - incident.changed_at)})"
    state = f"{_state(incident, incident.state)} {since}"
    location = _location(incident.account, incident.region, names)
    times = (
        f", {incident.alarm_count} times {'open' if incident.title else 'in ALARM'}" if incident.alarm_count > 1 else ""
    )
    times += f", {incident.events} events" if incident.events > 1 else ""
    taken_on = snapshot.acknowledgements.get(incident.id)
    known = {channel.name: channel for channel in snapshot.channels}
    due = {owed.delivery.channel: owed.due_at for owed in snapshot.owed if owed.delivery.incident == incident.id}
    return [
        f"{incident.severity}  {_name(incident)} in {location}: {state}",
        f"incident {incident.id}, opened {format_utc(incident.opened)}{times}{_alarms(incident)}",
        *([_muted(incident, snapshot.now)] if incident.is_withheld else []),
        *([_acknowledged(taken_on, incident, snapshot.now)] if taken_on else []),
        *(
            f"{name}: {_status(delivery, incident, snapshot.now, known.get(name), due.get(name))}"
            for delivery in snapshot.deliveries.get(incident.id, ())
            for name in [delivery.channel]
        ),
    ]


def one_line(incident: Incident, names: Mapping[str, str]) -> str:
    """`critical  errors-alarm-prod in checkout us-east-1`."""
    location = _location(incident.account, incident.region, names)
    more = f" and {incident.members - 1} more" if incident.members > 1 else ""
    return f"{incident.severity}  {_name(incident)}{more} in {location}"


def _alarms(incident: Incident) -> str:
    """`, a storm of 412 alarms, 3 of them not OK`."""
    if incident.members < 2:
        return ""
    return f", a {incident.kind} of {incident.members} alarms, {incident.open_members} of them not OK"


def _muted(incident: Incident, now: int) -> str:
    """The mute: `no notification before 2026-11-20T12:05:00Z (in 2 h). Muted by ana until …: load test.`"""
    return f"no notification before {_when(incident.muted_until, now)}. {_one_line(incident.note)}"


def _acknowledged(acknowledgement: Acknowledgement, incident: Incident, now: int) -> str:
    """`acknowledged by OPS-12 is In Progress, 2026-11-20T10:04:31Z, until it ends`."""
    by = f"acknowledged by {_one_line(acknowledgement.by)}, {format_utc(acknowledgement.at)}"
    if acknowledgement.until is not None and acknowledgement.until <= now:
        return f"{by}; that ended {format_utc(acknowledgement.until)}"
    if not acknowledgement.holds(incident, now):
        severity = acknowledgement.severity
        return f"{by}, when it was {severity}; it got worse or fired again since, so the acknowledgement is void"
    return f"{by}, until {format_utc(acknowledgement.until) if acknowledgement.until else 'it ends'}"


def _status(delivery: Delivery, incident: Incident, now: int, channel: ChannelState | None, due_at: int | None) -> str:
    sent = _sent(delivery, incident)
    if delivery.status == OWED:
        before = f"{sent}; " if sent else ""
        since = delivery.waits_since(incident)
        return f"{before}owed since {format_utc(since)} ({age(now - since)}); {_why(delivery, now, channel, due_at)}"
    if delivery.status == "settled":
        return sent or f"nothing to send{f': {_one_line(delivery.reason)}' if delivery.reason else ''}"
    return f"{_gave_up(delivery)}{f' ({sent})' if sent else ''}"


def _name(incident: Incident) -> str:
    """The alarm, or what a check found."""
    return _one_line(incident.title) if incident.title else plain_name(incident.alarm)


def _state(incident: Incident, state: str) -> str:
    """A finding is open or closed where an alarm is in ALARM or OK."""
    return {"ALARM": "open", "OK": "closed"}.get(state, state) if incident.title else state


def _sent(delivery: Delivery, incident: Incident) -> str:
    if delivery.is_digested:
        return "named in a digest"
    if not delivery.state:
        return f"begun, {delivery.reference}" if delivery.reference else ""
    return f"sent {_state(incident, delivery.state)}{f', {delivery.reference}' if delivery.reference else ''}"


def _why(delivery: Delivery, now: int, channel: ChannelState | None, due_at: int | None) -> str:
    if channel and channel.down_since:
        at = max(channel.probe_at, channel.not_before)
        failed = f"{pluralize(delivery.attempts, 'attempt')} failed, " if delivery.attempts else ""
        return f"{failed}the channel does not respond; it is called next {_when(at, now)}"
    at = max(delivery.not_before, due_at or 0, channel.not_before if channel else 0)
    if not delivery.attempts:
        return f"next attempt {_when(at, now)}"
    return f"{pluralize(delivery.attempts, 'attempt')} failed: {_one_line(delivery.reason)}; next {_when(at, now)}"


def _owed(owed: OwedDelivery, snapshot: IncidentSnapshot, names: Mapping[str, str]) -> list[str]:
    delivery, incident = owed.delivery, owed.incident
    channel = next(
        (channel_state for channel_state in snapshot.channels if channel_state.name == delivery.channel), None
    )
    if incident is None:
        return [f"{delivery.channel}: incident {delivery.incident}, which is no longer stored; nothing will be sent"]
    location = _location(incident.account, incident.region, names)
    over = f"over since {format_utc(incident.ended)}" if incident.ended else _state(incident, incident.state)
    return [
        f"{delivery.channel}: {incident.severity}  {_name(incident)} in {location}, {over}",
        _status(delivery, incident, snapshot.now, channel, owed.due_at),
    ]


def _lost(lost: LostDelivery, names: Mapping[str, str]) -> list[str]:
    delivery, incident = lost.delivery, lost.incident
    subject = f"incident {delivery.incident}, which is no longer stored"
    if incident:
        over = f"over since {format_utc(incident.ended)}" if incident.ended else "still open"
        location = _location(incident.account, incident.region, names)
        subject = f"{incident.severity}  {_name(incident)} in {location}, {over}"
    return [f"{delivery.channel}: {subject}", f"{format_utc(lost.at)}  {_gave_up(delivery)}"]


def _gave_up(delivery: Delivery) -> str:
    word = "given up" if delivery.status == GIVEN_UP else "refused"
    return f"{word}: {_one_line(delivery.reason) or 'no reason is known'}"


def _location(account: str, region: str, names: Mapping[str, str]) -> str:
    return f"{names.get(account, account)} {region}"


def _one_line(text: str) -> str:
    """The text on one line, without control characters: text of another side must not move a terminal's cursor."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= REASON_SHOWN else f"{line[: REASON_SHOWN - 1]}…"
