import pytest

from operation.execution.backends.azureml.champion_tag import TAG, champion, next_number, outdated


def test_without_a_tag_there_is_no_champion() -> None:
    assert champion({}) is None
    assert champion({1: {"seed": "1"}, 2: {}}) is None


def test_the_version_with_the_highest_tag_is_the_champion() -> None:
    assert champion({1: {TAG: "2"}, 2: {TAG: "10"}, 3: {}}) == 2


def test_an_older_version_can_be_the_champion_again() -> None:
    versions = {1: {TAG: "1"}, 2: {TAG: "2"}}
    assert champion({**versions, 1: {TAG: str(next_number(versions))}}) == 1


def test_who_dies_after_the_new_tag_leaves_the_new_champion_alone() -> None:
    died = {1: {TAG: "1"}, 2: {TAG: "2"}}
    assert champion(died) == 2
    assert outdated(died) == [1]


def test_two_who_promote_at_once_leave_one_champion() -> None:
    at_once = {1: {TAG: "3"}, 2: {TAG: "4"}, 3: {TAG: "4"}}
    assert champion(at_once) == 3
    assert outdated(at_once) == [1, 2]


@pytest.mark.parametrize("text", ["", "yes", "-5", "1.5"])
def test_a_tag_that_somebody_else_wrote_counts_least(text: str) -> None:
    versions = {1: {TAG: "1"}, 2: {TAG: text}}
    assert champion(versions) == 1
    assert next_number(versions) == 2
