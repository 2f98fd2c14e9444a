"""Every pin has one source: setup.py, the locks, and the conda files A and B agree."""

from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from operation import lock, pins

LOCKS = [lock.DEFAULT, lock.AZURE]
TWO_PYTHONS = """# A comment
numpy==2.4 ; python_full_version < '3.12' \\
    --hash=sha256:aa
numpy==2.5 ; python_full_version >= '3.12' \\
    --hash=sha256:bb
colorama==0.4 ; sys_platform == 'win32' \\
    --hash=sha256:cc
PyYAML==6.0 \\
    --hash=sha256:dd
"""


@pytest.fixture(params=LOCKS, ids=lambda each: each.name)
def locked(request: pytest.FixtureRequest) -> lock.LockFile:
    chosen: lock.LockFile = request.param
    return chosen


def text_of(repository: Path, name: str) -> str:
    return (repository / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("python", pins.PYTHONS)
def test_each_requirement_is_pinned_within_its_bounds(repository: Path, locked: lock.LockFile, python: str) -> None:
    versions = pins.pins(text_of(repository, locked.name), python)
    for requirement in map(Requirement, pins.declared(repository, locked.extras)):
        if pins.applies(requirement, python):
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize(("python", "there"), [("3.11", False), ("3.12", False), ("3.13", True)])
def test_what_a_python_has_no_more_is_pinned_for_that_python(repository: Path, python: str, there: bool) -> None:
    assert ("standard-imghdr" in pins.pins(text_of(repository, lock.AZURE.name), python)) == there


def test_each_pin_has_a_hash(repository: Path, locked: lock.LockFile) -> None:
    entries = [block for block in text_of(repository, locked.name).split("\n") if "==" in block]
    assert len(entries) > 100
    assert text_of(repository, locked.name).count("\\\n    --hash=sha256:") >= len(entries)
    assert all(entry.endswith("\\") for entry in entries)


def test_no_lock_holds_an_address(repository: Path, locked: lock.LockFile) -> None:
    assert "://" not in text_of(repository, locked.name)


def test_both_locks_pin_the_same_versions(repository: Path) -> None:
    small, large = (pins.pins(text_of(repository, each.name)).items() for each in LOCKS)
    assert small < large


def test_a_and_b_repeat_the_pins_of_the_lock(repository: Path) -> None:
    for name, text in pins.conda_files(repository, text_of(repository, lock.AZURE.name)).items():
        assert text_of(repository, name) == text, f"{name} is stale: {lock.REMEDY}"


def test_b_names_what_src_imports_and_only_that(repository: Path) -> None:
    section = text_of(repository, pins.ENVIRONMENT_B).partition(pins.PIP_SECTION)[2]
    named = {Requirement(line.strip(" -")).name for line in section.splitlines()}
    assert named == {pins.DISTRIBUTIONS.get(name, name) for name in pins.imported(repository / "src")}


def test_the_oldest_python_on_linux_decides_between_two_pins() -> None:
    assert pins.pins(TWO_PYTHONS) == {"numpy": "2.4", "pyyaml": "6.0"}


def test_stale_and_needless_pins_are_replaced_and_the_rest_of_the_file_stays() -> None:
    head = "name: train  # a comment\ndependencies:\n  - pip:\n"
    stale = head + "      - numpy==1.0\n      - gone==1.0\n"
    assert pins.with_pins(stale, ["PyYAML", "numpy"], pins.pins(TWO_PYTHONS)) == (
        head + "      - numpy==2.4\n      - PyYAML==6.0\n"
    )


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("import numpy.random as random", {"numpy"}),
        ("from sklearn.metrics import roc_auc_score", {"sklearn"}),
        ("def late():\n    import duckdb", {"duckdb"}),
        ("import os, helper\nfrom . import sibling", set()),
    ],
    ids=["module", "part of a module", "inside a function", "standard library and own files"],
)
def test_the_imports_of_a_folder_are_its_third_party_packages(tmp_path: Path, code: str, names: set[str]) -> None:
    (tmp_path / "helper.py").touch()
    (tmp_path / "script.py").write_text(code, encoding="utf-8")
    assert pins.imported(tmp_path) == names
