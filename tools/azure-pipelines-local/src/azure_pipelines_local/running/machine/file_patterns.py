"""File patterns of Azure Pipelines' tasks: `*`, `?`, `[ ]`, `**` for any folders, `{a,b}`, `!` for what is left out.

Names that begin with a dot are found only by patterns that say so, as the tasks have it.
"""

import re
from collections.abc import Iterator
from itertools import product, takewhile
from pathlib import Path

SIGN = re.compile(r"[*?\[{]")
PIECE = re.compile(r"\*\*/|\*\*|\*|\?|\[[^\]/]+\]|.", re.DOTALL)


def matching(folder: Path, patterns: str) -> list[Path]:
    """The files below the folder that one of the lines matches, and none after it with `!` takes away again."""
    lines = [line for each in patterns.splitlines() if (line := each.strip())]
    files: dict[str, Path] = {}
    for line in lines:
        if not line.startswith("!"):
            files |= _files(folder, _relative(line, folder))
    chosen: dict[str, Path] = {}
    for line in lines:
        leaves_out, pattern = line.startswith("!"), line.lstrip("!")
        found = {name: file for name, file in files.items() if matches(name, _relative(pattern, folder))}
        chosen = {name: file for name, file in chosen.items() if name not in found} if leaves_out else chosen | found
    return list(chosen.values())


def matches(name: str, pattern: str) -> bool:
    """Whether the path, whose folders are parted by slashes, is one of those that the pattern means."""
    return any(re.fullmatch(_expression(each), name) for each in _braces(pattern))


def _relative(pattern: str, folder: Path) -> str:
    below = f"{folder.as_posix()}/"
    return pattern.removeprefix(below).removeprefix("./")


def _files(folder: Path, pattern: str) -> dict[str, Path]:
    """All that the pattern may mean: what is below the folders that it names before its first sign."""
    plain = list(takewhile(lambda part: not SIGN.search(part), pattern.split("/")))
    if ".." in plain:
        return {}
    start = folder.joinpath(*plain)
    found = [start] if start.is_file() else sorted(each for each in start.rglob("*") if each.is_file())
    return {each.relative_to(folder).as_posix(): each for each in found}


def _braces(pattern: str) -> Iterator[str]:
    parts = [part.split(",") for part in re.split(r"[{}]", pattern)]
    return ("".join(words) for words in product(*parts))


def _expression(pattern: str) -> str:
    translated, at_start = "", True
    for piece in PIECE.findall(pattern):
        translated += _translated(piece, at_start)
        at_start = piece.endswith("/")
    return translated


def _translated(piece: str, at_start: bool) -> str:
    no_dot = r"(?!\.)" if at_start else ""
    if piece == "**/":
        return r"(?:(?!\.)[^/]+/)*"
    if piece == "**":
        return r"(?:(?:(?!\.)[^/]+/)*(?!\.)[^/]+)?"
    if piece in ("*", "?"):
        return no_dot + ("[^/]*" if piece == "*" else "[^/]")
    return _set(piece) if len(piece) > 1 else re.escape(piece)


def _set(piece: str) -> str:
    """One of the characters in brackets; what is no set, as `[z-a]`, is itself, as in minimatch."""
    inner = piece[1:-1].replace("\\", r"\\").replace("[", r"\[")
    translated = f"[^{inner[1:]}]" if inner.startswith("!") else f"[{inner}]"
    try:
        re.compile(translated)
    except re.error:
        return re.escape(piece)
    return translated
