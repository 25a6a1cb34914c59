"""The checks of a build, in their order: rules, less what is waived; then cfn-lint; then the waivers themselves.

Waivers come before cfn-lint, which runs where no rule's error is left: what a rule refuses for good, cfn-lint would
mostly refuse a second time. Where it does not run for that reason, `NotRun` says so.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import replace
from typing import Any

from generator.checks.check import Subject, run_all
from generator.checks.waivers import apply_waivers, check_exemptions, check_maintenance, check_waivers
from generator.findings import Finding, NotRun, Path, has_errors
from generator.model.estate import Estate

Templates = Mapping[str, Mapping[str, Any]]


def check(
    estates: Mapping[str, Estate],
    templates: Mapping[str, Templates],
    stacks: Mapping[str, Templates],
    today: datetime.date,
    lint_cache: MutableMapping[str, str] | None,
    whole: bool,
) -> tuple[list[Finding], list[NotRun]]:
    """What is wrong with the environments, and which checks were not run.

    templates: whole, for each environment. stacks: the same as they are rolled out.
    lint_cache: what cfn-lint found before; None where cfn-lint is not asked for. whole: these are all environments.
    """
    findings: list[Finding] = []
    not_run: list[NotRun] = []
    used: set[Path] = set()
    for environment, estate in estates.items():
        subject = Subject(estate, templates[environment], stacks[environment])
        unwaived, covering = apply_waivers(run_all(subject), estate.waivers, today)
        used |= covering
        if lint_cache is not None and has_errors(unwaived):
            not_run.append(NotRun("cfn-lint", "other checks found errors there", environment))
        elif lint_cache is not None:
            from generator.checks.cfn_lint import lint

            unwaived += lint(stacks[environment], _regions(estate, stacks[environment]), lint_cache)
        findings += [replace(f, where=f"{environment}/{f.where}") if f.where else f for f in unwaived]
    waivers = next((estate.waivers for estate in estates.values()), ())
    wrong, unproven = check_waivers(waivers, today, used, whole)
    past = [*check_exemptions(estates.values(), today), *check_maintenance(estates.values(), today)]
    return [*findings, *wrong, *past], [*not_run, *unproven]


def _regions(estate: Estate, stacks: Templates) -> dict[str, Sequence[str]]:
    """The Regions that each template is deployed in, by file."""
    of_sinks = estate.sharing.other_regions if estate.sharing else ()
    known: dict[str, Sequence[str]] = {"hub": (estate.hub.region,), "sink": of_sinks}
    return {file: known.get(re.split("[-.]", file)[0], estate.regions) for file in stacks}
