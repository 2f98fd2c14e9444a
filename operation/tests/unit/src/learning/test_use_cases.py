"""Use cases are found by their name, and one that says something wrong is refused by file and constant."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from learning import use_cases
from learning.errors import InputError
from learning.use_cases import available, chosen, load, load_preparation

USE_CASE = '''
TASK = "binary"
EVENT = "cancelled"
ROWS = "customers"
SLICED_BY = ["colour"]
TIME = ""
GROUP = "household"
TOGETHER = ""
PREDICTED_AT = "on the first of the month"
RAW_COLUMNS = {"customers": ("customer", "household", "size", "colour", "left")}
OUTCOME_COLUMNS = {"customers": ("left",)}
KEYS = ("customer",)
FEATURES = {"size": "number", "colour": "category"}
TARGET = "left"


def add_preparation(add):
    """Declare nothing."""
'''
DATA = "ORDER = Rules = prepare = summary = None\n"


@pytest.fixture
def churn(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a use case beside no other, from which it is imported anew."""
    folder = tmp_path / "src" / "churn"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "use_case.py").write_text(USE_CASE, encoding="utf-8")
    (folder / "data.py").write_text(DATA, encoding="utf-8")
    monkeypatch.setattr(use_cases, "SOURCE", folder.parent)
    monkeypatch.syspath_prepend(folder.parent)
    yield folder
    for name in [name for name in sys.modules if name.partition(".")[0] == "churn"]:
        del sys.modules[name]


def test_a_use_case_is_its_constants(churn: Path) -> None:
    found = load("churn")
    assert available() == [churn.name] == [found.name]
    assert (found.task, found.event, found.rows, found.group) == ("binary", "cancelled", "customers", "household")
    assert found.prepared_columns == ("customer", "household", "colour", "size", "left")
    assert load_preparation("churn").__name__ == "churn.data"


def test_without_a_name_the_only_use_case_is_chosen_and_of_several_none(churn: Path) -> None:
    assert chosen([]).name == chosen(["--data", "x", "--use-case", "churn"]).name == "churn"
    (churn.parent / "wine").mkdir()
    (churn.parent / "wine" / "use_case.py").touch()
    with pytest.raises(InputError, match=r"^which use case\? Give --use-case NAME; there are: churn, wine$"):
        chosen(["--data", "x"])


def test_help_is_given_for_the_first_of_several(churn: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (churn.parent / "wine").mkdir()
    (churn.parent / "wine" / "use_case.py").touch()
    assert chosen(["--help"]).name == chosen(["-h"]).name == "churn"
    assert capsys.readouterr().out.startswith("The arguments for churn; for another use case: --use-case NAME --help")


@pytest.mark.usefixtures("churn")
def test_an_option_without_its_name_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        chosen(["--use-case"])
    assert raised.value.code == 1
    assert capsys.readouterr().err.startswith("error: argument --use-case: expected one argument. See ")


@pytest.mark.parametrize("name", ["chrun", "learning", "../churn"])
def test_an_unknown_name_is_refused_with_those_there_are(churn: Path, name: str) -> None:
    (churn.parent / "learning").mkdir()  # which is no use case
    with pytest.raises(InputError, match=r"there is no use case '.*' in src/: .*there are: churn$") as raised:
        load(name)
    assert ("did you mean churn?" in str(raised.value)) == (name != "learning")


@pytest.mark.parametrize("line", [line for line in USE_CASE.splitlines() if " = " in line])
def test_a_missing_constant_is_named_with_its_file(churn: Path, line: str) -> None:
    (churn / "use_case.py").write_text(USE_CASE.replace(line, ""), encoding="utf-8")
    with pytest.raises(InputError, match=rf"src/churn/use_case.py lacks {line.partition(' ')[0]}: define it"):
        load("churn")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('TASK = "binary"', 'TASK = "ranking"', "TASK must be one of binary, multiclass, regression, not 'ranking'"),
        ('EVENT = "cancelled"', 'EVENT = ""', "EVENT must be text, not ''"),
        ('TIME = ""', "TIME = None", 'TIME must be the name of a column, or "" for none, not None'),
        ('KEYS = ("customer",)', 'KEYS = "customer"', "KEYS must be a list of columns, not 'customer'"),
        ('"size": "number"', '"size": "text"', "FEATURES must be a dict from columns to number or category, not"),
        ('TARGET = "left"', 'TARGET = "size"', "TARGET must be a column that is not among the FEATURES, not 'size'"),
        ('"customers": ("left",)', '"customers": ("right",)', "OUTCOME_COLUMNS must be a dict from tables to those of"),
        ('("customer", "household"', '("customer", 3', "RAW_COLUMNS must be a dict from tables to their columns, not"),
    ],
    ids=["task", "no word", "no text", "a string for a list", "kind", "target", "outcome", "raw"],
)
def test_a_wrong_constant_is_refused_by_file_and_name(churn: Path, old: str, new: str, message: str) -> None:
    assert old in USE_CASE
    (churn / "use_case.py").write_text(USE_CASE.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError) as raised:
        load("churn")
    assert str(raised.value).startswith(f"src/churn/use_case.py: {message}")


def test_a_preparation_that_lacks_something_is_named(churn: Path) -> None:
    (churn / "data.py").write_text("ORDER = Rules = prepare = None\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"src/churn/data.py lacks summary: define it"):
        load_preparation("churn")
