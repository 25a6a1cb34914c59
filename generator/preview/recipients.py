"""Who is notified of an alarm, by day and at night."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from generator.model.alarm_locations import Recipients
from generator.model.estate import Estate
from generator.model.incidents import Quiet
from generator.model.routing import PAGER_TYPES, Channel
from generator.preview.markup import few_items, text
from generator.render.long_lists import names_in_words
from generator.render.route_words import reason_in_words
from generator.wording import duration_in_words

# The types whose messages wait for the end of quiet hours: pages, and what people read; tickets and webhooks do not.
WAITING_TYPES = frozenset({*PAGER_TYPES, "email", "google_chat", "slack", "sms", "teams"})


def notified(recipients: Sequence[Recipients], estate: Estate) -> str:
    """Who is notified, at each severity; empty where nothing is deployed."""
    with_places = len(recipients) > 1
    return few_items(_line(part, estate, with_places=with_places) for part in recipients)


def _line(part: Recipients, estate: Estate, *, with_places: bool) -> str:
    names = " ".join(map(_channel, part.channels)) or '<span class="none">no channel</span>'
    where = f" in {names_in_words(part.places)}" if with_places else ""
    before = f"<b>{text(f'{part.severity}{where}')}</b> " if with_places else ""
    after = [*_night(part, estate.incidents.quiet), *_later(part, estate)]
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
    verb = "wait" if len(waiting) > 1 else "waits"
    yield f"{hours} {', '.join(waiting)} {verb} for {ends}" if waiting else f"day and night, {hours} too"


def _later(part: Recipients, estate: Estate) -> Iterator[str]:
    """Who is notified if no one acknowledges: quiet hours hold for them, too."""
    quiet = estate.incidents.quiet
    waiting = {channel.name for channel in estate.channels if channel.type in WAITING_TYPES}
    for escalation in estate.incidents.escalate:
        if escalation.severity == part.severity and part.channels:
            to, after = ", ".join(escalation.to), duration_in_words(escalation.after)
            is_late = quiet and part.severity in quiet.severities and not waiting.isdisjoint(escalation.to)
            night = ", and not in these hours" if is_late else ""
            yield f"{to} too, if not acknowledged after {after}{night}"
