"""What the steps of a comment gather from, and the document of all of them."""

from __future__ import annotations

import importlib
import importlib.metadata
import pkgutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from generator.build import Built
from generator.cli.options import BuildTarget
from generator.findings import has_errors
from generator.reading import shown

if TYPE_CHECKING:
    from generator.backtest.night import Night
    from generator.comment.data import StrictData
    from generator.comment.document import ResultsDocument
    from generator.render.diff import EnvironmentDiff

PACKAGE = "generator.cli.comment.steps"


@dataclass(frozen=True, slots=True)
class GatherContext:
    """The inputs of every step.

    built: the build, perhaps with errors. base: the revision to compare with; empty where it is unknown, and then
    `base_problem` says why. tests: the files of tests; empty where there are none. night, capture: the
    hours that count as night, and the folder of a capture, for the backtest.
    """

    target: BuildTarget
    built: Built
    base: str
    base_problem: str
    tests: tuple[Path, ...]
    night: Night
    capture: Path | None = None
    _compared: list[EnvironmentDiff] = field(default_factory=list, repr=False)

    def differences(self, built: Built) -> list[EnvironmentDiff]:
        """The changes from the base, compared once for all steps; a click exception where they cannot be."""
        from generator.cli.diff_sides import differences
        from generator.cost.price_list import price_list

        if not self._compared:
            self._compared.extend(differences(built, self.target, self.base, price_list()))
        return self._compared

    @property
    def compiled(self) -> Built | None:
        """The build, if it has no errors; every step but the check needs that."""
        return None if has_errors(self.built.findings) else self.built


def on_one_line(message: str) -> str:
    """The message of a command that cannot start, with its help as findings of a comment have it."""
    return message.replace("\n  = help: ", ". Help: ").replace("\n", "; ")


def gather(context: GatherContext) -> ResultsDocument:
    """The results of every step of the folder that has any."""
    from generator.comment.document import ResultsDocument
    from generator.comment.section import comment_sections

    steps = [module.name for module in pkgutil.iter_modules(importlib.import_module(PACKAGE).__path__)]
    results: dict[str, StrictData] = {}
    for name in comment_sections():
        if name in steps:
            result = importlib.import_module(f"{PACKAGE}.{name}").gather(context)
            if result is not None:
                results[name] = result
    return ResultsDocument(importlib.metadata.version("obsgen"), shown(context.target.file), results)
