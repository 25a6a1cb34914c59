"""Which tags are set on a resource where they are missing; pure.

A tag is set only where its key is missing by the verdict and on the resource, never on what is exempt, and only to a
value that the rules accept: whatever is set stays, because nothing is ever overwritten. Where a source could not be
read, the next one is not tried: a guess would stay for good. What a new tag makes required, through `when`, is for the
next check, which the event of the new tag brings about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from handlers.compliance.ec2 import is_gone
from handlers.compliance.judge import judge
from handlers.compliance.resource import EC2_INSTANCE, Resource
from handlers.compliance.rules import AccountRules, DefaultTag, Rules
from handlers.compliance.verdict import Verdict

# Tags whose keys begin with `aws:` do not count.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
MAX_TAGS = 50
_RESERVED = "aws:"

AUTO_SCALING_GROUP = "auto-scaling-group"
LAUNCH_TEMPLATE = "launch-template"
VPC = "vpc"
ACCOUNT_LABEL = "account-label"
VALUE = "value"

_FULL = f"the resource already has {MAX_TAGS} tags, the AWS limit"


@dataclass(frozen=True, slots=True)
class Remedy:
    """A missing tag, and what becomes of it. source: where the value comes from, such as `auto-scaling-group web`.

    done: it was set. why_not: why it cannot be set; empty where it is set, or would be in a dry run.
    """

    key: str
    value: str = ""
    source: str = ""
    done: bool = False
    why_not: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it can be set and is not set yet."""
        return not self.done and not self.why_not


@dataclass(frozen=True, slots=True)
class Sources:
    """The tags to copy from. tags: source and id, such as (`vpc`, `vpc-0ab`), to tags; not in it: it has none.

    failed: what could not be read, source and id to the error's code.
    """

    tags: Mapping[tuple[str, str], Mapping[str, str]] = field(default_factory=dict)
    failed: Mapping[tuple[str, str], str] = field(default_factory=dict)


NO_SOURCES = Sources()


def remedies(resource: Resource, verdict: Verdict, rules: Rules, sources: Sources) -> tuple[Remedy, ...]:
    """What is to be done about each configured tag that is missing, in the order of the rules; none is `done`."""
    defaults = missing_defaults(resource, verdict, rules)
    account = replace(rules.of(resource.account), exemptions=())
    room = MAX_TAGS - sum(not _is_reserved(key) for key in resource.tags)
    planned: list[Remedy] = []
    for default in defaults:
        remedy = _remedy(default, resource, account, sources)
        if remedy.is_open and room <= 0:
            remedy = replace(remedy, why_not=_FULL)
        room -= remedy.is_open
        planned.append(remedy)
    return tuple(planned)


def missing_defaults(resource: Resource, verdict: Verdict, rules: Rules) -> tuple[DefaultTag, ...]:
    """The configured tags that are missing; none where the resource is exempt, gone, or no EC2 instance."""
    if rules.remediate is None or verdict.exempt or is_gone(resource) or resource.type != EC2_INSTANCE:
        return ()
    first = {tag.key: tag for tag in reversed(rules.remediate.tags)}
    return tuple(
        tag
        for tag in rules.remediate.tags
        if first[tag.key] is tag
        and tag.key in verdict.missing
        and tag.key not in resource.tags
        and not _is_reserved(tag.key)
    )


def source_id(source: str, resource: Resource) -> str:
    """The group, template or VPC of the resource that the source means; empty where it has none, and for labels."""
    ids = {
        AUTO_SCALING_GROUP: resource.auto_scaling_group,
        LAUNCH_TEMPLATE: resource.launch_template,
        VPC: resource.vpc,
    }
    return ids.get(source, "")


def with_tags(resource: Resource, done: Iterable[Remedy]) -> Resource:
    """The resource with the tags that were set."""
    tags = {remedy.key: remedy.value for remedy in done if remedy.done}
    return replace(resource, tags={**resource.tags, **tags}) if tags else resource


def as_json(done: Iterable[Remedy]) -> list[dict[str, Any]]:
    """Remedies as the record has them."""
    return [
        {
            "key": remedy.key,
            "value": remedy.value,
            "source": remedy.source,
            "done": remedy.done,
            "whyNot": remedy.why_not,
        }
        for remedy in done
    ]


def facts(resource: Resource, done: Iterable[Remedy]) -> list[tuple[str, str]]:
    """Name and text of what the finding says about remediation: `Set`, `Would set`, `Not set` and `Also needed on`."""
    entries = tuple(done)
    lines = {
        "Set": "; ".join(_assignment(remedy) for remedy in entries if remedy.done),
        "Would set": "; ".join(_assignment(remedy) for remedy in entries if remedy.is_open),
        "Not set": "; ".join(f"{remedy.key}: {remedy.why_not}" for remedy in entries if remedy.why_not),
        "Also needed on": _launched_from(resource, entries),
    }
    return [(name, text) for name, text in lines.items() if text]


def _remedy(default: DefaultTag, resource: Resource, account: AccountRules, sources: Sources) -> Remedy:
    same = sorted(key for key in resource.tags if key.casefold() == default.key.casefold())
    if same:
        return Remedy(default.key, why_not=f"`{same[0]}` exists and differs only in case; rename it")
    refused = ""
    for source, where in _places(default, resource):
        if (source, where) in sources.failed:
            return Remedy(default.key, why_not=f"{_name(source, where)} was not read: {sources.failed[source, where]}")
        value = _value(default, source, where, account, sources)
        if value is None:
            continue
        fault = _fault(default.key, value, resource, account)
        if not fault:
            return Remedy(default.key, value, _name(source, where))
        refused = refused or f"`{value}` from {_name(source, where)} {fault}"
    return Remedy(default.key, why_not=refused or "no source has this tag, and no value is configured")


def _places(default: DefaultTag, resource: Resource) -> Iterator[tuple[str, str]]:
    """Where to look for a value, in order, with the id of what the resource has there."""
    for source in default.copy_from:
        where = source_id(source, resource)
        if where or source == ACCOUNT_LABEL:
            yield source, where
    yield VALUE, ""


def _value(default: DefaultTag, source: str, where: str, account: AccountRules, sources: Sources) -> str | None:
    if source == VALUE:
        return default.value or None
    if source == ACCOUNT_LABEL:
        return _label(default.key, account.labels)
    return sources.tags.get((source, where), {}).get(default.key)


def _label(key: str, labels: Mapping[str, str]) -> str | None:
    """The label of that name, in any case: labels are mostly in lower case and tag keys are not."""
    same = sorted(label for label in labels if label.casefold() == key.casefold())
    return labels[key] if key in labels else labels[same[0]] if same else None


def _fault(key: str, value: str, resource: Resource, account: AccountRules) -> str:
    """Why the rules refuse the value; empty where they accept it. `account` has no exemptions, so no day matters."""
    tagged = replace(resource, tags={**resource.tags, key: value})
    return next((one.why for one in judge(tagged, account, date.max).invalid if one.key == key), "")


def _name(source: str, where: str) -> str:
    return f"{source} {where}" if where else source


def _assignment(remedy: Remedy) -> str:
    return f"{remedy.key} = {remedy.value} ({remedy.source})"


def _launched_from(resource: Resource, entries: tuple[Remedy, ...]) -> str:
    """The group or template that has to be changed, too; empty where no tag was set that is missing there.

    What is not set yet is still a fault, and the action of its finding names them.
    """
    template = resource.launch_template
    if all(remedy.source == _name(LAUNCH_TEMPLATE, template) for remedy in entries if remedy.done):
        # Its next instance gets these tags already.
        return ""
    places = [f"auto-scaling group {resource.auto_scaling_group}"] if resource.auto_scaling_group else []
    places += [f"launch template {template}"] if template else []
    return f"{' or '.join(places)}: otherwise the next instance lacks the tags again" if places else ""


def _is_reserved(key: str) -> bool:
    return key.lower().startswith(_RESERVED)
