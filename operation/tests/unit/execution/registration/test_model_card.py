"""The model card says what the evaluation found, in the words of the use case, whatever its task."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from operation.execution.json_files import read_json
from operation.execution.registration.card_words import SPACE, flatten, gain_over
from operation.execution.registration.model_card import write_model_card
from operation.execution.values import Evidence, Run
from operation.tests.unit.execution.registration.evaluations import evaluation_of

WORDS = {"event": "rent", "target": "rent", "rows_are": "flats", "predicted_at": "when it is offered", "rows": 1000}
EVALUATIONS: dict[str, dict[str, Any]] = {
    "binary": {"positive_share": 0.25, "metrics": {"roc_auc": 0.7}, "baselines": {"linear": {"roc_auc": 0.65}}},
    "multiclass": {
        "class_shares": {"high": 0.4, "low|er": 0.6},
        "classes": ["high", "low|er"],
        "confusion": [[300, 100], [200, 1400]],
        "metrics": {"accuracy": 0.7},
        "baselines": {"linear": {"accuracy": 0.65}},
    },
    "regression": {
        "mean": 1500.0,
        "standard_deviation": 400.0,
        "metrics": {"mae": 120.5},
        "baselines": {"linear": {"mae": 150.25}},
    },
}


DAYS = {"test": {"rows": 600, "first_date": "2025-01-01", "last_date": "2025-01-30"}}
PNG = b"\x89PNG\r\n\x1a\n"


def card(folder: Path, evaluation: dict[str, Any], prepared: dict[str, Any] | None = None) -> str:
    configuration = {"model": "flats", "data": {"source": "flats.csv"}, "training": {}, "limits": ["Berlin only."]}
    configuration |= {"card": {"owner": "Ms <Landlord>", "intended_use": "", "units": {"size": "m²"}}}
    nothing: dict[str, Any] = {"slices": {}, "champion": None, "comparison": None}
    run = Run("r1", "completed", folder)
    evidence = Evidence(run, {}, configuration, None, WORDS | nothing | evaluation, prepared or {}, ("size",))
    write_model_card(folder, evidence, {"verdict": "promote", "reason": "first", "data_sha256": "0"}, {})
    return (folder / "model_card.md").read_text(encoding="utf-8")


def test_the_intended_use_and_the_owner_stand_in_the_text_as_they_were_written(tmp_path: Path) -> None:
    text = card(tmp_path, EVALUATIONS["binary"])
    assert "\n* Intended use: not stated\n* Owner: Ms <Landlord>\n" in text


@pytest.mark.parametrize(
    ("task", "lines"),
    [
        ("binary", ["1,000 flats, 25.0% of them rent.", "| roc_auc | 0.7000 | - | 0.6500 |"]),
        (
            "multiclass",
            [
                "1,000 flats: 40.0% high, 60.0% low|er.",
                "| actual | high | low&#124;er |",
                "| low&#124;er | 200 | 1,400 |",
            ],
        ),
        (
            "regression",
            [
                "1,000 flats with mean 1500.0000 and standard deviation 400.0000.",
                "| mae | 120.5000 | - | 150.2500 |",
            ],
        ),
    ],
)
def test_the_card_has_the_outcomes_and_the_metrics_beside_those_of_the_baselines(
    task: str, lines: list[str], tmp_path: Path
) -> None:
    text = card(tmp_path, {"task": task, **EVALUATIONS[task]})
    assert set(lines) <= set(text.splitlines())
    assert "| metric | this model | champion then | linear baseline |" in text
    assert "when it is offered" in text


def test_the_card_of_an_older_evaluation_has_no_baselines(tmp_path: Path) -> None:
    text = card(tmp_path, {"metrics": {"roc_auc": 0.7}})
    assert "| metric | this model | champion then |\n" in text


@pytest.fixture(params=["binary", "multiclass", "regression"])
def task(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def page(task: str, tmp_path: Path) -> str:
    """The card of a model of each task, as HTML."""
    (tmp_path / "evaluation").mkdir()
    (tmp_path / "evaluation" / "roc.png").write_bytes(PNG)
    card(tmp_path, evaluation_of(task), DAYS)
    return (tmp_path / "model_card.html").read_text(encoding="utf-8")


def test_the_page_opens_offline_and_names_no_place_outside_itself(page: str) -> None:
    addresses = re.findall(r"(?:src|href|url)\s*[=(]\s*[\"']?([^\"')\s]+)", page)
    assert [address for address in addresses if not address.startswith("data:image/png;base64,")] == []
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")


def test_every_chart_is_whole_and_has_a_title_and_axes_with_words(page: str, task: str) -> None:
    charts = [ElementTree.fromstring(each) for each in re.findall(r"<svg.*?</svg>", page)]  # noqa: S314  ours
    assert len(charts) >= {"binary": 9, "multiclass": 6, "regression": 4}[task]
    words = [["".join(text.itertext()) for text in chart.iter("{http://www.w3.org/2000/svg}text")] for chart in charts]
    assert all(chart.get("aria-label") for chart in charts)
    assert all("nan" not in text.lower().split() for texts in words for text in texts)
    assert any("size (m²)" in texts for texts in words)


def test_what_people_write_is_text_and_no_markup(page: str) -> None:
    assert "Ms &lt;Landlord&gt;" in page
    unclosed: list[str] = []

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            unclosed.extend([tag] if tag in ("table", "svg", "ul", "div", "pre") else [])

        def handle_endtag(self, tag: str) -> None:
            if tag in ("table", "svg", "ul", "div", "pre"):
                assert unclosed.pop() == tag

    Tags().feed(page)
    assert unclosed == []


def test_a_slice_with_too_few_rows_says_so_in_place_of_numbers(page: str, task: str, tmp_path: Path) -> None:
    row = next(line for line in page.split("<tr") if "<td>island</td>" in line).partition("</tr>")[0]
    assert "too few rows" in row
    assert not re.search(r"\d\.\d{3}", row)
    assert "| island | 5 | too few rows |" in (tmp_path / "model_card.md").read_text(encoding="utf-8")
    document = read_json(tmp_path / "model_card.json")
    city, island = document["slices"]["place"]
    assert (city["too_few"], island) == (False, {"value": "island", "rows": 5, "too_few": True})


def test_every_headline_has_an_interval_and_stands_beside_both_baselines(page: str, tmp_path: Path) -> None:
    document = read_json(tmp_path / "model_card.json")
    for metric in document["metrics"]:
        lower, upper = metric["interval"]
        assert lower <= metric["value"] <= upper
        assert metric["baselines"].keys() == {"constant", "linear"}
        assert f"<td>{metric['name']}</td><td>{metric['says'].replace(chr(39), '&#x27;')}</td>" in page
    assert "95% interval" in page


@pytest.mark.parametrize(
    ("difference", "ends", "said"),
    [
        (2.0, (1.0, 3.0), "better than the linear baseline's by +2.000 (1.000 to 3.000)"),
        (-2.0, (-3.0, 1.0), "worse than the linear baseline's by 2.000 (-1.000 to 3.000)"),
    ],
)
def test_a_model_may_be_worse_than_a_baseline(difference: float, ends: tuple[float, float], said: str) -> None:
    gain = {"difference": difference, "lower": ends[0], "upper": ends[1]}
    assert gain_over("mae", "linear", gain) == f"mae is {said}.".replace(" to ", f"{SPACE}to{SPACE}")


def test_a_seed_has_no_commas() -> None:
    assert flatten({"split": {"test_part": "20 %", "seed": 2013}, "rows": 1234}) == {
        "split: test part": "20 %",
        "split: seed": "2013",
        "rows": 1234,
    }


def test_what_nobody_has_stated_is_shown_as_not_stated(page: str) -> None:
    assert "<td>Intended use</td><td>not stated</td>" in page


def test_alarms_a_day_are_the_share_of_the_rows_that_a_day_has(tmp_path: Path) -> None:
    card(tmp_path, evaluation_of("binary"), DAYS)
    table = read_json(tmp_path / "model_card.json")["thresholds"]["table"]
    assert [line["alarms_a_day"] for line in table] == pytest.approx([20 * line["alarm_share"] for line in table])


def test_a_test_part_drawn_from_all_days_counts_the_rows_of_both_parts(tmp_path: Path) -> None:
    drawn = {**DAYS, "train": {**DAYS["test"], "rows": 2400}, "split": {"by": "random", "columns": ""}}
    card(tmp_path, evaluation_of("binary"), drawn)
    assert read_json(tmp_path / "model_card.json")["tested_on"]["rows_a_day"] == 100


def test_without_days_there_are_no_alarms_a_day(tmp_path: Path) -> None:
    card(tmp_path, evaluation_of("binary"), {"test": {"rows": 600}})
    document = read_json(tmp_path / "model_card.json")
    assert document["tested_on"]["rows_a_day"] is None
    assert "alarms_a_day" not in document["thresholds"]["table"][0]


def test_costs_mark_the_cheapest_threshold(tmp_path: Path) -> None:
    card(tmp_path, evaluation_of("binary"), DAYS)
    page = (tmp_path / "model_card.html").read_text(encoding="utf-8")
    assert page.count("<tr class=chosen>") == 1
    assert "A false alarm costs 1 and a missed event 3" in page
