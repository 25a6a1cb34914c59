"""resource-gone: an alarm on something of which there is no trace."""

from __future__ import annotations

from generator.hygiene.conditions import MetricStat
from generator.hygiene.subjects import Subject, child_name
from generator.hygiene.timeline import OK
from generator.hygiene.types import Change, Level, NotJudged, Verdict
from generator.wording import first_of

RULE = "resource-gone"
TITLE = "What an alarm watches exists."
LEVEL = Level.PROBLEM
WHY = (
    "An alarm on a deleted resource, or with a misspelt dimension, can only be INSUFFICIENT_DATA or whatever it makes "
    "of missing data. ListMetrics has what had data in the last two weeks; a resource that has tags is listed without "
    "data, too."
)
_MOST_NAMES = 3


def judge(subject: Subject) -> Verdict | NotJudged | None:
    """A verdict where no metric has its dimensions, nor has a resource that name; for a composite, where a child of its
    rule does not exist.
    """
    if subject.is_composite:
        return _missing_children(subject)
    if not subject.stats:
        return NotJudged("it names no metric")
    known = subject.around.listed
    if any(stat.key.account not in known for stat in subject.stats):
        return NotJudged("the capture has no list of the metrics of its account and Region")
    missing = [stat for stat in subject.stats if not _has_trace(stat, subject)]
    if len(missing) < len(subject.stats):
        return None
    line = subject.timeline
    # What is OK and changes has data, whatever a list of two weeks says.
    if line and any(span.state == OK for span in line.spans[1:]) and len(line.spans) > 2:
        return None
    stat = missing[0]
    dimensions = dict(stat.key.dimensions)
    evidence = {
        "namespace": stat.key.namespace,
        "metric": stat.key.name,
        "dimensions": dimensions,
        "metrics_of_the_namespace": sum(1 for metric in known[stat.key.account] if metric[0] == stat.key.namespace),
        "state": str(subject.definition.get("StateValue", "")),
    }
    what = ", ".join(f"{name}={value}" for name, value in dimensions.items()) or stat.key.name
    message = f"no metric of {stat.key.namespace} had data for {what} in two weeks, and no tagged resource is called that"
    advice = "remove it if the resource is gone; otherwise correct its dimensions"
    return Verdict(message, evidence, advice, Change("enabled", False) if subject.owned else None)


def _has_trace(stat: MetricStat, subject: Subject) -> bool:
    """Whether any metric of the namespace has these dimensions, or a resource one of their values as its name."""
    key = stat.key
    metrics = subject.around.listed[key.account]
    if not key.dimensions:
        return any(metric[:2] == (key.namespace, key.name) for metric in metrics)
    wanted = set(key.dimensions)
    if (key.namespace, key.name, key.dimensions) in metrics:
        return True
    if any(metric[0] == key.namespace and wanted <= set(metric[2]) for metric in metrics):
        return True
    arns = subject.around.resource_arns or ()
    endings = tuple(f"{mark}{value}" for _, value in key.dimensions for mark in (":", "/"))
    return any(arn.endswith(endings) or any(f"/{value}/" in arn for _, value in key.dimensions) for arn in arns)


def _missing_children(subject: Subject) -> Verdict | NotJudged | None:
    rule = subject.around.rules.get(subject.ref.name)
    if rule is None:
        return NotJudged("its rule cannot be read")
    names = [child_name(child) for child in rule.children]
    gone = [name for name in names if name not in subject.around.names]
    if not gone:
        return None
    message = f"its rule names alarms that do not exist: {first_of(gone, _MOST_NAMES)}"
    return Verdict(message, {"missing": gone}, "remove them from its rule, or create them")
