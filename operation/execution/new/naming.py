"""Names: of the use case, and the words that are taken from those of files and columns."""

import re
import sys
from collections.abc import Iterable
from difflib import get_close_matches
from importlib.util import find_spec
from keyword import iskeyword, issoftkeyword
from pathlib import Path
from typing import Any

from operation.errors import OperationError
from operation.execution.configuration.taken_names import COMMON, KEPT, RESERVED

PLAIN = re.compile(r"[a-z][a-z0-9_]{0,49}")
GENERIC = {"data", "dataset", "df", "file", "train", "training", "table", "sample", "samples", "rows", "input", "main"}
GENERIC |= {"test", "all", "full", "raw", "export", "output", "records", "record", "row", "part", "final", "clean"}
YES = ("1", "true", "yes", "y", "t", "positive", "pos", "ja", "oui", "sí")
NO = ("0", "false", "no", "n", "f", "negative", "neg", "nein", "non")


def check_name(name: str, root: Path) -> None:
    """Raise OperationError unless the name can be that of a new package in `src/`."""
    if not name:
        raise OperationError("Name the use case: invoke new churn --data customers.csv --target churned")
    if not PLAIN.fullmatch(name) or iskeyword(name) or issoftkeyword(name):
        raise OperationError(
            f"{name!r} cannot be the name of a Python package here. "
            f"Take small letters, digits and _, a letter first, for instance {suggested(name)}."
        )
    taken = [path for path in _traces(name, root) if path.exists()]
    if taken:
        known = (root / "configuration" / "use_cases" / f"{name}.yaml").exists()
        train = f"To train it: invoke train --use-case {name}. Else choose" if known else "Choose"
        raise OperationError(
            f"{taken[0].relative_to(root).as_posix()} is there already. {train} another name, or delete what it has."
        )
    if name in (*COMMON, *KEPT):
        raise OperationError(f"The name {name!r} is that of a folder in outputs. Choose another: {name}_model.")
    if name in RESERVED or name in sys.stdlib_module_names or find_spec(name):
        raise OperationError(
            f"The name {name!r} is that of another Python module, which would hide it. "
            f"Choose another, for instance {name}_model."
        )


def _traces(name: str, root: Path) -> tuple[Path, ...]:
    return (
        root / "src" / name,
        root / "src" / f"{name}.py",
        root / "configuration" / "use_cases" / f"{name}.yaml",
        root / "operation" / "tests" / "use_cases" / name,
        root / "docs" / "data" / f"{name}.md",
        root / "notebooks" / f"{name}.ipynb",
    )


def suggested(name: str) -> str:
    """Make a valid name of one that is not."""
    words = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
    words = re.sub(r"^[\d_]+", "", words)[:40] or "my_case"
    return f"{words}_model" if iskeyword(words) or issoftkeyword(words) else words


def nearest(name: str, names: Iterable[str]) -> str:
    """Say which of the names is nearest, or list them; a sentence."""
    known = list(names)
    alike = {each.casefold(): each for each in known}
    near = get_close_matches(name.casefold(), alike, n=1, cutoff=0.5)
    if near:
        return f"Did you mean {alike[near[0]]}?"
    more = ", ..." if len(known) > 20 else ""
    return f"There are: {', '.join(known[:20])}{more}."


def noun_of(table: str) -> str:
    """Make a plural noun of a table's name: customer_2024 becomes customers, and a word that says nothing rows."""
    words = [word for word in re.split(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])", table) if word]
    words = [word.lower() for word in words if word.lower() not in GENERIC]
    if not words:
        return "rows"
    return " ".join([*words[:-1], _plural(words[-1])])


def _plural(word: str) -> str:
    if word.endswith("s") and not word.endswith("ss"):
        return word
    if re.search(r"(s|x|z|ch|sh)$", word):
        return f"{word}es"
    if re.search(r"[^aeiou]y$", word):
        return f"{word[:-1]}ies"
    return f"{word}s"


def words_of(column: str) -> str:
    """Write a column's name in words: MedHouseVal becomes med house val."""
    words = re.split(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])", column)
    return " ".join(word.lower() for word in words if word) or "target"


def says(value: object, words: Iterable[str]) -> bool:
    """Whether the value is one of the words, however it is written."""
    return text_of(value).strip().casefold() in words


def text_of(value: object) -> str:
    """Write a value as people do: true rather than True, 1 rather than 1.0."""
    if isinstance(value, bool):
        return str(value).lower()
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def digits(value: Any) -> str:
    """Write a number in six digits, or a whole one of up to fifteen in all of them: 2320500 rather than 2.3205e+06."""
    return f"{value:.0f}" if 1e6 <= abs(value) < 1e15 else f"{value:.6g}"
