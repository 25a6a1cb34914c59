"""Whole processes, obsgen and its peers in turn: `python -m bench.run --peers DIR`.

DIR holds the peers' programs with what they need installed (`cdk_app.js` with node_modules, `cdk_app.py` with venv);
those that are not there are left out. Wall seconds are medians; processor seconds are the least of the rounds, which
says the most on a machine that others use at the same time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.workload import workload

OBSGEN = [sys.executable, "-c", "from generator.cli.main import main; main()"]
ROOT = Path(__file__).parent.parent
Tool = tuple[str, list[str], dict[str, str]]


def tools(size: int, folder: Path, peers: Path | None) -> Iterator[Tool]:
    """Name, command and environment of everything that is measured at one size."""
    spec = folder / f"{size}.yaml"
    spec.write_text(workload(size), encoding="utf-8")
    kept, build = {"XDG_CACHE_HOME": str(folder / "kept")}, [*OBSGEN, "build", "--file", str(spec), "--out"]
    yield "obsgen build --no-lint", [*build, str(folder / f"plain-{size}"), "--no-lint", "--no-cache"], {}
    yield "obsgen build, every check", [*build, str(folder / f"lint-{size}")], {"XDG_CACHE_HOME": "fresh"}
    yield "obsgen build again, unchanged", [*build, str(folder / f"again-{size}")], kept
    yield "obsgen --help", [*OBSGEN, "--help"], {}
    if peers and (peers / "node_modules").is_dir():
        yield cdk_in_javascript(size, folder, peers)
    if peers and (peers / "venv").is_dir():
        settings = {"N": str(size), "OUT": str(folder / f"cdk-python-{size}")}
        yield "AWS CDK, Python", [str(peers / "venv/bin/python"), str(peers / "cdk_app.py")], settings


def cdk_in_javascript(size: int, folder: Path, peers: Path) -> Tool:
    """The same resources by AWS CDK, without any check."""
    settings = {"N": str(size), "OUT": str(folder / f"cdk-{size}")}
    return "AWS CDK, JavaScript", ["node", str(peers / "cdk_app.js")], settings


@dataclass(frozen=True, slots=True)
class Used:
    """What one process used, its children included."""

    wall_s: float
    cpu_s: float
    peak_mib: float


def measured(command: list[str], settings: dict[str, str]) -> Used:
    """Run one process to its end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as fresh:
        if settings.get("XDG_CACHE_HOME") == "fresh":
            environment["XDG_CACHE_HOME"] = fresh
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - started
        return Used(wall_s, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 200, 2000])
    parser.add_argument("--peers", type=Path)
    chosen = parser.parse_args()
    print("| what | N | wall s | CPU s | peak MiB |\n| --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for size in chosen.sizes:
            every = list(tools(size, Path(folder), chosen.peers))
            for _, command, settings in every[:3]:
                measured(command, settings)  # bytecode and the kept cache are there before anything counts
            rounds = [[measured(command, settings) for _, command, settings in every] for _ in range(chosen.rounds)]
            for (name, _, _), results in zip(every, zip(*rounds, strict=True), strict=True):
                wall_s = statistics.median(one.wall_s for one in results)
                figures = f"{wall_s:.2f} | {min(one.cpu_s for one in results):.2f}"
                print(f"| {name} | {size} | {figures} | {max(one.peak_mib for one in results):.0f} |", flush=True)


if __name__ == "__main__":
    main()
