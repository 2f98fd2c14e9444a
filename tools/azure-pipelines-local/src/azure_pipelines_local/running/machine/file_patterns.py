"""Match file patterns of Azure Pipelines' tasks: `*`, `?`, `[ ]`, `**` for any folders, `{a,b}`, `!` to leave out.

Names that begin with a dot are found only by patterns that write the dot, as in the tasks. Their library is minimatch
of JavaScript; Python's `glob` and `fnmatch` know neither braces nor that rule.
"""

import re
from collections.abc import Iterator
from itertools import product, takewhile
from pathlib import Path

SIGN = re.compile(r"[*?\[{]")
PIECE = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]/]+\]|.", re.DOTALL)


def find_files(folder: Path, patterns: str) -> list[Path]:
    """Find the files below the folder that a line of the patterns matches, and no later one with `!` takes away.

    A line that begins with `#` is a comment; two `!` are none.
    """
    lines = [line for each in patterns.splitlines() if (line := each.strip()) and not line.startswith("#")]
    files: dict[str, Path] = {}
    for line in lines:
        if not _takes_away(line):
            files |= _candidates(folder, _relative(line.lstrip("!"), folder))
    chosen: dict[str, Path] = {}
    for line in lines:  # in their order: a later line can bring back what `!` took away
        pattern = _relative(line.lstrip("!"), folder)
        matched = {name: file for name, file in files.items() if matches(name, pattern)}
        if _takes_away(line):
            chosen = {name: file for name, file in chosen.items() if name not in matched}
        else:
            chosen |= matched
    return list(chosen.values())


def _takes_away(line: str) -> bool:
    return (len(line) - len(line.lstrip("!"))) % 2 == 1


def matches(name: str, pattern: str) -> bool:
    """Return whether the path, whose folders are parted by slashes, is one of those that the pattern means."""
    return any(re.fullmatch(_to_expression(each), name) for each in _expand_braces(pattern))


def _relative(pattern: str, folder: Path) -> str:
    below = f"{folder.as_posix()}/"
    return pattern.removeprefix(below).removeprefix("./")


def _candidates(folder: Path, pattern: str) -> dict[str, Path]:
    """List, by relative path, what is below the folders that the pattern names before its first sign.

    Only there: `src/*.xml` must not walk through an environment of ten thousand files beside `src`.
    """
    # `..` could reach all of the machine; what a pattern means is below the folder.
    plain = list(takewhile(lambda part: not SIGN.search(part), pattern.split("/")))
    if ".." in plain:
        return {}
    start = folder.joinpath(*plain)
    files = [start] if start.is_file() else sorted(each for each in start.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each for each in files}


def _expand_braces(pattern: str) -> Iterator[str]:
    """Yield the patterns that one with `{a,b}` is short for."""
    parts = [part.split(",") if number % 2 else [part] for number, part in enumerate(re.split(r"[{}]", pattern))]
    return ("".join(words) for words in product(*parts))


def _to_expression(pattern: str) -> str:
    translated, at_start = "", True
    for piece in PIECE.findall(pattern):
        translated += _translate(piece, at_start)
        at_start = piece.endswith("/")
    return translated


def _translate(piece: str, at_start: bool) -> str:
    no_dot = r"(?!\.)" if at_start else ""
    # `**` stands for whole folders, also for none, and `*` for a part of one name; `a**` is two of the latter.
    if piece == "**/":
        return r"(?:(?!\.)[^/]+/)*"
    if piece == "**":
        return r"(?:(?:(?!\.)[^/]+/)*(?!\.)[^/]+)?"
    if piece in ("*", "?"):
        return no_dot + ("[^/]*" if piece == "*" else "[^/]")
    return _translate_set(piece) if len(piece) > 1 else re.escape(piece)


def _translate_set(piece: str) -> str:
    """Translate a set of characters; an invalid one, as `[z-a]`, means itself, as in minimatch."""
    inner = piece[1:-1].replace("\\", r"\\").replace("[", r"\[")
    translated = f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    try:
        re.compile(translated)
    except re.error:
        return re.escape(piece)
    return translated
