"""Split an expression into tokens."""

import re
from dataclasses import dataclass
from decimal import Decimal

from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.conversions import VERSION, Value, to_version
from azure_pipelines_local.expressions.hints import hint

MAXIMUM_LENGTH = 21_000  # characters, as in Azure Pipelines
WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
NUMERIC = re.compile(r"[-.0-9][^\s()\[\],*']*")  # what begins like a number and ends before a bracket or the like
NUMBER = re.compile(r"-?(?:\d+\.?\d*|\.\d+)", re.ASCII)
STRING = re.compile(r"'[^']*'(?:'[^']*')*")


@dataclass(frozen=True)
class Token:
    """A name, a sign such as `(`, or a literal with its value; `end` after the last."""

    kind: str
    text: str
    position: int
    value: Value = None


def tokens(text: str) -> list[Token]:
    """Yield the tokens of the expression and one `end`.

    Raises:
        ExpressionError: the text is too long, or something in it belongs to no expression.
    """
    if len(text) > MAXIMUM_LENGTH:
        raise ExpressionError(f"an expression of more than {MAXIMUM_LENGTH:,} characters.")
    found: list[Token] = []
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token = _token(text, position, found[-1].text if found else "")
        found.append(token)
        position += len(token.text)
    return [*found, Token("end", "", position)]


def _token(text: str, position: int, before: str) -> Token:
    first = text[position]
    if word := WORD.match(text, position):
        return Token("name", word[0], position)
    if first in "()[],*" or (first == "." and before not in ("", ",", "(", "[")):
        return Token("sign", first, position)
    if first == "'":
        return _string(text, position)
    if numeric := NUMERIC.match(text, position):
        return _numeric(numeric[0], position)
    raise ExpressionError(f"unexpected symbol {first!r}{hint(first)}", position)


def _string(text: str, position: int) -> Token:
    if not (found := STRING.match(text, position)):
        raise ExpressionError("a string without an end; close it with '.", position)
    return Token("literal", found[0], position, found[0][1:-1].replace("''", "'"))


def _numeric(word: str, position: int) -> Token:
    if NUMBER.fullmatch(word) and len(word) < 40:
        return Token("literal", word, position, Decimal(word))
    if VERSION.fullmatch(word):
        return Token("literal", word, position, to_version(word))
    raise ExpressionError(f"{word:.40} is neither a number nor a version.", position)
