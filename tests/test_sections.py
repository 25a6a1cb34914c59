"""A section of the language has all its parts; each test says which part is missing, and where to write it.

The parts are modules and fields of one name each, which CONTRIBUTING lists under "Add a section".
"""

from __future__ import annotations

import ast
import configparser
import dataclasses
import inspect
import re
from functools import cache

import pytest
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from generator.blueprints import hub, member
from generator.blueprints.kit.concern import concerns
from generator.checks.names import NAMED_WITHIN, name_property_of
from generator.model.estate import Estate
from generator.render import section_words
from generator.render.deployer_policy import actions_of
from generator.render.yaml_text import parse_template
from generator.resolve import resolve
from generator.resolve.resolve import READ_BY_OTHERS, SETTINGS
from generator.resolve.section import sections
from generator.spec.document import Document
from tests.support import ROOT

GENERATOR = ROOT / "generator"
GOLDEN = ROOT / "tests" / "golden"
# Properties that name another resource than their own.
NAMES_OF_OTHERS = {"EventBusName", "FunctionName", "LogGroupName", "MetricName", "ServiceName"}
# Properties with the role in whose name a service acts; whoever creates the resource passes that role.
ROLES = {"CloudWatchRoleArn", "ExecutionRoleArn", "Role", "RoleARN", "RoleArn", "ServiceRole"}


@pytest.mark.parametrize("key", Document.model_fields)
def test_a_section_is_resolved(key: str) -> None:
    known = {*SETTINGS, *READ_BY_OTHERS, *(section.key for section in sections())}
    assert key in known, f'write generator/resolve/{key}.py with SECTIONS = (Section("{key}", …),)'


def test_a_section_is_resolved_by_one_module() -> None:
    keys = [section.key for section in sections()]
    assert sorted(keys) == sorted(set(keys))
    fields = [name for section in sections() for name in section.decide]
    assert sorted(fields) == sorted(set(fields))


def test_what_is_resolved_by_name_is_a_section() -> None:
    assert {*SETTINGS, *READ_BY_OTHERS} <= set(Document.model_fields)
    assert set(SETTINGS).isdisjoint({*READ_BY_OTHERS, *(section.key for section in sections())})


def given_by_name() -> set[str]:
    """The fields of the Estate that `resolve` itself gives."""
    calls = [node for node in ast.walk(ast.parse(inspect.getsource(resolve))) if isinstance(node, ast.Call)]
    (call,) = [call for call in calls if isinstance(call.func, ast.Name) and call.func.id == "Estate"]
    return {keyword.arg for keyword in call.keywords if keyword.arg}


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Estate)])
def test_a_field_of_the_estate_is_decided(name: str) -> None:
    decided = {name for section in sections() for name in section.decide}
    assert name in decided | given_by_name(), f'no Section of generator/resolve/ decides Estate.{name}: {{"{name}": …}}'


def test_a_section_decides_fields_that_the_estate_has() -> None:
    fields = {field.name for field in dataclasses.fields(Estate)}
    for section in sections():
        assert set(section.decide) <= fields, f"add {set(section.decide) - fields} to generator/model/estate.py"


@cache
def sources() -> dict[str, str]:
    """Every module of the generator by its dotted name."""
    paths = GENERATOR.rglob("*.py")
    return {".".join(path.relative_to(ROOT).with_suffix("").parts): path.read_text(encoding="utf-8") for path in paths}


@cache
def attributes_read() -> set[str]:
    """The names of attributes that anything but the passes reads."""
    writers = ("generator.spec.", "generator.model.", "generator.resolve.")
    texts = [text for name, text in sources().items() if not name.startswith(writers)]
    return {name for text in texts for name in re.findall(r"\.([a-z]\w*)", text)}


@pytest.mark.parametrize("name", [field.name for field in dataclasses.fields(Estate)])
def test_a_field_of_the_estate_is_read(name: str) -> None:
    assert name in attributes_read(), f"no blueprint, check or renderer reads Estate.{name}"


@cache
def imported() -> set[str]:
    """Every module that another one imports, wherever it does."""
    modules = set()
    for name, text in sources().items():
        for package, names in re.findall(r"^ *from (generator[\w.]*) import (\([^)]*\)|.*)$", text, re.MULTILINE):
            modules |= {package, *(f"{package}.{word}" for word in re.findall(r"\w+", names))} - {name}
    return modules


# Folder to what makes a module of it part of the compiler.
FORGOTTEN = {
    "spec": "add a field to Document in generator/spec/document.py",
    "model": "add a field to Estate in generator/model/estate.py",
    "resolve": "declare SECTIONS",
    "blueprints": "declare CONCERN",
}


@pytest.mark.parametrize("folder", FORGOTTEN)
def test_no_module_of_a_section_is_forgotten(folder: str) -> None:
    modules = {name: text for name, text in sources().items() if name.startswith(f"generator.{folder}.")}
    found = {name for name, text in modules.items() if re.search(r"^(SECTIONS|CONCERN) = ", text, re.MULTILINE)}
    top = {name for name in modules if name.count(".") == 2 and not name.endswith("__init__")}
    forgotten = sorted(top - imported() - found)
    assert forgotten == [], f"{', '.join(forgotten)}: {FORGOTTEN[folder]}"


def test_reading_orders_name_what_is_there() -> None:
    assert set(hub.ORDER) == {name for name, concern in concerns().items() if concern.hub} & set(hub.ORDER)
    assert set(member.ORDER) == {name for name, concern in concerns().items() if concern.member} & set(member.ORDER)
    assert set(section_words.ORDER) <= set(section_words.section_words())


def test_what_blueprints_share_is_no_blueprint() -> None:
    """The import contract lets every blueprint import these."""
    config = configparser.ConfigParser()
    config.read(ROOT / "setup.cfg", encoding="utf-8")
    lines = config["importlinter:contract:blueprints"]["ignore_imports"].split("\n")
    parts = [line.rpartition(".")[2] for line in lines if line.startswith("generator.blueprints.* ->")]
    assert parts
    assert set(parts).isdisjoint(concerns())


@cache
def properties_by_type() -> dict[str, set[str]]:
    """Every resource type of the goldens, and the properties that it has there."""
    properties: dict[str, set[str]] = {}
    for path in sorted(GOLDEN.glob("*/*/*.yaml")):
        if path.stem in ("hub", "member"):
            for resource in parse_template(path.read_text(encoding="utf-8")).get("Resources", {}).values():
                properties.setdefault(resource["Type"], set()).update(resource["Properties"])
    return properties


@pytest.mark.parametrize("kind", sorted(kind for kind in properties_by_type() if kind.startswith("AWS::")))
def test_the_name_of_a_resource_type_is_measured(kind: str) -> None:
    """Against the longest name that the schema of the type has."""
    properties = properties_by_type()[kind]
    names = {name for name in properties - NAMES_OF_OTHERS if name.endswith("Name")}
    own, _, limit = name_property_of(kind, properties)
    if names and kind not in NAMED_WITHIN:
        assert own, f'add "{kind}": ("{min(names)}", …) to NAMED in generator/checks/names.py'
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema["properties"].get(own, {})
    most = schema.get("maxLength", limit)
    assert limit <= most, f'add "{kind}": ("{own}", …, {most}) to NAMED in generator/checks/names.py'


@pytest.mark.parametrize("kind", sorted(kind for kind in properties_by_type() if kind.startswith("AWS::")))
def test_a_deployer_may_create_a_resource_type(kind: str) -> None:
    """The schema names the actions of its handlers; https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/"""
    actions = set(actions_of(kind, "us-east-1"))
    services = {action.partition(":")[0] for action in actions} - {"iam"}
    assert services or kind.startswith("AWS::IAM::"), (
        f"the schema of {kind} has no action of its service: add them to BESIDES, or the service's prefix to _PREFIXES,"
        " in generator/render/deployer_policy.py"
    )
    if roles := properties_by_type()[kind] & ROLES:
        assert "iam:PassRole" in actions, (
            f"{kind} has {', '.join(sorted(roles))}: add iam:PassRole to BESIDES in generator/render/deployer_policy.py"
        )
