"""Find what is predicted: the task, the event, and why a column cannot be a target."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast, get_args

from operation.console import counted
from operation.errors import OperationError
from operation.execution.new.asked import ARGUMENT, Asked, Guess, Task
from operation.execution.new.naming import NO, YES, digits, nearest, says, text_of, words_of
from operation.execution.new.profile import FEW, Column, Table
from operation.execution.new.raw_tables import LEAST_ROWS

LEAST_OF_A_CLASS = 5
MOST_CLASSES = 50
BOUNDS = {">=": "at least", "<=": "at most", ">": "above", "<": "below"}
TASKS: tuple[Task, ...] = get_args(Task)


@dataclass(frozen=True)
class Target:
    """What is predicted."""

    column: Column
    task: Task
    event: str
    positive: object = None
    classes: tuple[str, ...] = ()


def find_target(asked: Asked, main: Table, guesses: list[Guess]) -> Target:
    """Find the task, and what of the target is predicted.

    Raises:
        OperationError: the column cannot be a target, or not of the task that is asked for.
    """
    column = main.columns[asked.target]
    _check_target(asked, column)
    target, guess = GUESSES[_task(asked, column)](asked, column)
    _check_classes(target)
    _check_spelling(asked, column)
    guesses.append(guess)
    if column.nulls:
        verb = "is" if column.nulls == 1 else "are"
        left_out = f"{counted(column.nulls)} without {column.name} {verb} left out of training"
        guesses.append(Guess(left_out, f"src/{asked.name}/data.py", "no outcome to learn from"))
    return target


def _guess_event(asked: Asked, column: Column) -> tuple[Target, Guess]:
    positive = _positive(asked, column)
    event = _event(column, positive)
    share = dict(column.top).get(positive, 0) / column.filled
    others = [_shown(value) for value, _ in column.top if value != positive]
    shown = ", ".join(others[:FEW]) + (", ..." if len(others) > FEW else "")
    what = f"{event!r}, where {column.name} is {_shown(positive)} ({share:.1%} of the rows) and not {shown}"
    guess = Guess(f"binary: the event is {what}; choose another with --positive", *_place(asked, positive))
    return Target(column, "binary", event, positive), guess


def _guess_classes(asked: Asked, column: Column) -> tuple[Target, Guess]:
    classes = tuple(sorted(text_of(value) for value, _ in column.top))
    amounts = "; --task regression if they are amounts" if column.kind == "integer" else ""
    other = amounts or "; to predict one of them alone, name it with --positive"
    what = f"multiclass: {column.name} has {column.distinct} classes{other}"
    guess = Guess(what, f"src/{asked.name}/use_case.py", "TASK =")
    return Target(column, "multiclass", words_of(column.name), classes=classes), guess


def _guess_amount(asked: Asked, column: Column) -> tuple[Target, Guess]:
    classes = "; --task multiclass if the numbers are classes" if column.is_whole and column.distinct <= FEW else ""
    what = f"regression: {column.name} is a number, from {digits(column.least)} to {digits(column.greatest)}{classes}"
    return Target(column, "regression", words_of(column.name)), Guess(what, f"src/{asked.name}/use_case.py", "TASK =")


GUESSES: dict[Task, Callable[[Asked, Column], tuple[Target, Guess]]] = {
    "binary": _guess_event,
    "multiclass": _guess_classes,
    "regression": _guess_amount,
}


def _check_target(asked: Asked, column: Column) -> None:
    name = column.name
    if asked.task and asked.task not in TASKS:
        raise OperationError(f"--task must be one of {', '.join(TASKS)}, not {asked.task!r}.")
    if not column.filled:
        raise OperationError(f"The target {name!r} is empty in every row. Name another: --target COLUMN.")
    if column.filled < LEAST_ROWS:
        raise OperationError(
            f"The target {name!r} has a value in {column.filled} rows, and at least {LEAST_ROWS} are needed. Add rows."
        )
    if column.distinct == 1:
        raise OperationError(
            f"The target {name!r} is {_shown(column.top[0][0])} in every row{_but_empty(column)}: there is nothing to "
            f"learn. Add rows with another outcome{', or write one where it is empty' if column.nulls else ''}."
        )
    if column.kind in ("date", "time", "other"):
        held = column.stored or f"{column.kind}s"
        raise OperationError(
            f"The target {name!r} holds {held}. It must be classes or numbers, such as days until then."
        )
    if column.date_format and column.distinct > MOST_CLASSES:
        raise OperationError(
            f"The target {name!r} holds dates, such as {column.top[0][0]!r}. It must be classes or numbers, such as "
            "days until then."
        )
    if column.written_number and not asked.positive:
        raise OperationError(
            f"The target {name!r} holds numbers written as text, such as {column.written_number!r:.20}. Write them "
            "as plain numbers, such as 1234.5, and leave unknown ones empty."
        )
    if column.kind == "text" and column.distinct > MOST_CLASSES and not asked.positive:
        unique = "a text of its own in every row" if column.unique else f"{column.distinct:,} different texts"
        raise OperationError(
            f"The target {name!r} has {unique}: neither classes nor numbers. Name another column, or one value to "
            "predict: --positive VALUE"
        )
    if column.kind == "integer" and column.unique and (column.is_identifier or column.counts_rows):
        raise OperationError(
            f"The target {name!r} is another number in every row, as an identifier is. Name another: --target COLUMN."
        )


def _but_empty(column: Column) -> str:
    return f" but {column.nulls:,}, where it is empty" if column.nulls else ""


def _check_spelling(asked: Asked, column: Column) -> None:
    """Refuse texts that would be one or two classes if each were written in one way: Yes, yes and NO."""
    if column.kind != "text" or asked.task or asked.positive:
        return
    written: dict[str, list[str]] = {}
    for value, _ in column.top:
        written.setdefault(value.strip().casefold(), []).append(value)
    twice = next((values for values in written.values() if len(values) > 1), [])
    if twice and len(written) <= 2:  # more may be letters, which people tell apart
        shown = " and ".join(map(repr, twice[:2]))
        raise OperationError(
            f"The target {column.name!r} has {shown}, which look like one value. Write each value in one way, or "
            "take them as they are with --task multiclass."
        )


def _task(asked: Asked, column: Column) -> Task:
    """Choose the task, by default by the number of different values."""
    if asked.positive and asked.task in ("multiclass", "regression"):
        raise OperationError(f"--positive is for the task binary, not {asked.task}. Leave one of both out.")
    if asked.task == "regression" and column.kind not in ("integer", "number"):
        raise OperationError(f"The target {column.name!r} is {column.kind}, and --task regression needs numbers.")
    if asked.task == "binary" and column.distinct > 2 and not asked.positive:
        shown = ", ".join(text_of(value) for value, _ in column.top[:FEW])
        raise OperationError(
            f"The target {column.name!r} has {column.distinct} values: {shown}. "
            "Say which is the event: --positive VALUE"
        )
    if asked.task == "multiclass" and column.kind == "number" and not column.is_whole:
        raise OperationError(
            f"The target {column.name!r} holds fractions, and classes must be whole numbers or texts. "
            "Try --task regression."
        )
    if asked.task == "multiclass" and column.distinct > MOST_CLASSES:
        raise OperationError(
            f"The target {column.name!r} has {column.distinct:,} values, and {MOST_CLASSES} classes are the most. "
            "Try --task regression."
        )
    if asked.task:
        return cast(Task, asked.task)
    if asked.positive or column.distinct == 2:
        return "binary"
    few = column.kind == "text" or (column.kind == "integer" and column.distinct <= FEW)
    return "multiclass" if few else "regression"


def _positive(asked: Asked, column: Column) -> Any:
    """Choose the value that becomes 1: what is asked for, what says yes, or the rarer one."""
    values = {text_of(value): value for value, _ in column.top}
    if asked.positive:
        found = find_positive(asked.positive, column)
        if not found:
            raise OperationError(
                f"--positive {asked.positive}: {column.name!r} has no such value. {nearest(asked.positive, values)}"
            )
        return found[0][0]
    yes = [value for value in values.values() if says(value, YES)]
    no = [value for value in values.values() if says(value, NO)]
    if len(yes) == 1 and (no or len(values) == 2):
        return yes[0]
    return column.top[-1][0] if not no else next(value for value, _ in column.top if value not in no)


def _place(asked: Asked, positive: object) -> tuple[str, str]:
    """Return where the positive value stands: in the configuration, or in the SQL if no command line can carry it."""
    if ARGUMENT.fullmatch(text_of(positive)):
        return f"configuration/use_cases/{asked.name}.yaml", "positive:"
    return f"src/{asked.name}/data.py", "::TINYINT"


def find_positive(asked: str, column: Column) -> tuple[tuple[Any, int], ...]:
    """Find the known value that is written like that, with its count; as it is, or else but for small letters."""
    exact = [each for each in column.top if text_of(each[0]) == asked]
    alike = [each for each in column.top if text_of(each[0]).casefold() == asked.casefold()]
    return tuple((exact or alike)[:1])


def _event(column: Column, positive: object) -> str:
    """Name what happened where the target is 1: the target's own name, or the value if that says more."""
    value, name = text_of(positive).strip(), words_of(column.name)
    if says(positive, NO):
        return f"{name} {words_of(value)}"
    if says(positive, YES) or not isinstance(positive, str):
        return name
    bound = next((sign for sign in BOUNDS if value.startswith(sign)), "")  # of an amount, such as >50K
    return f"{name} {BOUNDS[bound]} {value.removeprefix(bound).strip()}" if bound else words_of(value)


def _shown(value: object) -> str:
    """Write a value as people do, in quotes where its ends would not be seen."""
    text = text_of(value)
    return repr(text) if text != text.strip() or not text else text


def _check_classes(target: Target) -> None:
    """Raise OperationError for a class with too few rows to train and to test."""
    counts = target.column.top if target.task != "regression" else ()
    if target.task == "binary":
        of_event = dict(target.column.top)[target.positive]
        counts = ((target.positive, of_event), ("all others", target.column.filled - of_event))
    for value, count in counts:
        if count < LEAST_OF_A_CLASS:
            amounts = target.task == "multiclass" and target.column.kind == "integer"
            other = ", or take the values as amounts: --task regression" if amounts else ""
            rows = counted(count)
            raise OperationError(
                f"The target {target.column.name!r} is {_shown(value)} in {rows}, and at least {LEAST_OF_A_CLASS} are "
                f"needed to train and to test. Add rows, or leave these out{other}."
            )
