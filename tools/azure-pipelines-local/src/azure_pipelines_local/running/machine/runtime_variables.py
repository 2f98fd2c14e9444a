"""Variables while a pipeline runs: `$(name)` in texts, and what scripts find in their environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

# Without brackets within: of `$(echo $(name))` the inner one alone is a macro. `$(date -u)` looks like one, too, and is
# left to the shell since no variable is called so.
MACRO = re.compile(r"\$\(([^()]+)\)")
NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_]")


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
        self._values: dict[str, Value] = {}
        self._is_frozen = False
        for name, text in (values or {}).items():
            self.set(name, text)

    def set(self, name: str, text: str, *, secret: bool = False, readonly: bool = False) -> None:
        """Define it, or define it anew; once secret, it stays so, and its name stays as first written."""
        # A step that sets a secret anew, without saying so, has not published it.
        before = self._values.get(name.lower())
        is_secret = secret or bool(before and before.secret)
        self._values[name.lower()] = Value(before.name if before else name, text, is_secret, readonly)

    def update(self, values: Mapping[str, str]) -> None:
        """Define all of these."""
        for name, text in values.items():
            self.set(name, text)

    def get(self, name: str) -> str | None:
        """Return the value, in which each `$(other)` that is defined is replaced; None if it is not defined."""
        value = self._values.get(name.lower())
        return None if value is None else self._text_of(value)

    def is_readonly(self, name: str) -> bool:
        """Return whether nothing may define it anew."""
        value = self._values.get(name.lower())
        return bool(value and value.readonly)

    def expand(self, text: str) -> str:
        """Replace each `$(name)` that is defined; the others stay, as in Azure Pipelines."""
        return self._expand(text, ())

    def copy(self) -> "Variables":
        """Copy them; what is set in one copy is not in the other."""
        copy = Variables()
        copy._values, copy._is_frozen = dict(self._values), self._is_frozen
        return copy

    def freeze(self) -> None:
        """Replace every `$(name)` in values now and none later, as an agent does when a job starts.

        So a step that sets `x` does not change a variable that was declared as `$(x)`. A value that holds a secret
        when the job starts is a secret itself.
        """
        # A value may name one that is replaced already: its own macros are gone then, but not that it is a secret.
        for key, value in self._values.items():
            text, secret = self._expand(value.text, (key,)), self._is_secret(value, ())
            self._values[key] = replace(value, text=text, secret=secret)
        self._is_frozen = True

    def texts(self) -> dict[str, str]:
        """Return name and value of each, as they were written."""
        return {value.name: value.text for value in self._values.values()}

    def environment(self) -> dict[str, str]:
        """Return what scripts find: names in upper case with underscores, and no secrets."""
        public = (value for value in self._values.values() if not value.secret)
        return {NOT_IN_NAMES.sub("_", value.name).upper(): self._text_of(value) for value in public}

    def _text_of(self, value: Value) -> str:
        return value.text if self._is_frozen else self._expand(value.text, (value.name.lower(),))

    def _expand(self, text: str, inside: tuple[str, ...]) -> str:
        """Replace macros, but for those of the variables in whose values this text stands: they would never end."""

        def replace_macro(match: re.Match[str]) -> str:
            name = match[1].lower()
            value = None if name in inside else self._values.get(name)
            if value is None:
                return match[0]
            return value.text if self._is_frozen else self._expand(value.text, (*inside, name))

        return MACRO.sub(replace_macro, text)

    def _is_secret(self, value: Value, inside: tuple[str, ...]) -> bool:
        # By what it names, not by what is in it: a short secret may stand in any text.
        names = {name.lower() for name in MACRO.findall(value.text)}.difference(inside)
        others = (self._values[name] for name in names if name in self._values)
        return value.secret or any(self._is_secret(each, (*inside, *names)) for each in others)
