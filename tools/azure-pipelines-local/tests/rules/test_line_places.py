"""Where the lines of a script stand in its file."""

import time
from pathlib import Path

import pytest
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping, Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.rules.cases import Sources


def script(folder: Path, text: str) -> tuple[Sources, Scalar]:
    """The value of `script`, and the sources that have it."""
    (folder / "p.yml").write_text(text, encoding="utf-8")
    document = yaml_reader.parse(text, "p.yml")
    assert isinstance(document, Mapping)
    found = document.find("script")
    assert isinstance(found, Scalar)
    return Sources(folder), found


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("script: nox -s a\n", [(1, 9)]),
        ('script: "nox -s a"\n', [(1, 10)]),
        ("script: |\n  nox -s aa\n  nox -s a\n", [(2, 3), (3, 3)]),
        ("script: |\n  nox -s a\n\n  nox -s a\n", [(2, 3), (3, 1), (4, 3)]),
        ("script: >\n  nox -s a\n  b\n\n  nox -s c\n", [(1, 9), (1, 9)]),
        ('script: "nox -s a\\nnox -s b"\n', [(1, 10), (1, 20)]),
    ],
    ids=["plain", "quoted", "part of the line before", "twice", "folded", "in one line"],
)
def test_a_line_is_found_where_it_stands(tmp_path: Path, text: str, places: list[tuple[int, int]]) -> None:
    sources, scalar = script(tmp_path, text)
    assert sources.line_places(scalar) == [Place("p.yml", *each) for each in places]


def test_variables_are_found_where_they_stand_first(tmp_path: Path) -> None:
    sources, scalar = script(tmp_path, "script: |\n  nox $(image) $(imag)\n  $(imag)\n")
    assert sources.macro_places(scalar) == {"image": Place("p.yml", 2, 7), "imag": Place("p.yml", 2, 16)}


def test_a_text_of_another_repository_is_where_it_begins(tmp_path: Path) -> None:
    begins = Place("steps.yml@other", 3, 5)
    assert Sources(tmp_path).line_places(Scalar("a\nb", begins)) == [begins, begins]
    assert Sources(tmp_path).macro_places(Scalar("$(a)", begins)) == {}


def test_many_lines_are_found_in_time(tmp_path: Path) -> None:
    sources, scalar = script(tmp_path, "script: |\n" + "".join(f"  nox -s lint -- {each}\n" for each in range(30_000)))
    begun = time.perf_counter()
    assert sources.line_places(scalar)[-1] == Place("p.yml", 30_001, 3)
    assert time.perf_counter() - begun < 5  # it takes 0.2 s; a search from the start for each line, minutes
