"""The use cases in this folder of scripts: packages with what one is made of, loaded and checked by their name.

A package NAME holds `schema.py` and `use_case.py`, whose constants become a `UseCase`, and `data.py`, which prepares
the rows. They are loaded apart, because preparation alone needs `data.py`: a change in how rows are prepared is none
in how models learn.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

from learning.arguments import ScriptParser
from learning.errors import InputError, exit_code
from learning.tasks import TASKS

SOURCE = Path(__file__).resolve().parents[1]
CONSTANTS, PREPARATION = "use_case", "data"  # modules of a use case
KINDS = ("number", "category")
WORDS = ("EVENT", "ROWS", "PREDICTED_AT", "TARGET")  # must say something
COLUMNS = ("TIME", "GROUP", "TOGETHER")  # a column each, or "" for none
IN_PREPARATION = ("ORDER", "Rules", "prepare", "summary")


@dataclass(frozen=True)
class UseCase:
    """All that scripts know of a use case but how its rows are prepared; a field for each constant of `use_case.py`.

    `features` maps a column to its kind. `event` is the word for a target of 1 or, where the task is not binary, for
    what is predicted; `rows` is a plural noun. `time`, `group` and `together` are "" where there is no such column.
    `outcome_columns` are the raw columns that only the outcome is made of: tables to be scored may lack them.
    """

    name: str
    task: str
    event: str
    rows: str
    sliced_by: tuple[str, ...]
    time: str
    group: str
    together: str
    predicted_at: str
    raw_columns: Mapping[str, Sequence[str]]
    outcome_columns: Mapping[str, Sequence[str]]
    keys: tuple[str, ...]
    features: Mapping[str, Literal["number", "category"]]
    target: str
    add_preparation: Callable[[Callable[..., Any]], None]

    @property
    def prepared_columns(self) -> tuple[str, ...]:
        """Return the columns of prepared rows: the keys, what rows are divided and sliced by, features and target."""
        divided_by = [name for name in (self.time, self.group, self.together) if name]
        return tuple(dict.fromkeys([*self.keys, *divided_by, *self.sliced_by, *self.features, self.target]))

    @property
    def scored_columns(self) -> tuple[str, ...]:
        """Return the columns of prepared rows that are to be scored: the same without the target."""
        return tuple(name for name in self.prepared_columns if name != self.target)


def available() -> list[str]:
    """List the names of the use cases in this folder of scripts."""
    return sorted(file.parent.name for file in SOURCE.glob(f"*/{CONSTANTS}.py"))


def load(name: str) -> UseCase:
    """Load what scripts know of a use case.

    Raises:
        InputError: there is no such use case, or one of its constants is missing or wrong; the message names the file.
    """
    module = import_module(f"{_known(name)}.{CONSTANTS}")
    found = {constant: _constant(module, constant) for constant in _constants()}
    _check(module, found)
    values = {constant.lower(): value for constant, value in found.items()}
    return UseCase(**{**values, "name": name, "sliced_by": tuple(found["SLICED_BY"]), "keys": tuple(found["KEYS"])})


def load_preparation(name: str) -> ModuleType:
    """Load the module that prepares the rows of a use case; raises InputError as `load` does."""
    module = import_module(f"{_known(name)}.{PREPARATION}")
    for needed in IN_PREPARATION:
        _constant(module, needed)
    return module


def chosen(argv: Sequence[str] | None) -> UseCase:
    """Load the use case that the command line names, before its parser is made: it declares arguments of its own.

    With `--help` and several, it is the first: its name is printed, for the help that follows is of its arguments.

    Raises:
        InputError: as `load`, or none is named and there are several.
    """
    first = ScriptParser(None, add_help=False)
    first.add_argument("--use-case", default="")
    first.add_argument("-h", "--help", action="store_true")
    given = first.parse_known_args(argv)[0]
    return load(given.use_case or _only_one(given.help))


def run_script(
    argv: Sequence[str] | None,
    parser: Callable[[UseCase], ArgumentParser],
    run: Callable[[UseCase, Namespace], None],
) -> int:
    """Run a script for the use case that its command line names; return 0, or 1 after one line on what is wrong."""

    def work() -> None:
        use_case = chosen(argv)
        run(use_case, parser(use_case).parse_args(argv))

    return exit_code(work)


def _only_one(help_asked: bool) -> str:
    names = available()
    if help_asked and len(names) > 1:
        print(f"The arguments for {names[0]}; for another use case: --use-case NAME --help ({_listed(names)})\n")
    elif len(names) != 1:
        raise InputError(f"which use case? Give --use-case NAME; {_listed(names)}")
    return names[0]


def _known(name: str) -> str:
    names = available()
    if name not in names:
        near = get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}? " if near else ""
        raise InputError(f"there is no use case {name!r} in {SOURCE.name}/: {hint}{_listed(names)}")
    return name


def _listed(names: Sequence[str]) -> str:
    return f"there are: {', '.join(names)}" if names else f"there is none in {SOURCE.name}/"


def _constants() -> list[str]:
    fields = [name for name in UseCase.__dataclass_fields__ if name != "name"]
    return [name if name == "add_preparation" else name.upper() for name in fields]


def _constant(module: ModuleType, name: str) -> Any:
    try:
        return getattr(module, name)
    except AttributeError:
        raise InputError(f"{_place(module)} lacks {name}: define it there; the other use cases show how") from None


def _check(module: ModuleType, found: Mapping[str, Any]) -> None:
    """Raise InputError for the first constant that is not what scripts rely on."""
    for name, valid, wanted in _requirements(found):
        if not valid:
            raise InputError(f"{_place(module)}: {name} must be {wanted}, not {found[name]!r}")


def _requirements(found: Mapping[str, Any]) -> list[tuple[str, bool, str]]:
    """List each constant with whether it is valid, and what it must be in words."""
    raw, features, outcome = found["RAW_COLUMNS"], found["FEATURES"], found["OUTCOME_COLUMNS"]
    kinds = isinstance(features, Mapping) and features and all(kind in KINDS for kind in features.values())
    tables = isinstance(raw, Mapping) and raw and all(map(_are_names, raw.values()))
    known = isinstance(outcome, Mapping) and all(
        _are_names(names) and {*names} <= {*(raw.get(table, ()) if tables else ())} for table, names in outcome.items()
    )
    return [
        ("TASK", found["TASK"] in TASKS, f"one of {', '.join(TASKS)}"),
        *((name, _is_text(found[name]) and bool(found[name]), "text") for name in WORDS),
        *((name, _is_text(found[name]), 'the name of a column, or "" for none') for name in COLUMNS),
        *((name, _are_names(found[name]), "a list of columns") for name in ("SLICED_BY", "KEYS")),
        ("FEATURES", bool(kinds), f"a dict from columns to {' or '.join(KINDS)}"),
        ("RAW_COLUMNS", bool(tables), "a dict from tables to their columns"),
        ("OUTCOME_COLUMNS", known, "a dict from tables to those of their RAW_COLUMNS that only the outcome is made of"),
        ("TARGET", found["TARGET"] not in (features if kinds else ()), "a column that is not among the FEATURES"),
        ("add_preparation", callable(found["add_preparation"]), "a function that declares arguments"),
    ]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _are_names(value: Any) -> bool:
    return isinstance(value, list | tuple) and all(map(_is_text, value)) and len({*value}) == len(value)


def _place(module: ModuleType) -> str:
    """Return the module's file as people know it: src/NAME/use_case.py."""
    return f"{SOURCE.name}/{module.__name__.replace('.', '/')}.py"
