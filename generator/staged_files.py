"""Files that are written beside their place and moved there: a full disk or a killed process leaves no half of one."""

from __future__ import annotations

import errno
import os
from pathlib import Path


def replace_file(path: Path, text: bytes, *, inside: Path | None = None) -> None:
    """Write a file that a user named, whole or not at all.

    A symbolic link stays, and what it leads to is written, as editors and shells do; an existing file keeps its mode.
    A pipe or a device is written to: what replaces it would be a file in its place. inside: a folder that a link must
    not lead out of. Raises OSError, which names the file, also for a link that leads to itself.
    """
    place = _place_of(path)
    if inside is not None and not place.is_relative_to(inside.resolve()):
        raise OSError(errno.EPERM, "a symbolic link that leads out of its folder", str(path))
    # By its own name: what /dev/stdout and /dev/fd/63 of a shell lead to, such as pipe:[4711], is no path.
    if path.exists() and not path.is_file() and not path.is_dir():
        path.write_bytes(text)
        return
    mode = place.stat().st_mode & 0o7777 if place.is_file() else None
    staged = staged_file(place, text)
    try:
        if mode is not None:
            staged.chmod(mode)
        staged.replace(place)
    except OSError as error:
        staged.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error


def _place_of(path: Path) -> Path:
    try:
        return path.resolve()
    except RuntimeError:  # Python up to 3.12, of a link that leads to itself
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP), str(path)) from None


def staged_file(path: Path, text: bytes) -> Path:
    """Write the text to a temporary file in the same folder, and return its path.

    Raises OSError, which names the file and not what stands in for it.
    """
    import tempfile

    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.chmod(0o644)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    return temporary
