"""Files that are written beside their place and moved there: a full disk or a killed process leaves no half of one."""

from __future__ import annotations

import os
from pathlib import Path


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
