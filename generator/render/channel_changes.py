"""Changes of the channels and of the grouping of incidents, in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from generator.render.incident_policy_words import policy_differences
from generator.render.section_words import Kind
from generator.wording import duration_in_words, list_in_words, pluralize

Data = Mapping[str, Any]
_DAY = 86_400
_MISSED = {
    "each": "all messages that it missed in an outage are sent",
    "digest": "messages that it missed in an outage are sent as a digest",
    "never": "messages that it missed in an outage are not sent",
}
_EVIDENCE = {
    "tickets": "log lines are added to tickets only",
    "everywhere": "log lines are added on every channel that supports them",
    "none": "log lines are not added",
}


def channel_differences(before: Data, after: Data) -> Iterator[tuple[Kind, str]]:
    """Of two estates' JSON: added, removed or changed, and a sentence."""
    old, new = ({channel["name"]: channel for channel in side["channels"]} for side in (before, after))
    for name in sorted({*old, *new}):
        was, now = old.get(name), new.get(name)
        if was is None and now is not None:
            yield "added", f"{name} ({_at(now)}): {', '.join(policy_in_words(now['delivery']))}"
        elif now is None and was is not None:
            yield "removed", f"{name} ({_at(was)}) no longer exists"
        elif was is not None and now is not None:
            words = [*_addressed(was, now), *_policy(was, now)]
            if words:
                yield "changed", f"{name}: {'; '.join(words)}"


def incident_differences(before: Data, after: Data) -> Iterator[tuple[Kind, str]]:
    """The same about the section `incidents`."""
    was, now = before["incidents"], after["incidents"]
    if was["reopen_within"] != now["reopen_within"]:
        yield (
            "changed",
            f"an ALARM reopens the incident up to {_days(now['reopen_within'])} after its OK, instead of"
            f" {_days(was['reopen_within'])}",
        )
    # What was built before there were words has true or false.
    old = {True: "everywhere", False: "none"}.get(was["evidence"], was["evidence"])
    if old != now["evidence"]:
        yield "changed", f"{_EVIDENCE[now['evidence']]} (was: {_EVIDENCE[old]})"
    yield from (("changed", sentence) for sentence in policy_differences(was, now))


def event_tags_in_words(was: Data, now: Data) -> Iterator[str]:
    """The tags of an alarm's events, if they change."""
    before, after = was.get("event_tags", ()), now.get("event_tags", ())
    if before != after:
        yield f"its events carry {_tags(after)} instead of {_tags(before)}"


def _tags(keys: Sequence[str]) -> str:
    return f"the tags {list_in_words(keys)}" if len(keys) > 1 else f"the tag {keys[0]}" if keys else "no tags"


def actions_in_words(was: Data, now: Data) -> Iterator[str]:
    """The changes of CloudWatch's own actions, of two alarms or composites; none for builds without actions."""
    # An OpsItem's number is its alarm's severity, which is reported by itself.
    before, after = (
        [
            str(action).partition(":")[0] if str(action).startswith("opsitem:") else str(action)
            for action in side.get("actions", [])
        ]
        for side in (was, now)
    )
    also, removed = (
        [action for action in after if action not in before],
        [action for action in before if action not in after],
    )
    if also:
        yield f"also has the CloudWatch action {', '.join(also)}"
    if removed:
        yield f"no longer has the CloudWatch action {', '.join(removed)}"
    states_were, states_are = was.get("actions_in", ()), now.get("actions_in", ())
    if states_were != states_are:
        yield f"CloudWatch invokes its actions in {_states(states_are)} instead of {_states(states_were)}"
    yield from _own_states(was, now)
    was_disabled, is_disabled = bool(was.get("actions_disabled")), bool(now.get("actions_disabled"))
    if was_disabled != is_disabled:
        yield "CloudWatch invokes its actions no longer" if is_disabled else "CloudWatch invokes its actions again"


def _own_states(was: Data, now: Data) -> Iterator[str]:
    """The actions whose states changed, without those of `actions_in`."""
    before, after = (
        dict(zip(side.get("actions", ()), side.get("action_states", ()), strict=False)) for side in (was, now)
    )
    for action in now.get("actions", ()):
        if action in was.get("actions", ()) and (before.get(action) or after.get(action)):
            were, are = (own.get(action) or side.get("actions_in", ()) for own, side in ((before, was), (after, now)))
            if were != are:
                yield f"CloudWatch invokes {action} in {_states(are)} instead of {_states(were)}"


def _states(states: Sequence[str]) -> str:
    words = {"alarm": "ALARM", "ok": "OK", "no-data": "INSUFFICIENT_DATA"}
    return list_in_words([word for state, word in words.items() if state in (states or ("alarm", "ok"))])


def whom(name: str, estate: Data) -> str:
    """A channel by name, and its address: `tickets (jira, project OPS)`."""
    match = next((channel for channel in estate["channels"] if channel["name"] == name), None)
    return f"{name} ({_at(match)})" if match else name


def _at(channel: Data) -> str:
    """Its type, and where what it is sent arrives."""
    settings = dict(channel["settings"])
    places = [
        f"{key} {settings[key]}"
        for key in ("project", "channel", "url", "routing_key", "topic", "bus", "phone_number", "region")
        if settings.get(key)
    ]
    return ", ".join([channel["type"], *channel["addresses"], *places])


def policy_in_words(policy: Data) -> list[str]:
    """`at most 60 calls a minute`, `retried for 14 days`, and so on, in the order of importance."""
    private = ["its address may be a private one"] if policy["private"] else []
    return [
        f"at most {_call_rate(policy)} a minute",
        f"retried for {_days(policy['retry_seconds'])}",
        _MISSED[policy["missed"]],
        _digest(policy["digest"]),
        f"a call times out after {duration_in_words(policy['time_limit_seconds'])}",
        *private,
    ]


def _policy(channel_was: Data, channel_now: Data) -> Iterator[str]:
    was, now = channel_was.get("delivery"), channel_now["delivery"]
    if was is None:
        # Built before channels had any: the former settings are unknown.
        return
    if was["rate_per_minute"] != now["rate_per_minute"]:
        yield f"at most {_call_rate(now)} a minute instead of {was['rate_per_minute']}"
    if was["retry_seconds"] != now["retry_seconds"]:
        new, old = _days(now["retry_seconds"]), _days(was["retry_seconds"])
        # `14 days instead of 3`: the unit once, where it is the same.
        same = new.split()[-1].rstrip("s") == old.split()[-1].rstrip("s")
        yield f"retried for {new} instead of {old.split()[0] if same else old}"
    if was["missed"] != now["missed"]:
        yield f"{_MISSED[now['missed']]} (was: {was['missed']})"
    if was["digest"] != now["digest"]:
        yield f"{_digest(now['digest'])} (was: {_digest(was['digest'])})"
    if was["time_limit_seconds"] != now["time_limit_seconds"]:
        yield f"a call times out after {now['time_limit_seconds']} seconds instead of {was['time_limit_seconds']}"
    if was["private"] != now["private"]:
        yield f"its address may {'' if now['private'] else 'not '}be a private one"


def _addressed(was: Data, now: Data) -> Iterator[str]:
    """Type, addresses, the secret's name and the type's own settings."""
    if was["type"] != now["type"]:
        yield f"is {now['type']} instead of {was['type']}"
    also = [address for address in now["addresses"] if address not in was["addresses"]]
    removed = [address for address in was["addresses"] if address not in now["addresses"]]
    if also:
        yield f"also writes to {', '.join(also)}"
    if removed:
        yield f"no longer writes to {', '.join(removed)}"
    old = {"secret": was["secret"], **dict(was["settings"])}
    new = {"secret": now["secret"], **dict(now["settings"])}
    for key in sorted({*old, *new}):
        if old.get(key) != new.get(key):
            yield f"{key} is now {_value(new.get(key))} (was {_value(old.get(key))})"


def _value(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {inner}" for key, inner in value.items()) or "nothing"
    if isinstance(value, list):
        return "; ".join(map(_value, value)) or "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return "nothing" if value is None else str(value)


def _call_rate(policy: Data) -> str:
    return pluralize(policy["rate_per_minute"], "call")


def _digest(digest: Data | None) -> str:
    if digest is None:
        return "no digest"
    return f"a digest above {digest['above_per_minute']} a minute, every {duration_in_words(digest['every_seconds'])}"


def _days(seconds: int) -> str:
    """`14 days` rather than `2 weeks`: the YAML says days."""
    days, rest = divmod(seconds, _DAY)
    return duration_in_words(seconds) if rest or not days else pluralize(days, "day")
