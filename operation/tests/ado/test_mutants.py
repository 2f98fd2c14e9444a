"""`invoke ado --check` finds each of many mistakes, where it is, and nothing in pipelines without one."""

from pathlib import Path

import pytest

from operation.tests.ado.conftest import Check
from operation.tests.ado.mutants import MUTANTS, Mutant

FOLDER = "azure-pipelines"


def test_our_own_pipelines_have_no_fault(repository: Path, checked: Check) -> None:
    report = checked(repository)
    assert [str(each) for each in report.findings] == []
    assert len(report.checked) >= 3
    assert not any("refused" in line for line in report.checked)


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda each: each.name.replace(" ", "-"))
def test_a_mistake_is_found_where_it_is(mutant: Mutant, copied: Path, checked: Check) -> None:
    changed = copied / FOLDER / mutant.file
    text = changed.read_text(encoding="utf-8")
    assert text.count(mutant.old) == 1, "the pipelines have changed: what the mutant replaces must stand there once"
    changed.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    findings = checked(copied).findings
    told = mutant.elsewhere or mutant.file
    source = (copied / FOLDER / told).read_text(encoding="utf-8").splitlines()
    lines = [number for number, line in enumerate(source, 1) if f"{line.strip()}\n".startswith(mutant.at)]
    right = [each for each in findings if mutant.message in each.message]
    assert all(each.rule for each in findings)
    assert right, "\n".join(map(str, findings)) or "nothing was found"
    assert {(each.place.file, each.place.line) for each in right} & {(f"{FOLDER}/{told}", line) for line in lines}
    assert all("\n" not in str(each) for each in findings)


def test_no_two_mutants_are_the_same() -> None:
    assert len({(each.file, each.old, each.new) for each in MUTANTS}) == len(MUTANTS)
    assert len({each.name for each in MUTANTS}) == len(MUTANTS)
