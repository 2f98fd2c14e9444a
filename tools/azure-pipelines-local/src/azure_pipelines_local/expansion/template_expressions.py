"""Find template expressions in texts and keys, parse directives, and keep what expressions may name."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache

from azure_pipelines_local.documents.nodes import Node, Scalar
from azure_pipelines_local.documents.places import Place
from azure_pipelines_local.errors import ExpressionError, PipelineError
from azure_pipelines_local.expansion.budget import Budget
from azure_pipelines_local.expansion.parameters import Source
from azure_pipelines_local.expansion.positions import OWN_VARIABLES
from azure_pipelines_local.expansion.variables_read import Read, Variable, reads_all
from azure_pipelines_local.expansion.variables_read import variables as variables_of
from azure_pipelines_local.expressions.conversions import Value
from azure_pipelines_local.expressions.evaluation import evaluate
from azure_pipelines_local.expressions.signatures import GENERAL
from azure_pipelines_local.expressions.syntax import Tree, parse

QUOTED_OR_END = re.compile(r"'[^']*'?|\}\}")
DIRECTIVE = re.compile(r"\s*(if|elseif|else|insert|each)(?!\S)")
EACH = re.compile(r"\s*each\s+([A-Za-z_][A-Za-z0-9_]*)\s+in(?!\S)")
CONTEXTS = ("parameters", "variables")


@lru_cache(maxsize=1000)
def _parsed(text: str, names: tuple[str, ...]) -> Tree:
    return parse(text, GENERAL, names)


@lru_cache(maxsize=1000)
def _variables(text: str, names: tuple[str, ...]) -> tuple[Variable, ...]:
    return tuple(dict.fromkeys(variables_of(_parsed(text, names))))


@dataclass(frozen=True)
class Expression:
    """What stands between `${{` and `}}`, and the place of the `$`."""

    text: str
    place: Place

    def error(self, error: ExpressionError) -> PipelineError:
        """Add to the error its place in the file."""
        moved = 3 + error.position if "\n" not in self.text[: error.position] else 0
        return PipelineError(self.place.move(moved), f"{error.message} In the expression: {self.text.strip():.200}")

    def parse(self, names: Collection[str]) -> Tree:
        """Parse the expression; raises PipelineError if it is invalid or names what does not exist."""
        if DIRECTIVE.match(self.text):
            raise PipelineError(self.place, f"a directive is a key: a colon is expected after {self.text.strip():.200}")
        try:
            return _parsed(self.text, tuple(names))
        except ExpressionError as error:
            raise self.error(error) from error


@dataclass(frozen=True)
class Directive:
    """A key such as `${{ if … }}`: its word, its expression if it has one, and the variable of an `each`."""

    word: str
    expression: Expression
    variable: str = ""


@dataclass(frozen=True)
class Evaluated:
    """An expression that was evaluated, and what it gave; `word` is of a directive, `holder` where its text begins."""

    scope: "Scope"
    expression: Expression
    value: Value
    word: str
    holder: Place | None


@dataclass
class Trace:
    """What an expansion has evaluated, in its order, and the scopes of the pipeline and of the template it extends."""

    evaluated: list[Evaluated] = field(default_factory=list)
    pipelines: list["Scope"] = field(default_factory=list)


@dataclass(frozen=True)
class Origin:
    """How a file came into the pipeline: where its parameters have their values from, and who includes it, where."""

    sources: Mapping[str, Source]  # by names in lower case
    caller: "Scope | None" = None
    reference: Place | None = None


@dataclass(frozen=True)
class Scope:
    """What expressions can name; `variables` grows as they are defined. Keys of variables are in lower case."""

    parameters: Mapping[str, Value]
    variables: dict[str, Value]
    files: tuple[str, ...]  # the templates that include one another, down to this one
    budget: Budget
    reads: set[Read]  # gets what is read of the variables
    loops: Mapping[str, Value] = field(default_factory=dict)
    looped: Mapping[str, Expression] = field(default_factory=dict)  # over what each of the loops goes
    written: dict[str, str] = field(default_factory=dict)  # names of variables as they are written, by lower case
    places: dict[str, Place] = field(default_factory=dict)  # where variables are defined, of those that a file defines
    origin: Origin | None = None
    trace: Trace | None = None

    def evaluate(self, expression: Expression, word: str = "", holder: Place | None = None) -> Value:
        """Evaluate the expression; raises PipelineError if it has no value."""
        value = self._value(expression)
        if self.trace is not None:
            self.trace.evaluated.append(Evaluated(self, expression, value, word, holder))
        return value

    def _value(self, expression: Expression) -> Value:
        names: dict[str, Value] = {"parameters": self.parameters, "variables": self.variables, **self.loops}
        tree = expression.parse(names)
        if reads_all(tree):
            names["variables"] = {self.written.get(name, name): value for name, value in self.variables.items()}
        try:
            self._note(expression, tuple(names))
            return evaluate(tree, names, spend=self.budget.evaluate)
        except ExpressionError as error:
            raise expression.error(error) from error

    def _note(self, expression: Expression, names: tuple[str, ...]) -> None:
        found = _variables(expression.text, names)
        self.budget.evaluate(len(found))
        self.reads.update(Read(each, expression.place, each.name in self.variables) for each in found)

    def with_loop(self, found: Directive, value: Value) -> "Scope":
        """Copy the scope for one round of an `each`."""
        name = found.variable.lower()
        loops, looped = {**self.loops, name: value}, {**self.looped, name: found.expression}
        return replace(self, loops=loops, looped=looped)

    def own(self, position: str) -> "Scope":
        """Copy the scope for a pipeline, a stage or a job, which have variables of their own."""
        if position not in OWN_VARIABLES:
            return self
        variables, written, places = dict(self.variables), dict(self.written), dict(self.places)
        return replace(self, variables=variables, written=written, places=places)

    def define(self, name: Node | None, value: Node | None) -> None:
        """Let the variable be known from here on; a group, which has no name and value, defines nothing here."""
        if isinstance(name, Scalar) and isinstance(value, Scalar):
            lower = name.text.lower()
            self.variables[lower], self.places[lower] = value.text, value.place
            self.written.setdefault(lower, name.text)


def parts(scalar: Scalar) -> list[str | Expression]:
    """Split the text into what stays and what is evaluated; raises PipelineError for a `${{` without its `}}`."""
    if scalar.literal or "${{" not in scalar.text:
        return [scalar.text]
    found: list[str | Expression] = []
    position = number = 0
    while (start := scalar.text.find("${{", position)) >= 0:
        number += scalar.text.count("${{", position, start)
        place = scalar.expressions[number] if number < len(scalar.expressions) else scalar.place
        end = _end(scalar.text, start + 3, place)
        found += [scalar.text[position:start], Expression(scalar.text[start + 3 : end], place)]
        number += scalar.text.count("${{", start, end)
        position = end + 2
    return [part for part in (*found, scalar.text[position:]) if part != ""]


def _end(text: str, start: int, place: Place) -> int:
    for found in QUOTED_OR_END.finditer(text, start):
        if found[0] == "}}":
            return found.start()
    raise PipelineError(place, "an expression without an end; close it with }}.")


def directive(key: Scalar) -> Directive | None:
    """Parse the key as a directive; None for any other key."""
    if "${{" not in key.text:
        return None
    found = parts(key)
    first = found[0] if found else ""
    word = DIRECTIVE.match(first.text) if isinstance(first, Expression) else None
    if not isinstance(first, Expression) or not word:
        return None
    if len(found) > 1:
        raise PipelineError(first.place, f"nothing can be written beside a directive: {key.text:.200}")
    match = EACH.match(first.text) if word[1] == "each" else word
    if not match:
        raise PipelineError(first.place, f"`each NAME in EXPRESSION` is expected: {key.text:.200}")
    rest = " " * match.end() + first.text[match.end() :]  # so that positions stay
    if word[1] in ("else", "insert") and rest.strip():
        remedy = "; write elseif" if re.match(r"\s*if\b", rest) and word[1] == "else" else ""
        raise PipelineError(first.place, f"nothing can follow {word[1]}{remedy}: {key.text:.200}")
    return Directive(word[1], Expression(rest, first.place), match[1] if word[1] == "each" else "")
