"""What the scripts are told of flights fits the tables and the rules of their preparation."""

import argparse
from dataclasses import fields

from flights import use_case
from flights.data import Rules
from flights.schema import PREPARED_COLUMNS
from learning.use_cases import load


def test_scripts_expect_the_columns_that_preparation_makes() -> None:
    assert load("flights").prepared_columns == PREPARED_COLUMNS


def test_the_arguments_of_preparation_are_its_rules() -> None:
    parser = argparse.ArgumentParser()
    use_case.add_preparation(parser.add_argument)
    assert {*vars(parser.parse_args([]))} == {field.name for field in fields(Rules)}
