"""The way of a stranger: `invoke new` on data from installed packages, in a fresh clone, to a champion and beyond."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from operation.execution.new.replacement import PLACES
from operation.tests.adoption.conftest import NEXT, THIS
from operation.tests.clones import IDENTITY, commit_all, copy_work_tree, git
from operation.tools import ROOT

pytestmark = pytest.mark.slow
SECONDS = 600


@dataclass(frozen=True)
class Case:
    """One file or folder of data, the target in it, and what the model card must say."""

    data: str
    target: str
    task: str
    card: str


CASES = {  # names that no use case of a team has
    "adopted_tumours": Case("breast_cancer.csv", "target", "binary", "breast cancers"),
    "adopted_wines": Case("wine.parquet", "target", "multiclass", "wines"),
    "adopted_progression": Case("diabetes.csv", "target", "regression", "diabetes"),
    "adopted_churn": Case("customers.csv", "churned", "binary", "customers, "),
    "adopted_returns": Case("shop", "returned", "binary", "orders, "),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What scikit-learn ships, a table with dates and odd names, and two tables that belong together."""
    from sklearn import datasets

    folder = tmp_path_factory.mktemp("data of a stranger")
    for name, load in {"breast_cancer": datasets.load_breast_cancer, "diabetes": datasets.load_diabetes}.items():
        load(as_frame=True).frame.to_csv(folder / f"{name}.csv", index=False)
    datasets.load_wine(as_frame=True).frame.to_parquet(folder / "wine.parquet")
    dated().to_csv(folder / "customers.csv", index=False)
    write_shop(folder / "shop")
    return folder


def dated(rows: int = 1500) -> pd.DataFrame:
    """Customers with a day each, written as people do, and with a leak, an identifier and free text."""
    rng = np.random.default_rng(1)
    days = pd.date_range("2023-01-01", periods=rows, freq="12h").strftime("%d.%m.%Y")
    plan, income = rng.choice(["basic", "pro", "team"], rows), rng.normal(50_000, 9_000, rows).round(2)
    left = (plan == "basic") * 1.5 + (income < 45_000) - 1.5 + rng.normal(0, 1, rows) > 0
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:05}" for number in range(rows)],
            "signup": days,
            "plan": plan,
            "income[USD]": income,
            "seats": rng.integers(1, 6, rows),
            "trial": rng.random(rows) < 0.5,
            "comment": [" ".join(rng.choice(list("abcdefgh"), 9)) for _ in range(rows)],
            "refund": np.where(left, rng.integers(1, 90, rows), 0),
            "churned": np.where(left, "yes", "no"),
        }
    )


def write_shop(folder: Path, rows: int = 1200) -> None:
    """Orders, and the articles that they are for."""
    rng = np.random.default_rng(2)
    folder.mkdir()
    articles = pd.DataFrame({"article": [f"a{n}" for n in range(30)], "weight": rng.normal(3, 1, 30).round(2)})
    articles.to_csv(folder / "articles.csv", index=False)
    orders = pd.DataFrame({"order_id": range(1, rows + 1), "article": rng.choice(articles["article"], rows)})
    weight = orders.merge(articles)["weight"].to_numpy()
    orders["price"] = rng.lognormal(3, 0.5, rows).round(2)
    orders["returned"] = (weight + orders["price"] / 20 + rng.normal(0, 1, rows) > 4.5).astype(int)
    orders.to_csv(folder / "orders.csv", index=False)


@pytest.fixture(scope="module")
def clone(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clone") / "a clone"
    copy_work_tree(repository, folder)
    commit_all(folder)
    return folder


def run(clone: Path, *words: str, code: int = 0) -> str:
    """What a command prints, which has to end with the code."""
    done = subprocess.run(
        [sys.executable, "-m", *words],
        cwd=clone,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == code, done.stdout
    return done.stdout


@pytest.fixture(scope="module", params=CASES)
def name(request: pytest.FixtureRequest, clone: Path, data: Path) -> str:
    """A use case that `invoke new` has written and trained; the tests below are on each."""
    case = CASES[request.param]
    printed = run(clone, "invoke", "new", request.param, "--data", str(data / case.data), "--target", case.target)
    assert "promote: the first model" in printed
    return str(request.param)


def test_the_champion_has_a_card_with_the_words_of_the_use_case(name: str, clone: Path) -> None:
    (run_folder,) = [path for path in (clone / "outputs" / name / "runs").iterdir() if path.name[0].isdigit()]
    card = (run_folder / "package" / "model_card.md").read_text(encoding="utf-8")
    assert f"| task | {CASES[name].task} |" in card
    assert CASES[name].card.partition(",")[0] in card
    assert "late" not in card.replace("related", "").split()


def test_a_second_training_has_nothing_to_do(name: str, clone: Path) -> None:
    assert "To run every step all the same" in run(clone, "invoke", "train", "--use-case", name)


def test_a_sweep_ranks_on_rows_that_are_not_tested(name: str, clone: Path) -> None:
    printed = run(clone, "invoke", "sweep", "--use-case", name, "--set", "sweep.trials=2")
    assert "2 trials, best first" in printed


def test_what_was_written_is_as_the_hooks_and_the_types_want_it(name: str, clone: Path, types_cache: Path) -> None:
    written = [path for path in git(clone, "ls-files", "--others", "--exclude-standard").splitlines() if name in path]
    code = [path for path in written if path.endswith((".py", ".ipynb"))]
    assert len(code) == 6
    run(clone, "ruff", "check", *code)
    run(clone, "ruff", "format", "--check", *code)
    run(clone, "mypy", f"--cache-dir={types_cache}", f"src/{name}", f"operation/tests/use_cases/{name}")
    run(clone, "pre_commit_hooks.trailing_whitespace_fixer", *written)
    run(clone, "pre_commit_hooks.end_of_file_fixer", *written)
    run(clone, "nbstripout", "--verify", f"notebooks/{name}.ipynb")


def test_its_own_tests_pass(name: str, clone: Path) -> None:
    assert "passed" in run(clone, "pytest", f"operation/tests/use_cases/{name}", "-q", "-p", "no:cacheprovider")


def test_its_notebook_runs(name: str, clone: Path) -> None:
    notebook = json.loads((clone / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    code = "\n".join("".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code")
    done = subprocess.run([sys.executable, "-c", code], cwd=clone, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_name_that_is_taken_is_refused_and_changes_nothing(name: str, clone: Path, data: Path) -> None:
    before = git(clone, "status", "--short", "--untracked-files=all")
    case = CASES[name]
    printed = run(clone, "invoke", "new", name, "--data", str(data / case.data), "--target", case.target, code=1)
    assert f"src/{name} is there already" in printed
    assert git(clone, "status", "--short", "--untracked-files=all") == before


def test_after_a_first_model_that_the_gate_refuses_the_files_stay(clone: Path, tmp_path: Path) -> None:
    rows = dated().drop(columns=["signup", "refund"])
    rows.assign(churned=np.random.default_rng(3).permutation(rows["churned"])).to_csv(tmp_path / "noise.csv")
    given = ("--data", str(tmp_path / "noise.csv"), "--target", "churned")
    printed = run(clone, "invoke", "new", "adopted_noise", *given, code=1)
    assert "but the first training failed. The gate refused" in printed
    assert "invoke sweep --use-case adopted_noise" in printed
    assert "Traceback" not in printed
    assert (clone / "src" / "adopted_noise" / "schema.py").is_file()


LEFT = (
    *("test_docs", "test_documentation", "test_noxfile", "test_architecture", "test_tasks", "test_wording"),
    *("housekeeping/test_lock", "housekeeping/test_site_pages", "test_replaced_pages", "execution/new/test_unfinished"),
)
# What the pages call it, and so do teams; tests must not have it for themselves.
LIKELY = next(name for name in ("churn", "other_tumours") if not (ROOT / "src" / name).exists())


@pytest.fixture(scope="module")
def replaced(repository: Path, data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A clone in which tumours have taken the place of the default use case, and the name of that."""
    folder = tmp_path_factory.mktemp("replaced") / "a clone"
    copy_work_tree(repository, folder)
    commit_all(folder)
    code = "from operation.execution.configuration.loading import load; print(load().use_case)"
    former = subprocess.run([sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=True).stdout
    given = ("--data", str(data / "breast_cancer.csv"), "--target", "target", "--replace")
    printed = run(folder, "invoke", "new", LIKELY, *given)
    assert f"of {former.strip()}; {LIKELY} is the default use case now" in printed
    assert f"{LIKELY} version 1, the champion now" in printed
    return folder, former.strip()


def test_of_the_use_case_that_was_replaced_no_file_is_left(replaced: tuple[Path, str]) -> None:
    folder, former = replaced
    assert [place for place in PLACES if (folder / place.format(former)).exists()] == []


# the example begins
def test_nothing_names_the_example(replaced: tuple[Path, str]) -> None:
    assert find_traces(*replaced) == ""


def find_traces(folder: Path, former: str) -> str:
    """List the files that name the use case or the package of its data, but for those that say what was."""
    git(folder, "add", "--all")
    values = git(folder, "show", f"HEAD:configuration/use_cases/{former}.yaml")
    words = [word for name in (former, values.partition("source: ")[2].split()[0]) for word in ("-e", name)]
    command = ["git", "grep", "-lw", *words, "--", ".", *(f":!{path}" for path in ("CHANGELOG.md", "docs/decisions"))]
    return subprocess.run([*command, ":!tools"], cwd=folder, capture_output=True, text=True, check=False).stdout


# the example ends
def test_the_tests_of_the_engine_need_no_example(replaced: tuple[Path, str]) -> None:
    folder, _ = replaced
    files = [f"operation/tests/unit/{name}.py" for name in LEFT]
    files += [
        "operation/tests/data_validation",
        "operation/tests/use_cases",
        "operation/tests/integration/test_parts.py",
    ]
    assert "passed" in run(folder, "pytest", *files, "-q", "-p", "no:cacheprovider")


def test_what_was_changed_is_as_the_hooks_and_the_types_want_it(replaced: tuple[Path, str], types_cache: Path) -> None:
    folder, _ = replaced
    changed = git(folder, "diff", "--name-only", "--diff-filter=AM", "HEAD").splitlines()
    run(folder, "pre_commit_hooks.trailing_whitespace_fixer", *changed)
    run(folder, "pre_commit_hooks.end_of_file_fixer", *changed)
    run(folder, "ruff", "check", "noxfile.py", "operation/tests")
    run(folder, "ruff", "format", "--check", ".")
    typed = ("noxfile.py", "src", "operation/tests/use_cases", "operation/tests/unit/test_noxfile.py")
    run(folder, "mypy", f"--cache-dir={types_cache}", *typed)


@pytest.fixture(scope="module")
def updated(replaced: tuple[Path, str], template: Path) -> tuple[Path, str, str]:
    """The clone without the example after an update, the name of the example, and what was printed."""
    folder, former = replaced
    git(folder, "add", "--all")
    git(folder, *IDENTITY, "commit", "--quiet", "--message", "Replace the example")
    for key, value in (("name", "A team"), ("email", "team@example.org")):
        git(folder, "config", f"user.{key}", value)
    given = ("--update", f"v{NEXT}", "--from", f"v{THIS}", "--source", str(template), "--into", str(folder), "--yes")
    printed = run(ROOT, "invoke", "template", *given)
    git(folder, "switch", "--quiet", f"template-{NEXT}")
    return folder, former, printed


def test_without_the_example_the_next_version_of_the_template_comes_without_a_conflict(
    updated: tuple[Path, str, str],
) -> None:
    folder, former, printed = updated
    assert "\nTo merge by hand: 0\n" in printed, printed
    assert f"The example {former} was replaced here" in printed
    assert git(folder, "show", "HEAD:src/train.py").endswith("the next version.\n")


def test_an_update_does_not_bring_the_example_back(updated: tuple[Path, str, str]) -> None:
    folder, former, _ = updated
    assert [place for place in PLACES if (folder / place.format(former)).exists()] == []
    files = ["operation/tests/unit/test_docs.py", "operation/tests/unit/test_noxfile.py"]
    assert "passed" in run(folder, "pytest", *files, "-q", "-p", "no:cacheprovider")
