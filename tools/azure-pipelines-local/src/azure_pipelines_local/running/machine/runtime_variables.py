"""Variables while a pipeline runs: `$(name)` in texts, and what scripts find in their environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

# Without brackets within: of `$(echo $(name))` the inner one alone is a macro. `$(date -u)` looks like one, too, and is
# left to the shell since no variable is called so.
MACRO = re.compile(r"\$\(([^()]+)\)")
AS_UNDERSCORES = str.maketrans(". ", "__")  # in names of environment variables; an agent leaves all others, such as `-`
MAXIMUM_DEPTH = 50  # of variables in the values of variables, as on an agent


@dataclass(frozen=True)
class Value:
    """What a variable holds; a secret one reaches scripts only where `env:` maps it."""

    name: str
    text: str
    secret: bool = False
    readonly: bool = False


class Variables:
    """Variables by name, in any case."""

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        """Hold these values, none of them secret."""
        self._values: dict[str, Value] = {}  # as they were written
        self._expanded: dict[str, Value] | None = None  # with their macros replaced, once a job has started
        for name, text in (values or {}).items():
            self.set(name, text)

    def set(self, name: str, text: str, *, secret: bool = False, readonly: bool = False) -> None:
        """Define it, or define it anew; once secret, it stays so, and its name stays as first written."""
        # A step that sets a secret anew, without saying so, has not published it.
        before = self._known.get(name.lower())
        is_secret = secret or bool(before and before.secret)
        value = Value(before.name if before else name, text, is_secret, readonly)
        self._values[name.lower()] = value
        if self._expanded is not None:
            self._expanded[name.lower()] = value

    def update(self, values: Mapping[str, str]) -> None:
        """Define all of these."""
        for name, text in values.items():
            self.set(name, text)

    def get(self, name: str) -> str | None:
        """Return the value, in which each `$(other)` that is defined is replaced; None if it is not defined."""
        value = self._known.get(name.lower())
        return None if value is None else self._text_of(value)

    def is_readonly(self, name: str) -> bool:
        """Return whether nothing may define it anew."""
        value = self._values.get(name.lower())
        return bool(value and value.readonly)

    def is_secret(self, name: str) -> bool:
        """Return whether it is defined, and a secret."""
        value = self._known.get(name.lower())
        return bool(value and value.secret)

    def expand(self, text: str) -> str:
        """Replace each `$(name)` that is defined; the others stay, as in Azure Pipelines."""
        return self._expand(text, ())

    def copy(self) -> "Variables":
        """Copy them; what is set in one copy is not in the other."""
        copy = Variables()
        copy._values = dict(self._values)
        copy._expanded = None if self._expanded is None else dict(self._expanded)
        return copy

    def recalculate(self) -> list[str]:
        """Replace every `$(name)` in values, as an agent does when a job starts and before each step.

        So a step that sets `x` changes, for the steps after it, a variable that is declared as `$(x)`. A value that
        holds a secret is a secret itself, and returned. One that leads back to itself, or too deep, stays as written.

        Source: Variables.RecalculateExpanded and StepsRunner of microsoft/azure-pipelines-agent; measured by
        PGielniak/azdo-pipeline-emulator, E06-macro-expansion.
        """
        self._expanded = {key: self._recalculated(value, (key,)) or value for key, value in self._values.items()}
        return [value.text for key, value in self._expanded.items() if value.secret and not self._values[key].secret]

    def texts(self) -> dict[str, str]:
        """Return name and value of each, as they were written."""
        return {value.name: value.text for value in self._values.values()}

    def environment(self) -> dict[str, str]:
        """Return what scripts find: names in upper case with underscores, and no secrets."""
        public = (value for value in self._known.values() if not value.secret)
        return {value.name.translate(AS_UNDERSCORES).upper(): self._text_of(value) for value in public}

    @property
    def _known(self) -> dict[str, Value]:
        return self._values if self._expanded is None else self._expanded

    def _text_of(self, value: Value) -> str:
        return self._expand(value.text, (value.name.lower(),)) if self._expanded is None else value.text

    def _expand(self, text: str, inside: tuple[str, ...]) -> str:
        """Replace macros, but for those of the variables in whose values this text stands: they would never end."""

        def replace_macro(match: re.Match[str]) -> str:
            name = match[1].lower()
            value = None if name in inside else self._known.get(name)
            if value is None:
                return match[0]
            return self._expand(value.text, (*inside, name)) if self._expanded is None else value.text

        return MACRO.sub(replace_macro, text)

    def _recalculated(self, value: Value, inside: tuple[str, ...]) -> Value | None:
        """Return the value with its macros replaced; None if that has no end, or is too deep."""
        if "$(" not in value.text:
            return value
        parts, position, secret = list[str](), 0, value.secret
        for found in MACRO.finditer(value.text):
            name = found[1].lower()
            if name not in self._values:
                continue
            nested = None
            if name not in inside and len(inside) < MAXIMUM_DEPTH:
                nested = self._recalculated(self._values[name], (*inside, name))
            if nested is None:
                return None
            # By what it names, not by what is in it: a short secret may stand in any text.
            secret = secret or nested.secret
            parts += [value.text[position : found.start()], nested.text]
            position = found.end()
        return replace(value, text="".join([*parts, value.text[position:]]), secret=secret)
