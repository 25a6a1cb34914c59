"""Building obsgen: all of it stands in setup.cfg, except that a wheel carries the pages of docs/ for `obsgen docs`."""

from __future__ import annotations

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithPages(build_py):
    """The packages, and docs/ copied beside them: what is committed once cannot drift from a copy.

    An editable install has the folder of the checkout, so nothing is copied for it.
    """

    def run(self) -> None:
        """Build the packages, then copy the pages."""
        super().run()
        if not self.editable_mode:
            for page, copy in self._pages().items():
                self.mkpath(str(copy.parent))
                self.copy_file(str(page), str(copy), preserve_mode=False)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Every file that is built, pages too."""
        return [*super().get_outputs(include_bytecode), *map(str, self._pages().values())]

    def _pages(self) -> dict[Path, Path]:
        """The pages of docs/, and where each goes."""
        return {page: Path(self.build_lib, "generator", page) for page in sorted(Path("docs").rglob("*.md"))}


setup(cmdclass={"build_py": BuildWithPages})
