"""Split prepared rows into parts: by time, by group or at random, by a rule that holds for tomorrow's data too.

A rule is text, such as "last 61 days" or "20 %", so a window moves with the last day of the data and nobody edits a
date. Only what prepares imports this file: a change of the split is none of training.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from duckdb import DuckDBPyConnection, DuckDBPyRelation

from learning.errors import InputError

PARTS = ("train", "test")
WAYS = ("time", "group", "random")
HELD_OUT = ("test", "selection")
# Both are literals, because operation/ reads them from the source, and holds the configuration to them.
RULE = (
    r"last [1-9][0-9]{0,4} days?|[0-9]{1,2}(\.[0-9]+)? ?%|"
    r"[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]) to [0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
)
FORMS = '"last 61 days", "20 %" or "2013-11-01 to 2013-12-31"'
# A hashed part that chance made smaller or larger than asked for by more than this, relatively, gets a border of its
# own. Large ones never do, and then a row's part depends on the row, the seed and the share alone: it stays as rows
# arrive.
TOLERANCE = 0.1
PART = "__part"  # no name that a column of data has
DAYS = {"DATE": "{}", "TIMESTAMP WITH TIME ZONE": "({} AT TIME ZONE 'UTC')::DATE"}  # else the day depends on the zone
DAYS |= dict.fromkeys(("TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), "{}::DATE")


@dataclass(frozen=True)
class Last:
    """The last days of the data, the last one included."""

    days: int


@dataclass(frozen=True)
class Share:
    """A share of the rows, or of the groups, above 0 and below 1."""

    of: float


@dataclass(frozen=True)
class Span:
    """From one day to another, both included."""

    first: date
    last: date


@dataclass(frozen=True)
class Split:
    """The arguments of a split: `test` and `selection` are rules, and `hold_out` says which becomes the test part.

    The selection is a part of what would train. Candidates are compared on it, so that the test part stays unseen.
    """

    split_by: str
    test: str
    selection: str
    hold_out: str
    seed: int


@dataclass(frozen=True)
class Columns:
    """What a split must know of the use case. `keys` identify a row; `time` and `group` are "" if there is none."""

    keys: Sequence[str]
    target: str
    task: str
    time: str
    group: str


@dataclass(frozen=True)
class Division:
    """SQL conditions of the parts, what to compare the split with another by, and the extent of the data, in words."""

    train: str
    test: str
    facts: Mapping[str, Any]
    extent: str


def parse(rule: str, option: str = "--test") -> Last | Share | Span:
    """Read a rule; raises InputError that names the option, the value and the valid forms."""
    if not re.fullmatch(RULE, rule):
        raise InputError(f'{option} must be {FORMS}, not "{rule}"')
    if rule.startswith("last "):
        return Last(int(rule.split()[1]))
    if rule.endswith("%"):
        share = Share(float(rule.removesuffix("%")) / 100)
        if not share.of:
            raise InputError(f'{option} "{rule}" must be above 0 %')
        return share
    try:
        span = Span(*map(date.fromisoformat, rule.split(" to ")))
    except ValueError as error:
        raise InputError(f'{option} "{rule}" is not a span of days: {error}') from error
    if span.first > span.last:
        raise InputError(f'{option} "{rule}" ends before it begins')
    return span


def divide(connection: DuckDBPyConnection, split: Split, columns: Columns, train: str = "") -> dict[str, Any]:
    """Make the view `divided`: the table `prepared` with a column PART, which is null for rows in neither part.

    Rows whose outcome is not known yet, which are there for scoring, are in none of it. `train` is a span of days, to
    which it limits what a split by time trains on.
    Returns what metrics.json says of the split. Raises InputError for a rule that does not fit the data, or that leaves
    a part empty.
    """
    whole = connection.table("prepared").filter(f"{sql_name(columns.target)} IS NOT NULL")
    division = _divide(whole, split, "test", columns)
    if train:
        division = _limit_train(whole, split, train, division, columns)
    if split.hold_out == "selection":
        held = _divide(whole.filter(division.train), split, "selection", columns)
        train, test = (f"({division.train}) AND ({part})" for part in (held.train, held.test))
        division = Division(train, test, held.facts, held.extent)
    part = f"CASE WHEN {division.test} THEN 'test' WHEN {division.train} THEN 'train' END AS {PART}"
    whole.project(f"*, {part}").create_view("divided")
    return {"by": split.split_by, **division.facts}


def count_parts(connection: DuckDBPyConnection, columns: Columns) -> tuple[dict[str, dict[str, Any]], int]:
    """Describe each part of `divided`, and count the rows in neither.

    Of a part: rows, the target's mean or its classes, and the first and the last day. In neither are rows after a test
    part that ends before the data do, and what is held back.
    """
    rows = connection.view("divided")
    measures = ["count(*) AS rows", _describe_target(columns)]
    if columns.time:
        day = _day(rows, columns.time)
        measures += [f"min({day})::VARCHAR AS first_date", f"max({day})::VARCHAR AS last_date"]
    # All at once: with each query, a division by hash makes the hash of each row again.
    found = rows.aggregate(", ".join([PART, *measures]), PART)
    _, *names = found.columns
    described = {part: dict(zip(names, values, strict=True)) for part, *values in found.fetchall()}
    outside = described.pop(None, {"rows": 0})
    return {part: described[part] for part in PARTS}, outside["rows"]


def part_rows(connection: DuckDBPyConnection, part: str) -> DuckDBPyRelation:
    """Select the rows of "train" or "test" of `divided`, in no order."""
    return connection.view("divided").filter(f"{PART} = '{part}'")


def _divide(rows: DuckDBPyRelation, split: Split, name: str, columns: Columns) -> Division:
    """Divide by the rule of that name, "test" or "selection"; each part has a row."""
    rule, option = getattr(split, name), f"--{name}"
    parsed = parse(rule, option)
    if not _count(rows):
        raise InputError("no row has an outcome, so nothing can be divided: check the data and the preparation")
    column = _required(split.split_by, columns) or [each for each in rows.columns if each != columns.target]
    if split.split_by == "time":
        division = _by_time(rows, column, parsed)
    elif isinstance(parsed, Share):
        division = _by_hash(rows, column, parsed, f"{name} {split.seed}", _stratum(split.split_by, columns))
    else:
        raise InputError(f'{option} "{rule}" needs --split-by time; by {split.split_by} it must be a share, as "20 %"')
    counts = ", ".join(f"count(*) FILTER ({getattr(division, part)})" for part in PARTS)
    for part, number in zip(PARTS, _first(rows.aggregate(counts)), strict=True):
        if not number:
            raise InputError(f'{option} "{rule}" leaves no row for the {part} part: {division.extent}')
    facts = {"columns": _drawn_by(rows, split.split_by, columns), name: rule, **division.facts}
    if split.split_by != "time":
        facts["seed"] = split.seed
    return Division(division.train, division.test, facts, division.extent)


def _required(by: str, columns: Columns) -> list[str]:
    """List the columns that rows are divided by; none is all of them, so that rows that are equal stay together."""
    if by == "random":
        return list(columns.keys)
    column = columns.time if by == "time" else columns.group
    if not column:
        others = " or ".join(way for way in WAYS if way != by)
        raise InputError(f"--split-by {by} needs a column: name it as {by.upper()} of the use case, or choose {others}")
    return [column]


def _drawn_by(rows: DuckDBPyRelation, by: str, columns: Columns) -> str:
    """Name the columns that decide a row's part.

    Where all do, their names and types are a hash, which a tag has room for: with another column, each row is drawn
    anew.
    """
    required = _required(by, columns)
    if required:
        return ", ".join(required)
    used = [f"{name} {kind}" for name, kind in zip(rows.columns, rows.types, strict=True) if name != columns.target]
    return f"all {len(used)} columns ({hashlib.sha256(chr(31).join(used).encode()).hexdigest()[:12]})"


def _by_time(rows: DuckDBPyRelation, column: Sequence[str], rule: Last | Share | Span) -> Division:
    """Divide at the beginning of a day: what is before it trains."""
    day = _day(rows, column[0])
    first, last, undated = _first(rows.aggregate(f"min({day}), max({day}), count(*) FILTER ({day} IS NULL)"))
    if undated:
        raise InputError(f"{undated:,} rows have no {column[0]}, by which they are divided: leave them out, or fill it")
    if isinstance(rule, Span):
        start, end = rule.first, rule.last
    elif isinstance(rule, Last):
        start, end = last - timedelta(days=rule.days - 1), last
    else:
        start, end = _start_of_share(rows, day, rule), last
    extent = f"the data are from {first} to {last}"
    return Division(f"{day} < DATE '{start}'", f"{day} BETWEEN DATE '{start}' AND DATE '{end}'", {}, extent)


def _limit_train(rows: DuckDBPyRelation, split: Split, train: str, division: Division, columns: Columns) -> Division:
    """Let only the days of `--train` train: a window, or one that ends some time before the test part begins."""
    option = f'--train "{train}"'
    span = parse(train, "--train")
    if not isinstance(span, Span):
        raise InputError(f'{option} must be a span, as "2013-01-01 to 2013-03-31"')
    days = f"{_day(rows, columns.time)} BETWEEN DATE '{span.first}' AND DATE '{span.last}'"
    if _count(rows.filter(f"{division.test} AND {days}")):
        raise InputError(f'{option} reaches into the test part, --test "{split.test}": end it earlier')
    part = f"{division.train} AND {days}"
    if not _count(rows.filter(part)):
        raise InputError(f"{option} leaves no row for the train part: {division.extent}")
    return Division(part, division.test, {**division.facts, "train": train}, division.extent)


def _start_of_share(rows: DuckDBPyRelation, day: str, share: Share) -> date:
    """Find the latest day from which on there are at least that many rows: a day is never divided."""
    by_day = rows.aggregate(f"{day} AS day, count(*) AS count", day)
    since = by_day.project("day, sum(count) OVER (ORDER BY day DESC) AS since, sum(count) OVER () AS whole")
    found: date = _first(since.filter(f"since >= whole * {share.of!r}").aggregate("max(day)"))[0]
    return found


def _by_hash(rows: DuckDBPyRelation, column: Sequence[str], share: Share, salt: str, stratum: str) -> Division:
    """Divide by a number from 0 to 1 that is made of the columns: below the share it is in the test part.

    MD5 and not DuckDB's own hash, which may change with its version.
    """
    texts = ", ".join(f"coalesce({_text(rows, name)}, '')" for name in column)
    # The same as md5_number_lower, which takes four times as long: it writes the number out in binary digits.
    digest = f"(md5_number(concat_ws(chr(31), {_quoted(salt)}, {texts})) >> 64)::UBIGINT"
    place = f"{digest} / 18446744073709551616.0"
    units = rows.project(f"{place} AS place, {stratum} AS stratum").distinct()  # a group counts once
    counts = _count_strata(units, share)
    borders = _borders(units, counts, share)
    whens = " ".join(f"WHEN {_quoted(each)} THEN '{border!r}'::DOUBLE" for each, border in borders.items())
    border = f"CASE {stratum} {whens} ELSE '{share.of!r}'::DOUBLE END" if whens else f"'{share.of!r}'::DOUBLE"
    many = sum(number for _, number, _ in counts)
    facts = {"borders": borders} if borders else {}
    extent = f"the data have {many:,} different values of {', '.join(column)}"
    return Division(f"{place} >= {border}", f"{place} < {border}", facts, extent)


def _count_strata(units: DuckDBPyRelation, share: Share) -> list[tuple[str, int, int]]:
    """Return each stratum with the number of its units, and of those below the share."""
    taken = f"count(*) FILTER (place < '{share.of!r}'::DOUBLE)"
    return units.aggregate(f"stratum, count(*), {taken}", "stratum").order("stratum").fetchall()


def _borders(units: DuckDBPyRelation, counts: Sequence[tuple[str, int, int]], share: Share) -> dict[str, float]:
    """Return the border of each stratum in which the share itself would miss the share by more than TOLERANCE."""
    borders = {}
    for stratum, number, found in counts:
        wanted = min(max(round(share.of * number), 1), number - 1)  # of one alone none: it trains
        if abs(found - wanted) > TOLERANCE * wanted:
            places = units.filter(f"stratum = {_quoted(stratum)}").order("place").project("place")
            borders[stratum] = float(_first(places.limit(1, offset=wanted))[0])
    return borders


def _stratum(by: str, columns: Columns) -> str:
    """Return the SQL of what each part has the same share of: classes, of rows that are drawn one by one."""
    return (
        f"coalesce({sql_name(columns.target)}::VARCHAR, '')"
        if by == "random" and columns.task != "regression"
        else "''"
    )


def _describe_target(columns: Columns) -> str:
    target = sql_name(columns.target)
    measures = {
        "binary": f"avg({target}) AS positive_share",
        "multiclass": f"histogram({target}::VARCHAR) AS classes",
        "regression": f"avg({target}) AS target_mean",
    }
    return measures[columns.task]


def _day(rows: DuckDBPyRelation, column: str) -> str:
    """Return the SQL of the column's day; raises InputError for a column that has none."""
    kind = _kind(rows, column)
    if kind not in DAYS:
        raise InputError(f"column {column} is {kind}, and rows can be divided by a date or a timestamp alone")
    return DAYS[kind].format(sql_name(column))


def _text(rows: DuckDBPyRelation, column: str) -> str:
    """Return the SQL of the column's text, which for a moment depends on no time zone."""
    if _kind(rows, column) == "TIMESTAMP WITH TIME ZONE":
        return f"epoch_us({sql_name(column)})::VARCHAR"
    return f"{sql_name(column)}::VARCHAR"


def _kind(rows: DuckDBPyRelation, column: str) -> str:
    if column not in rows.columns:
        raise InputError(f"the prepared rows have no column {column}; they have {', '.join(rows.columns)}")
    return str(rows.types[rows.columns.index(column)])


def _count(rows: DuckDBPyRelation) -> int:
    return int(_first(rows.aggregate("count(*)"))[0])


def _first(rows: DuckDBPyRelation) -> tuple[Any, ...]:
    return tuple(rows.fetchall()[0])


def sql_name(column: str) -> str:
    """Write the name of a column as SQL has it, whatever it is."""
    return '"' + column.replace('"', '""') + '"'


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
