"""What the reports look like, wide, on a phone, and on a dark one: on outcomes, and on what predictions rest on."""

from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np

from operation.monitoring.attributions import SUMS
from operation.monitoring.labels_report import labels_page
from operation.monitoring.profiles import Profile
from operation.monitoring.report import page
from operation.monitoring.thresholds import Finding
from operation.tests.pictures import check_picture, needs_browser
from operation.tests.unit.monitoring.conftest import make
from operation.tests.unit.monitoring.labelled import FINDINGS, decide, describe, outcomes_of, registered

pytestmark = needs_browser
FRAMES = (("light", 1280, 1050), ("light", 390, 550), ("dark", 390, 550), ("dark", 490, 550))  # scheme, pixels
PHONES = (("light", 390, 760), ("dark", 390, 760))
COURIERS = ("Ant", "Bee", "Cat", "Dog", "Hare", "a small one")


def frame(report: str, frames: tuple[tuple[str, int, int], ...]) -> str:
    """Return a page that shows the report in frames of these schemes and sizes."""
    shown = "".join(
        f'<iframe scrolling="no" srcdoc="{escape(report).replace("&lt;", "<").replace("&gt;", ">")}" '
        f'style="border: 0; color-scheme: {scheme}; width: {width}px; height: {height}px"></iframe>'
        for scheme, width, height in frames
    )
    return f'<!doctype html><meta charset="utf-8"><body style="margin: 0">{shown}</body>'


def test_the_report_on_outcomes_looks_as_it_is_kept_and_would_not_without_its_style(tmp_path: Path) -> None:
    labelled = outcomes_of("binary", weeks=4, couriers=COURIERS)
    report = labels_page(decide(labelled), FINDINGS, "binary", describe(labelled), registered("binary"))
    check_picture(frame(report, FRAMES), "monitoring-labels.png", tmp_path)


def attributed(profile: Profile, shares: tuple[float, ...]) -> Profile:
    """Let the predictions rest on three features, of which one has a long name, in these shares."""
    names = dict(zip(profile.features, ("recent_departure_delay_of_the_origin", "temp", "carrier"), strict=True))
    sums = {**profile.sums, SUMS: np.tile(shares, (len(profile.blocks), 1))}
    sums |= {f"bins/{new}": sums.pop(f"bins/{old}") for old, new in names.items()}
    return replace(profile, features={names[old]: kind for old, kind in profile.features.items()}, sums=sums)


def test_what_predictions_rest_on_can_be_read_on_a_phone(tmp_path: Path) -> None:
    reference, window = attributed(make(1, 12), (5, 3, 2)), attributed(make(2, 4), (2, 7, 1))
    findings = [Finding(f"attribution/{name}", value, 0.1) for name, value in (("temp", 0.4), ("carrier", 0.02))]
    decision = {"decision": "investigate", "reasons": ["temp has another level"], "version": 3}
    decision["window"] = {"first": "2014-01-01", "last": "2014-01-28", "rows": window.rows}
    report = page(decision, findings, reference, window, None)
    check_picture(frame(report, PHONES), "monitoring-attributions.png", tmp_path)
