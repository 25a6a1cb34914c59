"""Options of the tests, and what of this machine they do not see."""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import shutil
import tempfile
from collections.abc import Generator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from tests.direct_requests import quicken_requests
from tests.quicker_libraries import quicken_botocore, quicken_moto, quicken_yaml

# The same examples in every run and on every machine; none fails because the machine is busy. To look for more:
# `pytest --hypothesis-profile=search`.
settings.register_profile("same", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("search", settings.get_profile("same"), derandomize=False, max_examples=1000)
settings.load_profile("same")

_FOLDER = pytest.StashKey[Path]()
# The path of the browser that tests of pages start, and how many times slower its pages are.
_OF_BROWSERS = ("OBSGEN_TEST_BROWSER", "OBSGEN_TEST_SLOWDOWN")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="rewrite expected outputs; never in a pipeline")


def pytest_configure(config: pytest.Config) -> None:
    """No credentials and no settings of whoever runs the tests; one cache for a run.

    Workers and the commands that tests start inherit it: a template that several tests lint is linted once.
    """
    if hasattr(config, "workerinput"):
        return
    foreign = ("AWS_", "CI_", "GIT_", "GITHUB_", "GITLAB_", "OBSGEN_")
    for name in [name for name in os.environ if name.startswith(foreign) and name not in _OF_BROWSERS]:
        del os.environ[name]
    # Each command that a test starts would compile all of obsgen again.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    folder = config.stash[_FOLDER] = Path(tempfile.mkdtemp(prefix="obsgen-tests-"))
    os.environ |= {
        "XDG_CACHE_HOME": str(folder),
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "AWS_CONFIG_FILE": str(folder / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "none"),
    }


@pytest.hookimpl(wrapper=True, optionalhook=True)
def pytest_xdist_auto_num_workers() -> Generator[None, int, int]:
    """`-n auto` is three processes for two processors: a third of the time a test waits for what it has started."""
    processors = yield
    return processors if os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS") else processors * 3 // 2


def pytest_collection(session: pytest.Session) -> None:
    """Each worker imports its share of the files before it collects all of them: pytest compiles them as it imports.

    This takes 16 seconds for all of them, and the others find them compiled.
    """
    worker: dict[str, Any] | None = getattr(session.config, "workerinput", None)
    if worker is None:
        return
    files = sorted(file for path in session.config.args for file in Path(path.split("::")[0]).rglob("test_*.py"))
    for file in files[int(worker["workerid"].removeprefix("gw")) :: worker["workercount"]]:
        # What is wrong with a file says the collection, which imports it again.
        with contextlib.suppress(Exception, pytest.skip.Exception):
            importlib.import_module(
                ".".join(file.absolute().relative_to(session.config.rootpath).with_suffix("").parts)
            )


def pytest_sessionstart() -> None:
    """AWS's models are read once for all sessions of a process; each would read its own, which takes a second."""
    quicken_botocore()
    quicken_requests()
    quicken_yaml()


def pytest_unconfigure(config: pytest.Config) -> None:
    if _FOLDER in config.stash:
        shutil.rmtree(config.stash[_FOLDER], ignore_errors=True)


def pytest_collection_finish() -> None:
    """Commands in the tests' process build each spec once, too.

    What collecting made stays until the end: the collector need not walk it after every test.
    """
    # Imported here, where tests have done so already: the process that only hands them out needs none of it.
    from generator.cli import last_build, options
    from tests.builds import build_once
    from tests.support import handlers

    options.build = build_once
    options.handler_files = handlers
    # It reads all files of obsgen, which do not change while tests run.
    last_build.installed_digest = cache(last_build.installed_digest)
    quicken_moto()
    gc.collect()
    gc.freeze()
    # Tests make many objects and few circles: a twentieth of the time went into looking for these.
    gc.set_threshold(50_000, 25, 50)


@pytest.fixture
def update(request: pytest.FixtureRequest) -> bool:
    """Whether expectations are rewritten instead of compared."""
    wanted = bool(request.config.getoption("--update"))
    assert not (wanted and os.environ.get("CI")), "expectations are reviewed by people, not rewritten by pipelines"
    return wanted
