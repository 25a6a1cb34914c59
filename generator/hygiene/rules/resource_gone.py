"""resource-gone: an alarm on something of which there is no trace."""

from __future__ import annotations

from generator.aws.sparse import STEADY, WHERE_SOME
from generator.capture.series import SeriesKey
from generator.hygiene.subjects import JudgedAlarm, child_name
from generator.hygiene.timeline import OK
from generator.hygiene.types import FindingLevel, NotJudged, RuleVerdict, SettingChange
from generator.wording import first_of

RULE = "resource-gone"
TITLE = "What an alarm watches exists."
LEVEL = FindingLevel.PROBLEM
WHY = (
    "An alarm on a deleted resource, or with a misspelt dimension, can only be INSUFFICIENT_DATA or whatever it makes "
    "of missing data. ListMetrics has what had data in the last two weeks; a resource that has tags is listed without "
    "data, too."
)
_MOST_NAMES = 3


def judge(subject: JudgedAlarm) -> RuleVerdict | NotJudged | None:
    """A verdict where no metric has its dimensions, nor has a resource that name; for a composite, where a child of its
    rule does not exist.
    """
    if subject.is_composite:
        return _missing_children(subject)
    if not subject.stats:
        return NotJudged("it names no metric")
    known = subject.around.listed
    if not all(known.has_account(stat.key.account) for stat in subject.stats):
        return NotJudged("the capture has no list of the metrics of its account and Region")
    if any(_has_trace(stat.key, subject) for stat in subject.stats):
        return None
    unread = next(filter(None, (_unread(stat.key, subject) for stat in subject.stats)), None)
    if unread:
        return unread
    unknown = next(filter(None, (_may_be_rare(stat.key, subject) for stat in subject.stats)), None)
    if unknown:
        return unknown
    line = subject.timeline
    # What is OK and changes has data, whatever a list of two weeks says.
    if line and any(span.state == OK for span in line.spans[1:]) and len(line.spans) > 2:
        return None
    stat = subject.stats[0]
    dimensions = dict(stat.key.dimensions)
    evidence = {
        "namespace": stat.key.namespace,
        "metric": stat.key.name,
        "dimensions": dimensions,
        "metrics_of_the_namespace": known.namespace(stat.key).count,
        "state": str(subject.definition.get("StateValue", "")),
    }
    what = ", ".join(f"{name}={value}" for name, value in dimensions.items()) or stat.key.name
    message = (
        f"no metric of {stat.key.namespace} had data for {what} in two weeks, and no resource with tags is called so"
    )
    advice = "remove it if the resource is gone; otherwise correct its dimensions"
    is_needed = subject.ref.name in subject.around.parents
    is_steady = all(stat.key.namespace in STEADY for stat in subject.stats)
    if not is_steady:
        advice = f"look whether it exists: an idle resource of {stat.key.namespace} may have no data; {advice}"
    change = SettingChange("enabled", False) if subject.owned and not is_needed and is_steady else None
    return RuleVerdict(message, evidence, advice, change)


def _has_trace(key: SeriesKey, subject: JudgedAlarm) -> bool:
    """Whether any metric of the namespace has these dimensions, a metric filter publishes it, or a resource has one of
    their values as its name.
    """
    around = subject.around
    if around.listed.has_trace(key) or (key.namespace, key.name) in (around.filtered or ()):
        return True
    if (key.namespace, key.name) in WHERE_SOME and around.listed.namespace(key).has_any(key.dimensions):
        return True
    return any(value in around.resource_words for _, value in key.dimensions)


def _unread(key: SeriesKey, subject: JudgedAlarm) -> NotJudged | None:
    """What the capture misses that may have a trace. Metric filters publish to namespaces of one's own only.

    https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_MetricTransformation.html
    """
    if key.account != subject.ref.account:
        return NotJudged("its metric is of another account, and resources are compared with those of its own")
    if subject.around.filtered is None and not key.namespace.startswith("AWS/"):
        return NotJudged("the capture has no metric filters of its account and Region")
    if subject.around.region.rows("resources") is None and key.dimensions:
        return NotJudged("the capture has no resources of its account and Region")
    return None


def _may_be_rare(key: SeriesKey, subject: JudgedAlarm) -> NotJudged | None:
    """A metric without dimensions says nothing of a resource: it may be published only when something happens."""
    if key.dimensions:
        return None
    if subject.around.listed.namespace(key).count:
        return NotJudged("its metric has no dimensions, and others of its namespace have data")
    return None


def _missing_children(subject: JudgedAlarm) -> RuleVerdict | NotJudged | None:
    rule = subject.around.rules.get(subject.ref.name)
    if rule is None:
        return NotJudged("its rule cannot be read")
    names = [child_name(child) for child in rule.children]
    missing = [name for name in names if name not in subject.around.names]
    if not missing:
        return None
    message = f"its rule names alarms that do not exist: {first_of(missing, _MOST_NAMES)}"
    return RuleVerdict(message, {"missing": missing}, "remove them from its rule, or create them")
