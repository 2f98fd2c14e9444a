"""What the service itself makes of expressions, as PGielniak/azdo-pipeline-emulator has measured: facts, not its code.

`expressions.json` has a row for each: the name of the measurement, the parameters that the pipeline declares, the
expression, and the answer; null where the service refuses.
"""

import json
from pathlib import Path
from typing import Any

import pytest
from azure_pipelines_local.documents.nodes import plain
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.entry import expand

MEASURED: dict[str, Any] = json.loads(Path(__file__).with_name("expressions.json").read_text(encoding="utf-8"))


def evaluated(folder: Path, parameters: str, expression: str) -> str | None:
    """The value in a variable, with every stretch of blanks as one; None if it is refused."""
    written = json.dumps("${{ " + expression + " }}")
    text = f"{parameters}variables:\n  probe: {written}\nsteps: [{{script: a}}]\n"
    (folder / "ci.yml").write_text(text, encoding="utf-8")
    try:
        found = plain(expand(folder, "ci.yml"))
    except PipelineError:
        return None
    return " ".join(found["variables"]["probe"].split())


def test_there_are_as_many_answers_as_were_taken_over() -> None:
    assert len(MEASURED["answers"]) == 202


@pytest.mark.parametrize(
    ("number", "expression", "answer"),
    [row[1:] for row in MEASURED["answers"]],
    ids=[row[0].replace("/", "-") for row in MEASURED["answers"]],
)
def test_an_expression_is_what_the_service_makes_of_it(
    number: int, expression: str, answer: str | None, tmp_path: Path
) -> None:
    assert evaluated(tmp_path, MEASURED["parameters"][number], expression) == answer
