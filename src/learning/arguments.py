"""The parser of a script, and types with bounds, so that a value out of bounds is refused where it is declared.

`operation/` reads the same declarations from the source and holds the configuration to them: give literals as bounds.
"""

import math
import operator
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import NoReturn, TypeVar

Number = TypeVar("Number", int, float)
Values = TypeVar("Values")
HOLDS = {"at_least": operator.ge, "above": operator.gt, "below": operator.lt, "at_most": operator.le}

MOST = 2**31 - 1  # a larger whole number overflows in LightGBM, and is no seed of scikit-learn


class ScriptParser(ArgumentParser):
    """An argument parser that takes no abbreviations, and ends like all bad input: in one line, with exit code 1."""

    def __init__(self, description: str | None, add_help: bool = True) -> None:
        """Refuse abbreviations: a misspelt argument must not be taken for another one."""
        super().__init__(description=description, allow_abbrev=False, add_help=add_help)

    def error(self, message: str) -> NoReturn:
        """Print the message, which names the argument, without the usage, which would fill the screen."""
        self.exit(1, f"error: {message}. See {self.prog} --help.\n")


def integer(*, at_least: int = -MOST, at_most: int = MOST) -> Callable[[str], int]:
    """Return an argparse type for whole numbers within the bounds, by default those that every library takes."""

    def parse(text: str) -> int:
        return _within(_converted(int, text, "a whole number"), at_least=at_least, at_most=at_most)

    return parse


def number(
    *,
    at_least: float | None = None,
    above: float | None = None,
    below: float | None = None,
    at_most: float | None = None,
) -> Callable[[str], float]:
    """Return an argparse type for finite numbers within the bounds."""

    def parse(text: str) -> float:
        value = _converted(float, text, "a number")
        if not math.isfinite(value):
            raise ArgumentTypeError(f"must be a finite number, not {text!r}")
        return _within(value, at_least=at_least, above=above, below=below, at_most=at_most)

    return parse


def matching(*, pattern: str, forms: str) -> Callable[[str], str]:
    """Return an argparse type for text that the regular expression matches whole; `forms` names what it takes."""

    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ArgumentTypeError(f"must be {forms}, not {text!r}")
        return text

    return parse


def add_scoring(add: Callable[..., object]) -> None:
    """Declare what every script that scores tables takes beside its data and its output."""
    add("--model", type=Path, required=True, help="folder of train.py")
    add("--batch-rows", type=integer(at_least=1), default=50_000, help="rows that a process holds (%(default)s)")
    add("--model-version", default="", help="version of the model, for the output")
    add("--git-commit", default="", help="commit of this code, for the output")


def select(arguments: Namespace, kind: type[Values]) -> Values:
    """Return the dataclass `kind` with the arguments that its fields name."""
    return kind(**{field.name: getattr(arguments, field.name) for field in fields(kind)})  # type: ignore[arg-type]


def _converted(kind: Callable[[str], Number], text: str, words: str) -> Number:
    try:
        return kind(text)
    except ValueError:
        raise ArgumentTypeError(f"must be {words}, not {text!r}") from None


def _within(value: Number, **bounds: float | None) -> Number:
    """Return the value; raises ArgumentTypeError, which argparse prints with the option's name."""
    for name, bound in bounds.items():
        if bound is not None and not HOLDS[name](value, bound):
            raise ArgumentTypeError(f"must be {name.replace('_', ' ')} {bound}, not {value}")
    return value
