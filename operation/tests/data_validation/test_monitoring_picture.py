"""What the report on outcomes looks like: wide, on a phone, and on a dark one, as docs/media/monitoring-labels.png."""

from html import escape
from pathlib import Path

import pytest

from operation.monitoring.labels_report import labels_page
from operation.tests.pictures import check_picture, needs_browser
from operation.tests.unit.monitoring.labelled import FINDINGS, decide, describe, outcomes_of, registered

pytestmark = needs_browser
FRAMES = (("light", 1280, 1050), ("light", 390, 550), ("dark", 390, 550), ("dark", 490, 550))  # scheme, pixels
COURIERS = ("Ant", "Bee", "Cat", "Dog", "Hare", "a small one")


@pytest.fixture
def page() -> str:
    labelled = outcomes_of("binary", weeks=4, couriers=COURIERS)
    report = labels_page(decide(labelled), FINDINGS, "binary", describe(labelled), registered("binary"))
    frames = "".join(
        f'<iframe scrolling="no" srcdoc="{escape(report).replace("&lt;", "<").replace("&gt;", ">")}" '
        f'style="border: 0; color-scheme: {scheme}; width: {width}px; height: {height}px"></iframe>'
        for scheme, width, height in FRAMES
    )
    return f'<!doctype html><meta charset="utf-8"><body style="margin: 0">{frames}</body>'


def test_the_report_looks_as_it_is_kept_and_would_not_without_its_style(page: str, tmp_path: Path) -> None:
    check_picture(page, "monitoring-labels.png", tmp_path)
