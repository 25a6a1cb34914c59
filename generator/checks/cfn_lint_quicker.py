"""cfn-lint in less than half of its time: the same functions, less what they do anew for every value of a template.

Of a template's 40,000 values each gets a validator and a context of its own. cfn-lint makes them by asking a dataclass
for its fields, makes a class for every nested document, and looks for the rules of each place in the list of all rules.
Here fields are named, classes are kept, and rules are found by their place. That reaches into cfn-lint, so it is done
for the versions alone that it was held against, and only while a template is checked; any other version runs as it is.
docs/decisions/0072
"""

from __future__ import annotations

import importlib.metadata
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

SUPPORTED_VERSIONS = ("1.58.0",)
_OF_VALIDATOR = ("schema", "resolver", "function_filter", "cfn", "context")
# The rule whose function finds the rules of a place.
_BY_PLACE = "E1101"


@contextmanager
def faster_linter(runner: Any, version: str = "") -> Iterator[None]:
    """cfn-lint works quicker meanwhile, for one template, where its version is known.

    runner: that checks the template. version: as if that one were installed.
    """
    if (version or importlib.metadata.version("cfn-lint")) not in SUPPORTED_VERSIONS:
        yield
        return
    replaced = list(_replacements(runner))
    before = [(owner, name, vars(owner)[name]) for owner, name, _ in replaced]
    for owner, name, value in replaced:
        setattr(owner, name, value)
    try:
        yield
    finally:
        for owner, name, value in before:
            setattr(owner, name, value)


def _replacements(runner: Any) -> Iterator[tuple[Any, str, Any]]:
    """What is replaced: in which module or class, under which name, by what."""
    from cfnlint.context.context import Context, Path
    from cfnlint.jsonschema import validators

    yield Context, "evolve", _evolve_context(_fields(Context))
    yield Path, "descend", _descend(Path.descend)
    yield validators, "create", _kept_classes(validators.create)
    for validator in (validators.CfnTemplateValidator, validators.StandardValidator):
        yield validator, "evolve", _evolve_validator
    # cfn-lint loads its rules from files, as modules beside those of this name.
    yield type(runner.rules.data[_BY_PLACE]), "cfnLint", _by_keyword()


def _fields(noun: Any) -> frozenset[str]:
    return frozenset(noun.__dataclass_fields__)


def _evolve_context(names: frozenset[str]) -> Callable[..., Any]:
    def evolve(self: Any, **changes: Any) -> Any:
        if not changes.keys() <= names:
            return type(self)(**changes)
        if "ref_values" in changes:
            changes["ref_values"] = {**self.ref_values, **changes["ref_values"]}
        copy = object.__new__(type(self))
        fields = self.__dict__
        # Less what was computed of the resources.
        copy.__dict__.update({name: fields[name] for name in names})
        copy.__dict__.update(changes)
        return copy

    return evolve


def _descend(usual: Callable[..., Any]) -> Callable[..., Any]:
    from cfnlint.helpers import FUNCTIONS

    def descend(self: Any, **steps: Any) -> Any:
        step, cfn_path = steps.get("path"), steps.get("cfn_path")
        if not steps.keys() <= {"path", "cfn_path"} or cfn_path in FUNCTIONS or isinstance(cfn_path, int):
            return usual(self, **steps)
        copy = object.__new__(type(self))
        fields = copy.__dict__
        fields.update(self.__dict__)
        if step is not None:
            fields["path"] = fields["path"] + deque((step,))
        if cfn_path is not None:
            fields["cfn_path"] = fields["cfn_path"] + deque((cfn_path,))
        return copy

    return descend


def _evolve_validator(self: Any, **changes: Any) -> Any:
    cls = type(self)
    for name in _OF_VALIDATOR:
        if name not in changes:
            changes[name] = getattr(self, name)
    if len(changes) != len(_OF_VALIDATOR) or changes["context"] is None or changes["resolver"] is None:
        return cls(**changes)
    copy = object.__new__(cls)
    fields = self.__dict__
    copy.__dict__.update({name: fields[name] for name in cls.__dataclass_fields__})
    copy.__dict__.update(changes)
    return copy


def _kept_classes(usual: Callable[..., Any]) -> Callable[..., Any]:
    """The class of validators for some keywords: made once, and not once for each document that is checked."""
    classes: dict[Any, Any] = {}

    def create(
        validators: Mapping[str, Any] | None = None,
        function_filter: Any = None,
        fn_resolvers: Mapping[str, Any] | None = None,
    ) -> Any:
        filtered = (
            None if function_filter is None else (type(function_filter), *map(str, vars(function_filter).values()))
        )
        key = (tuple((validators or {}).items()), filtered, tuple((fn_resolvers or {}).items()))
        if key not in classes:
            validator = usual(validators, function_filter, fn_resolvers)
            validator.evolve = _evolve_validator
            classes[key] = validator
        return classes[key]

    return create


def _by_keyword() -> Callable[..., Iterator[Any]]:
    """What checks the rules of a place, which are looked for once in each template."""
    from cfnlint.jsonschema._utils import Unset

    # Rules learn of each other when a template is begun, and are the same from then on.
    rules: dict[str, list[Any]] = {}

    def check(self: Any, validator: Any, keywords: Any, instance: Any, schema: Any) -> Iterator[Any]:
        validator = validator.evolve(function_filter=validator.function_filter.evolve(add_cfn_lint_keyword=False))
        if not rules:
            rules[""] = []
            for rule in self.child_rules.values():
                for keyword in rule.keywords if rule is not None and rule.id else ():
                    rules.setdefault(keyword, []).append(rule)
        for keyword in keywords:
            for rule in rules.get(keyword, ()):
                for error in rule.validate(validator, keyword, instance, schema):
                    if error.rule is None and isinstance(error.validator, Unset):
                        error.rule = rule
                    yield error

    return check
