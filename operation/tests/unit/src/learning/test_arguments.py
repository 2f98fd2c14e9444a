"""Argument types with bounds: what they take, and how they say what they do not take."""

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from learning.arguments import integer, matching, number, select


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (integer(), "-3", -3),
        (integer(at_least=2), "2", 2),
        (integer(at_most=2), "2", 2),
        (number(), "-0.5", -0.5),
        (number(at_least=1, at_most=1), "1", 1.0),
        (number(above=0, below=1), "1e-3", 0.001),
        (matching(pattern="[0-9]+ %", forms='"20 %"'), "3 %", "3 %"),
    ],
)
def test_a_value_within_the_bounds_is_taken(kind: Callable[[str], float | str], text: str, value: float | str) -> None:
    assert kind(text) == value
    assert type(kind(text)) is type(value)


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        (integer(at_least=2), "1", "must be at least 2, not 1"),
        (integer(at_most=2), "3", "must be at most 2, not 3"),
        (integer(at_least=2), "4294967296", "must be at most 2147483647, not 4294967296"),
        (integer(), "1.5", "must be a whole number, not '1.5'"),
        (number(at_least=0), "-1", "must be at least 0, not -1.0"),
        (number(above=0), "0", "must be above 0, not 0.0"),
        (number(below=1), "1", "must be below 1, not 1.0"),
        (number(at_most=1), "1.1", "must be at most 1, not 1.1"),
        (number(), "much", "must be a number, not 'much'"),
        (number(), "nan", "must be a finite number, not 'nan'"),
        (number(), "-inf", "must be a finite number, not '-inf'"),
        (matching(pattern="[0-9]+ %", forms='"20 %"'), "3 % of them", "must be \"20 %\", not '3 % of them'"),
    ],
)
def test_a_value_out_of_the_bounds_is_refused(kind: Callable[[str], float | str], text: str, message: str) -> None:
    with pytest.raises(ArgumentTypeError, match=f"^{message}$"):
        kind(text)


def test_a_dataclass_takes_the_arguments_that_it_names() -> None:
    @dataclass
    class Size:
        width: int

    assert select(Namespace(width=3, depth=4), Size) == Size(3)
