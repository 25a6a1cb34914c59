"""What `make build` and `make test` install: the lock is whole, for every system, and names no place to get it from.

https://pip.pypa.io/en/stable/topics/secure-installs/ and https://packaging.python.org/specifications/dependency-specifiers/
"""

from __future__ import annotations

import configparser
import re
import tomllib
from dataclasses import dataclass
from itertools import product

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.support import ROOT

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = (
    ("linux", "Linux", "x86_64"),
    ("linux", "Linux", "aarch64"),
    ("darwin", "Darwin", "x86_64"),
    ("darwin", "Darwin", "arm64"),
)
FILES = ("build", "test")
PIN = re.compile(r"[a-z0-9-]+==[0-9][0-9a-z.]*( ; [A-Za-z0-9_'.<>=! ()]+)? \\")
HASH = re.compile(r" {4}--hash=sha256:[0-9a-f]{64}( \\)?")


@dataclass(frozen=True)
class Pin:
    requirement: Requirement
    hashes: tuple[str, ...]

    @property
    def name(self) -> str:
        return canonicalize_name(self.requirement.name)

    @property
    def version(self) -> str:
        (pinned,) = self.requirement.specifier
        return pinned.version


def lines(file: str) -> list[str]:
    return (ROOT / "requirements" / f"{file}.txt").read_text(encoding="utf-8").splitlines()


def pins(file: str) -> list[Pin]:
    found: list[Pin] = []
    for line in lines(file):
        if line.startswith("    --hash="):
            last = found.pop()
            found.append(Pin(last.requirement, (*last.hashes, line.strip(" \\"))))
        elif not line.lstrip().startswith("#"):
            found.append(Pin(Requirement(line.rstrip(" \\")), ()))
    return found


def setup() -> configparser.ConfigParser:
    parsed = configparser.ConfigParser()
    parsed.read_string((ROOT / "setup.cfg").read_text(encoding="utf-8"))
    return parsed


def listed(text: str) -> list[Requirement]:
    return [Requirement(line) for line in text.split("\n") if line]


def required(file: str) -> list[Requirement]:
    """What setup.cfg and pyproject.toml want to be there: for a build, and for everything else as well."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    requirements = listed(setup()["options"]["install_requires"])
    requirements += [Requirement(text) for text in project["build-system"]["requires"]]
    if file == "test":
        for extra in setup()["options.extras_require"].values():
            requirements += listed(extra)
    return requirements


def environments() -> list[dict[str, str]]:
    here = {key: str(value) for key, value in default_environment().items()}
    return [
        here
        | {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": platform}
        | {"platform_system": system, "platform_machine": machine, "os_name": "posix"}
        | {"implementation_name": "cpython", "platform_python_implementation": "CPython", "extra": ""}
        for python, (platform, system, machine) in product(PYTHONS, SYSTEMS)
    ]


def named(environment: dict[str, str]) -> str:
    return "-".join(environment[key] for key in ("sys_platform", "platform_machine", "python_version"))


def applying(file: str, environment: dict[str, str]) -> dict[str, list[Pin]]:
    found: dict[str, list[Pin]] = {}
    for pin in pins(file):
        if pin.requirement.marker is None or pin.requirement.marker.evaluate(environment):
            found.setdefault(pin.name, []).append(pin)
    return found


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize("environment", environments(), ids=named)
def test_every_requirement_is_locked_once_and_within_its_range(file: str, environment: dict[str, str]) -> None:
    found = applying(file, environment)
    assert {name: pins for name, pins in found.items() if len(pins) > 1} == {}
    for requirement in required(file):
        (pin,) = found[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pin.version), f"{requirement} is locked as {pin.version}"


@pytest.mark.parametrize("file", FILES)
def test_every_pin_has_hashes_and_a_line_is_nothing_else(file: str) -> None:
    assert [pin.name for pin in pins(file) if not pin.hashes] == []
    strange = [line for line in lines(file) if not (PIN.fullmatch(line) or HASH.fullmatch(line) or "#" in line)]
    assert strange == []


@pytest.mark.parametrize("file", FILES)
@pytest.mark.parametrize(
    "place",
    ["http", "file:", "://", "--index-url", "--extra-index-url", "--find-links", "--trusted-host", " @ ", "/home"],
)
def test_the_lock_says_nothing_of_where_things_come_from(file: str, place: str) -> None:
    assert [line for line in lines(file) if place in line] == []


def test_a_build_installs_what_a_build_needs() -> None:
    extras = {canonicalize_name(one.name) for one in required("test")} - {
        canonicalize_name(one.name) for one in required("build")
    }
    assert {"pytest", "moto", "mypy", "ruff"} <= extras
    assert extras & {pin.name for pin in pins("build")} == set()


def test_what_both_files_have_is_the_same() -> None:
    tests = {(str(pin.requirement), pin.hashes) for pin in pins("test")}
    assert [str(pin.requirement) for pin in pins("build") if (str(pin.requirement), pin.hashes) not in tests] == []


def test_the_lock_is_made_for_the_pythons_that_are_supported() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"PYTHONS := {' '.join(PYTHONS)}\n" in makefile
    assert setup()["options"]["python_requires"] == f">={PYTHONS[0]}"
