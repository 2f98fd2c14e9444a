"""Match paths with patterns: `docs/` is all below a folder, `*` stays in its folder, `**/` is any number of folders."""

import re
from collections.abc import Iterable
from functools import cache


def match(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path, from the root and with slashes, fits one of the patterns."""
    together = _compiled(tuple(patterns))
    return bool(together and together.fullmatch(path))


@cache
def _compiled(patterns: tuple[str, ...]) -> re.Pattern[str] | None:
    """Make one expression of all of them, which is asked millions of times; of none, nothing."""
    return re.compile("|".join(map(_expression, patterns)), re.DOTALL) if patterns else None


def _expression(pattern: str) -> str:
    parts = {"**/": "(?:.*/)?", "*": "[^/]*", "": ""}
    words = re.split(r"(\*\*/|\*)", pattern)
    regex = "".join(parts[word] if word in parts else re.escape(word) for word in words)
    return f"{regex}.*" if pattern.endswith("/") else regex
