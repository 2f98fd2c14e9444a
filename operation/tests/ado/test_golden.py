"""What every pipeline is once it is expanded, so that a review shows what a change in a template does everywhere.

After a change that is meant: `python -m operation.tests.ado.test_golden` writes the files anew.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure_pipelines_local import Project, expand, parameter_sets

from operation.execution.pipelines.offered_use_cases import CONFIGURED

ROOT = Path(__file__).resolve().parents[3]
FOLDER = "azure-pipelines"
GOLDEN = Path(__file__).parent / "golden"
RENEW = "python -m operation.tests.ado.test_golden"


def cases() -> Iterator[tuple[str, dict[str, str]]]:
    """Every entry pipeline with each of its parameter sets."""
    for path in sorted((ROOT / FOLDER).glob("*.yml")):
        entry = path.relative_to(ROOT).as_posix()
        yield from ((entry, parameters) for parameters in parameter_sets(Project(ROOT), entry))


def names_a_use_case(parameters: dict[str, str]) -> bool:
    """Whether they choose one by its name: whichever there are, no golden file depends on them."""
    return parameters.get("use_case", CONFIGURED) != CONFIGURED


def expansions() -> dict[str, str]:
    """Each case that names no use case, by the name of its file here."""
    found = {}
    for entry, parameters in cases():
        if not names_a_use_case(parameters):
            name = "--".join([Path(entry).stem, *(f"{key}-{value}" for key, value in parameters.items())])
            found[f"{name}.yml"] = expand(Project(ROOT), entry, parameters)
    return found


EXPANSIONS = expansions()
NAMED = [case for case in cases() if names_a_use_case(case[1])]


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


@pytest.mark.parametrize(("entry", "parameters"), NAMED, ids=["-".join(case[1].values()) for case in NAMED])
def test_a_pipeline_of_a_named_use_case_is_the_same_but_for_its_name(entry: str, parameters: dict[str, str]) -> None:
    plain = expand(Project(ROOT), entry, {**parameters, "use_case": CONFIGURED})
    named = re.sub(
        r"(--(?:environment|to) \w+)$", rf"\1 --use-case {parameters['use_case']}", plain, flags=re.MULTILINE
    )
    named = named.replace("',configured,'", f"',{parameters['use_case']},'")  # in a condition
    assert named != plain
    assert expand(Project(ROOT), entry, parameters) == named


def main() -> None:
    """Write the files anew."""
    for stale in GOLDEN.glob("*.yml"):
        stale.unlink()
    for name, expanded in EXPANSIONS.items():
        (GOLDEN / name).write_text(expanded, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
