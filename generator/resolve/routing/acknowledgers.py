"""The owner and the runbook of an objective: its own, else the defaults of alarms."""

from __future__ import annotations

from dataclasses import dataclass

from generator.findings import Path
from generator.model.alarms import Origin
from generator.resolve.scope import Scope
from generator.spec.slos import SloSpec

_DEFAULTS: Path = ("defaults", "alarms")


@dataclass(frozen=True, slots=True)
class Answerer:
    """owner, runbook: empty where nothing says so. origins: where they come from."""

    owner: str = ""
    runbook: str = ""
    origins: tuple[Origin, ...] = ()


def answerer(spec: SloSpec, path: Path, scope: Scope) -> Answerer:
    """Of an objective. path: of its entry."""
    values, origins = {}, []
    for name in ("owner", "runbook"):
        own, default = getattr(spec, name), getattr(scope.document.defaults.alarms, name)
        values[name] = str(own or default or "")
        if own:
            origins.append(Origin(name, str(own), "entry", (*path, name)))
        elif default:
            origins.append(Origin(name, str(default), "default", (*_DEFAULTS, name)))
    return Answerer(values["owner"], values["runbook"], tuple(origins))
