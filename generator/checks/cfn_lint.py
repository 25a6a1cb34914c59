"""cfn-lint over the templates, in one process, with findings at the YAML paths of the resources.

Every level is on, informational rules too. The schemas are the ones bundled with the installed version, never a
newer download in the user's home, and no `.cfnlintrc` is read: the same commit lints the same everywhere. Results are
cached by content, version and Regions, so that a rebuild with nothing changed does not even import cfn-lint.

A failure inside cfn-lint is an error like any other, and is never cached: its result is unknown.
"""

from __future__ import annotations

import gc
import hashlib
import importlib.metadata
import json
import os
import pathlib
from collections.abc import Mapping, MutableMapping, Sequence
from functools import lru_cache
from typing import Any

from generator.aws.regions import partition_of
from generator.checks.cfn_lint_quicker import faster_linter
from generator.findings import Finding, Path, Severity, parse_path

# Part of every cache key: raise it when the cached format, or the configuration of the linter, changes.
_CACHE_FORMAT = 3
# A full template leaves 30 MB of garbage, and a collection needs a seventh of the time of its check.
_BETWEEN_COLLECTIONS = 4
# docs/decisions/0006: the rule requires a description of the architecture in every template.
IGNORED = ("I4010",)
# Used for a Region that is newer than cfn-lint's data; this one has every type of resource.
_INSTEAD = "us-east-1"
# The partitions in cfn-lint's pattern of a principal (E3510, E3530); ARNs of another one are read as those of `aws`.
_PARTITIONS = ("aws", "aws-cn", "aws-us-gov")
# cfn-lint's own codes: a template that it cannot decode, a transform or a rule that failed.
_BROKEN = ("E0000", "E0001", "E0002")
_OF_THE_REGION = "region"
_LEVELS = {"error": Severity.ERROR, "warning": Severity.WARNING, "informational": Severity.INFO}

_KEPT = {"code": str, "level": str, "message": str, "path": list}

Cache = MutableMapping[str, str]
Match = dict[str, Any]


def lint(
    templates: Mapping[str, Mapping[str, Any]], regions: Mapping[str, Sequence[str]], cache: Cache
) -> list[Finding]:
    """cfn-lint's findings (code L01; the linter's own code is in the message), by template name.

    L02 notes a Region that cfn-lint does not know. regions: template name to the Regions it is deployed in.
    """
    version = importlib.metadata.version("cfn-lint")
    findings: list[Finding] = []
    checked = 0
    for file, template in templates.items():
        content = json.dumps(template, sort_keys=True)
        settings = f"{_CACHE_FORMAT} cfn-lint {version} less {IGNORED} {sorted(regions[file])} "
        key = hashlib.sha256((settings + content).encode()).hexdigest()
        matches = _cached(cache, key)
        if matches is None:
            matches = _matches(json.loads(_in_known_partition(content, regions[file])), sorted(regions[file]))
            checked += 1
            if checked % _BETWEEN_COLLECTIONS == 0:
                gc.collect()
            if any(match["code"] in _BROKEN for match in matches):
                # A rule that was interrupted may be in an inconsistent state.
                _runner.cache_clear()
            else:
                cache[key] = json.dumps(matches)
        findings += [_finding(match, file, template) for match in matches]
    return findings


def _in_known_partition(content: str, regions: Sequence[str]) -> str:
    """The template with the ARNs of a partition that cfn-lint does not know as ARNs of `aws`."""
    for partition in sorted({partition_of(region) for region in regions} - {*_PARTITIONS}):
        content = content.replace(f"arn:{partition}:", "arn:aws:")
    return content


def _cached(cache: Cache, key: str) -> list[Match] | None:
    """The cached matches; None if there are none, or none that can be read."""
    try:
        matches = json.loads(cache[key])
    except (KeyError, ValueError):
        return None
    return matches if isinstance(matches, list) and all(_is_match(match) for match in matches) else None


def _is_match(value: Any) -> bool:
    """True if a value has the keys of a match, each with a value of its type."""
    is_mapping = isinstance(value, dict) and value.keys() == _KEPT.keys()
    if not is_mapping or not all(isinstance(value[name], kind) for name, kind in _KEPT.items()):
        return False
    return all(isinstance(step, str | int) for step in value["path"])


def _matches(template: dict[str, Any], regions: list[str]) -> list[Match]:
    """The matches of cfn-lint; an exception inside cfn-lint becomes a match."""
    from cfnlint.helpers import REGIONS

    unknown = [region for region in regions if region not in REGIONS]
    known = [region for region in regions if region in REGIONS]
    try:
        matches = _run(template, known or [_INSTEAD])
    # cfn-lint may also raise SystemExit, which must not end the command.
    except (Exception, SystemExit) as error:
        matches = [_match("E0002", "error", f"{type(error).__name__}: {error}")]
    scope = f"for {', '.join(known)} only" if known else f"as if it were in {_INSTEAD}"
    message = f"cfn-lint does not know {', '.join(unknown)}; it checked the template {scope}"
    return [*matches, *([_match(_OF_THE_REGION, "informational", message)] if unknown else [])]


def _match(code: str, level: str, message: str) -> Match:
    return {"code": code, "level": level, "message": message, "path": []}


def _run(template: dict[str, Any], regions: list[str]) -> list[Match]:
    _pin_schemas()
    runner = _runner()
    runner.config = _config(regions)
    with faster_linter(runner):
        return [
            {
                "code": match.rule.id,
                "level": match.rule.severity,
                "message": match.message,
                # A rule that failed has no path.
                "path": list(getattr(match, "path", None) or []),
            }
            for match in runner.validate_template(template)
            if match.rule.id not in IGNORED
        ]


def _config(regions: list[str]) -> Any:
    from cfnlint.config import ConfigMixIn

    # Without an explicit list cfn-lint would parse our own command line, and without a file it would look for one.
    return ConfigMixIn(
        [], config_file=pathlib.Path(os.devnull), include_checks=["I"], include_experimental=True, regions=regions
    )


@lru_cache(maxsize=1)
def _runner() -> Any:
    """The runner of all templates, as in cfn-lint's own command: its rules do not depend on the Regions."""
    from cfnlint.runner import Runner

    return Runner(_config([_INSTEAD]))


def _pin_schemas() -> None:
    import cfnlint.schema.manager as schemas

    manager = schemas.PROVIDER_SCHEMA_MANAGER
    bundled = pathlib.Path(schemas.__file__).parent.parent / "data" / "schemas"
    if manager._providers_dir != bundled / "providers":
        manager._providers_dir = bundled / "providers"
        manager._resources_dir = bundled / "resources"
        manager.reset()


def _origin(template: Mapping[str, Any], logical_id: str) -> str:
    """The YAML path in a resource's Metadata; empty for a resource without it."""
    inside: Any = template
    for step in ("Resources", logical_id, "Metadata", "obsgen", "path"):
        inside = inside.get(step) if isinstance(inside, dict) else None
    return inside if isinstance(inside, str) else ""


def _finding(match: Match, file: str, template: Mapping[str, Any]) -> Finding:
    if match["code"] == _OF_THE_REGION:
        region_path: Path = ("hub", "region") if file.startswith("hub") else ("regions",)
        return Finding("L02", match["message"], region_path, Severity.INFO, where=file)
    steps, broken = match["path"], match["code"] in _BROKEN
    path = parse_path(_origin(template, steps[1])) if len(steps) > 1 and steps[0] == "Resources" else ()
    where = f"{file}: {'.'.join(str(step) for step in steps[1:])}" if steps else file
    message = f"cfn-lint {match['code']}: {match['message']}"
    level = _LEVELS.get(match["level"], Severity.ERROR)
    hint = "use another version of cfn-lint, or --no-lint until it is fixed: cfn-lint itself failed" if broken else ""
    return Finding("L01", message, path, level, where=where, hint=hint)
