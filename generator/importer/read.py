"""Reads the sources of an import: each by the module of its kind, which its content shows."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import cast

from generator.capture.errors import BadCapture
from generator.importer import sources
from generator.importer.errors import BadSources, SourceProblem, bad_source
from generator.importer.source import ReadOptions, SourceInput, SourceModule, SourceParts, source_input
from generator.importer.types import ImportSource, SourceKind

__all__ = ["ReadOptions", "read_sources", "source_modules"]

# What people name by mistake: how its content begins or its name ends, what it is, and what to do.
_MISTAKES = (
    (b"PK\x03\x04", "", "a binary plan of Terraform", "run `terraform show -json FILE > plan.json`"),
    (b"", ".tf", "a configuration of Terraform", "run `terraform show -json > state.json`, or plan and show it"),
    (b"", ".tf.json", "a configuration of Terraform", "run `terraform show -json > state.json`, or plan and show it"),
)


@cache
def source_modules() -> dict[SourceKind, SourceModule]:
    """The modules of all kinds of sources, by kind."""
    modules = [
        cast(SourceModule, importlib.import_module(f"{sources.__name__}.{info.name}"))
        for info in pkgutil.iter_modules(sources.__path__)
    ]
    return {module.KIND: module for module in sorted(modules, key=lambda module: module.KIND.value)}


def read_sources(paths: Sequence[Path], options: ReadOptions | None = None) -> ImportSource:
    """All sources, in the order in which they are named. Raises BadSources with the faults of every one."""
    parts: list[SourceParts] = []
    problems: list[SourceProblem] = []
    messages: list[str] = []
    options = options or ReadOptions()
    for path in dict.fromkeys(paths):
        try:
            source = source_input(path, options.standard_input)
            parts.append(_module(source, options).read(source, options))
        except BadSources as error:
            problems += error.problems
            messages += error.messages
        except BadCapture as error:
            messages += error.errors
    if problems or messages:
        raise BadSources(problems, messages)
    return ImportSource(
        tuple(stack for part in parts for stack in part.stacks),
        tuple(dropped for part in parts for dropped in part.dropped),
        {account: name for part in parts for account, name in part.account_names.items()},
        tuple(left_out for part in parts for left_out in part.left_out),
        tuple(dict.fromkeys(remark for part in parts for remark in part.remarks)),
        next((part.environment for part in parts if part.environment), ""),
        next((part.hub for part in parts if part.hub), ""),
    )


def _module(source: SourceInput, options: ReadOptions) -> SourceModule:
    modules = source_modules()
    if options.kind is not None:
        return modules[options.kind]
    recognizing = [module for module in modules.values() if module.recognizes(source)]
    if len(recognizing) == 1:
        return recognizing[0]
    names = " or ".join(f"--from {module.KIND.value}" for module in recognizing or modules.values())
    if recognizing:
        kinds = " and ".join(module.WHAT for module in recognizing)
        raise bad_source(source.name, f"this may be {kinds}", f"say which: {names}")
    for beginning, ending, what, hint in _MISTAKES:
        if not source.is_folder and (source.content or b"").startswith(beginning) and source.name.endswith(ending):
            raise bad_source(source.name, f"this is {what}, which an import does not read", hint)
    if "TemplateBody" in source.keys:
        hint = "add `--query TemplateBody` to the command that wrote it"
        raise bad_source(source.name, "this is the answer of GetTemplate, with the template in it", hint)
    if source.keys & {"MetricAlarms", "CompositeAlarms"}:
        hint = "run `obsgen capture`, which reads filters, dashboards and log groups, too"
        raise bad_source(source.name, "this is an answer of DescribeAlarms, which an import does not read", hint)
    if source.is_folder:
        message = "the folder is neither a capture nor the output of `cdk synth`"
        raise bad_source(source.name, message, "name the files of templates or Terraform in it, one by one")
    if source.is_json:
        _ = source.document  # raises where it is no JSON
    kinds = ", ".join(module.WHAT for module in modules.values())
    raise bad_source(source.name, f"expected {kinds}", f"use {names} if it is one")
