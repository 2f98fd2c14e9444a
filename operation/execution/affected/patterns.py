"""Match paths with patterns: `docs/` is all below a folder, `*` stays in its folder, `**/` is any number of folders."""

import re
from collections.abc import Iterable
from functools import cache


def match(path: str, patterns: Iterable[str]) -> bool:
    """Whether a path, from the root and with slashes, fits one of the patterns."""
    return any(_compiled(pattern).fullmatch(path) for pattern in patterns)


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    parts = {"**/": "(?:.*/)?", "*": "[^/]*", "": ""}
    words = re.split(r"(\*\*/|\*)", pattern)
    regex = "".join(parts[word] if word in parts else re.escape(word) for word in words)
    return re.compile(f"{regex}.*" if pattern.endswith("/") else regex, re.DOTALL)
