"""What `invoke new` writes: plain code that says what was planned, valid values, the same files each time."""

import ast
import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
import yaml

from operation.errors import OperationError
from operation.execution.new import data_files, new, page, writing
from operation.execution.new.asked import Asked
from operation.execution.new.new import Drawn, draw, prepare, write_texts
from operation.tests.parcels import CONFIGURATION, load, own_scripts
from operation.tests.studying import Study

ROWS = 90
OURS = [
    "operation/execution/configuration/sections.py",
    "operation/execution/validation/checkpoints.py",
    "operation/tests/use_cases/broken.py",
    "operation/tests/use_cases/conftest.py",
    "src/learning/arguments.py",
]
RNG = np.random.default_rng(11)
Texts = Callable[[Asked], dict[str, str]]


def customers() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "customer_id": [f"c{number:04}" for number in range(ROWS)],
            "signup": pd.date_range("2024-01-01", periods=ROWS).strftime("%d.%m.%Y"),
            'a "b" [c]': RNG.normal(size=ROWS),
            "order": RNG.choice(["it's", "x"], ROWS),
            "note\\n": RNG.choice(["a", "b"], ROWS),
            "churned": RNG.choice(["yes", "no"], ROWS),
            "amount": RNG.normal(size=ROWS),
            "grade": RNG.choice([1, 2, 3], ROWS),
        }
    )


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    customers().to_csv(folder / "customers.csv", index=False)
    return folder


@pytest.fixture(scope="module")
def drawn(source: Path) -> dict[str, Drawn]:
    """The plan and the files for each task, by the name of its target."""
    targets = ("churned", "amount", "grade")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(page, "PANELS", 2)  # a feature of each kind; plots take most of the time
        return {target: draw(Asked("churn", str(source / "customers.csv"), target)) for target in targets}


@pytest.fixture(params=["churned", "amount", "grade"])
def files(request: pytest.FixtureRequest, drawn: dict[str, Drawn]) -> dict[str, str]:
    """The files for each task."""
    return drawn[request.param].files


@pytest.fixture
def texts(study: Study) -> Texts:
    """Draw the files without the plots, for tests that do not ask about those: they take nine tenths of the time."""

    def draw_texts(asked: Asked) -> dict[str, str]:
        studied = study(asked)
        return write_texts(studied, prepare(studied))

    return draw_texts


def values_of(code: str) -> dict[str, Any]:
    """The constants of a module, by name."""
    found = {}
    for node in ast.parse(code).body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target
            try:
                found[ast.unparse(target)] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def test_code_is_formatted_and_passes_the_hooks(drawn: dict[str, Drawn], repository: Path, tmp_path: Path) -> None:
    ours = dict.fromkeys(OURS, '"""Here."""\n')  # an import of ours is told from others by the file being there
    for target, each in drawn.items():  # each with settings and imports of its own
        for path, content in {**each.files, **ours}.items():
            if path.endswith((".py", ".ipynb")):
                (tmp_path / target / path).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / target / path).write_text(content, encoding="utf-8")
        shutil.copy(repository / "pyproject.toml", tmp_path / target)
    ruff = [sys.executable, "-m", "ruff"]
    for words in (["check"], ["format", "--check"]):
        command = [*ruff, *words, "--no-cache", "."]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout


def test_every_file_ends_with_one_newline_and_no_line_with_a_space(files: dict[str, str]) -> None:
    for path, content in files.items():
        assert content.endswith("\n"), path
        assert not content.endswith("\n\n"), path
        assert [line for line in content.splitlines() if line != line.rstrip()] == [], path


def test_the_sql_of_the_package_makes_the_rows_of_the_schema(
    files: dict[str, str], source: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    schema, data, words = (values_of(files[f"src/churn/{name}.py"]) for name in ("schema", "data", "use_case"))
    rules = yaml.safe_load(files["configuration/use_cases/churn.yaml"])["preparation"]
    connection.register("customers", pd.read_csv(source / "customers.csv"))
    connection.execute(data["PREPARED"], rules)
    rows = connection.table("prepared").df()
    assert connection.execute(data["COUNTS"]).fetchall() == [(ROWS, ROWS)]
    assert schema["KEYS"] == ("customer_id",)
    assert set(rows.columns) == {*schema["KEYS"], words["TIME"], *schema["FEATURES"], schema["TARGET"]}
    assert str(rows["signup"].max().date()) == "2024-03-30"


def test_the_settings_are_complete_and_valid(files: dict[str, str], tmp_path: Path) -> None:
    write(files, tmp_path)
    load(use_case="churn", folder=tmp_path / "configuration", scripts=tmp_path / "src")  # else it raises
    written = yaml.safe_load(files["configuration/use_cases/churn.yaml"])
    assert written["split"] == {"by": "time", "test": "20 %", "selection": "20 %"}
    assert written["data"]["tables"] == ["customers"]
    assert all(isinstance(value, float) for name in ("at_least", "at_most") for value in written["gate"][name].values())


def write(files: dict[str, str], folder: Path) -> None:
    """Write the files beside the configuration and the scripts of parcels."""
    shutil.copytree(CONFIGURATION, folder / "configuration")
    shutil.copytree(own_scripts(), folder / "src")
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content, encoding="utf-8")


POSITIVES = [
    ("yes", ["yes", "no"]),
    ("no", ["yes", "no"]),
    (2, [1, 2, 3]),
    (-1, [-1, 1]),
    (False, [True, False]),
    (1.5, [1.5, 2.0]),
    ("it's", ["it's", "x"]),
]


@pytest.mark.parametrize(("positive", "values"), POSITIVES, ids=lambda value: str(value))
def test_the_positive_value_is_an_argument_of_preparation(
    positive: Any, values: list[Any], study: Study, tmp_path: Path
) -> None:
    frame = customers().assign(outcome=[values[number % len(values)] for number in range(ROWS)])
    frame.to_csv(tmp_path / "customers.csv", index=False)
    asked = Asked("churn", str(tmp_path / "customers.csv"), "outcome", positive=str(positive).lower(), task="binary")
    studied = study(asked)
    files = write_texts(studied, prepare(studied))
    write(files, tmp_path)
    rules = load(use_case="churn", folder=tmp_path / "configuration", scripts=tmp_path / "src").preparation.model_dump()
    assert rules == ({} if positive == "it's" else {"positive": str(positive).lower()})
    studied.connection.execute(values_of(files["src/churn/data.py"])["PREPARED"], rules)
    rows = studied.connection.table("prepared").df()
    assert rows["outcome"].sum() == (frame["outcome"] == positive).sum()


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize("written", ["moments", "texts"])
def test_a_moment_in_the_key_stays_a_moment(written: str, suffix: str, study: Study, tmp_path: Path) -> None:
    moments = pd.date_range("2024-01-01", periods=ROWS, freq="h")
    frame = customers().assign(at=moments if written == "moments" else moments.strftime("%Y-%m-%dT%H:%M") + " ")
    path = tmp_path / f"customers.{suffix}"
    frame.to_csv(path, index=False) if suffix == "csv" else frame.to_parquet(path)
    studied = study(Asked("churn", str(path), "churned", key=("at",), time="at", drop=("signup",)))
    rows = prepare(studied)
    assert "`at`" in write_texts(studied, rows)["docs/data/churn.md"]
    assert (studied.plan.time, studied.plan.keys, len(rows["at"].unique())) == ("at", ("at",), ROWS)


def test_a_use_case_of_a_rare_positive_value_is_drawn(tmp_path: Path) -> None:
    reasons = [*(f"reason {number}" for number in range(57) for _ in range(6)), *["unheard of"] * 5]
    frame = pd.DataFrame({"reason": reasons, "amount": RNG.normal(size=len(reasons))})
    frame.to_csv(tmp_path / "calls.csv", index=False)
    files = draw(Asked("churn", str(tmp_path / "calls.csv"), "reason", positive="unheard of")).files
    assert "positive: unheard of" in files["configuration/use_cases/churn.yaml"]


def test_data_of_a_share_meet_the_suites_of_that_share(files: dict[str, str]) -> None:
    generated = files["operation/tests/use_cases/churn/test_churn.py"]
    assert "validate_files(data.files, tmp_path, Resources(), USE_CASE, configuration.data.share)" in generated


def test_a_key_that_repeats_once_it_is_read_as_days_is_refused(texts: Texts, tmp_path: Path) -> None:
    days = [f"{number // 2 + 1}.1.2024" if number % 2 else f"0{number // 2 + 1}.01.2024" for number in range(18)]
    frame = customers().assign(day=[*days, *pd.date_range("2024-02-01", periods=ROWS - 18).strftime("%d.%m.%Y")])
    frame.drop(columns="signup").to_csv(tmp_path / "customers.csv", index=False)
    asked = Asked("churn", str(tmp_path / "customers.csv"), "churned", key=("day",), time="day")
    with pytest.raises(OperationError, match=r"--key day: 9 rows repeat it once day"):
        texts(asked)


def test_the_bounds_of_a_target_of_small_spread_are_above_zero(texts: Texts, tmp_path: Path) -> None:
    customers().assign(amount=RNG.normal(size=ROWS) * 1e-9).to_csv(tmp_path / "customers.csv", index=False)
    files = texts(Asked("churn", str(tmp_path / "customers.csv"), "amount"))
    gate = yaml.safe_load(files["configuration/use_cases/churn.yaml"])["gate"]
    assert 0 < gate["least_gain"] < gate["largest_gain"] < 1e-8


def test_floors_are_those_of_a_constant_answer(drawn: dict[str, Drawn], source: Path) -> None:
    written = yaml.safe_load(drawn["churned"].files["configuration/use_cases/churn.yaml"])
    share = (customers_of(source)["churned"] == "yes").mean()
    entropy = -(share * np.log(share) + (1 - share) * np.log(1 - share))
    assert written["gate"]["at_least"]["average_precision"] == pytest.approx(share, abs=0.002)
    assert written["gate"]["at_most"]["log_loss"] == pytest.approx(entropy, abs=0.002)


def customers_of(source: Path) -> pd.DataFrame:
    return pd.read_csv(source / "customers.csv")


def test_suites_hold_no_value_that_only_one_row_has(files: dict[str, str]) -> None:
    text = "".join(content for path, content in files.items() if path.endswith((".json", ".md")))
    assert "c0042" not in text


def test_the_same_data_give_the_same_files(
    drawn: dict[str, Drawn], source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "PANELS", 2)
    assert draw(Asked("churn", str(source / "customers.csv"), "churned")).files == drawn["churned"].files


def test_new_categories_warn_and_only_many_of_them_stop(files: dict[str, str]) -> None:
    folder = "operation/tests/data_validation/great_expectations/expectations/churn"
    suite = json.loads(files[f"{folder}/customers.json"])["expectations"]
    found = {
        each["severity"]: each["kwargs"]
        for each in suite
        if each["type"] == "expect_column_values_to_be_in_set" and each["kwargs"]["column"] == "order"
    }
    assert found["warning"] == {"column": "order", "value_set": ["it's", "x"]}
    assert found["critical"] == {"column": "order", "value_set": ["it's", "x"], "mostly": 0.9}


@pytest.mark.parametrize("drop", [(), ("customer_id", "signup")], ids=["with a key", "without a key"])
def test_each_guess_names_the_line_that_changes_it(drop: tuple[str, ...], study: Study, source: Path) -> None:
    asked = Asked("churn", str(source / "customers.csv"), "churned", drop=drop)
    studied = study(asked)
    files = write_texts(studied, prepare(studied))
    guesses = studied.plan.guesses
    places = {guess.text: writing.place(guess, files) for guess in guesses if guess.file}
    assert places
    for text, place in places.items():
        path, _, number = place.partition(":")
        assert number, text
        assert next(guess for guess in guesses if guess.text == text).where in files[path].splitlines()[int(number) - 1]


def test_the_pipelines_offer_a_new_use_case(repository: Path) -> None:
    changed = new.offer_use_case("newcomers", repository)
    assert {"azure-pipelines/train.yml", "azure-pipelines/deploy.yml", "azure-pipelines/score.yml"} <= set(changed)
    for path, text in changed.items():
        before = (repository / path).read_text(encoding="utf-8").splitlines()
        (line,) = (line for line in text.splitlines() if line not in before)
        assert "newcomers" in line.partition("[")[2].partition("]")[0].split(", ")


def sampled(monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(data_files, "WHOLE_BYTES", 10)
    monkeypatch.setattr(data_files, "SAMPLE", rows)


def test_a_key_that_is_unique_in_the_sample_alone_is_none(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = customers().assign(customer_id=[*(f"c{number:04}" for number in range(ROWS - 1)), "c0000"])
    frame.to_csv(tmp_path / "customers.csv", index=False)
    sampled(monkeypatch, 40)
    assert study(Asked("churn", str(tmp_path / "customers.csv"), "churned")).plan.keys == ()
    with pytest.raises(OperationError, match="--key customer_id: 1 rows repeat it"):
        study(Asked("churn", str(tmp_path / "customers.csv"), "churned", key=("customer_id",)))


def test_a_key_that_is_unique_in_all_rows_is_one(study: Study, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sampled(monkeypatch, 40)
    assert study(Asked("churn", str(source / "customers.csv"), "churned")).plan.keys == ("customer_id",)


@pytest.mark.parametrize("repeats", [False, True], ids=["unique", "repeats"])
def test_tables_are_joined_by_all_of_their_rows(
    repeats: bool, study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    customers().drop(columns="signup").to_csv(tmp_path / "customers.csv", index=False)
    numbers = [*range(3000), *([0] if repeats else [])]
    visits = pd.DataFrame(
        {"customer_id": [f"c{number:04}" for number in numbers], "visits": RNG.normal(size=len(numbers))}
    )
    visits.to_csv(tmp_path / "visits.csv", index=False)
    sampled(monkeypatch, 60)
    studied = study(Asked("churn", str(tmp_path), "churned", key=("customer_id",)))
    joins = studied.plan.joins
    if repeats:
        assert joins == ()
        return
    rows = prepare(studied).to_pandas()
    assert [join.table for join in joins] == ["visits"]
    assert "visits is joined by customer_id (100.0% of the rows find a partner)" in [
        guess.text for guess in studied.plan.guesses
    ]
    assert (len(rows), rows["visits"].isna().sum()) == (60, 0)


def test_neither_cores_nor_the_zone_of_the_machine_change_what_is_found(source: Path) -> None:
    with new.study(Asked("churn", str(source / "customers.csv"), "churned")) as studied:
        query = "SELECT current_setting('threads'), current_setting('TimeZone')"
        assert studied.connection.execute(query).fetchall() == [(1, "UTC")]


def test_sampling_is_said(study: Study, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(data_files, "WHOLE_BYTES", 10)
    monkeypatch.setattr(data_files, "SAMPLE", 60)
    said = study(Asked("churn", str(source / "customers.csv"), "churned")).plan.guesses[0].text
    assert "customers has 90 rows; all but keys and joins was judged by an even sample of 60" in said
