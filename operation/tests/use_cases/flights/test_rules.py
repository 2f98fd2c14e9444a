"""What the scripts are told of flights fits the tables and the rules of their preparation."""

import argparse
import re
from dataclasses import fields
from pathlib import Path

from flights import use_case
from flights.data import Rules


def test_the_arguments_of_preparation_are_its_rules() -> None:
    parser = argparse.ArgumentParser()
    use_case.add_preparation(parser.add_argument)
    assert {*vars(parser.parse_args([]))} == {field.name for field in fields(Rules)}


def test_the_documentation_names_each_argument_with_its_default(repository: Path) -> None:
    page = (repository / "docs" / "how-to" / "TemplateDocumentation.md").read_text(encoding="utf-8")
    parser = argparse.ArgumentParser()
    use_case.add_preparation(parser.add_argument)
    documented = re.findall(r"^\| `preparation\.(\w+)` \| [^|]+ \| (\w+) \| (.+) \|$", page, re.MULTILINE)
    actions = parser._actions[1:]  # the first is --help
    assert documented == [(action.dest, str(action.default), action.help) for action in actions]
