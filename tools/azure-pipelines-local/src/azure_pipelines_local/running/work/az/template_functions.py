"""Evaluate ARM expressions, as far as possible without Azure: `[format('id-{0}', parameters('name'))]`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

TOKEN = re.compile(r"\s*('(?:[^']|'')*'|[\w.-]+|[(),\[\]])")
UNIQUE = "<13 characters>"  # of a hash whose algorithm Azure keeps to itself
UNKNOWN = "<known to Azure>"  # stands for any value that Azure alone knows, and goes through functions as a text

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "empty": lambda value: not value,
    "equals": lambda left, right: left == right,
    "format": lambda text, *values: text.format(*values),
    "if": lambda condition, yes, no: yes if condition else no,
    "not": lambda value: not value,
    "uniqueString": lambda *_values: UNIQUE,
}


@dataclass(frozen=True)
class Scope:
    """A template's parameters, as values, and its variables, as they are written."""

    parameters: Mapping[str, Any]
    variables: Mapping[str, Any]

    def value(self, written: Any) -> Any:
        """Evaluate a value of a template; UNKNOWN where only Azure knows it."""
        if isinstance(written, str) and written.startswith("[") and not written.startswith("[["):
            return self._call(TOKEN.findall(written[1:-1]))
        return written

    def _call(self, words: list[str]) -> Any:
        """Evaluate the expression that the words begin with, and take its words away."""
        word = words.pop(0)
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        if not (words and words[0] == "("):
            return int(word) if word.isdigit() else UNKNOWN
        arguments = self._arguments(words)
        if words and words[0].startswith("."):  # a property of a result, as in `reference(…).outputs`
            words.pop(0)
            return UNKNOWN
        if word == "parameters":
            return self.parameters.get(arguments[0], UNKNOWN)
        if word == "variables":
            return self.value(self.variables.get(arguments[0], UNKNOWN))
        return FUNCTIONS[word](*arguments) if word in FUNCTIONS else UNKNOWN

    def _arguments(self, words: list[str]) -> list[Any]:
        words.pop(0)
        values = []
        while words[0] != ")":
            values.append(self._call(words))
            if words[0] == ",":
                words.pop(0)
        words.pop(0)
        return values
