"""Filters, orders and pages of queries for runs and experiments: the part of OData that the SDK writes.

What is not understood is refused by name: a filter that is ignored answers a question that nobody asked.
"""

import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from azureml_offline.workspace.refusals import refuse
from azureml_offline.workspace.state import Json

Check = Callable[[Json], bool]
COMPARED: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}
# A comparison's value ends where the SDK goes on: it quotes some values,
# whatever is in them, and writes others, with spaces, as they are.
COMPARISON = re.compile(
    r"(?P<field>[^()]+?)\s+(?P<sign>eq|ne|ge|gt|le|lt)\s+"
    r"""(?P<value>".*?"|'(?:[^']|'')*'|[^"'].*?|)(?=\s*\)|\s+(?:and|or)\s|\s*$)""",
    re.IGNORECASE | re.DOTALL,
)
RUN_FIELDS = (
    "runId", "runNumber", "rootRunId", "parentRunId", "experimentId", "status", "runType", "runTypeV2", "target",
    "name", "displayName", "description", "hidden", "createdUtc", "startTimeUtc", "endTimeUtc", "tags", "properties",
)  # fmt: skip
EXPERIMENT_FIELDS = ("experimentId", "name", "description", "createdUtc", "archivedTime", "tags")
MISSING = object()


def select(records: Sequence[Json], wanted: str | None, fields: Sequence[str]) -> list[Json]:
    """Return the records that the filter lets through; all without one. An unknown field ends the request with 400."""
    if not (wanted or "").strip():
        return list(records)
    check = _Reader(str(wanted), fields).read()
    return [record for record in records if check(record)]


def sort(records: Sequence[Json], order: str | None, fields: Sequence[str]) -> list[Json]:
    """Return the records in the order "FIELD asc" or "FIELD desc"; without one, the newest first."""
    name, _, direction = (order or "CreatedUtc desc").strip().partition(" ")
    field = _known(name, fields)
    if direction.strip().lower() not in ("", "asc", "desc"):
        refuse(400, "UserError", f"orderby must be FIELD asc or FIELD desc, not {order!r}.")
    # What has not started yet counts as started when it was created, else it would have no place among the others.
    newest = sorted(records, key=lambda one: str(one["createdUtc"]), reverse=True)
    key = lambda one: str(one.get(field) or one["createdUtc"])  # noqa: E731  too small for a name of its own
    return sorted(newest, key=key, reverse=direction.strip().lower() == "desc")


def page(records: Sequence[Json], size: Any, token: str | None) -> Json:
    """Return one page of the records as JSON; its token leads to the next one, and is null on the last."""
    start = int(token or 0)
    end = start + int(size) if size and int(size) > 0 else len(records)
    return {"value": list(records[start:end]), "continuationToken": str(end) if end < len(records) else None}


class _Reader:
    """Reads a filter from left to right; `and` binds more than `or`."""

    def __init__(self, text: str, fields: Sequence[str]) -> None:
        self._text, self._fields, self._place = text, fields, 0

    def read(self) -> Check:
        check = self._any()
        if self._rest():
            self._refuse()
        return check

    def _any(self) -> Check:
        parts = list(self._joined("or", self._all))
        return lambda record: any(part(record) for part in parts)

    def _all(self) -> Check:
        parts = list(self._joined("and", self._one))
        return lambda record: all(part(record) for part in parts)

    def _joined(self, word: str, read: Callable[[], Check]) -> Iterator[Check]:
        yield read()
        while self._take(rf"{word}\b"):
            yield read()

    def _one(self) -> Check:
        if self._take(r"\("):
            check = self._any()
            if not self._take(r"\)"):
                self._refuse()
            return check
        found = COMPARISON.match(self._text, self._skip())
        if not found:
            self._refuse()
        self._place = found.end()
        return self._compare(found["field"].strip(), found["sign"].lower(), found["value"])

    def _compare(self, path: str, sign: str, value: str) -> Check:
        name, *below = path.split("/", 1)
        field, compare, wanted = _known(name, self._fields), COMPARED[sign], _value(value)

        def check(record: Json) -> bool:
            there = _look_up(record.get(field), below)
            # Of a tag that is not there nothing is true: the SDK asks "ne null or eq null" for "it is there".
            if there is MISSING:
                return False
            if there is None or wanted is None:
                return sign in ("eq", "ne") and compare(there, wanted)
            return compare(*_alike(there, wanted))

        return check

    def _skip(self) -> int:
        return self._place + len(self._text[self._place :]) - len(self._rest())

    def _rest(self) -> str:
        return self._text[self._place :].lstrip()

    def _take(self, pattern: str) -> bool:
        found = re.compile(pattern, re.IGNORECASE).match(self._text, self._skip())
        if found:
            self._place = found.end()
        return bool(found)

    def _refuse(self) -> NoReturn:
        refuse(400, "UserError", f"The offline workspace cannot read the filter {self._text!r} at {self._rest()!r}.")


def _known(name: str, fields: Sequence[str]) -> str:
    """Return the field as records spell it: the SDK begins it with a capital letter."""
    for field in fields:
        if field.lower() == name.lower():
            return field
    refuse(400, "UserError", f"The offline workspace cannot filter or sort by {name}: it knows {', '.join(fields)}.")


def _look_up(there: Any, below: Sequence[str]) -> Any:
    """Return what is at the rest of a path: a tag, a property, the orchestrator or a trait of a run's type."""
    if not below:
        return there
    key, *more = [below[0]] if not isinstance(there, dict) or below[0] in there else below[0].split("/", 1)
    if not isinstance(there, dict):
        return MISSING
    found = next((value for name, value in there.items() if name == key or name == key[:1].lower() + key[1:]), MISSING)
    if more:  # a trait is there, or not
        return more[0] if isinstance(found, list) and more[0] in found else MISSING
    return found


def _value(text: str) -> str | None:
    if text.lower() == "null":
        return None
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1].replace("''", "'") if text[0] == "'" else text[1:-1]
    return text.strip()


def _alike(there: Any, wanted: str) -> tuple[Any, Any]:
    """Return both sides as times or numbers if they are, else as text."""
    if isinstance(there, bool):
        return str(there).lower(), wanted.lower()
    for convert in (float, _time):
        try:
            return convert(str(there)), convert(wanted)
        except ValueError:
            continue
    return str(there), wanted


def _time(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)
