"""The engine speaks of no use case: words of flights stand in what goes with them, this file included."""

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.unmeasured
WORDS = re.compile(r"flight|\blate\b", re.IGNORECASE)


def engine(root: Path) -> list[Path]:
    """List the code that every use case shares; tests may speak of what they like."""
    use_cases = {file.parent for file in root.glob("src/*/use_case.py")}
    files = [root / "tasks.py", *root.glob("src/**/*.py"), *root.glob("operation/**/*.py")]
    return [file for file in files if not {*use_cases, root / "operation" / "tests"} & {*file.parents}]


def test_the_engine_speaks_of_no_flights(repository: Path) -> None:
    files = engine(repository)
    assert len(files) > 100
    assert [str(file) for file in files if WORDS.search(file.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize(
    ("code", "found"),
    [
        ('"""Draw how many are late."""', True),
        ('text = f"Flights from {days}"', True),
        ("# Translate the template's latest.", False),
    ],
)
def test_words_of_flights_are_found(code: str, found: bool) -> None:
    assert bool(WORDS.search(code)) == found
