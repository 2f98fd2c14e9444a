"""What the scripts are told of flights fits the tables and the rules of their preparation."""

import argparse
from dataclasses import fields

from flights import use_case
from flights.data import Rules
from flights.schema import PREPARED_COLUMNS


def test_evaluation_looks_at_columns_that_preparation_makes() -> None:
    assert {*use_case.SLICED_BY, use_case.EVENTS_TOGETHER, use_case.TARGET, *use_case.KEYS} <= {*PREPARED_COLUMNS}


def test_the_arguments_of_preparation_are_its_rules() -> None:
    parser = argparse.ArgumentParser()
    use_case.add_preparation(parser.add_argument)
    assert {*vars(parser.parse_args([]))} == {field.name for field in fields(Rules)}
