"""Folders that appear whole or not at all."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4


@contextmanager
def write_whole(target: Path) -> Iterator[Path]:
    """Give a folder to fill; it becomes the target when that is done, and is removed when it fails.

    A run that ends in the middle, or a full disk, would else leave an artifact or a cache that looks complete. Of two
    runs that write the same cache, the second fails to rename its own, and the first one's stays.

    Raises:
        OSError: something cannot be written, or the target exists by now.
    """
    # On the same file system, where renaming is one step; but not beside the target, where it would be listed as an
    # artifact or found as a cache.
    part = target.parent.with_name(f"part-{uuid4()}")
    try:
        part.mkdir(parents=True)
        yield part
        target.parent.mkdir(exist_ok=True)
        part.rename(target)
    finally:
        shutil.rmtree(part, ignore_errors=True)
