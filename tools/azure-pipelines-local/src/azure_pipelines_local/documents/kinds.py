"""The kinds of plain scalars, which matter inside parameters of the type `object` and nowhere else.

Measured by PGielniak/azdo-pipeline-emulator (E03-parameters/pass-object-deep): numbers and booleans keep their kind,
and nothing at all is the empty text. ChristopherHX/runner.server has the spellings of booleans and null: lower case.
"""

import re
from decimal import Decimal

NUMBER = re.compile(r"[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?", re.ASCII)
HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]{1,8}", re.ASCII)
WORDS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
LONGEST = 40  # characters of a number; what is longer would take its time, and nobody compares it
LARGEST = 300  # as an exponent: a number of Azure Pipelines is a double

Plain = None | bool | Decimal | str


def plain_value(text: str) -> Plain:
    """Read an unquoted scalar as YAML's core schema does, with the spellings that Azure Pipelines knows."""
    if text in WORDS:
        return WORDS[text]
    if len(text) < LONGEST and NUMBER.fullmatch(text):
        number = Decimal(text)
        return number if abs(number.adjusted()) <= LARGEST else text
    return Decimal(int(text, 16)) if HEXADECIMAL.fullmatch(text) else text
