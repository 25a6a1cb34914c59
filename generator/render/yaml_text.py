"""Templates and manifests as YAML that people read: CloudFormation's short forms, text blocks, tags on one line."""

from __future__ import annotations

import re
from typing import Any

import yaml

from generator.render.yaml_writer import NotForeseen, Writer

_SHORT = {
    "Ref": "!Ref",
    "Condition": "!Condition",
    "Fn::And": "!And",
    "Fn::Equals": "!Equals",
    "Fn::FindInMap": "!FindInMap",
    "Fn::GetAtt": "!GetAtt",
    "Fn::If": "!If",
    "Fn::Join": "!Join",
    "Fn::Not": "!Not",
    "Fn::Or": "!Or",
    "Fn::Select": "!Select",
    "Fn::Sub": "!Sub",
}
# Longer than any line that is written, so that nothing is folded.
_WIDTH = 1_000_000
# Numbers to YAML 1.2 and text to PyYAML, which reads 1.1: an account id such as 012345678901 would lose its first digit
# in other readers. https://yaml.org/spec/1.2.2/#1032-tag-resolution
_NUMBER = re.compile(r"0o[0-7]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")


class _Dumper(yaml.CSafeDumper):
    """A dumper of our own, so that PyYAML's shared ones stay as they are."""

    def ignore_aliases(self, data: Any) -> bool:
        """CloudFormation reads no anchors."""
        return True


def _text(dumper: _Dumper, value: str) -> yaml.ScalarNode:
    # A block keeps text readable; YAML cannot put lines that end in a space into one.
    readable = "\n" in value and not any(line.endswith((" ", "\t")) for line in value.split("\n"))
    style = "|" if readable else "'" if _NUMBER.fullmatch(value) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


def _mapping(dumper: _Dumper, value: dict[str, Any]) -> yaml.Node:
    function = _function(value)
    if function:
        tag, argument, is_flow = function
        if isinstance(argument, str):
            return dumper.represent_scalar(tag, argument, style="|" if "\n" in argument else None)
        return dumper.represent_sequence(tag, argument, flow_style=is_flow)
    is_tag = value.keys() == {"Key", "Value"} and isinstance(value["Value"], str)
    return dumper.represent_mapping("tag:yaml.org,2002:map", value.items(), flow_style=is_tag)


def _function(value: dict[str, Any]) -> tuple[str, Any, bool] | None:
    """The short form of a mapping that is one of CloudFormation's functions: tag, argument, whether on one line."""
    if len(value) != 1:
        return None
    ((name, argument),) = value.items()
    tag = _SHORT.get(name)
    if not tag or (name == "Condition" and not isinstance(argument, str)):
        return None
    if tag == "!GetAtt" and isinstance(argument, list):
        argument = ".".join(argument)
    is_text = isinstance(argument, str)
    return tag, argument, not is_text and all(isinstance(it, str | int | float) or _is_ref(it) for it in argument)


def _is_ref(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"Ref"}


_Dumper.add_representer(str, _text)
_Dumper.add_representer(dict, _mapping)


def template_text(value: Any, heading: str = "") -> str:
    """The YAML of a template, in ASCII: other characters are escaped, and CloudFormation reads them as they were.

    CloudFormation gives templates back with a question mark for every other character, so that every comparison would
    show a change. AWS has no page about it; the CDK's diff reckons with it (`mangleLikeCloudFormation`).
    """
    return yaml_text(value, heading, allow_unicode=False)


def yaml_text(value: Any, heading: str = "", *, allow_unicode: bool = True) -> str:
    """The YAML of plain data, in the order it has; `heading` becomes comment lines."""
    comment = "".join(f"# {line}\n" for line in heading.split("\n")) if heading else ""
    try:
        return comment + Writer(lambda scalar, is_flow: _alone(scalar, is_flow, allow_unicode), _function).text(value)
    except NotForeseen:
        return comment + dumped(value, allow_unicode=allow_unicode)


def data_text(value: Any, heading: str) -> str:
    """The YAML of data that is no template, so that no mapping is a function of CloudFormation."""
    comment = "".join(f"# {line}\n" for line in heading.split("\n"))
    try:
        return comment + Writer(lambda scalar, is_flow: _alone(scalar, is_flow, True), lambda _: None).text(value)
    except NotForeseen:
        # Other breaks than "\n" are only read back as they were if they are escaped.
        return comment + yaml.safe_dump(value, sort_keys=False, width=_WIDTH, allow_unicode=False)


def dumped(value: Any, *, allow_unicode: bool = True, flow_style: bool = False) -> str:
    """The YAML of plain data as PyYAML writes it."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, width=_WIDTH, allow_unicode=allow_unicode, default_flow_style=flow_style
    )
    return text


def _alone(value: Any, is_flow: bool, allow_unicode: bool) -> str:
    """One scalar as it is written behind a key, without the key; in flow style as it is in a list."""
    if is_flow:
        return dumped([value], allow_unicode=allow_unicode, flow_style=True).removesuffix("]\n")[1:]
    return dumped({"k": value}, allow_unicode=allow_unicode).removesuffix("\n")[3:]


class _Loader(yaml.CSafeLoader):
    """A loader of our own, which reads the short forms back."""


def _long_form(loader: _Loader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    name = {"Ref": "Ref", "Condition": "Condition"}.get(suffix, f"Fn::{suffix}")
    if isinstance(node, yaml.ScalarNode):
        text = str(loader.construct_scalar(node))
        return {name: text.split(".", 1) if suffix == "GetAtt" else text}
    if isinstance(node, yaml.SequenceNode):
        return {name: loader.construct_sequence(node, deep=True)}
    return {name: loader.construct_mapping(node, deep=True)}  # type: ignore[arg-type]  # no fourth kind exists


_Loader.add_multi_constructor("!", _long_form)


def parse_template(text: str) -> dict[str, Any]:
    """A template from YAML, short forms as long ones: the inverse of `yaml_text`.

    Raises yaml.YAMLError where the text is not YAML.
    """
    return yaml.load(text, Loader=_Loader) or {}  # noqa: S506  # a safe loader, with CloudFormation's functions
