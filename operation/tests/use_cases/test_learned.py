"""What `invoke new` writes can be learned from: its suites hold for the facts of its data, with dates and without."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from operation.execution.expectations.judgement import is_met
from operation.execution.expectations.learning import Accepted
from operation.execution.expectations.measuring import measure_corruptions, measure_table, opened
from operation.execution.expectations.proposals import propose
from operation.execution.expectations.suites import Suite, names_of
from operation.execution.new.asked import Asked
from operation.execution.new.new import prepare, study, write_texts
from operation.tests.use_cases.test_broken import frame


def mined(rows: pd.DataFrame, folder: Path) -> Suite:
    """The suite of the raw table that `invoke new` writes for the rows."""
    rows.to_csv(folder / "customers.csv", index=False)
    with study(Asked("churn", str(folder / "customers.csv"), "churned")) as studied:
        files: Mapping[str, str] = write_texts(studied, prepare(studied))
    (text,) = [content for path, content in files.items() if path.endswith("churn/customers.json")]
    content: dict[str, Any] = json.loads(text)
    return Suite("customers", Path("customers.json"), content, names_of("customers", content["expectations"]))


def facts_of(frames: Sequence[pd.DataFrame], suite: Suite, folder: Path) -> tuple[list[Accepted], dict[str, Any]]:
    accepted, broken = list[Accepted](), dict[str, Any]()
    for rows in frames:
        if "signup" in rows:  # as bringing the data makes of days
            rows = rows.assign(signup=pd.to_datetime(rows["signup"], utc=True))
        rows.to_parquet(folder / "customers.parquet", index=False)
        with opened({"customers": [folder / "customers.parquet"]}) as connection:
            facts = measure_table(connection, suite, "signup")
            accepted.append(Accepted(facts))
            broken = measure_corruptions(connection, suite, facts, 1.0)
    return accepted, broken


@pytest.mark.parametrize("dated", [True, False], ids=["with dates", "without"])
def test_what_was_written_holds_and_can_be_learned_from(dated: bool, tmp_path: Path) -> None:
    rows = frame() if dated else frame().drop(columns="signup")
    suite = mined(rows, tmp_path)
    older = rows.assign(age=rows["age"] + 40)  # a mean that has moved, of which the suite warns
    (first, *others), broken = facts_of([rows, older, older], suite, tmp_path)
    verdicts = {name: is_met(each, first.facts) for name, each in zip(suite.names, suite.expectations, strict=True)}
    assert [name for name, verdict in verdicts.items() if verdict is not True] == []
    proposals = {each.name: each for each in propose(suite, [first, *others], broken)}
    mean = proposals["customers.age.mean"]
    assert (mean.change, mean.refused, mean.judged) == ("looser", (2, 0), 3)
    assert bool(first.facts.get("days")) == dated
