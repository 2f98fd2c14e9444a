"""What every pipeline is once it is expanded, so that a review shows what a change in a template does everywhere.

After a change that is meant: `python -m operation.tests.ado.test_golden` writes the files anew.
"""

from pathlib import Path

import pytest
from azure_pipelines_local.check import FOLDER
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping
from azure_pipelines_local.documents.yaml_printer import printed
from azure_pipelines_local.expansion.entry import expand
from azure_pipelines_local.model import read
from azure_pipelines_local.variants.kinds_of_run import BY_HAND
from azure_pipelines_local.variants.parameter_sets import parameter_sets

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = Path(__file__).parent / "golden"
RENEW = "python -m operation.tests.ado.test_golden"


def expansions() -> dict[str, Mapping]:
    """Every entry pipeline for each of its parameter sets, by the name of its file here."""
    found = {}
    for path in sorted((ROOT / FOLDER).glob("*.yml")):
        entry = path.relative_to(ROOT).as_posix()
        document = yaml_reader.read(path, entry)
        assert isinstance(document, Mapping)
        for parameters in parameter_sets(document):
            name = "--".join([path.stem, *(f"{key}-{value}" for key, value in parameters.items())])
            found[f"{name}.yml"] = expand(ROOT, entry, parameters, BY_HAND.variables)
    return found


EXPANSIONS = expansions()


@pytest.mark.parametrize("name", EXPANSIONS)
def test_an_expanded_pipeline_is_the_one_that_was_reviewed(name: str) -> None:
    golden = GOLDEN / name
    reviewed = golden.read_text(encoding="utf-8") if golden.is_file() else ""
    assert printed(EXPANSIONS[name]) == reviewed, f"{name} is another pipeline now. If it is meant to be: {RENEW}"


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in GOLDEN.glob("*.yml")} == set(EXPANSIONS), f"Renew them: {RENEW}"


@pytest.mark.parametrize("name", EXPANSIONS)
def test_what_is_printed_is_the_same_pipeline_when_it_is_read_again(name: str) -> None:
    again = yaml_reader.parse(printed(EXPANSIONS[name]), name)
    assert isinstance(again, Mapping)
    assert printed(again) == printed(EXPANSIONS[name])
    assert len(read(again).stages) == len(read(EXPANSIONS[name]).stages)


def main() -> None:
    """Write the files anew."""
    for stale in GOLDEN.glob("*.yml"):
        stale.unlink()
    for name, expanded in EXPANSIONS.items():
        (GOLDEN / name).write_text(printed(expanded), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
