"""Judge which columns can be features, of which kind, and why the others are left out."""

import re
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from operation.errors import OperationError
from operation.execution.new.asked import Asked, FeatureKind
from operation.execution.new.naming import nearest, text_of
from operation.execution.new.profile import FEW, Column

MOST_CATEGORIES = 1000
LEAK = 0.99
WORDS = 3.0  # on average: a text of more is free text
OWN_SHARE = 0.5  # a text of which so many of the rows have a value of their own identifies rather than groups
EMPTY = 0.995
EXACT = 2**53  # up to it, every whole number is exact as a float
PERIOD = re.compile(r"(19|20)\d\d[ /_-]?([QqHhWw]|KW)[ /_-]?\d{1,2}|[QqHh]\d[ /_-]?(19|20)\d\d")
TIME = re.compile(r"\d{1,3}:[0-5]\d(:[0-5]\d([.]\d+)?)?")  # of the day, or how long something took
DATE = re.compile(r"((19|20)\d\d[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](19|20)\d\d)(?!\d)")
MOMENT = re.compile(r"time|date|stamp|created|updated|when|epoch|(^|_|[a-z])(at|At|ts)$", re.IGNORECASE)
DAY = re.compile(r"(date|datum|day)$", re.IGNORECASE)
SERIAL = (20_000, 80_000)  # 1954 to 2119
EPOCH = (631152000, 4102444800)  # seconds since 1970: 1990 to 2100
ALIKE = 0.98  # the rarer of two classes must be more than 1 - ALIKE for a slice


@dataclass(frozen=True)
class Measured:
    """What was measured on the joined rows: how well each column alone predicts the target, and which equal it.

    The target is an exact sum of those that are `summed`.
    """

    strengths: Mapping[str, float]
    same: Collection[str] = ()
    summed: Collection[str] = ()


def find_features(
    asked: Asked, candidates: Mapping[str, Column], measured: Measured, excluded: Collection[str]
) -> tuple[dict[str, FeatureKind], dict[str, str]]:
    """Return the features with their kinds, and the columns that are left out with the reasons.

    `candidates` are the columns of the joined rows by their names there; `excluded` are keys, time, group, target.

    Raises:
        OperationError: nothing is left, or `--keep` names what cannot be a feature.
    """
    features: dict[str, FeatureKind] = {}
    left_out: dict[str, str] = {}
    for name, column in candidates.items():
        if name in excluded:
            continue
        kind, reason = _judge(column)
        if (not reason or column.is_date) and gives_away(name, measured):
            reason = _leak(column, name, asked.target, measured)
        if name in asked.keep:
            kind = kind or _forced(column)
            reason = "" if kind else reason
            if not kind:
                raise OperationError(f"--keep {name}: it cannot be a feature: it {reason}. Leave it out of --keep.")
        if kind and not reason:
            features[name] = kind
        else:
            left_out[name] = reason
    for name in asked.keep:
        if name in excluded and name in candidates:
            what = "the target" if name == asked.target else "the key, or splits the rows"
            raise OperationError(f"--keep {name}: it is {what}, so it cannot be a feature. Leave it out of --keep.")
        if name not in features:
            raise OperationError(f"--keep {name}: there is no such column to learn from. {nearest(name, candidates)}")
    if not features:
        shown = (
            "; ".join(f"{name} {reason}" for name, reason in list(left_out.items())[:5])
            or "no column is left beside key, time and group"
        )
        raise OperationError(
            f"No column is left to learn {asked.target!r} from: {shown}. Add one, or take one with --keep."
        )
    return features, left_out


def gives_away(name: str, measured: Measured) -> bool:
    """Whether the column, of dates whether it is empty, says what the target is, alone or with others."""
    return name in (*measured.same, *measured.summed) or measured.strengths.get(name, 0) >= LEAK


def _leak(column: Column, name: str, target: str, measured: Measured) -> str:
    if column.is_date:
        return f"is a date that is empty as {target} is (a leak)"
    if name in measured.same:
        return f"is {target} under another name (a leak)"
    if name in measured.summed:
        others = ", ".join(each for each in measured.summed if each != name)
        return f"gives {target} exactly, together with {others}: a leak, unless all are known beforehand"
    strength = f"({measured.strengths[name]:.3f} of 1)"
    return f"alone predicts {target} almost perfectly {strength}: a leak, unless it is known beforehand"


def is_leak(reason: str) -> bool:
    """Whether the reason to leave a column out is that it knows the target."""
    return "a leak" in reason


def _judge(column: Column) -> tuple[FeatureKind | None, str]:
    """Return the kind of a feature and "", or the reason why the column is none."""
    if column.nulls >= EMPTY * column.rows:
        return None, f"is empty in {column.nulls / column.rows:.1%} of the rows"
    if column.distinct == 1 and not column.nulls:
        return None, f"is {text_of(column.top[0][0]) or 'an empty text'} in every row"
    if column.is_date:
        return (
            None,
            "is a date, and future days are all new; make its month or age a feature in data.py",
        )
    if column.stored.startswith("time"):
        return None, f"holds times such as {text_of(column.top[0][0])}: write them as numbers, in hours or minutes"
    if column.kind == "other":
        return None, f"is neither number, text nor date, but {column.stored}"
    if column.kind == "boolean":
        return "category", ""
    if column.kind == "text":
        return _judge_text(column)
    if day := _written_day(column):
        what = "months" if len(day) == len("2024-01") else "days"
        return None, f"holds {what} written as numbers: write {text_of(column.top[0][0])} as {day} to split by them"
    if column.kind == "integer":
        return _judge_whole(column)
    if column.is_identifier and column.unique and column.is_whole:
        return None, "identifies rows"
    return "number", ""


def _written_day(column: Column) -> str:
    """Return the day for which the most frequent of the numbers stands, "" if not all of them stand for one.

    20240131 is a day, 202401 a month. So are seconds and milliseconds since 1970 in a column that is named after a
    time, and the days that Excel counts since 1899 in one that is named after a day.
    """
    if not column.is_whole or column.distinct < FEW:
        return ""
    is_moment, is_day = bool(MOMENT.search(column.name)), bool(DAY.search(column.name))
    days = [_read_day(int(value), is_moment, is_day) for value, _ in column.top]
    return days[0] if all(days) else ""


def _read_day(number: int, is_moment: bool, is_day: bool) -> str:
    with suppress(ValueError):
        if 1900_01 <= number <= 2100_12:
            return date(number // 100, number % 100, 1).isoformat()[:7]
        if 1900_01_01 <= number <= 2100_12_31:
            return date.fromisoformat(str(number)).isoformat()
    if SERIAL[0] <= number <= SERIAL[1] and is_day:
        return (date(1899, 12, 30) + timedelta(days=number)).isoformat()
    for unit in (1, 1000) if is_moment else ():
        if EPOCH[0] <= number / unit <= EPOCH[1]:
            return datetime.fromtimestamp(number / unit, UTC).date().isoformat()
    return ""


def _judge_whole(column: Column) -> tuple[FeatureKind | None, str]:
    if column.counts_rows or (column.is_identifier and column.distinct > MOST_CATEGORIES):
        return None, "identifies rows; give it to --group if it is shared by rows that belong together"
    is_long = float(column.greatest or 0) > EXACT  # a float would round it: no amount
    if (column.is_identifier or is_long) and column.distinct > OWN_SHARE * column.filled:
        return None, "identifies rows"
    if column.counts_years:  # the years to come are all new, so as categories they would mean nothing
        return "number", ""
    return ("category" if column.distinct <= FEW or column.is_identifier else "number"), ""


def _judge_text(column: Column) -> tuple[FeatureKind | None, str]:
    if column.top and all(PERIOD.fullmatch(str(value)) for value, _ in column.top):
        shown = text_of(column.top[0][0])
        return (
            None,
            f"holds periods such as {shown}, and future ones are all new: write the first day of each",
        )
    if column.written_number and not column.is_identifier:
        shown = f"{column.written_number!r:.20}"
        return (
            None,
            f"holds numbers written as text, such as {shown}: write plain numbers, and leave unknown ones empty",
        )
    if column.distinct > FEW and all(TIME.fullmatch(str(value)) for value, _ in column.top):
        return None, f"holds times such as {column.top[0][0]}: write them as numbers, in hours or minutes"
    if column.distinct > FEW and all(DATE.match(str(value)) for value, _ in column.top):
        return None, f"holds dates in several forms, such as {column.top[0][0]}: write each as 2024-01-31"
    own = column.distinct > OWN_SHARE * column.filled
    if column.words > WORDS and (own or column.distinct > MOST_CATEGORIES):
        return None, f"is free text ({column.words:.0f} words on average)"
    if own:
        return None, f"identifies rows ({column.distinct:,} different texts)"
    if column.distinct > MOST_CATEGORIES:
        return None, f"has {column.distinct:,} different texts, too many for a category"
    return "category", ""


def _forced(column: Column) -> FeatureKind | None:
    if column.kind in ("integer", "number"):
        return "number"
    return "category" if column.kind in ("text", "boolean") and column.distinct > 1 and not column.date_format else None


def keepable(column: Column, name: str) -> str:
    """Say how to take a column all the same, if it can be a feature."""
    return f"; --keep {name} takes it anyway" if _forced(column) and column.distinct > 1 else ""


def choose_slices(features: Mapping[str, FeatureKind], columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Choose at most two categories of few values, none of which is nearly all, to evaluate by."""

    def fit(name: str) -> bool:
        column = columns[name]
        return 2 <= column.distinct <= FEW and column.top[0][1] <= ALIKE * column.filled

    return tuple(name for name, kind in features.items() if kind == "category" and fit(name))[:2]
