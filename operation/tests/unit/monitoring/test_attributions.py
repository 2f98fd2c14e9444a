"""How much of the predictions rests on each feature: compared with the nearest window, and shown where it is known."""

from dataclasses import replace

import numpy as np
import pytest

from operation.monitoring.attributions import SUMS, describe_attributions
from operation.monitoring.decision import decide
from operation.monitoring.profiles import Profile
from operation.monitoring.report import page
from operation.monitoring.thresholds import calibrate, compare
from operation.tests.unit.monitoring.conftest import BLOCKS, make
from operation.tests.unit.monitoring.test_report import DECISION

SHARES = [6.0, 3.0, 1.0]


def attributed(profile: Profile, shares: list[float]) -> Profile:
    """Add attributions of nearly these shares to each block."""
    noise = np.random.default_rng(3).uniform(0.95, 1.05, (len(profile.blocks), 3))
    sums = {SUMS: noise * shares, "attributed": np.full(len(profile.blocks), 16.0)}
    return replace(profile, sums={**profile.sums, **sums})


@pytest.fixture(scope="module")
def known(reference: Profile) -> Profile:
    """A reference that knows what predictions rest on."""
    return attributed(reference, SHARES)


def test_a_feature_that_predictions_rest_on_more_than_ever_is_evidence_and_no_alarm(known: Profile) -> None:
    findings = compare(known, attributed(make(2, 4), [2.0, 7.0, 1.0]), 4, calibrate(known, 4))
    shifted = {each.key: each for each in findings if each.excess > 1}
    assert sorted(shifted) == ["attribution/a", "attribution/b"]
    assert shifted["attribution/b"].value == pytest.approx(0.4, abs=0.02)
    assert decide(findings, 100, None).action == "wait"


def test_shares_like_those_of_any_window_of_the_reference_are_no_evidence(reference: Profile) -> None:
    changing = attributed(reference, SHARES)
    changing.sums[SUMS][: BLOCKS // 2] *= [1, 4, 1]
    findings = compare(changing, attributed(make(2, 4), [6.0, 12.0, 1.0]), 4, calibrate(changing, 4))
    assert not [each.key for each in findings if each.excess > 1]


def test_shares_are_described_in_the_whole_reference_and_the_window(known: Profile) -> None:
    found = describe_attributions(known, attributed(make(2, 4), [2.0, 7.0, 1.0]))
    assert found
    assert list(found) == ["a", "b", "c"]
    assert found["b"] == {"reference": pytest.approx(0.3, abs=0.01), "window": pytest.approx(0.7, abs=0.02)}


def test_predictions_that_nothing_moves_have_no_shares(known: Profile) -> None:
    found = describe_attributions(known, attributed(make(2, 4), [0.0, 0.0, 0.0]))
    assert found
    assert {each["window"] for each in found.values()} == {0.0}


def test_an_older_reference_is_compared_without_attributions(reference: Profile, known: Profile) -> None:
    window = make(2, 4)
    assert not any(each.measure.shows == "evidence" for each in compare(reference, window, 4, calibrate(reference, 4)))
    assert describe_attributions(reference, window) is None
    assert describe_attributions(known, window) is None


def test_the_report_shows_what_predictions_rest_on_the_largest_first(known: Profile) -> None:
    window = attributed(make(2, 4), [2.0, 7.0, 1.0])
    text = page(DECISION, compare(known, window, 4, calibrate(known, 4)), known, window, None)
    table = text.partition("What predictions rest on")[2].partition("</table>")[0]
    assert table.index("<td>b</td>") < table.index("<td>a</td>") < table.index("<td>c</td>")
    assert "<tr class=over><td>b</td>" in table
    assert "class='over'" not in text  # no histogram is marked for what is only evidence


def test_the_report_says_why_an_older_reference_has_none(reference: Profile) -> None:
    assert "The reference of version 3 was made before attributions" in page(DECISION, [], reference, make(2, 4), None)
