"""Whole processes, obsgen and its peers in turn, medians: `python -m bench.run --peers DIR`.

DIR holds the peers' programs with what they need installed (`cdk_app.js` with node_modules, `cdk_app.py` with venv);
without it obsgen is measured alone. Above 500 resources a template is refused (Q01): the time then goes up to that
verdict, and nothing is written.
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
    if peers:
        settings = {"N": str(size), "OUT": str(folder / f"cdk-{size}")}
        yield "AWS CDK, JavaScript", ["node", str(peers / "cdk_app.js")], settings
        yield "AWS CDK, Python", [str(peers / "venv/bin/python"), str(peers / "cdk_app.py")], settings


def measured(command: list[str], settings: dict[str, str]) -> tuple[float, float]:
    """Seconds and peak MiB of one process with its children's."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **settings}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as fresh:
        if settings.get("XDG_CACHE_HOME") == "fresh":
            environment["XDG_CACHE_HOME"] = fresh
        started = time.perf_counter()
        process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, _, usage = os.wait4(process.pid, 0)
        return time.perf_counter() - started, usage.ru_maxrss / 1024


def main() -> None:
    """Measure and print a table in Markdown."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sizes", type=int, nargs="+", default=[20, 200, 2000])
    parser.add_argument("--peers", type=Path)
    chosen = parser.parse_args()
    print("| what | N | wall s | peak MiB |\n| --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as folder:
        for size in chosen.sizes:
            every = list(tools(size, Path(folder), chosen.peers))
            for _, command, settings in every[:3]:
                measured(command, settings)  # bytecode and the kept cache are there before anything counts
            rounds = [[measured(command, settings) for _, command, settings in every] for _ in range(chosen.rounds)]
            for (name, _, _), results in zip(every, zip(*rounds, strict=True), strict=True):
                seconds = statistics.median(second for second, _ in results)
                print(f"| {name} | {size} | {seconds:.2f} | {max(peak for _, peak in results):.0f} |", flush=True)


if __name__ == "__main__":
    main()
