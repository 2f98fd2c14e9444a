"""Import a large library in less time."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quickly(without: tuple[str, ...] = ()) -> Iterator[None]:
    """Import in the block, with no search for cycles in what stays anyway.

    Packages `without` which the library works are as good as not installed in the block, unless they are loaded.
    """
    hidden = [name for name in without if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]  # None there makes an import fail
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]
        if enabled:
            gc.enable()
