"""The texts of earlier builds in out/, from which the stacks of resources are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from generator.workspace import OURS, built_content, own_files


class BuiltFiles(Mapping[str, Mapping[str, bytes]]):
    """The texts of earlier builds: environment to file to content, each read on first use."""

    def __init__(self, out: Path) -> None:
        self.out = out

    def __getitem__(self, environment: str) -> Mapping[str, bytes]:
        if not (self.out / environment).is_dir():
            raise KeyError(environment)
        return _Folder(self.out / environment)

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.name for path in self.out.iterdir() if path.is_dir()) if self.out.is_dir() else ())

    def __len__(self) -> int:
        return sum(1 for _ in self)


class _Folder(Mapping[str, bytes]):
    """The files of one environment that a build writes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> bytes:
        file_content = built_content(self.folder / name) if OURS.fullmatch(name) else None
        if file_content is None:
            raise KeyError(name)
        return file_content

    def __iter__(self) -> Iterator[str]:
        return iter(own_files(self.folder))

    def __len__(self) -> int:
        return sum(1 for _ in self)
