"""`invoke new --replace`: what becomes of pages that name the use case that goes."""

from collections.abc import Callable
from pathlib import Path

import pytest

from operation.execution.new.replacement import ANSWERS, README, plan_removal, suit_task

Page = Callable[[str], str]
FILES = {
    "configuration/configuration.yaml": "use_case: pears\n",
    "configuration/use_cases/pears.yaml": "model: pear-sizes\ndata: {source: baskets}\n",
    "operation/tests/use_cases/pears/belongs.txt": "docs/measured.md\n",
    "src/pears/data.py": "",
    "docs/data/pears.md": "",
    "docs/measured.md": "",
    "noxfile.py": "",
}


@pytest.fixture
def page(tmp_path: Path) -> Page:
    """Replace pears by plums, in a repository with one page; return the new text of that."""
    for name, text in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    def replace(text: str) -> str:
        (tmp_path / "README.md").write_text(text, encoding="utf-8")
        return plan_removal(tmp_path, "plums").changed["README.md"]

    return replace


def test_what_names_a_file_that_the_new_use_case_has_as_well_names_that(page: Page) -> None:
    said = page("| SQL | `src/pears/data.py` |\n\n* [pears](docs/data/pears.md) of `pear-sizes`\n")
    assert said == "| SQL | `src/plums/data.py` |\n\n* [plums](docs/data/plums.md) of `plums`\n"


def test_an_item_about_what_goes_goes_with_the_lines_that_continue_it(page: Page) -> None:
    assert page("* [one](docs/measured.md) is\n  measured\n* two,\n  of pears\n") == "* two,\n  of plums\n"


def test_a_paragraph_about_the_example_leaves_no_blank_line(page: Page) -> None:
    mark = "<!-- the example {} -->\n"
    text = f"One.\n\n{mark.format('begins')}Pears.\n\n{mark.format('ends')}\nTwo.\n"
    assert page(text) == "One.\n\nTwo.\n"


@pytest.mark.parametrize("before", ANSWERS)
@pytest.mark.parametrize("task", ANSWERS)
def test_readme_says_of_an_answer_what_it_is_in_the_task(task: str, before: str) -> None:
    changed = suit_task({README: f"It is {ANSWERS[before]} and more.", "other.md": ANSWERS[before]}, task)
    assert changed == {README: f"It is {ANSWERS[task]} and more.", "other.md": ANSWERS[before]}


# the example begins
def test_readme_has_the_sentence_that_the_task_changes(repository: Path) -> None:
    text = (repository / README).read_text(encoding="utf-8")
    assert [task for task, answer in ANSWERS.items() if answer in text] != []


# the example ends
