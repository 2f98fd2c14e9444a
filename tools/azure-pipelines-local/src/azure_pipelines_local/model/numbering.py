"""Names of what has none."""

from collections.abc import Iterable
from itertools import count


def numbered(names: Iterable[str], word: str) -> list[str]:
    """The names, and in place of an empty one the word with its number, or with the next that no other of them has."""
    found = list(names)
    taken = {name.lower() for name in found}
    for number, name in enumerate(found, 1):
        if not name:
            found[number - 1] = next(f"{word}{free}" for free in count(number) if f"{word}{free}".lower() not in taken)
            taken.add(found[number - 1].lower())
    return found
