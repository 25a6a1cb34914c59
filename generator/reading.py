"""Files that users name, read without trust: at most so many bytes, and with a time limit.

A spec may be a pull request's: `/dev/zero` has no end, a sparse file is larger than any memory, and opening a FIFO
waits for somebody who writes. What ends as text or as bytes is one `Unreadable`, whose message is a sentence.
"""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

MIB = 1024 * 1024
# docs/decisions/0032: a spec for 20,000 alarms has about 6 MB.
MOST_WRITTEN = 10 * MIB
"""Bytes of a file that people write: a spec, a pack, tests, a template."""
MOST_BUILT = 100 * MIB
"""Bytes of a file that a build writes."""
# A pipe such as `<(…)` is a link here.
_OF_THE_SYSTEM = ("/dev/", "/proc/")


class Unreadable(OSError):
    """A file that exists and cannot be read; `strerror` has the reason."""

    def __init__(self, why: str, path: Path) -> None:
        super().__init__(0, why, str(path))


def content(path: Path, most: int = MOST_WRITTEN) -> bytes:
    """The bytes of a file, or of a pipe such as `<(…)`.

    Raises OSError, `Unreadable` where there are more than `most` bytes, or where it is neither.
    """
    if leads_out(path):
        raise Unreadable("a symbolic link to what is outside of its folder", path)
    with opened(path) as file:
        if os.fstat(file.fileno()).st_size > most:
            raise _too_large(path, most)
        data = file.read(most + 1)
    if len(data) > most:
        raise _too_large(path, most)
    return data


def leads_out(path: Path) -> bool:
    """True if a path is a symbolic link to something that is neither below its own folder nor below the current one.

    A pull request may have such a link, and what is wrong in the file behind it would be shown, line by line.
    """
    if not path.is_symlink() or str(path).startswith(_OF_THE_SYSTEM):
        return False
    try:
        target = path.resolve()
    except RuntimeError:  # a circle, which whoever opens it is told of
        return False
    # A device is refused for what it is.
    is_kept = target.is_file() or target.is_dir()
    return is_kept and not any(target.is_relative_to(folder.resolve()) for folder in (path.parent, Path()))


def opened(path: Path) -> BinaryIO:
    """A file or a pipe, to be read bit by bit. Raises OSError, `Unreadable` where it is neither."""
    try:
        # Not blocking, for a FIFO that nobody writes to: it then is empty.
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    except ValueError:
        raise Unreadable("no file can be called that", path) from None
    kind = os.fstat(handle)
    if stat.S_ISDIR(kind.st_mode):
        os.close(handle)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not stat.S_ISREG(kind.st_mode) and not stat.S_ISFIFO(kind.st_mode):
        os.close(handle)
        raise Unreadable("neither a file nor a pipe", path)
    os.set_blocking(handle, True)
    return os.fdopen(handle, "rb")


def shown(path: Path) -> str:
    """A path as it can be printed: what is not of this system's encoding, or no text at all, as an escape."""
    text = str(path).encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text.replace("\0", "\\0")


def _too_large(path: Path, most: int) -> Unreadable:
    return Unreadable(f"more than {most // MIB} MB, the most that is read", path)
