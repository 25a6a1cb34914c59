"""Who is notified of an alarm, by day and at night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.model.alarm_locations import Recipients
from generator.model.incidents import Incidents, Quiet
from generator.model.routing import PAGER_TYPES, Channel
from generator.preview.markup import items, text
from generator.render.long_lists import names_in_words
from generator.render.route_words import reason_in_words
from generator.wording import duration_in_words

# The types whose messages wait for the end of quiet hours: pages, and what people read; tickets and webhooks do not.
WAITING_TYPES = frozenset({*PAGER_TYPES, "email", "google_chat", "slack", "sms", "teams"})


def notified(recipients: Sequence[Recipients], incidents: Incidents) -> str:
    """A list of who is notified at each severity; empty where nothing is deployed."""
    with_places = len(recipients) > 1
    return items(_line(part, incidents, with_places=with_places) for part in recipients)


def _line(part: Recipients, incidents: Incidents, *, with_places: bool) -> str:
    names = " ".join(map(_channel, part.channels)) or '<span class="none">no channel</span>'
    where = f" in {names_in_words(part.places)}" if with_places else ""
    before = f"<b>{text(f'{part.severity}{where}')}</b> " if with_places else ""
    after = [*_night(part, incidents.quiet), *_later(part, incidents)]
    notes = f' <span class="note">{text("; ".join(after))}</span>' if after else ""
    return f"{before}{names}{text(reason_in_words(part.route))}{notes}"


def _channel(channel: Channel) -> str:
    kind = " pager" if channel.type in PAGER_TYPES else ""
    return f'<span class="channel{kind}">{text(channel.name)} <i>{text(channel.type)}</i></span>'


def _night(part: Recipients, quiet: Quiet | None) -> Iterator[str]:
    if not part.channels:
        return
    if quiet is None or part.severity not in quiet.severities:
        yield "day and night"
        return
    begins, ends = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in (quiet.begins, quiet.ends))
    waiting = [channel.name for channel in part.channels if channel.type in WAITING_TYPES]
    hours = f"from {begins} to {ends} ({quiet.time_zone})"
    yield f"{hours} {', '.join(waiting)} wait for {ends}" if waiting else f"day and night, {hours} too"


def _later(part: Recipients, incidents: Incidents) -> Iterator[str]:
    for escalation in incidents.escalate:
        if escalation.severity == part.severity and part.channels:
            to, after = ", ".join(escalation.to), duration_in_words(escalation.after)
            yield f"{to} too, if not acknowledged after {after}"
