"""Describe each column of a table: its type, nulls, values, and whether it reads as a date."""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from operation.errors import OperationError

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

YEAR = re.compile(r"(^|[_ ])(year|yr|jahr)$|[a-z]Year$")
YEARS = (1900, 2100)
LARGEST = 1e150  # of numbers: the sum of squares of a million larger ones is infinite
FEW = 10  # values: a whole number with so few is a category
IDENTIFIER = re.compile(
    r"(^|_)(id|ids|key|uuid|guid|nr|no|number|ref|index|phone|mobile|fax|zip|zip_?code|plz|post_?code|postal_?code|iban|isbn"
    r"|ean|ssn|imei|barcode)$|^unnamed: \d+$|^__index_level_\d+__$"
)
IN_CAMEL_CASE = re.compile(r"[a-z](Id|ID|Key|No|Ref)$")
Kind = Literal["integer", "number", "boolean", "text", "date", "time", "other"]
TOP = 50  # values that are kept, most frequent first; no target has more classes
SHARES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)
# How people write dates, beside ISO 8601. Where several fit, the first one is taken.
DAYS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%d %b %Y", "%b %d, %Y", "%d-%b-%Y"),
    *("%d %B %Y", "%B %d, %Y", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%b-%y"),
)
TIMES = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
MONTHS = ("%Y-%m", "%Y/%m", "%m/%Y", "%m.%Y", "%b %Y", "%B %Y")  # a month is its first day
FORMATS = (*(f"{day}{time}" for day in DAYS for time in TIMES), *MONTHS)
FIRST_YEAR = "1000"  # "%Y" reads 24 as the year 24, and no data are that old
TRIED = 100  # texts of a column by which most formats, or numbers at all, are ruled out
ISO = "ISO 8601"
DATED = "[0-9][^0-9]+[0-9]|^[A-Za-z]{3,9} [0-9]{4}$"  # what every date holds: two numbers, or a month and its year
DECORATION = "[ ,%$€£¥₹''()\u00a0\u202f]"  # that people write into numbers; in SQL, so a quote is two
UNIT = "[[:alpha:]°µ/]{1,5}$"  # behind a number, if it is the same behind all of them
WITHOUT_UNIT = f"regexp_replace(trim(v), '{UNIT}', '')"
MARKS = 3  # different texts that may stand for nothing among numbers, such as "?"
READABLE = 0.99  # of the values that are there must be dates, in a column of dates


@dataclass(frozen=True)
class Column:
    """What is known of a column; counts are of the rows that were read.

    `least` and `greatest` are numbers, or days as text; `days` counts the different days of dates and times.
    `quantiles` (at SHARES), `mean` and `deviation` are of numbers alone, of which `infinite` ones are taken as empty.
    `top` holds the most frequent values with their counts. `words` is the average number of words of a text.
    `date_format` is ISO or one of FORMATS if the text is dates, else "", and `unreadable` then is one of the few that
    are not. `written_number` is one of the texts for which a column of numbers is none, such as "46 %" or "?".
    `stored` is the type of what is neither number, text nor date.
    """

    name: str
    kind: Kind
    rows: int
    nulls: int
    distinct: int
    least: float | str | None = None
    greatest: float | str | None = None
    days: int = 0
    quantiles: tuple[float, ...] = ()
    top: tuple[tuple[Any, int], ...] = ()
    words: float = 0.0
    date_format: str = ""
    mean: float = 0.0
    deviation: float = 0.0
    infinite: int = 0
    unreadable: str | None = None
    written_number: str = ""
    stored: str = ""

    @property
    def filled(self) -> int:
        """How many values are there."""
        return self.rows - self.nulls

    @property
    def unique(self) -> bool:
        """Whether every row has a value of its own."""
        return self.nulls == 0 and self.distinct == self.rows > 0

    @property
    def is_identifier(self) -> bool:
        """Whether the name says so: customer_id, orderNo."""
        return bool(IDENTIFIER.search(self.name.lower()) or IN_CAMEL_CASE.search(self.name))

    @property
    def counts_rows(self) -> bool:
        """Whether the values are the numbers of the rows, from 0 or 1 on."""
        return self.unique and self.least in (0, 1) and self.greatest == self.rows - 1 + float(self.least or 0)

    @property
    def counts_years(self) -> bool:
        """Whether the numbers are calendar years, by their size and their name."""
        inside = YEARS[0] <= float(self.least or 0) <= float(self.greatest or 0) <= YEARS[1]
        named = YEAR.search(self.name.lower()) or YEAR.search(self.name)
        return self.kind == "integer" and inside and named is not None

    @property
    def is_whole(self) -> bool:
        """Whether the numbers are whole, however they are stored; of many, the most frequent ones decide."""
        return self.kind in ("integer", "number") and all(float(value).is_integer() for value, _ in self.top)

    @property
    def measurable(self) -> bool:
        """Whether it can be compared with the target: what is of no known type cannot, nor days but by their gaps."""
        return self.nulls > 0 if self.is_date else self.kind in ("integer", "number", "boolean", "text")

    @property
    def is_date(self) -> bool:
        """Whether the values are days or times, or texts that read as such."""
        return self.kind in ("date", "time") or bool(self.date_format)


@dataclass(frozen=True)
class Table:
    """A table's columns, by name; `rows` is how many it has, which may be more than were read."""

    name: str
    rows: int
    read: int
    columns: dict[str, Column]

    @property
    def sampled(self) -> bool:
        """Whether the counts are those of a sample."""
        return self.read < self.rows

    @property
    def whole(self) -> str:
        """The relation of all of its rows: a view of the files where the table of its name is a sample."""
        return f"__whole_{self.name}" if self.sampled else self.name


def quoted(name: str) -> str:
    """Write a name as SQL has it: in quotes, so that any character and any word may stand in it."""
    return '"' + name.replace('"', '""') + '"'


def kind_of(kind: "pa.DataType") -> Kind:
    """Return our word for a type of Arrow."""
    import pyarrow as pa

    types = pa.types
    tests: list[tuple[Any, Kind]] = [
        (types.is_boolean, "boolean"),
        (types.is_integer, "integer"),
        (types.is_floating, "number"),
        (types.is_string, "text"),
        (types.is_date, "date"),
        (types.is_timestamp, "time"),
    ]
    return next((word for test, word in tests if test(kind)), "other")


def _column(connection: "DuckDBPyConnection", table: str, field: "pa.Field", rows: int) -> Column:
    kind, name, source = kind_of(field.type), quoted(field.name), quoted(table)
    if kind == "number" and _counts_beside_nulls(connection, name, source):
        kind = "integer"
    value = f"CASE WHEN isfinite({name}::DOUBLE) THEN {name} END" if kind == "number" else name
    if kind == "text":
        filled, distinct, given, *ends = _row(connection, _texts(name, source))
    else:
        counts = f"count({value}), count(DISTINCT {value}), count({name})"
        filled, distinct, given, *ends = _row(connection, f"SELECT {counts}, {_ends(kind, name, value)} FROM {source}")
    found: dict[str, Any] = {"infinite": given - filled, "stored": str(field.type) if kind == "other" else ""}
    if kind in ("integer", "number") and filled:
        (largest,) = ends
        if largest > LARGEST:
            raise OperationError(
                f"The column {field.name!r} of {table} has a number of the size of {largest:.0e}, whose square is "
                "infinite. Write its numbers in a larger unit, or delete it."
            )
        found |= _numbers(connection, f"SELECT {value}::DOUBLE AS v FROM {source}")
    if kind in ("date", "time") and filled:
        found |= dict(zip(("least", "greatest", "days"), ends, strict=True))
    if kind == "text" and filled:
        words, dated = ends
        found |= {"words": words, **_read_dates(connection, name, source, filled, dated)}
        if distinct > FEW and not found.get("date_format"):
            found["written_number"] = _written_number(connection, name, source, filled)
    shown = name if kind in ("integer", "number", "boolean", "text") else f"{name}::VARCHAR"
    top = connection.execute(
        f"SELECT {shown}, count(*) AS n FROM {source} WHERE {name} IS NOT NULL "
        f"GROUP BY 1 ORDER BY n DESC, 1 LIMIT {TOP}"
    ).fetchall()
    return Column(field.name, kind, rows, rows - filled, distinct, top=tuple(top), **found)


def _counts_beside_nulls(connection: "DuckDBPyConnection", name: str, source: str) -> bool:
    """Whether fractions are whole numbers beside nulls, which pandas writes so: 1.0 and nothing are 1 and nothing."""
    value, most = f"{name}::DOUBLE", 2**53  # up to it, every whole number is exact as a float
    whole = f"bool_and({value} = trunc({value}) AND abs({value}) <= {most})"
    return bool(_row(connection, f"SELECT count({name}) < count(*) AND coalesce({whole}, false) FROM {source}")[0])


def profile(connection: "DuckDBPyConnection", table: str, content: "pa.Table", total: int) -> Table:
    """Profile the table, which the connection knows by its name."""
    columns = {field.name: _column(connection, table, field, content.num_rows) for field in content.schema}
    return Table(table, total, content.num_rows, columns)


def _ends(kind: Kind, name: str, value: str) -> str:
    """Write what a column is asked for beside its counts, so that one query will do: most of its time is fixed."""
    if kind in ("integer", "number"):
        return f"max(abs({value}::DOUBLE))"
    if kind in ("date", "time"):
        return f"min({name})::DATE::VARCHAR, max({name})::DATE::VARCHAR, count(DISTINCT {name}::DATE)"
    return "NULL"


def _texts(name: str, source: str) -> str:
    """Write what a column of texts is asked for: counts, words on average, and whether one looks like a date.

    Each different text is looked at once, as most columns have few.
    """
    filled = "coalesce(sum(n), 0)::BIGINT"
    words = "sum(n * len(string_split(trim(v), ' '))) / sum(n)"
    return (
        f"SELECT {filled}, count(*), {filled}, {words}, bool_or(regexp_matches(v, '{DATED}')) "
        f"FROM (SELECT {name} AS v, count(*) AS n FROM {source} WHERE {name} IS NOT NULL GROUP BY 1)"
    )


def _numbers(connection: "DuckDBPyConnection", values: str) -> dict[str, Any]:
    least, greatest, mean, deviation, quantiles = _row(
        connection,
        f"SELECT min(v), max(v), avg(v), coalesce(stddev_samp(v), 0), quantile_cont(v, {list(SHARES)}) FROM ({values})",
    )
    numbers = {"least": least, "greatest": greatest, "mean": mean, "deviation": deviation}
    return {**numbers, "quantiles": tuple(quantiles)}


def _read_dates(connection: "DuckDBPyConnection", name: str, source: str, filled: int, dated: bool) -> dict[str, Any]:
    """Find out whether the texts, some of which look `dated`, are dates; numbers with few digits are none."""
    for form, parsed in _dates(connection, name, source) if dated else ():
        counts = "count(d), count(DISTINCT d), min(d)::VARCHAR, max(d)::VARCHAR"
        found, days, first, last = _row(connection, f"SELECT {counts} FROM (SELECT {parsed} AS d FROM {source})")
        if found >= READABLE * filled and first >= FIRST_YEAR:
            wrong = connection.execute(
                f"SELECT {name} FROM {source} WHERE {name} IS NOT NULL AND {parsed} IS NULL LIMIT 1"
            ).fetchall()
            unreadable = wrong[0][0] if wrong else None
            return {"date_format": form, "least": first, "greatest": last, "days": days, "unreadable": unreadable}
    return {}


def _written_number(connection: "DuckDBPyConnection", name: str, source: str, filled: int) -> str:
    """Return a text that is not a plain number, of a column where most are numbers, with decoration or few marks."""
    if _holds_words(connection, name, source):
        return ""
    # Of each text once, as it takes longer than to count them.
    texts = f"SELECT {name} AS v, count(*) AS n FROM {source} WHERE {name} IS NOT NULL GROUP BY 1"
    (units,) = _row(connection, f"SELECT count(DISTINCT regexp_extract(trim(v), '{UNIT}')) FROM ({texts})")
    number, plain = _bare_number(WITHOUT_UNIT if units == 1 else "v"), "try_cast(trim(v) AS DOUBLE)"
    numbers, different, marks, example = _row(
        connection,
        f"SELECT coalesce(sum(n) FILTER ({number} IS NOT NULL), 0), count(DISTINCT {number}), "
        f"count(*) FILTER ({number} IS NULL), min(v) FILTER ({plain} IS NULL) FROM ({texts})",
    )
    return str(example or "") if numbers >= filled / 2 and different > FEW and marks <= MARKS else ""


def _holds_words(connection: "DuckDBPyConnection", name: str, source: str) -> bool:
    """Say whether more of the first texts than MARKS cannot be read as a number, which settles it for most columns."""
    either = f"coalesce({_bare_number('v')}, {_bare_number(WITHOUT_UNIT)})"
    first = f"SELECT {name} AS v FROM {source} WHERE {name} IS NOT NULL LIMIT {TRIED}"
    (words,) = _row(connection, f"SELECT count(DISTINCT v) FILTER ({either} IS NULL) FROM ({first})")
    return bool(words > MARKS)


def _bare_number(text: str) -> str:
    """Write SQL that reads a number from a text without its decoration, and null from any other text."""
    return f"try_cast(regexp_replace({text}, '{DECORATION}', '', 'g') AS DOUBLE)"


def _dates(connection: "DuckDBPyConnection", name: str, source: str) -> Iterator[tuple[str, str]]:
    """Yield the formats, with the SQL that reads them, in which some of the first texts are dates."""
    readers = {form: as_date(name, form) for form in (ISO, *FORMATS)}
    first = f"(SELECT {name} FROM {source} WHERE {name} IS NOT NULL LIMIT {TRIED})"
    counts = _row(connection, f"SELECT {', '.join(f'count({each})' for each in readers.values())} FROM {first}")
    yield from (each for each, count in zip(readers.items(), counts, strict=True) if count)


def as_date(value: str, date_format: str) -> str:
    """Write SQL that reads a day from a text of the format, and null from any other text."""
    if date_format == ISO:
        return f"try_cast({value} AS TIMESTAMP)::DATE"
    return f"try_strptime({value}, '{date_format}')::DATE"


def _row(connection: "DuckDBPyConnection", query: str) -> Sequence[Any]:
    return tuple(connection.execute(query).fetchall()[0])


def round_digits(value: float, towards: Callable[[float], int], digits: int) -> float:
    """Round to so many significant digits, by `math.floor` or `math.ceil`."""
    if not value:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - digits + 1)
    return float(f"{towards(value / unit) * unit:.12g}")
