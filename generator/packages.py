"""Function packages: the same files result in the same bytes on any machine.

Entries are sorted, dated 1980 and stored without compression, because the output of zlib differs between versions
and the digest of the package stands in the reviewed template.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Mapping
from functools import lru_cache

from generator.manifest import Asset

_EPOCH = (1980, 1, 1, 0, 0, 0)
_READ_BY_ALL = 0o100644 << 16


def pack(
    name: str, handler: str, code: str, files: Mapping[str, bytes], *, regions: tuple[str, ...]
) -> tuple[Asset, bytes]:
    """The package of a function, and how the manifest lists it.

    files: path inside the package to content. regions: where the function runs: the hub's, or all of the stack set.
    """
    content, digest, listed = _archived(tuple(sorted(files.items())))
    return Asset(name, handler, code, digest, len(content), listed, tuple(sorted(set(regions)))), content


@lru_cache(maxsize=16)
def _archived(files: tuple[tuple[str, bytes], ...]) -> tuple[bytes, str, tuple[tuple[str, str], ...]]:
    """The archive of files, its digest, and those of the files. Environments have most packages in common."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for path, text in files:
            entry = zipfile.ZipInfo(path, _EPOCH)
            # Lambda runs as another user, so every file has to be readable by all.
            entry.external_attr = _READ_BY_ALL
            entry.create_system = 3
            archive.writestr(entry, text)
    content = buffer.getvalue()
    listed = tuple((path, hashlib.sha256(text).hexdigest()) for path, text in files)
    return content, hashlib.sha256(content).hexdigest(), listed


def unpacked(content: bytes) -> dict[str, bytes]:
    """The files of a package that `pack` made: path inside it to content."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {path: archive.read(path) for path in archive.namelist()}
