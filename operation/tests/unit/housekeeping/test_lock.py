"""Every pin has one source: setup.py, the locks, and the conda files A, B and C agree."""

from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from operation.distributions import DISTRIBUTIONS
from operation.housekeeping import lock, pins
from operation.housekeeping.imports import imported

LOCKS = [lock.DEFAULT, lock.AZURE]  # the second is the larger
ALL = [
    *LOCKS,
    *(
        lock.ADO,
        lock.MUTANTS,
        lock.NOTEBOOK,
        lock.SPARK,
        lock.EVIDENTLY,
        lock.INFRASTRUCTURE,
        lock.CONTAINER,
        lock.DOCS,
    ),
]
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


@pytest.fixture(params=ALL, ids=lambda each: each.name)
def locked(request: pytest.FixtureRequest) -> lock.LockFile:
    chosen: lock.LockFile = request.param
    return chosen


@cache
def text_of(repository: Path, name: str) -> str:
    return (repository / name).read_text(encoding="utf-8")


@cache
def declared(repository: Path, locked: lock.LockFile) -> list[Requirement]:
    return [Requirement(line) for line in pins.declared(repository, locked.extras, locked.base)]


@pytest.mark.unmeasured
@pytest.mark.parametrize("python", pins.PYTHONS)
def test_each_requirement_is_pinned_within_its_bounds(repository: Path, locked: lock.LockFile, python: str) -> None:
    versions = pins.pins(text_of(repository, locked.name), python)
    for requirement in declared(repository, locked):
        if pins.applies(requirement, python):
            assert requirement.specifier.contains(versions[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize(("python", "there"), [("3.11", False), ("3.12", False), ("3.13", True)])
def test_what_a_python_has_no_more_is_pinned_for_that_python(repository: Path, python: str, there: bool) -> None:
    assert ("standard-imghdr" in pins.pins(text_of(repository, lock.AZURE.name), python)) == there


def test_each_pin_has_a_hash(repository: Path, locked: lock.LockFile) -> None:
    entries = [block for block in text_of(repository, locked.name).split("\n") if "==" in block]
    assert len(entries) > (100 if locked.base or locked is lock.INFRASTRUCTURE else 5)
    assert text_of(repository, locked.name).count("\\\n    --hash=sha256:") >= len(entries)
    assert all(entry.endswith("\\") for entry in entries)


def test_no_lock_holds_an_address(repository: Path, locked: lock.LockFile) -> None:
    assert "://" not in text_of(repository, locked.name)


def test_both_locks_pin_the_same_versions(repository: Path) -> None:
    small, large = (pins.pins(text_of(repository, each.name)).items() for each in LOCKS)
    assert small < large


def test_a_b_and_c_repeat_the_pins_of_the_lock(repository: Path) -> None:
    for name, text in pins.conda_files(repository, text_of(repository, lock.AZURE.name)).items():
        assert text_of(repository, name) == text, f"{name} is stale: {lock.REMEDY}"


def named(repository: Path, conda_file: str) -> dict[str, str]:
    """The packages of a conda file, with their versions."""
    section = text_of(repository, conda_file).partition(pins.PIP_SECTION)[2]
    requirements = [Requirement(line.strip(" -")) for line in section.splitlines()]
    return {each.name: str(each.specifier) for each in requirements}


def test_b_names_what_src_imports_and_only_that(repository: Path) -> None:
    expected = {DISTRIBUTIONS.get(name, name) for name in imported(repository / "src")}
    assert named(repository, pins.ENVIRONMENT_B).keys() == expected


def test_c_names_the_server_and_what_scoring_reaches_and_only_that(repository: Path) -> None:
    serving = named(repository, pins.ENVIRONMENT_C)
    assert serving.keys() == {"azureml-inference-server-http", "msgspec", "numpy", "onnxruntime"}


def test_b_and_c_pin_the_same_versions_exactly(repository: Path) -> None:
    training, serving = named(repository, pins.ENVIRONMENT_B), named(repository, pins.ENVIRONMENT_C)
    assert {name: training[name] for name in training.keys() & serving} == {
        name: serving[name] for name in training.keys() & serving
    }
    assert all(version.startswith("==") for version in [*training.values(), *serving.values()])


def test_the_oldest_python_on_linux_decides_between_two_pins() -> None:
    assert pins.pins(TWO_PYTHONS) == {"numpy": "2.4", "pyyaml": "6.0"}


def test_stale_and_needless_pins_are_replaced_and_the_rest_of_the_file_stays() -> None:
    head = "name: train  # a comment\ndependencies:\n  - pip:\n"
    stale = head + "      - numpy==1.0\n      - gone==1.0\n"
    assert pins.with_pins(stale, ["PyYAML", "numpy"], pins.pins(TWO_PYTHONS)) == (
        head + "      - numpy==2.4\n      - PyYAML==6.0\n"
    )
