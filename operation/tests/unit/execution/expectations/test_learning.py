"""Where bounds are proposed, from data sets whose amounts are higher by some shifts."""

from collections.abc import Callable

import pytest

from operation.execution.expectations.candidates import suggest
from operation.execution.expectations.learning import APART, EARLY, LEARNED_FROM, Accepted, direction, learn, slack
from operation.tests.unit.execution.expectations.conftest import expect

Make = Callable[..., list[Accepted]]
WIDE = expect("column_mean_to_be_between", column="amount", min_value=-1000, max_value=1000)
NARROW = expect("column_mean_to_be_between", column="amount", min_value=22.9, max_value=23.1)


def test_slack_shrinks_with_what_is_known_but_not_below_how_far_data_lie_apart() -> None:
    assert slack(0, 8, 1) == 8 > slack(0, 8, 4) == 4
    assert slack(10, 8, 100) == pytest.approx(10 * (APART + EARLY / 100))


@pytest.mark.parametrize("shifts", [(0, 5), (0, 0.05, 0.09)], ids=["passed", "come near to"])
def test_a_bound_that_data_have_passed_or_come_near_to_is_made_looser(
    accepted: Make, shifts: tuple[float, ...]
) -> None:
    learned = learn(NARROW, accepted(*shifts))
    assert learned
    assert learned["kwargs"]["max_value"] > 23.5
    assert direction(NARROW, learned) == "looser"


def test_a_bound_that_data_stay_away_from_is_not_made_looser(accepted: Make) -> None:
    # The mean of all is 23, and one data set alone would leave much more room.
    assert learn(NARROW, accepted(0)) is None
    assert learn(NARROW, accepted(0, 0, 0)) is None


def test_a_limit_that_data_reach_exactly_is_one(accepted: Make) -> None:
    limited = expect("column_values_to_be_between", column="amount", min_value=15, max_value=26)
    learned = learn(limited, accepted(-1, -0.5, 0))
    assert learned is None or learned["kwargs"]["max_value"] == 26


def test_a_set_that_must_be_there_loses_what_a_data_set_lacks(accepted: Make) -> None:
    contained = expect("column_distinct_values_to_contain_set", "warning", column="land", value_set=["NW", "XX"])
    learned = learn(contained, accepted(0))
    assert learned
    assert learned["kwargs"]["value_set"] == ["NW"]
    assert direction(contained, learned) == "looser"


def test_a_set_that_must_be_equal_is_left(accepted: Make) -> None:
    equal = expect("column_distinct_values_to_equal_set", "warning", column="land", value_set=["NW", "XX"])
    assert learn(equal, accepted(0, 1, 2)) is None


def test_a_bound_is_made_tighter_from_three_data_sets_on(accepted: Make) -> None:
    known = accepted(0, 1, 2)
    assert learn(WIDE, known[:2]) is None
    learned = learn(WIDE, known)
    assert learned
    assert direction(WIDE, learned) == "tighter"
    assert learned["kwargs"]["min_value"] <= 23
    assert learned["kwargs"]["max_value"] >= 25


def test_data_that_lie_apart_get_wide_bounds(accepted: Make) -> None:
    near, far = (learn(WIDE, accepted(*shifts)) for shifts in ((0, 0.1, 0.2), (0, 10, 20)))
    assert near
    assert far
    assert far["kwargs"]["max_value"] - 43 > 5 * (near["kwargs"]["max_value"] - 23.2)


def test_only_the_last_data_sets_count(accepted: Make) -> None:
    (old,), (new,) = accepted(500), accepted(0)
    learned = learn(WIDE, [old, *[new] * LEARNED_FROM])
    assert learned
    assert learned["kwargs"]["max_value"] < 100


def test_a_bound_on_one_side_stays_on_one_side(accepted: Make) -> None:
    learned = learn(expect("column_mean_to_be_between", column="amount", min_value=0), accepted(0, 1, 2))
    assert learned
    assert learned["kwargs"].keys() == {"column", "min_value"}


def test_a_bound_on_rows_is_learned_for_all_of_them(accepted: Make) -> None:
    known = [Accepted(each.facts, 0.5) for each in accepted(0, 0, 0)]
    learned = learn(expect("table_row_count_to_be_between", min_value={"$PARAMETER": "10 * share"}), known)
    assert learned
    factor = float(learned["kwargs"]["min_value"]["$PARAMETER"].split(" * ")[0])
    assert 600 < factor < 1200


def test_counts_get_whole_bounds_and_none_below_zero(accepted: Make) -> None:
    learned = learn(
        expect("column_unique_value_count_to_be_between", column="city", min_value=-50, max_value=500),
        accepted(0, 0, 0),
    )
    assert learned
    low, high = (learned["kwargs"][side] for side in ("min_value", "max_value"))
    assert isinstance(low, int)
    assert isinstance(high, int)
    assert 0 <= low <= 4 <= high < 50


def test_a_rule_that_all_data_keep_stays(accepted: Make) -> None:
    rule = expect(
        "query_value_to_be_between", measure="lost", query="SELECT count_if(city IS NULL) FROM {batch}", max_value=0
    )
    assert learn(rule, accepted(0, 1, 2, expectations=(rule,))) is None


@pytest.mark.parametrize(
    "left",
    [
        expect("column_values_to_not_be_null", column="city"),
        expect("column_values_to_be_between", column="day", max_value="2036-01-01"),
        expect("column_values_to_be_between", column="day", max_value={"$PARAMETER": "last_moment"}),
        expect("column_values_to_be_of_type", column="city", type_="str"),
        expect("column_mean_to_be_between", column="lost", max_value=1),
    ],
    ids=["never empty", "date", "moving date", "without bounds", "unknown column"],
)
def test_what_has_no_bound_to_learn_is_left(accepted: Make, left: dict) -> None:  # type: ignore[type-arg]
    assert learn(left, accepted(0, 1, 2)) is None


def test_the_share_of_empty_values_is_learned(accepted: Make) -> None:
    learned = learn(expect("column_values_to_not_be_null", column="amount", mostly=0.2), accepted(0, 1, 2))
    assert learned
    assert 0.8 < learned["kwargs"]["mostly"] < 0.9


def test_a_value_that_was_accepted_is_expected(accepted: Make) -> None:
    old = expect("column_values_to_be_in_set", column="land", value_set=["NI", "XX"])
    learned = learn(old, accepted(0))
    assert learned
    assert learned["kwargs"]["value_set"] == ["NI", "NW", "SN", "XX"]
    assert direction(old, learned) == "looser"


def test_a_value_that_no_data_set_has_is_forgotten_after_a_while(accepted: Make) -> None:
    old = expect("column_values_to_be_in_set", column="land", value_set=["NI", "NW", "SN", "XX"])
    (one,) = accepted(0)
    assert learn(old, [one] * 11) is None
    learned = learn(old, [one] * 12)
    assert learned
    assert learned["kwargs"]["value_set"] == ["NI", "NW", "SN"]
    assert direction(old, learned) == "tighter"


def test_looser_on_one_side_and_tighter_on_the_other_has_moved() -> None:
    one, other = (expect("x", min_value=low, max_value=high) for low, high in ((0, 10), (5, 15)))
    assert direction(one, other) == "moved"


def test_new_expectations_are_suggested_from_three_data_sets_on(accepted: Make) -> None:
    known = accepted(0, 2, 1)
    assert suggest([], known[:2]) == []
    found = {(each["type"], each["kwargs"].get("column")) for each in suggest([], known)}
    assert ("expect_column_median_to_be_between", "amount") in found
    assert ("expect_column_values_to_be_in_set", "city") in found
    assert {each["severity"] for each in suggest([], known)} == {"warning"}


def test_no_bound_is_suggested_for_what_only_ever_grows(accepted: Make) -> None:
    kinds = {each["type"] for each in suggest([], accepted(0, 1, 2)) if each["kwargs"].get("column") == "amount"}
    assert "expect_column_median_to_be_between" not in kinds
    assert "expect_column_stdev_to_be_between" in kinds


def test_what_the_suite_says_is_not_suggested_again(accepted: Make) -> None:
    known = accepted(0, 1, 2)
    whole = suggest([], known)
    assert suggest(whole, known) == []
    assert not any(each["type"].endswith("median_to_be_between") for each in suggest([WIDE], known) if
                   each["kwargs"].get("column") == "amount")  # fmt: skip


def test_a_dependency_that_held_everywhere_is_suggested(accepted: Make) -> None:
    measures = [each["kwargs"].get("measure") for each in suggest([], accepted(0, 1, 2))]
    assert "values of city with several values of land" in measures
    assert "values of land with several values of city" not in measures
