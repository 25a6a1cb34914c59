"""The text of a template, JSON or YAML, to plain data with every function in its long form, or what is wrong with it.

The parser's events are put together here rather than by PyYAML: keys and dates stay the text that CloudFormation
takes them for, a key that stands twice makes what it stands in unknown, and nothing is deep or large enough to do harm.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-formats.html
https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import yaml

from generator.evaluate.template.intrinsic_values import Unknown
from generator.findings import Finding, Mark, Path, Span, did_you_mean
from generator.yaml_syntax import events, mark_of, nesting_finding, syntax_error

MOST_VALUES = 500_000
"""A template has at most 1 MB; more values than this are anchors that multiply."""
DEEPEST = 100
_PLAIN_TAGS = ("str", "int", "float", "bool", "null", "timestamp", "seq", "map")
_YAML = "tag:yaml.org,2002:"
_MERGE: Final = "<<"
_FUNCTIONS = (
    *("And", "Base64", "Cidr", "Contains", "EachMemberEquals", "EachMemberIn", "Equals", "FindInMap", "GetAtt"),
    *("GetAZs", "If", "ImportValue", "Join", "Length", "Not", "Or", "RefAll", "Select", "Split", "Sub", "ToJsonString"),
    *("Transform", "ValueOf", "ValueOfAll", "Condition", "Ref"),
)


@dataclass(frozen=True, slots=True)
class TemplateText:
    """A template as it was read. template: nothing where a finding says why. It is the `Places` of its findings."""

    name: str
    text: str
    template: Mapping[str, Any] | None
    findings: tuple[Finding, ...] = ()

    def span(self, path: Path, on: str = "value") -> Span | None:
        """Nothing: what is found here has a mark of its own."""
        del path, on
        return None

    def of(self, file: str) -> TemplateText:
        """Itself: a template has no other files."""
        del file
        return self

    def at(self, path: Path) -> TemplateText:
        """Itself, too."""
        del path
        return self

    def line(self, number: int) -> str:
        """The text of a line, counted from 1; empty past the end."""
        lines = self.text.split("\n")
        return lines[number - 1] if 0 < number <= len(lines) else ""


def template_text(content: bytes, name: str) -> TemplateText:
    """The template in a file. Never raises for its content: see the findings (codes Y01 to Y06)."""
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line, column = content[: error.start].count(b"\n") + 1, error.start - content.rfind(b"\n", 0, error.start)
        message = f"not UTF-8: byte 0x{content[error.start]:02x} cannot be read"
        return TemplateText(
            name, "", None, (Finding("Y01", message, mark=Mark(line, column), hint="save it as UTF-8"),)
        )
    is_json = name.lower().endswith(".json")
    data, findings = _json(text, is_json) if is_json or text.lstrip().startswith("{") else _yaml(text)
    if not findings:
        findings = _unlike_a_template(data)
    return TemplateText(name, text, None if findings else data, tuple(findings))


def _unlike_a_template(data: Any) -> list[Finding]:
    if data is None:
        return [Finding("Y04", "the template is empty", mark=Mark(1, 1))]
    if not isinstance(data, dict):
        return [Finding("Y04", "a template is a mapping of sections (`Resources: …`)", mark=Mark(1, 1))]
    if not isinstance(data.get("Resources"), dict):
        near = did_you_mean("Resources", map(str, data)).strip(" ?").replace("did you mean", "write Resources for")
        return [Finding("Y04", "a template has a mapping of Resources; this has none", mark=Mark(1, 1), hint=near)]
    return []


# --- JSON ---------------------------------------------------------------------------------------------------


def _json(text: str, only: bool) -> tuple[Any, list[Finding]]:
    twice: list[str] = []

    def mapping(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        object_ = dict(pairs)
        if len(object_) < len(pairs):
            keys = [key for key, _ in pairs]
            twice.extend(key for key in object_ if keys.count(key) > 1)
        return object_

    try:
        data = json.loads(text, object_pairs_hook=mapping)
    except json.JSONDecodeError as error:
        # YAML may begin with a brace as well.
        data, findings = (None, []) if only else _yaml(text)
        wrong = Finding("Y02", f"not JSON: {error.msg}", mark=Mark(error.lineno, error.colno))
        return data, [wrong] if findings or only else []
    except ValueError as error:
        return None, [Finding("Y05", f"not JSON: {error}", mark=Mark(1, 1))]
    except RecursionError:
        wrong = nesting_finding(DEEPEST, Mark(1, 1))
    else:
        if _is_too_deep(data):
            wrong = nesting_finding(DEEPEST, Mark(1, 1))
        elif twice:
            wrong = Finding("Y03", f"`{twice[0]}` stands twice in one object", mark=Mark(1, 1))
        else:
            return data, []
    # Only the other reader knows places. A tab is never within a text of JSON, so no column moves.
    parsed, findings = _yaml(text.replace("\t", " "))
    return (parsed, []) if twice and not findings else (None, findings or [wrong])


def _is_too_deep(data: Any) -> bool:
    """Whether the other reader would refuse the depth: Python's own limit differs by version."""
    level = [data]
    for _ in range(DEEPEST):
        inner = [node.values() if isinstance(node, dict) else node for node in level if isinstance(node, dict | list)]
        level = [value for values in inner for value in values]
    return any(isinstance(node, dict | list) for node in level)


# --- YAML ---------------------------------------------------------------------------------------------------


def _yaml(text: str) -> tuple[Any, list[Finding]]:
    reader = _Reader()
    lines = text.split("\n")
    try:
        for event in events(text):
            reader.take(event)
            if reader.is_over:
                break
    except yaml.MarkedYAMLError as error:
        reader.findings.append(syntax_error(lambda line: lines[line - 1] if line <= len(lines) else "", error))
    except yaml.YAMLError as error:
        line = text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
        hint = "remove control characters"
        reader.findings.append(Finding("Y02", "a character that YAML does not allow", mark=Mark(line, 1), hint=hint))
    _spoil(reader.root, reader.twice)
    return reader.root, reader.findings


def _spoil(template: Any, twice: Mapping[tuple[str, str], Unknown]) -> None:
    """A key that stands twice costs the resource, or what else it is in, and not the template."""
    for (section, entry), reason in twice.items():
        within = template.get(section) if isinstance(template, dict) else None
        if isinstance(within, dict) and isinstance(within.get(entry), dict) and section == "Resources":
            within[entry] = {**within[entry], "Properties": reason}
        elif isinstance(within, dict):
            within[entry] = reason


@dataclass(slots=True)
class _Open:
    """A mapping or a sequence that has begun. key: that of the value to come. size: values within, itself too."""

    made: dict[str, Any] | list[Any]
    tag: str | None
    mark: Mark
    anchor: str | None
    key: str | None = None
    places: dict[str, Mark] = field(default_factory=dict)
    merged: list[Any] = field(default_factory=list)
    size: int = 1


class _Reader:
    """Events to data. The one mutable thing here, alive for one text."""

    def __init__(self) -> None:
        self.root: Any = None
        self.findings: list[Finding] = []
        self.is_over = False
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.documents = 0
        self.twice: dict[tuple[str, str], Unknown] = {}
        self.resolver = yaml.resolver.Resolver()
        self.constructor = yaml.constructor.SafeConstructor()

    def take(self, event: yaml.Event) -> None:
        match event:
            case yaml.DocumentStartEvent():
                self.documents += 1
                if self.documents > 1:
                    self.stop("Y02", "a second YAML document starts here", event, "one file, one document: remove ---")
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                container: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
                if self.awaits_key():
                    self.stop("Y06", "a key must be plain text", event)
                elif len(self.open) >= DEEPEST:
                    self.end(nesting_finding(DEEPEST, mark_of(event)))
                self.open.append(_Open(container, event.tag, mark_of(event), event.anchor))
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                self.close()
            case yaml.AliasEvent():
                self.alias(event)
            case yaml.ScalarEvent() if self.awaits_key():
                self.key(event)
            case yaml.ScalarEvent():
                self.give(self.tagged(event.tag, self.scalar(event), mark_of(event)), 1, event.anchor)

    def stop(self, code: str, message: str, event: yaml.Event, hint: str = "") -> None:
        self.end(Finding(code, message, mark=mark_of(event), hint=hint))

    def end(self, finding: Finding) -> None:
        self.is_over = True
        self.findings.append(finding)

    def awaits_key(self) -> bool:
        return bool(self.open) and isinstance(self.open[-1].made, dict) and self.open[-1].key is None

    def key(self, event: yaml.ScalarEvent) -> None:
        within, mark, key = self.open[-1], mark_of(event), str(event.value)
        first = within.places.get(key)
        is_one_entrys = len(self.open) > 1 and not any(container.anchor for container in self.open)
        if first and key != _MERGE and is_one_entrys:
            section, entry = self.open[0].key, key if len(self.open) == 2 else self.open[1].key
            location = f"in {entry} " if key != entry else ""
            reason = f"`{key}` stands {location}twice, on lines {first.line} and {mark.line}"
            self.twice.setdefault((str(section), str(entry)), Unknown(reason))
        elif first and key != _MERGE:
            message = f"`{key}` stands here a second time; the first is on line {first.line}"
            self.findings.append(Finding("Y03", message, mark=mark, hint="keep one of the two"))
        within.places.setdefault(key, mark)
        within.key = key

    def alias(self, event: yaml.AliasEvent) -> None:
        if event.anchor not in self.anchors:
            is_open = event.anchor in [container.anchor for container in self.open]
            message = "an anchor contains itself" if is_open else f"there is no anchor {event.anchor} before this"
            self.stop("Y05", message, event)
        elif self.awaits_key():
            self.stop("Y06", "a key must be plain text", event)
        else:
            self.give(*self.anchors[event.anchor], None)
            if sum(container.size for container in self.open) > MOST_VALUES:
                self.stop("Y05", f"anchors expand to more than {MOST_VALUES:,} values", event)

    def close(self) -> None:
        done = self.open.pop()
        if isinstance(done.made, dict):
            for merged in done.merged:
                done.made = {**merged, **done.made}
        self.give(self.tagged(done.tag, done.made, done.mark), done.size, done.anchor)

    def give(self, value: Any, size: int, anchor: str | None) -> None:
        """A finished value goes where it belongs."""
        if anchor:
            self.anchors[anchor] = value, size
        if not self.open:
            self.root = value
            return
        within = self.open[-1]
        within.size += size
        if isinstance(within.made, list):
            within.made.append(value)
        elif within.key == _MERGE:
            items = value if isinstance(value, list) else [value]
            within.merged += [item for item in items if isinstance(item, dict)]
        elif within.key is not None:
            within.made.setdefault(within.key, value)
        within.key = None

    def tagged(self, tag: str | None, value: Any, mark: Mark) -> Any:
        """A value below a short form becomes the argument of the long one."""
        name = (tag or "").removeprefix(_YAML)
        if name in ("", "!", *_PLAIN_TAGS):
            return value
        function = name.removeprefix("!")
        if not name.startswith("!") or function not in _FUNCTIONS:
            hint = did_you_mean(name, [f"!{function}" for function in _FUNCTIONS]).strip()
            self.findings.append(Finding("Y06", f"the tag {name} means nothing in a template", mark=mark, hint=hint))
            return value
        if function == "GetAtt" and isinstance(value, str):
            value = value.split(".", 1)
        return {function if function in ("Ref", "Condition") else f"Fn::{function}": value}

    def scalar(self, event: yaml.ScalarEvent) -> Any:
        text = str(event.value)
        tag = str(event.tag or "")
        if tag.startswith("!") or not (event.implicit[0] or tag):
            return text
        tag = tag or str(self.resolver.resolve(yaml.ScalarNode, text, (True, False)))  # type: ignore[no-untyped-call]
        node = yaml.ScalarNode(tag, text)
        try:
            match tag.removeprefix(_YAML):
                case "null":
                    return None
                case "bool":
                    return self.constructor.construct_yaml_bool(node)
                case "int":
                    return self.constructor.construct_yaml_int(node)
                case "float":
                    return self.constructor.construct_yaml_float(node)
        except (ValueError, KeyError, IndexError, OverflowError):
            return text
        return text
