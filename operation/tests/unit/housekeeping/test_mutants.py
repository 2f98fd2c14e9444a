"""The page about mutants names each survivor, and tells those that nothing could notice from missing tests."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from operation.housekeeping.equivalent_mutants import EQUIVALENT
from operation.housekeeping.mutants import Mutant, forget_survivors, page, summary

GATE, CACHE = "operation/execution/registration/gate.py", "operation/execution/steps/cache.py"
MUTANTS = [
    Mutant(GATE, "operation.execution.registration.gate.x__misses__mutmut_2", False),
    Mutant(GATE, "operation.execution.registration.gate.x__misses__mutmut_3", True, "value >= floor", "value > floor"),
    Mutant(CACHE, "cache.xǁCacheǁtake__mutmut_12", True, 'read(encoding="utf-8")', 'read(encoding="UTF-8")'),
    *(Mutant(CACHE, f"cache.x__used__mutmut_{number}", False) for number in range(5)),
]


def test_the_function_of_a_mutant_is_named_as_in_its_file() -> None:
    assert [mutant.function for mutant in MUTANTS[:3]] == ["_misses", "_misses", "Cache.take"]


def test_a_survivor_is_a_missing_test_unless_its_change_is_known_to_be_none() -> None:
    shown = page(MUTANTS)
    assert f"\n### {GATE}\n\n* `_misses`: `value >= floor` became `value > floor`. **A test is missing.**\n" in shown
    assert '* `Cache.take`: `read(encoding="utf-8")` became `read(encoding="UTF-8")`. The names of' in shown
    assert f"| `{GATE}` | 2 | 1 | 0 |\n| `{CACHE}` | 6 | 1 | 1 |" in shown


def test_the_rate_is_that_of_all_survivors() -> None:
    left = "1 of them change nothing that could be seen, 1 are left."
    assert summary(MUTANTS) == f"2 of 8 mutants survived, 25.0%: {left}"


def test_what_survived_is_tried_again_and_what_was_killed_is_not(tmp_path: Path) -> None:
    file = tmp_path / "mutants" / "operation" / "gate.py.meta"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"exit_code_by_key": {"killed": 1, "survived": 0, "untested": 33}, "hashes": {}}))
    forget_survivors(tmp_path)
    kept = {"exit_code_by_key": {"killed": 1, "survived": None, "untested": None}, "hashes": {}}
    assert json.loads(file.read_text()) == kept


def test_without_survivors_no_file_is_listed_below() -> None:
    assert "###" not in page(MUTANTS[:1])


@pytest.mark.parametrize("pattern", EQUIVALENT)
def test_a_pattern_is_no_wider_than_one_function_or_one_argument(pattern: str) -> None:
    assert not re.search(pattern, "_misses: metrics[name] >= floor -> metrics[name] > floor")
    assert EQUIVALENT[pattern].endswith(".")


def test_the_session_s_command_is_one(repository: Path) -> None:
    command = [sys.executable, "-m", "operation.housekeeping.mutants", "--help"]
    shown = subprocess.run(command, cwd=repository, capture_output=True, text=True, check=True).stdout
    assert shown.startswith("usage: nox -s mutants -- ")


def test_the_published_rate_is_below_five_percent(repository: Path) -> None:
    published = (repository / "docs" / "mutants.md").read_text(encoding="utf-8")
    found = re.search(r"^\*\*([\d,]+) of ([\d,]+) mutants survived", published, re.MULTILINE)
    assert found
    survived, made = (int(number.replace(",", "")) for number in found.groups())
    assert survived < 0.05 * made
