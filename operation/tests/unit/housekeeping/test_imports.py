"""Which packages a folder of scripts imports, and which of them one script can reach."""

from pathlib import Path

import pytest

from operation.housekeeping.imports import imported, reached

PARTS = """
import numpy
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mypy

SIZE = 1
MODELS = {"trees": lambda: fit()}


def fit():
    import lightgbm


class Scorer:
    def load(self):
        import onnxruntime
        return helper()


def helper():
    from sklearn.metrics import roc_auc_score
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Scripts with a package of their own, `kit`."""
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "__init__.py").touch()
    (tmp_path / "kit" / "parts.py").write_text(PARTS, encoding="utf-8")
    (tmp_path / "helper.py").write_text("import pandas", encoding="utf-8")
    return tmp_path


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
    assert imported(tmp_path) == names


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from kit.parts import SIZE", {"numpy"}),
        ("from kit.parts import fit", {"numpy", "lightgbm"}),
        ("from kit.parts import MODELS", {"numpy", "lightgbm"}),
        ("from kit.parts import Scorer", {"numpy", "onnxruntime", "sklearn"}),
        ("def run():\n    from kit.parts import helper as more\n    more()", {"numpy", "sklearn"}),
        ("import kit.parts", {"numpy", "lightgbm", "onnxruntime", "sklearn", "mypy"}),
        ("from kit import parts", {"numpy", "lightgbm", "onnxruntime", "sklearn", "mypy"}),
        ("import helper", {"pandas"}),
        ("import json", set()),
    ],
    ids=[
        "a value takes what runs on import",
        "a function takes its own imports",
        "a table takes its functions",
        "a class takes its methods and what they call",
        "inside a function, under another name",
        "a module takes all of it",
        "a module from its package",
        "a file beside it",
        "standard library",
    ],
)
def test_a_script_reaches_the_packages_of_what_it_takes(source: Path, code: str, names: set[str]) -> None:
    (source / "score.py").write_text(code, encoding="utf-8")
    assert reached(source, "score") == names
