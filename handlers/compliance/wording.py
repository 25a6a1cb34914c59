"""What people read of a resource and its tags; pure.

The hub takes at most 12 facts and 1,500 bytes, and has facts of its own (State, Owner, Note, …), whose names are not
used here. What is in a tag may be anything: texts are cleaned and cut by their bytes.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from handlers.common.partitions import console
from handlers.common.printable import printable
from handlers.common.text_size import cut
from handlers.compliance.ec2 import is_gone
from handlers.compliance.judge import is_blank
from handlers.compliance.resource import EC2_INSTANCE, Resource
from handlers.compliance.rules import AccountRules
from handlers.compliance.verdict import Invalid, Verdict

MOST_TITLE, MOST_FACT, MOST_ACTION, MOST_BYTES = 200, 400, 400, 1_500
# Of the value of a tag in a list.
MOST_VALUE = 80
# How far the values of facts are cut until there is room, and what the current tags get at least.
_STEPS = (400, 300, 200, 150, 100, 60)
_ROOM_FOR_TAGS = 150
_IN_QUOTES = frozenset(" ,=[]{}\"'\\")


class Content(TypedDict):
    """Of a finding: one line, names and values, what to do, and a link to the console; the last two may be empty."""

    title: str
    facts: list[list[str]]
    action: str
    link: str


def open_content(resource: Resource, verdict: Verdict, rules: AccountRules) -> Content:
    """A resource that is not compliant, or whose faults changed."""
    count = len(verdict.missing) + len(verdict.invalid)
    title = f"{count} tag{' is' if count == 1 else 's are'} missing or wrong on {_name(resource)}"
    facts = [
        *_location(resource, rules),
        ("Missing", _listed([_missing(key, rules) for key in verdict.missing], MOST_FACT)),
        ("Invalid", _listed([_fault(invalid) for invalid in verdict.invalid], MOST_FACT, "; ")),
        ("Launched by", _launched_by(resource)),
        ("Hints", "; ".join(verdict.notes)),
    ]
    return _content(title, facts, _action(resource, verdict, rules), _link(resource), resource.tags)


def closed_content(resource: Resource, verdict: Verdict | None, rules: AccountRules) -> Content:
    """A resource that is compliant, exempt or deleted now. verdict: None where it is deleted."""
    name = _name(resource)
    location_facts = _location(resource, rules)
    if verdict is None or is_gone(resource):
        verb = "was terminated" if resource.type == EC2_INSTANCE else "was deleted"
        # What is known of its state is from before.
        return _content(f"{name} {verb}", location_facts[:-1], "", "", {})
    if verdict.exempt:
        facts = [*location_facts, ("Exempt because", verdict.exempt), ("Hints", "; ".join(verdict.notes))]
        return _content(f"{name} is exempt from the check of its tags", facts, "", _link(resource), {})
    return _content(f"All required tags are set on {name}", location_facts, "", _link(resource), resource.tags)


def unchecked_content(type_: str, id_: str) -> Content:
    """A resource of a type that the rules do not name any more."""
    return _content(f"{id_} is no longer checked: {type_} is not a checked resource type", [], "", "", {})


def summary(count: int, total: Mapping[str, Any], rules: AccountRules, region: str) -> Content:
    """Resources of an account and Region that are told together. count: how many are not compliant still.

    total: what the latest scan found, as the ledger has it; may be empty.
    """
    location = f"{rules.name}, {region}"
    title = f"{_number(count, 'resource')} in {location} {'has' if count == 1 else 'have'} missing or wrong tags"
    if not count:
        title = f"All resources in the summary of {location} have the required tags"
    facts = [
        ("Account", _account(rules)),
        ("Region", region),
        ("Latest scan", _scan(total)),
        ("Missing or invalid", _most(total.get("missing"))),
        ("By owner", _most(total.get("owners"))),
    ]
    environment = f" -e {shlex.quote(rules.environment)}" if rules.environment else ""
    action = f"List them with: obsgen compliance report{environment} --account {shlex.quote(rules.name)}"
    return _content(title, facts, action if count else "", _tag_editor(region), {})


def _location(resource: Resource, rules: AccountRules) -> list[tuple[str, str]]:
    is_instance = resource.type == EC2_INSTANCE
    return [
        ("Instance", _name(resource)) if is_instance else ("Resource", f"{resource.type} {_name(resource)}"),
        ("Account", _account(rules)),
        ("Region", resource.region),
        ("Instance state" if is_instance else "Resource state", resource.state),
    ]


def _name(resource: Resource) -> str:
    name = " ".join(resource.name.split())
    return f"{resource.id} ({name})" if name and name != resource.id else resource.id


def _account(rules: AccountRules) -> str:
    return f"{rules.name} ({rules.account})" if rules.name != rules.account else rules.account


def _missing(key: str, rules: AccountRules) -> str:
    """`Environment (dev, staging or prod)`: what is missing, and what its value may be."""
    rule = next((rule for rule in rules.tags if rule.key == key), None)
    if rule is None or not (rule.allowed or rule.pattern):
        return key
    *first_values, last = rule.allowed or [f"matches `{rule.pattern.pattern}`" if rule.pattern else ""]
    values = f"{', '.join(first_values)} or {last}" if first_values else last
    return f"{key} ({values})" if _size(values) <= MOST_VALUE else key


def _fault(invalid: Invalid) -> str:
    value = "" if is_blank(invalid.value) else f" `{cut(_line(invalid.value), MOST_VALUE)}`"
    return f"{invalid.key}{value} {invalid.why}"


def _launched_by(resource: Resource) -> str:
    """The group or template, by its name where it has one."""
    names = {"eks": "EKS", "emr": "EMR", "spot": "Spot"}
    parts = [f"auto-scaling group {resource.auto_scaling_group}"] if resource.auto_scaling_group else []
    parts += [names.get(launcher, launcher) for launcher in resource.launched_by if launcher != "auto-scaling"]
    parts += [f"launch template {resource.launch_template}"] if resource.launch_template else []
    return ", ".join(parts)


def _action(resource: Resource, verdict: Verdict, rules: AccountRules) -> str:
    keys = list(dict.fromkeys([*verdict.missing, *(invalid.key for invalid in verdict.invalid)]))
    where = _source(resource)
    text = f"Set the tags in {where} too, or the next instance lacks them again. " if where else ""
    text = _line(f"{text}In account {rules.name}: ")
    return f"{text} {_command(resource, keys, MOST_ACTION - _size(text) - 1)}"


def _source(resource: Resource) -> str:
    """Where the next instance gets its tags from; empty where nothing launches instances by itself."""
    if resource.auto_scaling_group:
        template = f" or its launch template {resource.launch_template}" if resource.launch_template else ""
        return f"auto-scaling group {cut(resource.auto_scaling_group, 100)}{template}"
    if resource.launch_template:
        return f"launch template {resource.launch_template}"
    sources = {"eks": "the EKS node group", "emr": "the EMR cluster", "spot": "the Spot request"}
    return next((sources[launcher] for launcher in resource.launched_by if launcher in sources), "")


def _command(resource: Resource, keys: Sequence[str], room: int) -> str:
    """A command line with VALUE for each value; with as many of the tags as there is room for, at least one."""
    region = f"--region {shlex.quote(resource.region)}"
    if resource.type == EC2_INSTANCE:
        head = f"aws ec2 create-tags {region} --resources {shlex.quote(resource.id)} --tags"
        tags = [f"Key={_quoted(key)},Value=VALUE" for key in keys]
    else:
        arn = shlex.quote(resource.arn or resource.id)
        head = f"aws resourcegroupstaggingapi tag-resources {region} --resource-arn-list {arn} --tags"
        tags = [f"{_quoted(key)}=VALUE" for key in keys]
    words = [head]
    for tag in map(shlex.quote, tags):
        if len(words) > 1 and _size(" ".join([*words, tag])) > room:
            break
        words.append(tag)
    return " ".join(words)


def _quoted(key: str) -> str:
    """A key in the CLI's shorthand syntax: https://docs.aws.amazon.com/cli/latest/userguide/cli-usage-shorthand.html"""
    if not _IN_QUOTES & set(key):
        return key
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _link(resource: Resource) -> str:
    root = console(resource.region)
    if not root or resource.type != EC2_INSTANCE:
        return _tag_editor(resource.region)
    return f"{root}/ec2/home?region={resource.region}#ManageInstanceTags:instanceId={resource.id}"


def _tag_editor(region: str) -> str:
    root = console(region)
    return f"{root}/resource-groups/tag-editor/find-resources?region={region}" if root else ""


def _scan(total: Mapping[str, Any]) -> str:
    if not total:
        return ""
    at = total.get("at", "")
    when = datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(at, int) else str(at)
    compliant, wrong, exempt = (int(total.get(key, 0)) for key in ("compliant", "non_compliant", "exempt"))
    return f"{when}: {compliant:,} compliant, {wrong:,} not compliant, {exempt:,} exempt"


def _most(numbers: Any) -> str:
    """`Owner 250, Application 80`: the largest first."""
    if not isinstance(numbers, Mapping):
        return ""
    ordered = sorted(numbers.items(), key=lambda pair: (-pair[1], pair[0]))
    return _listed([f"{key or 'none'} {number:,}" for key, number in ordered], MOST_FACT // 2)


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _content(title: str, facts: Sequence[tuple[str, str]], action: str, link: str, tags: Mapping[str, str]) -> Content:
    """All of it within the limits. Facts without a value are left out; tags: the current ones, as many as fit."""
    room = MOST_BYTES - (_ROOM_FOR_TAGS if tags else 0)
    lines = [(name, _line(value)) for name, value in facts]
    content = Content(title=cut(_line(title), MOST_TITLE), facts=[], action=cut(_line(action), MOST_ACTION), link=link)
    for step in _STEPS:
        content["facts"] = [[name, cut(value, step)] for name, value in lines if value]
        if size(content) <= room:
            break
    if tags:
        left = MOST_BYTES - size(content) - len(',["Tags",""]')
        content["facts"].append(["Tags", _listed(list(_tag_texts(tags)), min(MOST_FACT, left))])
    return content


def _tag_texts(tags: Mapping[str, str]) -> Iterator[str]:
    """Those that people set first, then AWS's own."""
    for key in sorted(tags, key=lambda key: (key.lower().startswith("aws:"), key)):
        yield f"{_line(key)}={cut(_line(tags[key]), MOST_VALUE)}"


def _listed(texts: Sequence[str], room: int, between: str = ", ") -> str:
    """`a, b and 12 more`: as many of the texts as fit into so many bytes, the first one cut where it does not."""
    for number in range(len(texts), 0, -1):
        more = f" and {len(texts) - number} more" if number < len(texts) else ""
        listed = between.join(map(_line, texts[:number])) + more
        if _size(listed) <= room:
            return listed
    if not texts:
        return ""
    more = f" and {len(texts) - 1} more" if len(texts) > 1 else ""
    return cut(_line(texts[0]), room - len(more)) + more


def _line(text: str) -> str:
    return " ".join(str(printable(text)).split())


def _size(text: str) -> int:
    return len(json.dumps(text, ensure_ascii=False).encode("utf-8", "replace")) - 2


def size(content: Content) -> int:
    """Bytes of its JSON, which are never fewer than those of its texts."""
    return len(json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace"))
