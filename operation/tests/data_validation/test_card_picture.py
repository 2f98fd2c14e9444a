"""What a model card looks like, compared with the picture that is kept: docs/media/model_card.png."""

from pathlib import Path

import pytest

from operation.execution.registration.model_card import write_model_card
from operation.execution.values import Evidence, Run
from operation.tests.pictures import check_picture, needs_browser
from operation.tests.unit.execution.registration.evaluations import evaluation_of

pytestmark = needs_browser
CONFIGURATION = {
    "model": "flat-rents",
    "use_case": "flats",
    "data": {"source": "flats.csv"},
    "training": {"trees": 200},
    "limits": ["Berlin only.", "It says nothing about flats that are sold."],
    "card": {
        "owner": "Team Housing",
        "intended_use": "Tell agents which offers to look at first; a person decides.",
        "units": {"size": "standard deviations"},
    },
}
DAYS = {"test": {"rows": 600, "first_date": "2025-01-01", "last_date": "2025-01-30"}}
TAGS = {"verdict": "promote", "reason": "the first model, and above every floor", "data_sha256": "0" * 64}


@pytest.fixture
def page(tmp_path: Path) -> str:
    run = Run("20250131-060920-258743", "completed", tmp_path)
    evidence = Evidence(run, {}, CONFIGURATION, None, evaluation_of("binary"), DAYS, ("size", "part of town"))
    write_model_card(tmp_path, evidence, TAGS, {})
    return (tmp_path / "model_card.html").read_text(encoding="utf-8")


def test_the_card_looks_as_it_is_kept_and_would_not_without_its_style(page: str, tmp_path: Path) -> None:
    check_picture(page, "model_card.png", tmp_path)
