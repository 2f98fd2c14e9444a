"""Which commands of the documentation a test runs, and why the others do not run."""

import re
from collections import Counter
from pathlib import Path

import pytest

import tasks
from operation.housekeeping.diagrams import diagrams
from operation.tests.documentation import NOT_RUN, Block, blocks, missing, pages, shell_script

ROOT = Path(tasks.__file__).parent
PAGES = pages(ROOT)
LANGUAGES = {"bash", "json", "mermaid", "output", "python", "yaml"}
COMMAND = re.compile(
    r"^ *(?:\$ )?(?:\S*python3?|invoke|nox|pip|uv|conda|git|az|npm|source|export|sudo|bash) ", re.MULTILINE
)

# How many blocks do not run, by reason. One more needs a number here, and with it a reviewer.
REASONS = {
    "needs Azure": 4,
    "needs conda": 1,
    "needs your code": 1,
    "leaves a service running": 3,  # operation/tests/integration/test_deployment.py runs them
    "needs your data": 4,  # docs/how-to/make-it-yours.md runs the same command on data that are here
    "needs the template": 2,  # operation/tests/adoption/test_template.py updates from one
    "runs the tests": 3,
    "takes minutes": 2,
    "serves until Ctrl-C": 4,  # tests of integration/ and tools/azureml-offline/tests start them
    "needs Docker": 1,  # operation/tests/unit/test_dockerfile.py lints what it builds
    "needs a champion": 2,  # test_score.py and test_explanation.py of operation/tests/integration have one
    "builds the site": 2,  # nox -s docs does
    "installs Java": 1,
    "deletes the example": 1,
}


def faults(text: str) -> list[str]:
    """What is wrong with the marks of a page's blocks."""
    found = [f"line {block.line}: {fault}" for block in blocks(text) if (fault := wrong_mark(block))]
    fences = len(re.findall(r"^ *(?:```|~~~)", text, re.MULTILINE))
    return found if fences == 2 * len(list(blocks(text))) else [*found, "a fence is indented, or not closed"]


def wrong_mark(block: Block) -> str:
    if block.language not in LANGUAGES:
        return f"no language of {', '.join(sorted(LANGUAGES))}"
    if block.language in ("json", "mermaid", "output", "yaml") and COMMAND.search(block.text):
        return "a command that is not marked bash"
    if block.language == "bash" and not re.fullmatch(rf"(?:exit \d+|{NOT_RUN}.*)?", block.mark):
        return f"neither bash, bash exit N nor bash {NOT_RUN}REASON"
    if block.mark.startswith("exit") and len(block.text.splitlines()) != 1:
        return "more than one command, of which one exit code cannot tell"
    return ""


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_every_block_of_commands_runs_or_says_why_not(page: Path) -> None:
    assert faults(page.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("page", PAGES, ids=[page.relative_to(ROOT).as_posix() for page in PAGES])
def test_output_is_shown_of_what_runs(page: Path) -> None:
    shown = [block for block in blocks(page.read_text(encoding="utf-8")) if block.runs or block.language == "output"]
    assert not shown or shown[0].runs


def test_no_more_commands_are_left_out_than_counted_here() -> None:
    found = [block for page in PAGES for block in blocks(page.read_text(encoding="utf-8"))]
    marks = [block.mark.removeprefix(NOT_RUN) for block in found if block.mark.startswith(NOT_RUN)]
    assert not Counter(marks) - Counter(REASONS)  # fewer are left where the example and its pages are gone


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("```\ninvoke train\n```\n", "no language"),
        ("```yaml\ninvoke train\n```\n", "not marked bash"),
        ("```bash later\ninvoke train\n```\n", "neither bash"),
        ("```bash exit 1\ninvoke train\ninvoke models\n```\n", "more than one command"),
        ("1. So:\n   ```bash\n   invoke train\n   ```\n", "indented"),
        ("```bash\ninvoke train\n", "not closed"),
    ],
    ids=["unmarked", "disguised", "unknown-mark", "two-commands", "indented", "open"],
)
def test_a_block_without_its_mark_is_refused(text: str, fault: str) -> None:
    (found,) = faults(text)
    assert fault in found


@pytest.mark.parametrize(
    ("shown", "printed", "absent"),
    [
        ("train   done  8.8 s  30 features\n", "prepare  done 1 s\ntrain   done      12.1 s  24 features\n", []),
        ("Card  .../outputs/card.md\n", "Card  /home/a user/outputs/card.md\n", []),
        ("Verdict  promote\n", "Verdict  refuse\n", ["Verdict  promote"]),
        ("Card  .../outputs/card.md\n", "Card  /home/a user/outputs/model.md\n", ["Card  .../outputs/card.md"]),
    ],
    ids=["numbers", "path", "word", "end-of-path"],
)
def test_output_is_compared_without_numbers_and_places(shown: str, printed: str, absent: list[str]) -> None:
    assert missing(shown, printed) == absent


def test_the_commands_of_a_page_are_one_script_without_those_that_do_not_run() -> None:
    text = "```bash\na\n```\n```bash not run: x\nb\n```\n```output\nc\n```\n```bash exit 1\nd\n```\n"
    lines = shell_script(list(blocks(text)), "=").splitlines()
    assert lines == ["set -e", "echo =", "a", "", "echo =", "status=0", "d || status=$?", "test $status -eq 1"]


DRAWN = [page for page in (ROOT / "docs").rglob("*.md") if "```mermaid" in page.read_text(encoding="utf-8")]


@pytest.mark.parametrize("page", DRAWN, ids=[page.name for page in DRAWN])
def test_every_diagram_has_a_picture_that_was_drawn_from_its_text(page: Path) -> None:
    found = list(diagrams(page))
    assert len(found) == page.read_text(encoding="utf-8").count("```mermaid")
    assert [diagram.picture.name for diagram in found if not diagram.is_current()] == []


def test_a_picture_of_another_text_is_not_current(tmp_path: Path) -> None:
    (page := tmp_path / "page.md").write_text(
        "![It](it.svg)\n\n```mermaid\nflowchart LR\na --> b\n```\n", encoding="utf-8"
    )
    (diagram,) = diagrams(page)
    diagram.picture.write_text(f"{diagram.mark}<svg/>", encoding="utf-8")
    assert diagram.is_current()
    page.write_text(page.read_text(encoding="utf-8").replace("b", "c"), encoding="utf-8")
    assert not any(changed.is_current() for changed in diagrams(page))
