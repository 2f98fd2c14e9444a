"""What `invoke new` makes of a file: every guess, and every refusal, on small files."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from operation.errors import OperationError
from operation.execution.new.asked import Asked, Plan
from operation.execution.new.naming import digits
from operation.tests.studying import Study

ROWS = 120
Make = Callable[..., Plan]


def customers(rows: int = ROWS, **columns: Any) -> pd.DataFrame:
    """Customers of whom about a third churned, for which no column alone is to blame."""
    rng = np.random.default_rng(7)
    frame = {
        "customer_id": [f"c{number:04}" for number in range(rows)],
        "age": rng.normal(40, 9, rows).round(1),
        "plan": rng.choice(["basic", "pro", "team"], rows),
        "churned": np.where(rng.random(rows) < 0.35, "yes", "no"),
    }
    return pd.DataFrame({**frame, **columns})


@pytest.fixture
def plan(tmp_path: Path, study: Study) -> Make:
    """Plan a use case for a frame in a file named customers.csv."""

    def make(frame: pd.DataFrame, target: str = "churned", file: str = "customers.csv", **options: Any) -> Plan:
        path = tmp_path / file
        frame.to_parquet(path) if path.suffix == ".parquet" else frame.to_csv(path, index=False)
        return study(Asked("churn", str(path), target, **options)).plan

    return make


def days(rows: int = ROWS) -> list[date]:
    return [date(2024, 1, 1) + timedelta(days=number) for number in range(rows)]


def shown(plan: Plan) -> str:
    return "\n".join(guess.text for guess in plan.guesses)


def test_a_plain_file_is_understood(plan: Make) -> None:
    found = plan(customers())
    assert (found.task, found.event, found.positive, found.rows_are) == ("binary", "churned", "yes", "customers")
    assert (found.keys, found.features) == (("customer_id",), {"age": "number", "plan": "category"})
    assert (found.time, found.group, found.slices) == ("", "", ("plan",))
    assert found.raw == {"customers": ("customer_id", "age", "plan", "churned")}


@pytest.mark.parametrize("file", ["customers.csv", "customers.parquet", "customers.csv.gz"])
def test_the_same_table_in_another_file_gives_the_same_plan(plan: Make, tmp_path: Path, file: str) -> None:
    found = plan(customers(), file=file)
    assert found.features == {"age": "number", "plan": "category"}


RNG = np.random.default_rng(3)


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        (RNG.normal(size=ROWS), "number"),
        (RNG.integers(0, 1000, ROWS), "number"),
        (RNG.integers(0, 4, ROWS), "category"),
        (RNG.random(ROWS) < 0.5, "category"),
        (RNG.choice(["a", "b"], ROWS), "category"),
        ([None, *RNG.choice([1.5, 2.5, 3.5], ROWS - 1)], "number"),
        ([None, *RNG.choice(["x y z", "u v w"], ROWS - 1)], "category"),
    ],
    ids=["fractions", "whole numbers", "few whole numbers", "booleans", "texts", "with a null", "of several words"],
)
def test_the_kind_of_a_column_follows_from_its_values(plan: Make, values: Any, kind: str) -> None:
    assert plan(customers(extra=values)).features["extra"] == kind


def test_a_number_whose_square_is_infinite_is_refused_with_its_column(plan: Make) -> None:
    with pytest.raises(
        OperationError, match=r"'extra' of customers has a number of the size of 1e\+200, .* or delete it"
    ):
        plan(customers(extra=[-1e200, *RNG.normal(size=ROWS - 1)]))


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([f"the {n} story of a customer who called us" for n in range(ROWS)], "is free text"),
        ([f"{n * 7919 % 997:x}z" for n in range(ROWS)], "identifies rows"),
        ([1] * ROWS, "is 1 in every row"),
        ([None] * ROWS, "is empty in 100.0%"),
        (days(), "is a date"),
        (["2024-01-31"] * 60 + ["2024-02-01"] * 60, "is a date"),
        (range(ROWS), "identifies rows"),
        ([f"{n} %" for n in range(ROWS)], "holds numbers written as text, such as '0 %'"),
        ([f"1,{n:03}" for n in range(ROWS)], "holds numbers written as text, such as '1,000'"),
        ([str(n / 7) if n % 3 else "?" for n in range(ROWS)], "holds numbers written as text, such as '?'"),
        ([f"{day:%d.%m.%Y %H:%M}" for day in days()], "is a date"),
        ([f"{day:%Y%m%d}" for day in days()], "holds days written as numbers: write 20240101 as 2024-01-01"),
    ],
    ids=[
        *("free text", "identifier", "constant", "empty", "dates", "dates as text", "row numbers"),
        *("percents", "thousands", "a mark for nothing", "dates with times", "dates as numbers"),
    ],
)
def test_a_column_that_cannot_help_is_left_out_with_the_reason(plan: Make, values: Any, reason: str) -> None:
    found = plan(customers(birth_day=values), key=("customer_id",))
    assert reason in found.left_out["birth_day"]
    assert "birth_day" not in found.features
    assert f"birth_day is left out: it {found.left_out['birth_day']}" in shown(found)


def test_an_empty_text_in_every_row_is_called_that(plan: Make) -> None:
    found = plan(customers(extra=""), file="customers.parquet")
    assert found.left_out["extra"] == "is an empty text in every row"


@pytest.mark.parametrize(("name", "features"), [("created_at", False), ("ts", False), ("amount", True)])
@pytest.mark.parametrize("unit", [1, 1000], ids=["seconds", "milliseconds"])
def test_seconds_since_1970_are_days_where_the_name_says_so(plan: Make, name: str, features: bool, unit: int) -> None:
    found = plan(customers().assign(**{name: [(day - date(1970, 1, 1)).days * 86_400 * unit for day in days()]}))
    assert (name in found.features) == features
    assert ("as 2024-01-01 to split by them" in shown(found)) != features


@pytest.mark.parametrize("name", ["id", "__index_level_0__", "Unnamed: 0"])
def test_identifiers_that_were_stored_as_fractions_are_no_features(plan: Make, name: str) -> None:
    found = plan(customers().assign(**{name: RNG.permutation(ROWS) + 1000.0}), file="customers.parquet")
    assert found.left_out[name] == "identifies rows"


def test_fractions_identify_nothing_whatever_their_name(plan: Make) -> None:
    assert plan(customers(grade_index=RNG.normal(size=ROWS))).features["grade_index"] == "number"


@pytest.mark.parametrize(
    "values",
    [[f"{n % 40:05}" for n in range(ROWS)], [f"{n % 12}" if n % 2 else f"A{n % 12}" for n in range(ROWS)]],
    ids=["codes of digits", "codes of letters and digits"],
)
def test_codes_are_no_numbers(plan: Make, values: list[str]) -> None:
    found = plan(customers(code=values), file="customers.parquet", key=("customer_id",))
    assert found.features["code"] == "category"


def test_a_frequent_number_that_may_stand_for_nothing_is_said(plan: Make) -> None:
    found = plan(customers(income=[-999 if n % 20 == 0 else n for n in range(ROWS)]))
    assert found.features["income"] == "number"
    assert "income is often -999" in shown(found)
    assert "often" not in shown(plan(customers(income=[n - 50 for n in range(ROWS)])))


def test_a_column_that_ranks_almost_perfectly_is_a_leak(plan: Make) -> None:
    frame = customers()
    happened = frame["churned"] == "yes"
    found = plan(frame.assign(refund=np.where(happened, RNG.integers(1, 99, ROWS), 0)))
    assert found.leakage == ("refund",)
    assert "refund is left out: it alone predicts churned almost perfectly" in shown(found)


def test_the_target_under_another_name_is_a_leak(plan: Make) -> None:
    frame = customers()
    found = plan(frame.assign(state=frame["churned"].map({"yes": "left", "no": "here"})))
    assert "is churned under another name" in found.left_out["state"]


def test_a_leak_of_a_number_is_found_in_another_unit(plan: Make) -> None:
    amount = RNG.lognormal(3, 2, ROWS)
    found = plan(customers(spent=amount, spent_cents=(amount * 100).round()), target="spent")
    assert found.leakage == ("spent_cents",)


def test_a_strong_but_honest_column_stays(plan: Make) -> None:
    frame = customers()
    signal = (frame["churned"] == "yes") + RNG.normal(0, 0.6, ROWS)
    assert "signal" in plan(frame.assign(signal=signal)).features


def test_keep_takes_a_leak_all_the_same(plan: Make) -> None:
    frame = customers()
    found = plan(frame.assign(refund=(frame["churned"] == "yes") * 5), keep=("refund",))
    assert "refund" in found.features
    assert found.leakage == ()


@pytest.mark.parametrize(
    ("values", "task", "event"),
    [
        (RNG.choice([0, 1], ROWS, p=[0.7, 0.3]), "binary", "outcome of it"),
        (RNG.choice(["yes", "no"], ROWS, p=[0.7, 0.3]), "binary", "outcome of it"),
        (RNG.random(ROWS) < 0.3, "binary", "outcome of it"),
        (RNG.choice(["malignant", "benign"], ROWS, p=[0.3, 0.7]), "binary", "malignant"),
        (RNG.choice([0, 1, 2], ROWS), "multiclass", "outcome of it"),
        (RNG.choice(["a", "b", "c"], ROWS), "multiclass", "outcome of it"),
        (RNG.normal(size=ROWS), "regression", "outcome of it"),
        (RNG.integers(0, 500, ROWS), "regression", "outcome of it"),
    ],
    ids=[
        "0 and 1",
        "yes and no",
        "booleans",
        "two words",
        "three numbers",
        "three words",
        "fractions",
        "many whole numbers",
    ],
)
def test_the_task_follows_from_the_target(plan: Make, values: Any, task: str, event: str) -> None:
    found = plan(customers(outcome_of_it=values), target="outcome_of_it", drop=("churned",))
    assert (found.task, found.event) == (task, event)


@pytest.mark.parametrize(
    ("values", "options", "positive"),
    [
        (["true", "false"], {}, True),
        (["ja", "ja", "nein"], {}, "ja"),
        (["t1", "t2", "t2"], {}, "t1"),
        (["t1", "t2", "t2"], {"positive": "T2"}, "t2"),
        ([1, 2, 3], {"positive": "3"}, 3),
        ([0, 1], {}, 1),
    ],
    ids=["yes by its word", "yes in another language", "the rarer one", "asked for", "one of three", "one"],
)
def test_the_positive_value_is_asked_for_or_said(plan: Make, values: Any, options: Any, positive: Any) -> None:
    frame = customers(outcome=(values * ROWS)[:ROWS])
    found = plan(frame, target="outcome", drop=("churned",), **options)
    assert (found.task, found.positive) == ("binary", positive)


def test_a_rare_value_can_be_the_positive_one(plan: Make) -> None:
    rest = [f"reason {number}" for number in range(57) for _ in range(6)]
    frame = customers(len(rest) + 5, reason=[*rest, *["unheard of"] * 5])
    found = plan(frame, target="reason", drop=("churned",), positive="Unheard of")
    assert (found.task, found.positive, found.event) == ("binary", "unheard of", "unheard of")
    assert "(1.4% of the rows) and not reason 0, reason 1, " in shown(found)


def test_the_event_of_a_no_is_not_named_like_its_opposite(plan: Make) -> None:
    assert plan(customers(), positive="no").event == "churned no"


def test_one_date_divides_the_rows(plan: Make) -> None:
    found = plan(customers(signup=days()))
    assert (found.time, found.time_format) == ("signup", "")
    assert "split by time: signup is the only date (2024-01-01 to 2024-04-29); it is not a feature" in shown(found)


def test_of_several_dates_none_is_taken_and_that_is_said(plan: Make) -> None:
    found = plan(customers(signup=days(), called=days()))
    assert found.time == ""
    assert "split at random; signup, called are dates: take one with --time" in shown(found)


def test_a_day_of_birth_divides_nothing(plan: Make) -> None:
    assert plan(customers(date_of_birth=days())).time == ""


@pytest.mark.parametrize(
    ("form", "read_as"),
    [("%d.%m.%Y", "%d.%m.%Y"), ("%m/%d/%Y", "%m/%d/%Y"), ("%d %b %Y", "%d %b %Y"), ("%Y-%m-%d", "")]
    + [(form, form) for form in ("%d.%m.%Y %H:%M", "%m/%d/%Y %H:%M:%S")],
)
def test_dates_that_people_write_are_read(plan: Make, form: str, read_as: str) -> None:
    found = plan(customers(signup=[day.strftime(form) for day in days()]))
    assert (found.time, found.time_format) == ("signup", read_as)
    assert "split by time: signup is the only date (2024-01-01 to 2024-04-29)" in shown(found)


def test_months_are_read_as_their_first_days(plan: Make) -> None:
    months = pd.date_range("2014-01-01", periods=ROWS, freq="MS").strftime("%Y-%m")
    found = plan(customers(month=months))
    assert (found.time, found.time_format) == ("month", "%Y-%m")


def test_rows_without_a_key_are_taken_and_that_is_said(plan: Make) -> None:
    found = plan(customers().drop(columns="customer_id"))
    assert (found.keys, found.identity) == ((), ())
    assert "no column is a unique key, so equal rows cannot be told apart" in shown(found)


def test_a_unique_amount_is_no_key(plan: Make) -> None:
    found = plan(customers(salary=RNG.permutation(ROWS) * 37 + 20_000).drop(columns="customer_id"))
    assert found.keys == ()
    assert found.features["salary"] == "number"


@pytest.mark.parametrize(
    ("name", "kind"), [("store_id", "category"), ("storeId", "category"), ("paid", "number"), ("piano", "number")]
)
def test_whole_numbers_that_identify_something_are_categories(plan: Make, name: str, kind: str) -> None:
    assert plan(customers().assign(**{name: RNG.integers(0, 40, ROWS)})).features[name] == kind


def test_a_group_is_kept_together(plan: Make) -> None:
    found = plan(customers(household=RNG.integers(0, 40, ROWS)), group="household")
    assert (found.group, found.together) == ("household", "household")
    assert "household" not in found.features


MOMENTS = pd.Series(pd.date_range("2021-03-04 12:30:00", periods=400, freq="6h"))  # four a day, each of its own


@pytest.mark.parametrize(
    "moments",
    [MOMENTS, MOMENTS.astype(str), MOMENTS.dt.strftime("%d.%m.%Y %H:%M"), MOMENTS.dt.date],
    ids=["times", "text in ISO 8601", "text as people write it", "days"],
)
def test_rows_of_a_day_are_drawn_as_one_whatever_their_time_of_day(plan: Make, moments: "pd.Series[Any]") -> None:
    found = plan(customers(400, signup=moments), file="customers.parquet")
    assert (found.time, found.together) == ("signup", "signup")


@pytest.mark.parametrize("form", ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M:%S"])
def test_rows_are_drawn_one_by_one_where_their_days_are_few(plan: Make, form: str) -> None:
    moments = pd.date_range("2021-03-04", periods=200, freq="h").repeat(2)
    assert plan(customers(400, signup=moments.strftime(form)), file="customers.parquet").together == ""


@pytest.mark.parametrize(
    ("file", "noun"),
    [
        ("patient.csv", "patients"),
        ("customer_2024.csv", "customers"),
        ("data.csv", "rows"),
        ("houseSale.csv", "house sales"),
        ("city.csv", "cities"),
        ("all.csv.gz", "rows"),
    ],
)
def test_the_noun_of_a_row_is_the_name_of_the_file(plan: Make, file: str, noun: str) -> None:
    assert plan(customers(), file=file).rows_are == noun


@pytest.mark.parametrize("name", ["income[USD]", "a:b", 'with "quotes"', "it's", "order", "größe", "a b", "SELECT"])
def test_a_column_may_have_any_name(plan: Make, name: str) -> None:
    assert plan(customers().assign(**{name: RNG.normal(size=ROWS)})).features[name] == "number"


REFUSED: list[tuple[pd.DataFrame, dict[str, Any], str]] = [
    (customers(), {"target": "churn"}, r"No column is named 'churn'. Did you mean churned\?"),
    (customers().assign(**{" ": 1.5}), {}, r"Column 5 of customers has no name. Give it one in the header"),
    (customers(), {"target": ""}, r"Name the column to predict: --target COLUMN"),
    (customers(3), {}, r"customers has 3 rows, and at least 30 are needed"),
    (customers(churned="no"), {}, r"'churned' is no in every row: there is nothing to learn"),
    (customers(churned=[None] * ROWS), {}, r"'churned' is empty in every row"),
    (customers(churned=[*["yes"] * 3, *["no"] * (ROWS - 3)]), {}, r"is yes in 3 rows, and at least 5"),
    (customers(churned=[*["yes "] * 1, *["yes", "no"] * 59, "no"]), {}, r"is 'yes ' in 1 row, and at least 5"),
    (customers(churned=[9, *[1, 2, 3] * 39, 1, 2]), {}, r"is 9 in 1 row, .*or take the values as amounts: --task"),
    (customers(churned=[*["yes"] * 20, *[None] * (ROWS - 20)]), {}, r"has a value in 20 rows"),
    (customers(), {"target": "customer_id"}, r"'customer_id' has a text of its own in every row"),
    (customers(number_id=range(ROWS)), {"target": "number_id"}, r"another number in every row, as an identifier is"),
    (customers(signup=days()), {"target": "signup"}, r"'signup' holds dates. It must be classes or numbers"),
    (customers(), {"positive": "yess"}, r"--positive yess: 'churned' has no such value. Did you mean yes\?"),
    (customers(), {"positive": "yes", "task": "regression"}, r"--positive is for the task binary"),
    (customers(), {"task": "regression"}, r"is text, and --task regression needs numbers"),
    (customers(), {"task": "binry"}, r"--task must be one of binary, multiclass, regression, not 'binry'"),
    (customers(), {"target": "plan", "task": "binary"}, r"has 3 values: .*Say which is the event: --positive VALUE"),
    (customers(), {"target": "age", "task": "multiclass"}, r"'age' holds fractions, and classes must be whole"),
    (customers(n=range(0, 240, 2)), {"target": "n", "task": "multiclass"}, r"120 values, and 50 classes are the most"),
    (customers(), {"time": "plan"}, r"--time plan: its values do not read as dates of one form, such as '\w+'"),
    (customers(), {"time": "signup"}, r"--time signup: customers has no such column"),
    (customers(), {"group": "house"}, r"--group house: customers has no such column"),
    (customers(), {"time": "plan", "group": "plan"}, r"--time or by --group. Leave one of them out"),
    (customers(), {"key": ("plan",)}, r"--key plan: 117 rows repeat it"),
    (customers(), {"key": ("customer",)}, r"--key customer: .*Did you mean customer_id\?"),
    *((customers(), {each: ("churned",)}, f"--{each} churned is the target") for each in ("key", "keep")),
    *((customers(), {each: "churned"}, f"--{each} churned is the target") for each in ("time", "group")),
    (customers(), {"drop": ("churn*",)}, r"--drop churn\* drops 'churned', which is the target"),
    (customers(), {"drop": ("gene_*",)}, r"--drop gene_\*: no column has this name"),
    (customers(), {"drop": ("age", "plan")}, r"No column is left to learn 'churned' from"),
    (customers(), {"keep": ("agee",)}, r"--keep agee: there is no such column to learn from. Did you mean age\?"),
    (
        customers(signup=days()),
        {"keep": ("signup",)},
        r"--keep signup: it is the key, or splits the rows, so it cannot be a f",
    ),
    (
        customers(),
        {"keep": ("customer_id",)},
        r"--keep customer_id: it is the key, or splits the rows, so it cannot be a f",
    ),
    (
        pd.DataFrame(np.zeros((40, 600)), columns=[f"x{n}" for n in range(600)]),
        {"target": "x0"},
        r"600 columns, and 500 are the most .*--drop",
    ),
    (
        customers(story=[f"{n} words that nobody can read twice" for n in range(ROWS)]),
        {"drop": ("age", "plan")},
        r"No column is left to learn 'churned' from: story is free text",
    ),
]


@pytest.mark.parametrize(("frame", "options", "message"), REFUSED, ids=[each[2][:40] for each in REFUSED])
def test_what_cannot_be_learned_is_refused_in_one_line(
    plan: Make, frame: pd.DataFrame, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(OperationError, match=message) as refused:
        plan(frame, **options)
    assert "\n" not in str(refused.value)


def test_columns_of_one_name_are_refused(tmp_path: Path, study: Study) -> None:
    (tmp_path / "twice.csv").write_text("a,b,a\n" + "1,2,3\n" * 50, encoding="utf-8")
    with pytest.raises(OperationError, match="2 columns named 'a'"):
        study(Asked("churn", str(tmp_path / "twice.csv"), "b"))


def test_patterns_drop_columns(plan: Make) -> None:
    found = plan(customers(gene_1=1.5, gene_2=RNG.normal(size=ROWS)), drop=("gene_*",))
    assert not {"gene_1", "gene_2"} & {*found.features, *found.left_out}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A folder of customers and their cities."""
    frame = customers(city=RNG.choice(["Ulm", "Bonn", "Kiel"], ROWS))
    frame.to_csv(tmp_path / "customers.csv", index=False)
    cities = pd.DataFrame({"city": ["Ulm", "Bonn", "Kiel"], "people": [126, 330, 246], "age": [1.0, 2.0, 3.0]})
    cities.to_csv(tmp_path / "cities.csv", index=False)
    return tmp_path


@pytest.fixture
def joined(shop: Path, study: Study) -> Callable[[], Plan]:
    """Plan a use case for all that the folder holds by then."""
    return lambda: study(Asked("churn", str(shop), "churned")).plan


def test_a_table_whose_key_the_main_one_has_is_joined(joined: Callable[[], Plan]) -> None:
    found = joined()
    assert found.main == "customers"
    (join,) = found.joins
    assert (join.table, join.on) == ("cities", ("city",))
    assert join.columns == {"people": "people", "age": "cities_age"}
    assert found.raw["cities"] == ("city", "people", "age")
    assert "cities is joined by city (100.0% of the rows find a partner)" in shown(found)


def test_a_table_is_joined_by_the_key_that_rows_match_and_not_by_what_is_unique_by_chance(
    shop: Path, joined: Callable[[], Plan]
) -> None:
    frame = pd.read_csv(shop / "customers.csv").assign(floor=np.arange(ROWS) % 2, rent=RNG.random(ROWS))
    frame.to_csv(shop / "customers.csv", index=False)
    pairs = [(city, floor) for city in ("Ulm", "Bonn", "Kiel") for floor in (0, 1)]
    houses = pd.DataFrame(pairs, columns=["city", "floor"]).assign(rent=RNG.random(6), height=range(6))
    houses.to_csv(shop / "houses.csv", index=False)
    assert {join.table: join.on for join in joined().joins} == {"cities": ("city",), "houses": ("city", "floor")}


def test_a_table_that_would_multiply_rows_is_left_out(shop: Path, joined: Callable[[], Plan]) -> None:
    pd.DataFrame({"city": ["Ulm", "Ulm"], "shop": ["a", "b"]}).to_csv(shop / "shops.csv", index=False)
    found = joined()
    assert "has no unique key among city, so rows would multiply" in found.left_out["shops"]
    assert [join.table for join in found.joins] == ["cities"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [({"town": ["Ulm"]}, "shares no column"), ({"city": ["Rome"], "x": [1]}, "0% of customers find a row")],
)
def test_a_table_that_says_nothing_is_left_out(
    shop: Path, joined: Callable[[], Plan], content: dict[str, Any], reason: str
) -> None:
    pd.DataFrame(content).to_csv(shop / "others.csv", index=False)
    assert reason in joined().left_out["others"]


def test_a_leak_in_a_joined_table_is_found(shop: Path, joined: Callable[[], Plan]) -> None:
    frame = pd.read_csv(shop / "customers.csv")
    frame[["customer_id"]].assign(letter=np.where(frame["churned"] == "yes", "sad", "none")).to_csv(
        shop / "letters.csv", index=False
    )
    assert "letter" in joined().leakage


def test_a_target_in_two_tables_is_refused(shop: Path, joined: Callable[[], Plan]) -> None:
    pd.DataFrame({"churned": ["yes", "no"]}).to_csv(shop / "answers.csv", index=False)
    with pytest.raises(OperationError, match="in several tables: answers, customers"):
        joined()


@pytest.mark.parametrize(
    ("value", "written"), [(2_320_500.0, "2320500"), (94_000, "94000"), (0.0125, "0.0125"), (-7.5e15, "-7.5e+15")]
)
def test_an_amount_is_written_as_people_read_it(value: float, written: str) -> None:
    assert digits(value) == written
