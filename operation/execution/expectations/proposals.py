"""What a reviewer is asked: the committed bound of an expectation, the learned one, what either would do. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operation.execution.expectations.candidates import suggest
from operation.execution.expectations.corruptions import concerns
from operation.execution.expectations.facts import Expectation, merged
from operation.execution.expectations.judgement import is_met
from operation.execution.expectations.learning import Accepted, direction, learn
from operation.execution.expectations.suites import Suite, names_of

LEARNED = "learned"  # in the `meta` of an expectation: every change that was accepted
NEW, LOOSER = "new", "looser"
OFTEN = 2  # changes in a row, from which on it is said that a bound has only ever grown looser
Broken = Mapping[str, Any]  # what the corruptions do to a table: its clean facts, and what each changes


@dataclass(frozen=True)
class Proposal:
    """A bound to review.

    `place` is the expectation's in its suite, None for a new one, as is `old`. `refused` counts the accepted data sets,
    of those `judged`, that the committed and the proposed bound would have refused; `found` the standard corruptions,
    of those `tried`, that each finds. `looser` is how often the bound has been made looser, this time included, if it
    was never made tighter.
    """

    name: str
    table: str
    place: int | None
    old: Expectation | None
    new: Expectation
    change: str
    refused: tuple[int, int]
    judged: int
    found: tuple[int, int]
    tried: int
    looser: int

    @property
    def only_grows_looser(self) -> bool:
        """Whether a bound gives way to every data set that comes: such a bound finds nothing."""
        return self.looser >= OFTEN


def propose(suite: Suite, accepted: Sequence[Accepted], broken: Broken) -> list[Proposal]:
    """Return the proposals for one table, in the order of its suite, then the new expectations."""
    found = [
        _proposal(suite.names[place], suite.table, place, each, new, accepted, broken)
        for place, each in enumerate(suite.expectations)
        if (new := learn(each, accepted))
    ]
    suggested = suggest(suite.expectations, accepted)
    names = names_of(suite.table, [*suite.expectations, *suggested])[len(suite.expectations) :]
    taken = {*suite.names}
    for name, each in zip(names, suggested, strict=True):
        free = name if name not in taken else f"{name}.new"
        found.append(_proposal(free, suite.table, None, None, each, accepted, broken))
    return found


def count_refused(expectation: Expectation, accepted: Sequence[Accepted]) -> tuple[int, int]:
    """Count the data sets that the expectation refuses or warns of, and those that it can be judged by."""
    verdicts = [is_met(expectation, each.facts, each.share) for each in accepted]
    known = [verdict for verdict in verdicts if verdict is not None]
    return known.count(False), len(known)


def count_found(expectation: Expectation, broken: Broken) -> tuple[int, int]:
    """Count the corruptions that the expectation finds, and those that it could; (0, 0) if it fails without one."""
    verdicts = list(verdicts_on(expectation, broken))
    return sum(verdicts), len(verdicts)


def verdicts_on(expectation: Expectation, broken: Broken) -> Iterator[bool]:
    """Yield for each corruption that concerns the expectation whether it is found."""
    if not broken or is_met(expectation, broken["clean"], broken["share"]) is not True:
        return
    for each in broken["broken"]:
        if concerns(expectation, each["column"]):
            yield is_met(expectation, merged(broken["clean"], each["changed"]), broken["share"]) is False


def count_found_together(expectations: Sequence[Expectation], broken: Broken) -> tuple[int, int]:
    """Count the corruptions that at least one of the expectations finds, and all of them."""
    if not broken:
        return 0, 0
    clean, share = broken["clean"], broken["share"]
    able = [each for each in expectations if is_met(each, clean, share)]
    changed = [merged(clean, each["changed"]) for each in broken["broken"]]
    return sum(any(is_met(each, facts, share) is False for each in able) for facts in changed), len(changed)


def history_of(expectation: Expectation) -> list[Mapping[str, Any]]:
    """Return the changes of an expectation that were accepted, oldest first."""
    found: list[Mapping[str, Any]] = (expectation.get("meta") or {}).get(LEARNED, [])
    return found


def _proposal(
    name: str,
    table: str,
    place: int | None,
    old: Expectation | None,
    new: Expectation,
    accepted: Sequence[Accepted],
    broken: Broken,
) -> Proposal:
    before, judged = count_refused(old or new, accepted) if old else (0, 0)
    after, judged_too = count_refused(new, accepted)
    finds, _ = count_found(old, broken) if old else (0, 0)
    would_find, tried = count_found(new, broken)
    change = direction(old, new) if old else NEW
    refused, found = (before, after), (finds, would_find)
    looser = _count_looser(old, change) if old else 0
    return Proposal(name, table, place, old, new, change, refused, max(judged, judged_too), found, tried, looser)


def _count_looser(old: Expectation, change: str) -> int:
    changes = [str(each.get("change")) for each in history_of(old)] + [change]
    return len(changes) if {*changes} == {LOOSER} else 0
