"""Folders that appear whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def appearing(target: Path) -> Iterator[Path]:
    """A folder to fill, which takes the place of the target when that is done, and is removed when it fails.

    Raises:
        OSError: something cannot be written, or the target is there by now.
    """
    part = target.parent.with_name(f"part-{uuid4()}")  # not beside it, where it would be found
    try:
        part.mkdir(parents=True)
        yield part
        target.parent.mkdir(exist_ok=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
