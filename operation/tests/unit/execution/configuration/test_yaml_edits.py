"""Lines of YAML are taken, inserted and replaced, and all else stays as people wrote it."""

import pytest

from operation.errors import OperationError
from operation.execution.configuration.yaml_edits import append, insert, replace_value, take


@pytest.mark.parametrize(
    ("text", "keys", "left"),
    [
        ("a:\n  b:\n    c: 1\n  d: 2\n", ("a", "b"), "a:\n  d: 2\n"),
        ("a:\n  b:\n    - 1\n  # about d\n  d: 2\n", ("a", "b"), "a:\n  # about d\n  d: 2\n"),
        ("a:\n  b: 1\n  d:\n    e: 2", ("a", "d"), "a:\n  b: 1\n"),
        ("a: 1  # one\n      # two\n\nb: 2\n", ("a",), "b: 2\n"),
        ("a: >\n  text\n  more\nb: 2\n", ("a",), "b: 2\n"),
        ("a: 1\n", ("b",), "a: 1\n"),
        ("a:\n  b:\n    c: 1\n    # about d\n    d: 2\n", ("a", "b", "c"), "a:\n  b:\n    # about d\n    d: 2\n"),
        ("a: 1\n# about b\nb: 2\n", ("a",), "# about b\nb: 2\n"),
        ("a:\n  b: 1\n   # goes on\n   # and on\n  d: 2\n", ("a", "b"), "a:\n  d: 2\n"),
        ("a:\n  b: 1\n\n\nc: 2\n", ("a",), "\nc: 2\n"),
        ("a: {b: 1}\nc: 2\n", ("a",), "c: 2\n"),
        ("a: 1\n", ("a", "b"), "a: 1\n"),
        ("- a\n", ("a",), "- a\n"),
    ],
    ids=[
        *("between", "comment below", "last", "comment of two lines", "folded text", "not there", "three deep"),
        *("comment of the next", "comments below", "empty lines", "braces", "below a value", "no keys"),
    ],
)
def test_of_a_key_that_is_taken_nothing_is_left_and_all_else_stays(text: str, keys: tuple[str, ...], left: str) -> None:
    found, taken = take(text, *keys)
    assert found == left
    assert text.replace(taken, "", 1).replace("\n", "") == left.replace("\n", "")


@pytest.mark.parametrize(
    ("text", "keys", "name"), [("a: {b: 1}\n", "ab", "a.b"), ("a:\n  b: {c: 1}\n", "abc", "a.b.c")]
)
def test_a_key_within_braces_is_not_taken(text: str, keys: str, name: str) -> None:
    with pytest.raises(OperationError, match=rf"^{name} is written within"):
        take(text, *keys)


@pytest.mark.parametrize(
    ("text", "section", "expected"),
    [
        ("a:\n    b: 1\nc: 2\n", ("a",), "a:\n    b: 1\n    x: 1\n    y: 2\nc: 2\n"),
        ("a:\n", ("a",), "a:\n  x: 1\n  y: 2\n"),
        ("a:\n  b:\n", ("a", "b"), "a:\n  b:\n    x: 1\n    y: 2\n"),
    ],
    ids=["as the first key", "empty", "empty and nested"],
)
def test_lines_are_inserted_as_deep_as_the_section_is(text: str, section: tuple[str, ...], expected: str) -> None:
    assert insert(text, section, "x: 1\ny: 2\n") == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("", "b: 1\n"), ("\n \n", "b: 1\n"), ("\na: 1\n\n\n", "\na: 1\n\nb: 1\n")]
)
def test_a_section_is_appended_below_an_empty_line(text: str, expected: str) -> None:
    assert append(text, "b: 1\n") == expected


def test_a_section_within_braces_is_refused_with_the_remedy() -> None:
    with pytest.raises(OperationError, match=r"gate is written within \{ \}: write it in lines of its own"):
        insert("gate: {metric: roc_auc}\n", ("gate",), "share: 1\n")


@pytest.mark.parametrize(
    ("text", "other", "keys", "expected"),
    [
        ("a: 10     # why\nb: 2\n", "a: 5\n", ("a",), "a: 5      # why\nb: 2\n"),
        ("a:\n  b: 1\n", "a:\n  b: [1, 2]\n", ("a", "b"), "a:\n  b: [1, 2]\n"),
        ("a:\n  - 1\nc: 3\n", "a:\n  - 1\n  - 2\n", ("a",), "a:\n  - 1\n  - 2\nc: 3\n"),
        ("a: {b: 1, c: 2}\n", "a: {b: 9, c: 2}\n", ("a", "b"), "a: {b: 9, c: 2}\n"),
        ("a: 1  # why\n", "a: 5678\n", ("a",), "a: 5678 # why\n"),
        ("a: 1   # why\n", "a: 56\n", ("a",), "a: 56  # why\n"),
        ("a: 1 # why\nb: 2      # what\n", "a: 56\n", ("a",), "a: 56 # why\nb: 2      # what\n"),
        ("a:\n  b:\n    - 1\n", "a:\n    b:\n      - 2\n      - 3\n", ("a", "b"), "a:\n  b:\n    - 2\n    - 3\n"),
    ],
    ids=[
        *("number", "list in a line", "list in lines", "within braces", "long value", "column of comments"),
        *("comment out of a column", "other indent"),
    ],
)
def test_a_value_is_replaced_and_its_comment_stays(text: str, other: str, keys: tuple[str, ...], expected: str) -> None:
    assert replace_value(text, other, keys) == expected


@pytest.mark.parametrize(
    ("text", "other"),
    [("a: {b: [1,\n  2]}\n", "a:\n  b: 3\n"), ("a:\n  b: [1,\n    2]\n", "a: {b: 3}\n")],
    ids=["here", "there"],
)
def test_a_value_of_several_lines_is_not_replaced_within_braces(text: str, other: str) -> None:
    with pytest.raises(OperationError, match=r"^a\.b is written within \{ \}: write it in lines of its own"):
        replace_value(text, other, ("a", "b"))
