"""YAML that means something else than people think is refused, with its place."""

from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.configuration.yaml_files import line_of, parse, read_mapping


@pytest.mark.parametrize("text", ["012", "-07", "1:30", "1:30.5", "00", "0x10", "0b11", "1_2", "010.5", "1_2.5"])
def test_numbers_that_people_do_not_mean_are_refused(text: str) -> None:
    with pytest.raises(OperationError, match=rf"x\.yaml:2:4: {text} is not a plain number"):
        parse(f"b: 1\na: {text}", "x.yaml")


PLAIN = [("0", 0), ("-3", -3), ("0.5", 0.5), ("10", 10), ("'012'", "012"), ("+1", 1), (".5", 0.5), ("1.0e-5", 1e-5)]


@pytest.mark.parametrize(("text", "value"), PLAIN)
def test_plain_numbers_are_taken(text: str, value: object) -> None:
    assert parse(f"a: {text}", "x.yaml") == {"a": value}


def test_a_day_that_no_calendar_has_is_refused() -> None:
    with pytest.raises(OperationError, match=r"x\.yaml:1:4: 2013-02-30 is not a date"):
        parse("a: 2013-02-30", "x.yaml")


def test_endless_brackets_are_refused() -> None:
    with pytest.raises(OperationError, match=r"x\.yaml: the YAML is nested too deeply"):
        parse("[\n" * 1_000 + "]" * 1_000, "x.yaml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: {c: 2, c: 3}", r"^x\.yaml:2:11: the key 'c' stands twice\. Fix the YAML there\.$"),
        ("a: " + "9" * 5000, r"^x\.yaml: Exceeds the limit .*\. Fix the value there\.$"),
        ("? [a]\n: 1\n", r"^x\.yaml:1:3: the key \['a'\] must be plain text\. Fix the YAML there\.$"),
        ("a: 1\nb: \x01", r"^x\.yaml:2: YAML cannot hold the character U\+0001\. Remove it\.$"),
    ],
    ids=["twice", "too long a number", "a list", "no text"],
)
def test_what_cannot_be_read_is_named_with_its_place(text: str, message: str) -> None:
    with pytest.raises(OperationError, match=message):
        parse(text, "x.yaml")


def test_a_file_that_holds_something_else_is_named_with_its_kind(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("- a")
    with pytest.raises(OperationError) as raised:
        read_mapping(tmp_path / "x.yaml")
    assert str(raised.value) == f"{tmp_path / 'x.yaml'} must hold `key: value` pairs, and holds list."


def test_a_file_is_read_as_utf_8(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_bytes("a: é".encode())
    assert read_mapping(tmp_path / "x.yaml") == {"a": "é"}
    (tmp_path / "x.yaml").write_bytes(b"a: \xe9")
    with pytest.raises(OperationError, match=r"x\.yaml is not UTF-8 \(byte 3\)\. Save it as UTF-8\.$"):
        read_mapping(tmp_path / "x.yaml")


@pytest.mark.parametrize(
    ("keys", "line"), [(("a",), 1), (("b", "c"), 3), (("b", "zzz"), None), (("a", "c"), None), ((), None)]
)
def test_the_line_of_a_key_is_that_of_the_key_itself(keys: tuple[str, ...], line: int | None, tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("a: 1\nb:\n  c:\n    - d\n", encoding="utf-8")
    assert line_of(tmp_path / "x.yaml", keys) == line
