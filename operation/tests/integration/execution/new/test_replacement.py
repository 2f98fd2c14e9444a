"""What `invoke new --replace` deletes and changes, in a small repository."""

import shutil
from pathlib import Path

import pytest

from operation.errors import OperationError
from operation.execution.new import writing
from operation.execution.new.replacement import plan_removal
from operation.tests.clones import IDENTITY, commit_all, git

BEGINS, ENDS = "<!-- the example begins -->", "<!-- the example ends -->"
FILES = {
    "configuration/configuration.yaml": "use_case: boats  # the default\nseed: 1\n",
    "configuration/use_cases/boats.yaml": "model: boat-prices\nexperiment: boat-prices\ndata: {source: boat_data}\n",
    "azure-pipelines/train.yml": "parameters:\n- name: use_case\n  values: [configured, boats]\n",
    "src/boats/schema.py": "KEYS = ()\n",
    "operation/tests/use_cases/boats/belongs.txt": "# more\ndocs/prices.md\noperation/tests/extra\n",
    "operation/tests/extra/test_a.py": "",
    "operation/code.py": "A = 1\n# the example begins\nB = 2\n# the example ends\nC = 3\n",
    "docs/prices.md": "Prices.\n",
    "docs/data/boats.md": "Boats.\n",
    "docs/boating.md": f"Nothing but this.\n\n{BEGINS}\nBoats.\n{ENDS}\n",
    "docs/README.md": (
        "| a | [prices](prices.md) |\n| b | `src/boats/schema.py` |\n| c | `src/boats` |\n"
        "| d | `operation/tests/extra/test_a.py` |\n* boats-like\n"
        "* [This](../README.md), and [prices](prices.md#all)\n"
    ),
    "README.md": f"Start.\n\n{BEGINS}\nIt sells boats.\n\n{ENDS}\nThe model boat-prices is in `outputs/boats`.\n",
    "CHANGELOG.md": "* boats are new.\n",
    "noxfile.py": "",
    "setup.py": 'NEEDED = [\n    "boat_data>=1",  # the data\n    "numpy",\n]\n',
    "environment.yml": "- pip:\n      - boat_data==1.0\n      - numpy==2.0\n",
    "pyproject.toml": 'module = [\n    "boat_data.*",\n    "numpy.*",\n]\n',
    "docs/references/licences.md": "| `boat_data` | MIT | default |\n| `numpy` | BSD | default |\n",
    "requirements.lock": "boat_data==1.0 \\\n    --hash=a:b \\\n    --hash=a:c\nnumpy==2.0 \\\n    --hash=a:d\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / "here" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "here" / name).write_text(text, encoding="utf-8")
    commit_all(tmp_path / "here")
    return tmp_path / "here"


def test_what_is_named_after_the_default_goes_and_what_it_says_belongs_to_it(root: Path) -> None:
    removal = plan_removal(root, "churn")
    assert removal.name == "boats"
    writing.write({}, root, removal.changed, removal.deleted)
    left = {path.relative_to(root).as_posix() for path in root.rglob("*") if ".git" not in path.parts}
    assert {path for path in left if "boats" in path or "extra" in path or "prices" in path} == set()
    assert "src" not in left


def test_the_new_one_is_the_default_and_offered_in_its_place(root: Path) -> None:
    changed = plan_removal(root, "churn").changed
    assert changed["configuration/configuration.yaml"] == "use_case: churn  # the default\nseed: 1\n"
    assert changed["azure-pipelines/train.yml"].endswith("values: [configured, churn]\n")


@pytest.mark.parametrize("written", ["'boats'", '"boats"', " boats"])
def test_the_default_is_exchanged_however_it_is_written(root: Path, written: str) -> None:
    (root / "configuration" / "configuration.yaml").write_text(f"use_case: {written}\n", encoding="utf-8")
    assert plan_removal(root, "churn").changed["configuration/configuration.yaml"] == "use_case: churn\n"


def test_pages_lose_what_is_about_it_and_name_the_new_one(root: Path) -> None:
    changed = plan_removal(root, "churn").changed
    assert changed["README.md"] == "Start.\n\nThe model churn is in `outputs/churn`.\n"
    kept = "| b | `src/churn/schema.py` |\n| c | `src/churn` |\n* boats-like\n"  # the new one has such a file
    assert changed["docs/README.md"] == f"{kept}* [This](../README.md), and prices\n"
    assert changed["operation/code.py"] == "A = 1\nC = 3\n"
    assert changed["docs/boating.md"] == "Nothing but this.\n"
    assert "CHANGELOG.md" not in changed


def test_the_package_of_its_data_is_installed_no_more(root: Path) -> None:
    changed = plan_removal(root, "churn").changed
    for name in ("setup.py", "environment.yml", "pyproject.toml", "docs/references/licences.md"):
        kept = [line for line in FILES[name].splitlines() if "boat_data" not in line]
        assert changed[name].splitlines() == kept
    assert changed["requirements.lock"] == "numpy==2.0 \\\n    --hash=a:d\n"


def test_data_in_a_folder_change_no_package(root: Path) -> None:
    values = root / "configuration" / "use_cases" / "boats.yaml"
    values.write_text("model: boats\nexperiment: boats\ndata: {source: data/boats}\n", encoding="utf-8")
    git(root, *IDENTITY, "commit", "--quiet", "--all", "--message", "Move the data")
    assert not {"setup.py", "requirements.lock"} & {*plan_removal(root, "churn").changed}


@pytest.mark.parametrize("new", [True, False], ids=["new", "changed"])
def test_what_git_could_not_bring_back_is_not_deleted(root: Path, new: bool) -> None:
    (root / "src" / "boats" / ("data.py" if new else "schema.py")).write_text("mine\n", encoding="utf-8")
    with pytest.raises(OperationError, match=r"would delete src/boats/(data|schema)\.py, of which git has no commit"):
        plan_removal(root, "churn")


def test_without_a_repository_nobody_is_asked(root: Path) -> None:
    shutil.rmtree(root / ".git")
    assert plan_removal(root, "churn").name == "boats"


def test_a_default_that_is_not_here_is_named(root: Path) -> None:
    (root / "configuration" / "use_cases" / "boats.yaml").unlink()
    with pytest.raises(OperationError, match=r"names the use case 'boats', of which nothing is here"):
        plan_removal(root, "churn")
