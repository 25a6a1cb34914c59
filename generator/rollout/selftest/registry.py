"""The registry of experiments: one is one file of `experiments/`, found by directory."""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache

from generator.rollout.selftest import experiments
from generator.rollout.selftest.types import Experiment


@cache
def registry() -> tuple[Experiment, ...]:
    """Every experiment, by name. Raises AssertionError where a module has another name than its experiment."""
    experiments_of_modules = []
    for info in pkgutil.iter_modules(experiments.__path__):
        experiment = importlib.import_module(f"{experiments.__name__}.{info.name}").EXPERIMENT
        assert experiment.name == info.name.replace("_", "-"), experiment.name
        experiments_of_modules.append(experiment)
    return tuple(sorted(experiments_of_modules, key=lambda experiment: experiment.name))
