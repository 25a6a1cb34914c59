"""The templates of out/ as committed at a git revision, for `obsgen backtest --against`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from generator.cli.exit import usage_error
from generator.cli.git import at_revision
from generator.manifest import MANIFEST

if TYPE_CHECKING:
    from generator.capture.capture import Capture
    from generator.evaluate.template.contents import Contents

OTHER_REVISION = "use another revision, or run `obsgen build` there and commit the result"


def contents_at(out: Path, revision: str, name: str, capture: Capture) -> tuple[Contents, ...] | None:
    """What an environment deployed at a revision; None where it did not exist."""
    import yaml

    from generator.cli.backtest_run import deployed_contents

    folder = out / name
    text = at_revision(folder / MANIFEST, revision)
    if not text:
        return None
    try:
        manifest = yaml.load(text, Loader=yaml.CSafeLoader)
        files = {str(stack["template"]) for stack in (*manifest["stacks"], *manifest["stack_sets"])}
        templates = {file: _template(folder, revision, file) for file in sorted(files)}
        return deployed_contents(templates, manifest, capture)
    except (AttributeError, KeyError, TypeError, ValueError, IndexError, RecursionError, yaml.YAMLError) as error:
        detail = " ".join(f"{type(error).__name__}: {error}".split())
        raise usage_error(f"{folder} at {revision} is not the output of a build ({detail})", OTHER_REVISION) from None


def _template(folder: Path, revision: str, file: str) -> Any:
    from generator.render.yaml_text import parse_template

    text = at_revision(folder / file, revision)
    if not text:
        raise ValueError(f"{file} is missing")
    return parse_template(text)
