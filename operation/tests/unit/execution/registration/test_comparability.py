"""A comparison with a champion that knows the answers, or answers another question, is none."""

from pathlib import Path
from typing import Any

import pytest

from operation.execution.registration.comparability import (
    DAYS,
    describe,
    explain_incomparable,
    had_same_rows,
)
from operation.execution.values import Evidence, ModelVersion, Run

PREPARED = {
    "train": {"rows": 9, "first_date": "2013-01-01", "last_date": "2013-10-31"},
    "test": {"rows": 5, "first_date": "2013-11-01", "last_date": "2013-12-31"},
}
DRAWN = {"split": {"by": "random", "columns": "customer", "test": "20 %", "seed": 7}}
RULES = {"overdue_after_hours": 15}
WORDS = {"event": "overdue", "target": "overdue"}
KEPT: dict[str, Any] = {
    "rows": {"raw": 20, "used": 14, "in_no_part": 2},
    "test": PREPARED["test"] | {"positive_share": 0.2},
}


def evidence(
    prepared: dict[str, Any] = PREPARED, rules: dict[str, Any] = RULES, data: str = "d1", **words: str
) -> Evidence:
    run = Run("a-run", "completed", Path("none"))
    return Evidence(run, {"data_sha256": data}, {"preparation": rules}, 1, WORDS | words, prepared, ())


def champion(**tags: str) -> ModelVersion:
    return ModelVersion("parcel-delays", 1, "a run", {**describe(evidence()), **tags})


def test_a_version_says_what_it_learned_from() -> None:
    assert describe(evidence()) == {
        "train_first_date": "2013-01-01",
        "train_last_date": "2013-10-31",
        "test_first_date": "2013-11-01",
        "test_last_date": "2013-12-31",
        "event": "overdue",
        "target": "overdue",
        "preparation": "overdue_after_hours=15",
    }


def test_a_champion_of_the_same_days_and_event_is_compared() -> None:
    assert explain_incomparable(evidence(), champion()) == ""


@pytest.mark.parametrize(
    ("first", "last", "seen"),
    [
        ("2013-01-01", "2013-11-01", "2013-11-01 to 2013-11-01"),
        ("2013-12-31", "2014-05-01", "2013-12-31 to 2013-12-31"),
        ("2013-01-01", "2014-05-01", "2013-11-01 to 2013-12-31"),
        ("2013-12-01", "2013-12-02", "2013-12-01 to 2013-12-02"),
    ],
)
def test_a_champion_that_was_trained_on_a_test_day_is_not_compared(first: str, last: str, seen: str) -> None:
    reason = explain_incomparable(evidence(), champion(train_first_date=first, train_last_date=last))
    assert reason == f"the champion has seen the test days {seen}: it was trained on them"


@pytest.mark.parametrize(("first", "last"), [("2013-01-01", "2013-10-31"), ("2014-01-01", "2014-05-01")])
def test_a_champion_that_was_trained_before_or_after_the_test_days_is_compared(first: str, last: str) -> None:
    assert explain_incomparable(evidence(), champion(train_first_date=first, train_last_date=last)) == ""


def test_a_champion_that_does_not_say_its_days_is_not_compared() -> None:
    silent = ModelVersion("parcel-delays", 1, "a run", {})
    for prepared in (PREPARED, DRAWN):
        reason = explain_incomparable(evidence(prepared), silent)
        assert reason == "version 1 does not say on which rows it was trained"


@pytest.mark.parametrize("prepared", [{}, {"rows": {"raw": 3}}, {"train": 3, "test": 2}, {"train": {}, "test": {}}])
def test_data_without_days_are_compared(prepared: dict[str, Any]) -> None:
    assert explain_incomparable(evidence(prepared=prepared), champion()) == ""


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (
            {"rules": RULES | {"overdue_after_hours": 30}},
            "rows prepared with overdue_after_hours=15, this model's overdue_",
        ),
        (
            {"rules": RULES | {"courier": "Bee"}},
            "overdue_after_hours=15, this model's courier=Bee overdue_after_hours=15",
        ),
        ({"event": "on_time"}, "the champion's event overdue, this model's on_time"),
        ({"target": "cancelled"}, "the champion's target overdue, this model's cancelled"),
    ],
    ids=["definition", "filter", "positive class", "target"],
)
def test_a_champion_of_another_event_is_not_compared(words: dict[str, Any], reason: str) -> None:
    assert reason in explain_incomparable(evidence(**words), champion())


def test_a_use_case_that_says_no_more_than_its_days_is_still_not_compared_on_days_that_were_seen() -> None:
    bare = evidence(rules={}, event="", target="")
    assert describe(bare).keys() == DAYS.keys()
    seen = ModelVersion("parcel-delays", 1, "a run", {**describe(bare), "train_last_date": "2013-11-01"})
    assert explain_incomparable(bare, seen).startswith("the champion has seen the test days 2013-11-01 to 2013-11-01")


def test_a_champion_that_does_not_say_its_event_is_not_compared() -> None:
    reason = explain_incomparable(evidence(), champion(event=""))
    assert reason == "the champion's event is not known, this model's overdue"
    silent = ModelVersion("parcel-delays", 1, "a run", {name: describe(evidence())[name] for name in DAYS})
    assert explain_incomparable(evidence(), silent) == reason


def test_what_this_model_does_not_say_is_not_compared_either() -> None:
    assert explain_incomparable(evidence(event="", target=""), champion(event="", target="")) == ""
    assert explain_incomparable(evidence(event="", target=""), champion()) == ""


def test_how_rows_were_divided_is_said_with_the_days_and_without() -> None:
    by_time = PREPARED | {"split": {"by": "time", "columns": "day", "test": "last 61 days"}}
    tags = describe(evidence(by_time))
    assert (tags["split"], tags["split_test"], tags["test_last_date"]) == ("time day", "last 61 days", "2013-12-31")
    borders = DRAWN["split"] | {"borders": {"rare": 0.25}}
    tags = describe(evidence({"split": borders}))
    assert tags["split"] == "random customer, seed 7"
    assert (tags["split_test"], tags["split_borders"]) == ("20 %", '{"rare": 0.25}')


def test_a_champion_of_before_rules_is_compared_by_its_days() -> None:
    by_time = PREPARED | {"split": {"by": "time", "columns": "day", "test": "last 61 days"}}
    assert explain_incomparable(evidence(by_time), champion()) == ""
    reason = explain_incomparable(evidence(by_time), champion(train_last_date="2013-11-02"))
    assert "has seen the test days 2013-11-01 to 2013-11-02" in reason


def test_days_of_another_column_are_not_compared() -> None:
    by_time = [PREPARED | {"split": {"by": "time", "columns": name, "test": "20 %"}} for name in ("ordered", "sent")]
    ours, theirs = (evidence(each) for each in by_time)
    assert explain_incomparable(ours, ModelVersion("m", 1, "r", describe(ours))) == ""
    reason = explain_incomparable(ours, ModelVersion("m", 1, "r", describe(theirs)))
    assert "rows were divided by time sent, this model's by time ordered: it may have seen" in reason


@pytest.mark.parametrize("days", [{}, PREPARED], ids=["no-days", "days-too"])
def test_a_champion_of_the_same_draw_is_compared_whatever_its_days(days: dict[str, Any]) -> None:
    drawn = evidence(days | DRAWN)
    assert explain_incomparable(drawn, ModelVersion("m", 1, "r", describe(drawn))) == ""


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"seed": 8}, "were divided by random customer, seed 8, this model's by random customer, seed 7: it may have"),
        ({"columns": "id"}, "were divided by random id, seed 7, this model's by random customer, seed 7"),
        ({"by": "group"}, "were divided by group customer, seed 7, this"),
        ({"test": "10 %"}, "the champion has seen some of the test rows: it was trained on all but 10 %"),
        (
            {"borders": {"rare": 0.1}},
            "the champion has seen some of the test rows of rare: it was trained on all but 10 %",
        ),
    ],
    ids=["seed", "columns", "group", "smaller-share", "smaller-class"],
)
def test_a_champion_of_another_draw_is_not_compared(change: dict[str, Any], reason: str) -> None:
    other = describe(evidence({"split": DRAWN["split"] | change}))
    assert reason in explain_incomparable(evidence(DRAWN), ModelVersion("m", 1, "r", other))


@pytest.mark.parametrize(
    ("ours", "theirs", "reason"),
    [
        ({"rare": 0.3}, {}, "some of the test rows of rare: it was trained on all but 20 %"),
        ({}, {"b": 0.1, "a": 0.15}, "some of the test rows of a, b: it was trained on all but 10 %"),
        ({"a": 0.1}, {"b": 0.3}, ""),
    ],
    ids=["ours alone", "theirs alone", "each its own"],
)
def test_a_class_with_a_border_in_one_version_alone_is_compared_with_that_of_all_others(
    ours: dict[str, float], theirs: dict[str, float], reason: str
) -> None:
    drawn, other = (evidence({"split": DRAWN["split"] | {"borders": borders}}) for borders in (ours, theirs))
    found = explain_incomparable(drawn, ModelVersion("m", 1, "r", describe(other)))
    assert found == (f"the champion has seen {reason}" if reason else "")


@pytest.mark.parametrize("change", [{"test": "30 %"}, {"borders": {"rare": 0.3}}], ids=["share", "class"])
def test_a_champion_that_trained_on_fewer_of_the_rows_is_compared(change: dict[str, Any]) -> None:
    other = describe(evidence({"split": DRAWN["split"] | change}))
    assert explain_incomparable(evidence(DRAWN), ModelVersion("m", 1, "r", other)) == ""


@pytest.mark.parametrize(
    "edit",
    [{"split_test": ""}, {"split_test": "a fifth"}, {"split_borders": "{"}, {"split_borders": '{"rare": null}'}],
    ids=str,
)
def test_a_champion_whose_tags_somebody_has_edited_is_not_compared(edit: dict[str, str]) -> None:
    tags = describe(evidence(DRAWN)) | edit
    reason = explain_incomparable(evidence(DRAWN), ModelVersion("m", 1, "r", tags))
    assert reason == "the tags of the two versions do not say which share of the rows each was tested on"


def test_a_champion_divided_by_time_is_not_compared_with_a_draw_nor_the_other_way() -> None:
    by_time, drawn = PREPARED, PREPARED | DRAWN
    for ours, theirs in ((by_time, drawn), (drawn, by_time)):
        reason = explain_incomparable(evidence(ours), ModelVersion("m", 1, "r", describe(evidence(theirs))))
        assert "it may have seen the test rows" in reason


def version(prepared: dict[str, Any], data: str = "d1") -> ModelVersion:
    found = evidence(PREPARED | prepared, data=data)
    return ModelVersion("m", 1, "r", {**found.lineage, **describe(found)})


def test_a_version_says_how_many_rows_were_kept_and_what_came_of_those_it_was_tested_on() -> None:
    tags = version(KEPT).tags
    assert (tags["rows_used"], tags["test_outcomes"]) == ("16 of 20", "positive_share 0.2 of 5")
    classes = {"test": {"rows": 5, "classes": {"b": 1, "a": 4}}}
    assert version(classes).tags["test_outcomes"] == 'classes {"a": 4, "b": 1} of 5'


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"rows": KEPT["rows"] | {"used": 9}}, "the champion's rows of the same data: 11 of 20, this model's 16 of 20"),
        (
            {"test": KEPT["test"] | {"positive_share": 0.4}},
            "the champion's test rows of the same data: positive_share 0.4 of 5, this model's positive_share 0.2 of 5",
        ),
    ],
    ids=["filter", "outcome"],
)
def test_a_champion_of_rows_that_the_sql_chose_otherwise_is_not_compared(change: dict[str, Any], reason: str) -> None:
    ours = evidence(PREPARED | KEPT)
    assert explain_incomparable(ours, version(KEPT | change)) == reason
    assert not had_same_rows(version(KEPT).tags, version(KEPT | change).tags)


@pytest.mark.parametrize("tag", ["data_sha256", "test_first_date", "test_last_date", "split", "event", "preparation"])
def test_metrics_are_compared_only_where_every_tag_about_the_rows_is_the_same(tag: str) -> None:
    ours = version(KEPT).tags
    assert had_same_rows(ours, dict(ours))
    assert not had_same_rows(ours, {**ours, tag: "another"})


@pytest.mark.parametrize(
    ("rows", "said"), [({"used": 7}, "7"), ({"used": 7000, "raw": 9000}, "7,000 of 9,000"), ({"raw": 9}, None)]
)
def test_rows_are_counted_as_far_as_the_preparation_did(rows: dict[str, int], said: str | None) -> None:
    assert version({"rows": rows}).tags.get("rows_used") == said


def test_outcomes_are_rounded_to_what_people_read() -> None:
    test = {"rows": 3, "positive_share": 1 / 3}
    assert version({"test": test}).tags["test_outcomes"] == "positive_share 0.333333 of 3"


def test_the_order_of_classes_says_nothing() -> None:
    one, other = (
        describe(evidence({"split": DRAWN["split"] | {"borders": borders}}))
        for borders in ({"a": 0.1, "b": 0.3}, {"b": 0.3, "a": 0.1})
    )
    assert one == other


def test_rows_are_counted_whatever_the_split() -> None:
    shorter = {"rows": KEPT["rows"] | {"used": 10, "in_no_part": 6}}
    assert explain_incomparable(evidence(PREPARED | KEPT), version(KEPT | shorter)) == ""
    assert had_same_rows(version(KEPT).tags, version(KEPT | shorter).tags)


def test_outcomes_of_another_test_part_may_differ() -> None:
    later = {"test": {"rows": 4, "first_date": "2014-01-01", "last_date": "2014-01-31", "positive_share": 0.7}}
    assert explain_incomparable(evidence(PREPARED | KEPT | later), version(KEPT)) == ""


def test_counts_of_other_data_say_nothing() -> None:
    assert explain_incomparable(evidence(PREPARED | KEPT), version({"rows": {"used": 9}}, data="d2")) == ""


def test_a_champion_of_before_rows_were_counted_is_compared() -> None:
    assert explain_incomparable(evidence(PREPARED | KEPT), version({})) == ""
