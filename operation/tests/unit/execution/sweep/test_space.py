"""A sweep tries what the configuration asks for, each combination once."""

from typing import Any

import pytest

from operation.errors import OperationError
from operation.execution.configuration.sections import Configuration
from operation.execution.sweep.space import space_of, trials_of, varying
from operation.tests.parcels import load
from operation.tests.unit.execution.sweep.conftest import configured

SPACE = {"leaves": [7, 15, 31], "trees": [10, 20], "learning_rate": [0.1, 0.2, 0.3, 0.4]}


def combinations(configuration: Configuration) -> list[tuple[Any, ...]]:
    return [tuple(trial.values.values()) for trial in trials_of(configuration)]


def test_a_grid_is_every_combination_once_in_the_order_of_nested_loops() -> None:
    assert combinations(configured({"leaves": [7, 15], "trees": [10, 20, 30]})) == [
        *((7, 10), (7, 20), (7, 30)),
        *((15, 10), (15, 20), (15, 30)),
    ]


def test_a_random_search_draws_as_many_as_asked_and_none_twice() -> None:
    drawn = combinations(configured(SPACE, search="random", trials=20))
    assert len(drawn) == len(set(drawn)) == 20
    assert set(drawn) <= set(combinations(configured(SPACE)))


def test_a_random_search_over_fewer_combinations_than_trials_takes_them_all() -> None:
    drawn = combinations(configured(SPACE, search="random", trials=100))
    assert sorted(drawn) == sorted(combinations(configured(SPACE)))


def test_the_seed_decides_what_is_drawn() -> None:
    random = configured(SPACE, search="random", trials=5)
    assert combinations(random) == combinations(random)
    assert combinations(random) != combinations(random.model_copy(update={"seed": random.seed + 1}))


def test_a_longer_search_begins_with_the_trials_of_the_shorter() -> None:
    shorter, longer = (combinations(configured(SPACE, search="random", trials=trials)) for trials in (6, 20))
    assert longer[:6] == shorter


def test_a_few_trials_of_very_many_combinations_are_drawn_without_making_them_all() -> None:
    numbers = list(range(2, 1002))
    many = configured(dict.fromkeys(["leaves", "trees", "min_rows_per_leaf", "onnx_check_rows"], numbers))
    random = many.model_copy(update={"sweep": many.sweep.model_copy(update={"search": "random", "trials": 3})})
    assert len(combinations(random)) == 3


def test_a_value_that_stands_twice_counts_once() -> None:
    assert space_of(configured({"learning_rate": [1, 0.5, 1.0, 0.5]})) == {"learning_rate": [1.0, 0.5]}


def test_a_trial_has_its_values_and_all_others_of_the_configuration() -> None:
    configuration = configured({"leaves": [7], "trees": [10]})
    (trial,) = trials_of(configuration)
    assert trial.configuration.training == configuration.training.model_copy(update={"leaves": 7, "trees": 10})
    assert trial.configuration.model_dump(exclude={"training"}) == configuration.model_dump(exclude={"training"})


def test_the_parameters_with_several_values_vary_and_else_all_do() -> None:
    assert varying({"leaves": [7, 15], "trees": [10]}) == ["leaves"]
    assert varying({"leaves": [7], "trees": [10]}) == ["leaves", "trees"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"leafs": [7]}, "sweep.parameters.leafs: .* no key leafs. Did you mean sweep.parameters.leaves?"),
        ({"zzz": [7]}, "sweep.parameters.zzz: .* no key zzz. Valid: model, trees, leaves"),
        ({"leaves": [7, 1]}, "sweep.parameters.leaves: .* cannot have leaves 1: must be at least 2"),
        ({"leaves": ["7"]}, "sweep.parameters.leaves: .* cannot have leaves '7': must be a whole number"),
        ({"trees": [True]}, "sweep.parameters.trees: .* cannot have trees True"),
        ({"leaves": [[7]]}, r"sweep.parameters.leaves: .* cannot have leaves \[7\]"),
    ],
    ids=["unknown", "unlike-any", "out-of-range", "wrong-type", "truth-value", "list"],
)
def test_what_training_would_refuse_is_refused_by_name(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(OperationError, match=message):
        trials_of(configured(parameters))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("sweep.parameters.leaves=[]", "sweep.parameters.leaves is"),
        ("sweep.parameters.leaves=7", "sweep.parameters.leaves must be a list, not 7"),
        ("sweep.trials=0", "sweep.trials must be at least 1, not 0"),
        ("sweep.search=best", "'random' or 'grid'"),
    ],
)
def test_a_section_that_makes_no_sweep_is_refused_when_it_is_read(setting: str, message: str) -> None:
    with pytest.raises(OperationError, match=message):
        load(settings=[setting])


def test_a_model_does_not_depend_on_what_a_sweep_would_try() -> None:
    assert load(settings=["sweep.trials=99"]).sha256() == load().sha256()
