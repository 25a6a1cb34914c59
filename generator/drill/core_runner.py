"""The incident function's own code in simulated time: a process with the function's package and no code of the
compiler.

Of this folder it loads the simulation and its dependencies, and no compiler. Standard input is one line of JSON,
`{"plays": [{"events": [[milliseconds, body]], "end": milliseconds, …}]}` with the other parameters of `Simulation`, and
`alarms`: further names to entries of the routing table; the answer is one line as well.
"""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any


def main() -> None:
    """Read the plays, simulate them, and write the answer."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    _only_this_folder()
    simulation = import_module("generator.drill.simulation").Simulation
    routing = import_module("handlers.incident.routing")
    results = []
    for play in json.loads(sys.stdin.readline())["plays"]:
        table = routing.read_routing()
        table.data["alarms"].update(play.pop("alarms", {}))
        results.append(simulation(table, **play).run())
    answers.write(json.dumps(results) + "\n")
    answers.flush()


def _only_this_folder() -> None:
    """Let `generator.drill` be this folder, and `generator` nothing else, wherever this is installed."""
    folders: dict[str, list[str]] = {"generator": [], "generator.drill": [str(Path(__file__).parent)]}
    for name, path in folders.items():
        module: Any = ModuleType(name)
        module.__path__ = path
        sys.modules[name] = module


if __name__ == "__main__":
    main()
