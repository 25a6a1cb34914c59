"""Q31: a bus has at most 300 rules, and 30 of them with wildcards."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from generator.checks.check import Subject
from generator.checks.limits import check_quota
from generator.findings import Finding
from generator.manifest import MEMBER_TEMPLATE
from generator.model.named_alarms import named_alarms

CODE = "Q31"
NAME = "rules-on-a-bus"
TITLE = "An event bus has at most 300 rules (100 in two Regions), and at most 30 rules with wildcards."
SUMMARY = "An event bus has at most 300 rules, 30 of them with wildcards."
WHY = (
    "EventBridge refuses one more, and the stack rolls back. Each event rule is a rule of the hub's bus, and one more"
    " where an event ends it; members have one for many patterns. Alarms with names of their own have one for some"
    " dozens. Rules of others on the default bus count there as well. The first quota can be raised, the second cannot."
)
SOURCE = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html"
BAD = "event_rules:\n" + "".join(
    f"  topic-{n}:\n    pattern: {{source: [shop], detail-type: [{{wildcard: 'Order*{n}'}}]}}\n    severity: low\n"
    f"    in: hub\n    examples: {{match: [{{source: shop, detail-type: Order {n}}}]}}\n"
    for n in range(31)
)
GOOD = """\
event_rules:
  topic:
    pattern: {source: [shop], detail-type: [{prefix: Order}]}
    severity: low
    in: hub
    examples: {match: [{source: shop, detail-type: Order 1}]}
"""
LIMIT, FEWER = 300, 100
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
WITH_FEWER = frozenset(("af-south-1", "eu-south-1"))
WILDCARDS = 30
PATH = ("event_rules",)


def check(subject: Subject) -> Iterator[Finding]:
    """A finding for each bus with too many rules, or close to it."""
    if not subject.estate.event_rules and not named_alarms(subject.estate):
        return
    path = PATH if subject.estate.event_rules else ("alarms",)
    rules: Counter[tuple[str, str]] = Counter()
    wildcards: Counter[tuple[str, str]] = Counter()
    for rule in subject.resources("AWS::Events::Rule"):
        of = rule.file, "the hub's bus" if "EventBusName" in rule.properties else "the default bus"
        rules[of] += 1
        wildcards[of] += '"wildcard":' in json.dumps(rule.properties.get("EventPattern", {}), separators=(",", ":"))
    for (file, bus), count in sorted(rules.items()):
        regions = subject.estate.regions if file == MEMBER_TEMPLATE else (subject.estate.hub.region,)
        limit = FEWER if WITH_FEWER & set(regions) else LIMIT
        hint = "combine patterns with the same severity, or ask AWS for more"
        yield from check_quota(CODE, f"{bus} has {count} rules", count, limit, path, hint, where=file)
        number = wildcards[file, bus]
        what = f"{bus} has {number} rules with wildcards"
        yield from check_quota(CODE, what, number, WILDCARDS, path, "use prefix or suffix", where=file)
