"""The installation of obsgen: a digest of its own files, and the versions of the libraries beside it.

Contents and not times: an image or a checkout may give other files the times and sizes of the former ones. Reading all
of them takes some ten milliseconds.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterator
from io import FileIO

_PACKAGES = ("generator", "handlers")
# What pip and other installers write beside a library; the folder's name has the version.
_DISTRIBUTIONS = (".dist-info", ".egg-info", ".egg-link")


def installed_digest() -> str:
    """A digest of all that decides what a build makes of its inputs. Raises OSError where something is not readable."""
    digest = hashlib.sha256(sys.version.encode())
    for package in _PACKAGES:
        for name, path in _files(_folder(package), package):
            # There are two thousand of them, and an object of a path takes as long as reading what it leads to.
            with FileIO(path) as file:
                text = file.read()
            digest.update(f"\0{name}\0{len(text)}\0".encode())
            digest.update(text)
    for entry in _distributions():
        digest.update(f"\0{entry}".encode())
    return digest.hexdigest()


def _folder(package: str) -> str:
    # Found by name rather than imported: the handlers are cargo here, not code.
    spec = importlib.util.find_spec(package)
    folders = list(spec.submodule_search_locations or ()) if spec else []
    if not folders:
        raise FileNotFoundError(package)
    return folders[0]


def _files(folder: str, name: str) -> Iterator[tuple[str, str]]:
    """All files below a folder: name from the package on, and path."""
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        inside = f"{name}/{entry.name}"
        if entry.is_dir():
            if entry.name != "__pycache__":
                yield from _files(entry.path, inside)
        elif entry.is_file():
            yield inside, entry.path


def _distributions() -> Iterator[str]:
    """Every library that can be imported, with its version and the time of its installation, in the order of search."""
    for folder in sys.path:
        try:
            with os.scandir(folder or ".") as entries:
                installed = [
                    (entry.name, entry.stat().st_mtime_ns) for entry in entries if entry.name.endswith(_DISTRIBUTIONS)
                ]
        except (FileNotFoundError, NotADirectoryError):
            continue
        yield f"{folder}: {sorted(installed)}"
