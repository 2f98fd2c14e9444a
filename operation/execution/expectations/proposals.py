"""What a reviewer is asked: the committed bound of an expectation, the learned one, what either would do. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from operation.execution.expectations.candidates import suggest
from operation.execution.expectations.corruptions import concerns
from operation.execution.expectations.facts import Expectation, merged
from operation.execution.expectations.judgement import Known, is_met
from operation.execution.expectations.learning import Accepted, direction, learn
from operation.execution.expectations.suites import Suite, names_of

LEARNED = "learned"  # in the `meta` of an expectation: every change that was accepted
NEW, LOOSER, TIGHTER = "new", "looser", "tighter"
OFTEN = 2  # changes in a row, from which on it is said that a bound has only ever grown looser
Broken = Mapping[str, Any]  # what the corruptions do to a table: its clean facts, and what each changes


@dataclass(frozen=True)
class Cases:
    """The facts of a table as it is, and under each corruption, with the column that this breaks ("" for rows)."""

    clean: Known
    share: float
    broken: Sequence[tuple[str, Known]]


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
    """Return the proposals for one table, in the order of its suite, then the new expectations.

    More than is of use would tire the reviewer. So a tighter bound must find a corruption more than the committed one,
    and a new expectation one that nothing else finds.
    """
    cases = make_cases(broken)
    changed = [(place, each, new) for place, each in enumerate(suite.expectations) if (new := learn(each, accepted))]
    found = [
        _proposal(suite.names[place], suite.table, place, each, new, accepted, cases) for place, each, new in changed
    ]
    found = [each for each in found if each.change != TIGHTER or not cases or each.found[1] > each.found[0]]
    suggested = suggest(suite.expectations, accepted)
    if cases:
        suggested = _needed(suite.expectations, suggested, cases)
    names = names_of(suite.table, [*suite.expectations, *suggested])[len(suite.expectations) :]
    for name, each in zip(names, suggested, strict=True):
        free = name if name not in suite.names else f"{name}.{NEW}"
        found.append(_proposal(free, suite.table, None, None, each, accepted, cases))
    return found


def count_refused(expectation: Expectation, accepted: Sequence[Accepted]) -> tuple[int, int]:
    """Count the data sets that the expectation refuses or warns of, and those that it can be judged by."""
    verdicts = [is_met(expectation, each.facts, each.share) for each in accepted]
    known = [verdict for verdict in verdicts if verdict is not None]
    return known.count(False), len(known)


def make_cases(broken: Broken) -> Cases | None:
    """Make the facts of a table under each corruption; None if none was measured."""
    if not broken:
        return None
    clean = broken["clean"]
    facts = [(each["column"], merged(clean, each["changed"])) for each in broken["broken"]]
    return Cases(clean, broken["share"], facts)


def found_by(expectation: Expectation, cases: Cases) -> tuple[set[int], int]:
    """Return which corruptions the expectation finds, and how many it could; (set(), 0) if it fails without one."""
    if is_met(expectation, cases.clean, cases.share) is not True:
        return set(), 0
    tried = [place for place, (column, _) in enumerate(cases.broken) if concerns(expectation, column)]
    found = {place for place in tried if is_met(expectation, cases.broken[place][1], cases.share) is False}
    return found, len(tried)


def found_together(expectations: Sequence[Expectation], cases: Cases) -> set[int]:
    """Return which corruptions at least one of the expectations finds."""
    return set[int]().union(*(found_by(each, cases)[0] for each in expectations))


def history_of(expectation: Expectation) -> list[Mapping[str, Any]]:
    """Return the changes of an expectation that were accepted, oldest first."""
    found: list[Mapping[str, Any]] = (expectation.get("meta") or {}).get(LEARNED, [])
    return found


def _needed(expectations: Sequence[Expectation], suggested: Sequence[Expectation], cases: Cases) -> list[Expectation]:
    """Choose new expectations, each of which finds what neither the suite nor one chosen before finds."""
    covered, chosen = found_together(expectations, cases), list[Expectation]()
    for each in suggested:
        found, _ = found_by(each, cases)
        if found - covered:
            chosen.append(each)
            covered |= found
    return chosen


def _proposal(
    name: str,
    table: str,
    place: int | None,
    old: Expectation | None,
    new: Expectation,
    accepted: Sequence[Accepted],
    cases: Cases | None,
) -> Proposal:
    counted = [count_refused(each, accepted) if each else (0, 0) for each in (old, new)]
    found = [found_by(each, cases) if each and cases else (set[int](), 0) for each in (old, new)]
    change = direction(old, new) if old else NEW
    return Proposal(
        name,
        table,
        place,
        old,
        new,
        change,
        refused=(counted[0][0], counted[1][0]),
        judged=max(number for _, number in counted),
        found=(len(found[0][0]), len(found[1][0])),
        tried=max(number for _, number in found),
        looser=_count_looser(old, change) if old else 0,
    )


def _count_looser(old: Expectation, change: str) -> int:
    changes = [str(each.get("change")) for each in history_of(old)] + [change]
    return len(changes) if {*changes} == {LOOSER} else 0
