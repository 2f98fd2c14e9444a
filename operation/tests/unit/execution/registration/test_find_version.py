"""The version that a verb is asked for is found, or a line says what there is instead."""

import re
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.registration.find_version import find_version
from operation.tests.parcels import load
from operation.tests.serving.registry import Registry


@pytest.mark.parametrize(
    ("versions", "wanted", "message"),
    [
        (0, None, "There is no version of parcel-delays yet. Make the first: invoke train"),
        (0, 3, "There is no version of parcel-delays yet. Make the first: invoke train"),
        (
            2,
            None,
            "parcel-delays has no champion. Name a version with --version N (there is: 2, 1), "
            "or make one the champion: invoke promote --version N",
        ),
        (2, 3, "parcel-delays has no version 3. There is: 2, 1."),
    ],
    ids=["none", "none of that number", "no champion", "unknown"],
)
def test_a_version_that_is_not_there_is_one_line_with_what_is(
    tmp_path: Path, versions: int, wanted: int | None, message: str
) -> None:
    registry = Registry(tmp_path)
    for _ in range(versions):
        registry.add()
    with pytest.raises(OperationError, match=f"^{re.escape(message)}$"):
        find_version(load(), registry, wanted)


@pytest.mark.parametrize(("wanted", "found"), [(None, 2), (1, 1)])
def test_the_champion_is_found_unless_a_version_is_named(tmp_path: Path, wanted: int | None, found: int) -> None:
    registry = Registry(tmp_path)
    registry.add()
    registry.add(champion=True)
    assert find_version(load(), registry, wanted).version == found
