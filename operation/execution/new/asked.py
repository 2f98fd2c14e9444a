"""What a person asks of `invoke new`, and what was guessed for them."""

import re
from dataclasses import dataclass
from typing import Literal

from operation.execution.new.naming import text_of

Task = Literal["binary", "multiclass", "regression"]
ARGUMENT = re.compile(r"-?[0-9]+([.][0-9]+)?|[^\W_]([\w .+-]{0,38}\w)?")
FeatureKind = Literal["number", "category"]


@dataclass(frozen=True)
class Asked:
    """The options of `invoke new`; "" or () is what was not given. `drop` and `keep` may hold patterns (gene_*)."""

    name: str
    data: str
    target: str
    positive: str = ""
    key: tuple[str, ...] = ()
    time: str = ""
    group: str = ""
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    task: str = ""


def listed(text: str) -> tuple[str, ...]:
    """Return the names that commas separate."""
    return tuple(name for part in text.split(",") if (name := part.strip()))


@dataclass(frozen=True)
class Guess:
    """One decision that was made for the user, and where to change it: the line of `file` that holds `where`.

    Without a file, an option of `invoke new` changes it, which the text says.
    """

    text: str
    file: str = ""
    where: str = ""


@dataclass(frozen=True)
class Join:
    """Another table of which each row of the main one has at most one partner, by columns of the same names.

    `columns` maps the names in that table to those in the prepared rows.
    """

    table: str
    on: tuple[str, ...]
    columns: dict[str, str]


@dataclass(frozen=True)
class Plan:
    """Everything that the files of the use case are written from."""

    name: str
    source: str
    main: str
    raw: dict[str, tuple[str, ...]]  # columns that are read, by table
    joins: tuple[Join, ...]
    target: str
    task: Task
    event: str
    rows_are: str
    positive: object  # binary: the value that becomes 1
    classes: tuple[str, ...]  # of multiclass, as text
    features: dict[str, FeatureKind]
    leakage: tuple[str, ...]
    left_out: dict[str, str]  # columns and tables with the reason
    keys: tuple[str, ...]  # unique together; () if no columns are
    time: str
    time_format: str  # of a text, else ""
    group: str
    together: str
    slices: tuple[str, ...]
    guesses: tuple[Guess, ...]

    @property
    def argument(self) -> str:
        """The positive value as the argument of preparation that it is; "" where a command line cannot carry it."""
        value = text_of(self.positive) if self.task == "binary" else ""
        return value if ARGUMENT.fullmatch(value) else ""

    @property
    def identity(self) -> tuple[str, ...]:
        """The columns that are neither features nor target, in the prepared rows."""
        named = (*self.keys, *(name for name in (self.time, self.group) if name))
        return tuple(dict.fromkeys(named))
