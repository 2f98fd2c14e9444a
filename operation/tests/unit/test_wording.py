"""Pages, docstrings, messages and help texts are in words that a native engineer would write: see wording.py."""

from pathlib import Path

import pytest

from operation.tests.unit.test_docs import HISTORY, PAGES
from operation.tests.wording import faults, faults_of_code, faults_of_text

pytestmark = pytest.mark.unmeasured
ROOMS = ("operation", "src", "tools", "docs")


def code(root: Path) -> list[Path]:
    """Every Python file of ours but tests, whose texts only developers read."""
    found = [*root.glob("*.py"), *(file for room in ROOMS for file in sorted((root / room).rglob("*.py")))]
    return [file for file in found if not {"tests", ".venv"} & {*file.relative_to(root).parts}]


def in_files(root: Path, files: list[Path]) -> list[str]:
    return [f"{file.relative_to(root)}:{fault}" for file in files for fault in faults(file)]


def test_no_page_has_a_word_of_the_list(repository: Path) -> None:
    assert in_files(repository, [*PAGES, *sorted(HISTORY)]) == []


def test_no_text_of_the_code_has_a_word_of_the_list(repository: Path) -> None:
    assert in_files(repository, code(repository)) == []


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("To be mended: the data.", "mended"),
        ("It brings the raw tables.", "brings"),
        ("Tell whether it runs.", "Tell whether"),
        ("Its errors are told as messages.", "told"),
        ("'x' is no dependency.", "is no"),
        ("The text is\nno time.", "is no"),
        ("The file is no more.", "is no"),
        ("It wants nothing for that.", "wants nothing"),
        ("A macro of which it is clear that nothing replaces it.", "of which it is clear"),
    ],
)
def test_a_word_of_the_list_is_found(text: str, word: str) -> None:
    assert any(fault.startswith(f"'{word}") for _, fault in faults_of_text(text))


@pytest.mark.parametrize(
    "text",
    [
        "There is no champion.",
        "What git could not bring back.",
        "It brings the environment up to date.",
        "Equal rows cannot be told apart.",
        "It is no longer the newest.",
        "Call `bring(source)`.",
        "```python\nmend()\n```",
        "An amendment to the plan.",
    ],
)
def test_what_reads_well_passes(text: str) -> None:
    assert [*faults_of_text(text)] == []


def test_messages_and_docstrings_are_read_and_names_and_comments_are_not() -> None:
    text = '"""Bring it."""\n\n\ndef bring() -> None:\n    raise ValueError(f"{bring} is no\\nnumber")  # mend\n'
    assert [*faults_of_code(text)] == [
        (1, "'Bring': write fetch, or what is done"),
        (5, "'is no': write is not a, has no"),
    ]
