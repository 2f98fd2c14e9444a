"""What every pipeline is once it is expanded, so that a review shows what a change in a template does everywhere.

After a change that is meant: `python -m operation.tests.ado.test_golden` writes the files anew.
"""

from pathlib import Path

import pytest
from azure_pipelines_local import Project, expand, parameter_sets

ROOT = Path(__file__).resolve().parents[3]
FOLDER = "azure-pipelines"
GOLDEN = Path(__file__).parent / "golden"
RENEW = "python -m operation.tests.ado.test_golden"


def expansions() -> dict[str, str]:
    """Every entry pipeline for each of its parameter sets, by the name of its file here."""
    found = {}
    project = Project(ROOT)
    for path in sorted((ROOT / FOLDER).glob("*.yml")):
        entry = path.relative_to(ROOT).as_posix()
        for parameters in parameter_sets(project, entry):
            name = "--".join([path.stem, *(f"{key}-{value}" for key, value in parameters.items())])
            found[f"{name}.yml"] = expand(project, entry, parameters)
    return found


EXPANSIONS = expansions()


@pytest.mark.parametrize("name", EXPANSIONS)
def test_an_expanded_pipeline_is_the_one_that_was_reviewed(name: str) -> None:
    golden = GOLDEN / name
    reviewed = golden.read_text(encoding="utf-8") if golden.is_file() else ""
    assert EXPANSIONS[name] == reviewed, f"{name} is another pipeline now. If it is meant to be: {RENEW}"


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.glob("*.yml")} == set(EXPANSIONS), f"Renew them: {RENEW}"


@pytest.mark.parametrize("name", EXPANSIONS)
def test_what_is_printed_is_the_same_pipeline_when_it_is_read_again(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(EXPANSIONS[name], encoding="utf-8")
    assert expand(Project(tmp_path), name) == EXPANSIONS[name]


def main() -> None:
    """Write the files anew."""
    for stale in GOLDEN.glob("*.yml"):
        stale.unlink()
    for name, expanded in EXPANSIONS.items():
        (GOLDEN / name).write_text(expanded, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
