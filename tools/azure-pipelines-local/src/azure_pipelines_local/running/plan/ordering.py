"""The order of stages and jobs."""

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeVar


class Depending(Protocol):
    """A stage or a job."""

    @property
    def name(self) -> str:
        """What others call it."""

    @property
    def depends_on(self) -> tuple[str, ...]:
        """What must have ended before."""


T = TypeVar("T", bound=Depending)


def in_order(parts: Sequence[T]) -> Iterator[T]:
    """The parts, each after what it depends on, else as they stand; the model has refused circles."""
    waiting, done = list(parts), set[str]()
    while waiting:
        ready = next(part for part in waiting if done.issuperset(part.depends_on))
        waiting.remove(ready)
        done.add(ready.name)
        yield ready


def before(part: T, parts: Sequence[T]) -> list[str]:
    """The names of all that it depends on, directly or not."""
    known = {each.name: each for each in parts}
    found: dict[str, None] = {}
    waiting = list(part.depends_on)
    while waiting:
        name = waiting.pop(0)
        if name not in found:
            found[name] = None
            waiting += known[name].depends_on
    return list(found)
