"""The alarms and event rules that a test names; an environment without them is not one of the test's."""

from __future__ import annotations

from generator.scenarios.language import Test


def named_alarms(test: Test) -> tuple[str, ...]:
    """The alarms that a test names, as it names them."""
    names = [entry.alarm for entry in test.given if entry.alarm]
    for expect in test.expect:
        names += [expect.alarm] if expect.alarm else []
        names += [expect.incident.alarm] if expect.incident and expect.incident.alarm else []
    return tuple(dict.fromkeys(names))


def named_events(test: Test) -> frozenset[str]:
    """The event rules that a test names."""
    incidents = (expect.incident for expect in test.expect if expect.incident)
    return frozenset(incident.event for incident in incidents if incident.event)
