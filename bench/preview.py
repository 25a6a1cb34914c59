"""How long a page takes to make and to open: `python -m bench.preview`, for 2,000 and for 20,000 alarms.

Each size is built without cfn-lint, drawn, and opened in Chromium from a file. Making is CPU time of this process.
Opening is the median of five new browsers: time that passes until the page has loaded (`loaded`) and until its first
paint (`paint`), which other work on the machine makes longer; and CPU time, which it does not: of the page's thread
(`thread`) and of all processes of the browser (`processes`). `--page FILE` opens a page that exists.
"""

from __future__ import annotations

import argparse
import datetime
import re
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from bench.workload import workload

SIZES = (2_000, 20_000)
_WORD = "a-1999"
_OPENED = """() => {
  const { loadEventEnd: loaded } = performance.getEntriesByType('navigation')[0];
  const paints = performance.getEntriesByType('paint');
  const paint = paints.find((entry) => entry.name === 'first-contentful-paint')?.startTime ?? 0;
  return { loaded, paint, elements: document.getElementsByTagName('*').length };
}"""
# From a key until the next frame is drawn: the first one reads the words of every card.
_SEARCHED = """async (word) => {
  const input = document.getElementById('_query');
  const times = [];
  for (let end = 1; end <= word.length; end += 1) {
    const begin = performance.now();
    input.value = word.slice(0, end);
    input.dispatchEvent(new Event('input', { bubbles: true }));
    await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    times.push(performance.now() - begin);
  }
  return times;
}"""


def page_of(alarms: int) -> tuple[str, dict[str, float]]:
    """The page, and the CPU seconds of its build, its drawings and its HTML."""
    from generator import build
    from generator.cli.collector import without_collector
    from generator.cli.options import build_target
    from generator.cli.preview_run import PreviewOptions, preview_of
    from generator.findings import Severity
    from generator.preview.page import page_html
    from generator.workspace import PackFiles, handler_files

    # The quotas of one template end a build of that size; here they are found, and all the same drawn.
    is_error = re.compile("[YSRHTW]")
    build.has_errors = lambda found: any(f.severity is Severity.ERROR and is_error.match(f.code) for f in found)
    today = datetime.date(2026, 11, 29)
    begin = time.process_time()
    with without_collector():
        inputs = build.Inputs(
            workload(alarms).encode(), "bench.yaml", handler_files(), today, ("prod",), lint=False, packs=PackFiles()
        )
        built = build.build(inputs)
        made = time.process_time()
        preview = preview_of(PreviewOptions(build_target(Path("bench.yaml"), None, ()), None, None, (), None), built)
        drawn = time.process_time()
        page = page_html(preview)
    return page, {"build": made - begin, "draw": drawn - made, "page": time.process_time() - drawn}


def opened(file: Path, rounds: int) -> dict[str, float]:
    """Milliseconds until the page has loaded, until the first paint, and of keys of a search; and its elements."""
    from playwright.sync_api import sync_playwright

    from tests.preview.browser import OPTIONS, executable

    rows: list[dict[str, Any]] = []
    with sync_playwright() as playwright:
        for _ in range(rounds):
            browser = playwright.chromium.launch(executable_path=executable(), args=list(OPTIONS))
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            session = page.context.new_cdp_session(page)
            session.send("Performance.enable", {"timeDomain": "threadTicks"})
            whole = browser.new_browser_cdp_session()
            before = _processes_ms(whole)
            page.goto(file.as_uri(), timeout=0)
            thread, processes = _busy_ms(session), _processes_ms(whole) - before
            row = page.evaluate(_OPENED) | {"thread": thread, "processes": processes}
            keys = page.evaluate(_SEARCHED, _WORD)
            a_key = (_busy_ms(session) - thread) / len(keys)
            rows.append({**row, "first key": keys[0], "next keys": median(keys[1:]), "thread for a key": a_key})
            browser.close()
    return {name: median(row[name] for row in rows) for name in rows[0]}


def _busy_ms(session: Any) -> float:
    """How long the page's thread has been busy, in milliseconds of CPU."""
    metrics = session.send("Performance.getMetrics")["metrics"]
    return next(1000 * float(metric["value"]) for metric in metrics if metric["name"] == "TaskDuration")


def _processes_ms(session: Any) -> float:
    """CPU of all processes of the browser until now, in milliseconds."""
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    return sum(1000 * float(process["cpuTime"]) for process in processes)


def main() -> None:
    """Print a line for each size."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=SIZES)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--page", type=Path)
    options = parser.parse_args()
    if options.page:
        print(f"{options.page}: {_opening(options.page.resolve(), options.rounds)}")
        return
    for size in options.sizes:
        page, seconds = page_of(size)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "preview.html")
            file.write_text(page, encoding="utf-8")
            opening = _opening(file, options.rounds)
        made = ", ".join(f"{name} {value:.2f} s" for name, value in seconds.items())
        print(f"{size:,} alarms: {made}; {opening}")


def _opening(file: Path, rounds: int) -> str:
    times = opened(file, rounds)
    elements = times.pop("elements")
    took = ", ".join(f"{name} {value:,.0f} ms" for name, value in times.items())
    return f"{file.stat().st_size / 1e6:.1f} MB, {elements:,.0f} elements; {took}"


if __name__ == "__main__":
    main()
