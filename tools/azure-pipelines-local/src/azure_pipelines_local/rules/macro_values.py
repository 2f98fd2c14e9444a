"""Values of variables once the agent has replaced the `$(name)` in them."""

import re
from collections.abc import Mapping

MACRO = re.compile(r"\$\(([^()]*)\)")
DEEPEST = 50  # variables that name one another; the agent goes no deeper
LONGEST = 32_767  # characters of a value; no environment variable of Windows is longer


class Values:
    """The values of a job's variables, and what keeps the agent from replacing `$(name)` in them."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.problems: dict[str, str] = {}  # by the name of a variable in lower case, what is wrong with its value
        self._texts = {name.lower(): text for name, text in texts.items()}
        self._names = {name.lower(): name for name in texts}
        self._replaced: dict[str, str] = {}
        for name in self._texts:
            self._value(name, ())

    def replace(self, text: str) -> str:
        """Replace `$(name)` by values; leave the text as it is if it would be longer than any value."""
        replaced = MACRO.sub(lambda found: self._replaced.get(found[1].lower(), found[0]), text)
        return replaced if len(replaced) <= LONGEST else text

    def _value(self, name: str, chain: tuple[str, ...]) -> str:
        if name in self._replaced:
            return self._replaced[name]
        if name in chain or len(chain) == DEEPEST:
            self._refuse(name, chain)
            return f"$({name})"

        def replace(found: re.Match[str]) -> str:
            inner = found[1].lower()
            return self._value(inner, (*chain, name)) if inner in self._texts else found[0]

        value = MACRO.sub(replace, self._texts[name])
        if len(value) > LONGEST and value != self._texts[name]:
            self.problems[name] = f"with all that it names the value is longer than {LONGEST:,} characters; shorten it."
        return self._replaced.setdefault(name, f"$({name})" if name in self.problems else value)

    def _refuse(self, name: str, chain: tuple[str, ...]) -> None:
        if name in chain:
            circle = " -> ".join(self._names[each] for each in (*chain[chain.index(name) :], name))
            self.problems[name] = (
                f"the variable names itself, and $( ) stays in it: {circle:.200}; write its value out."
            )
        else:
            self.problems[chain[0]] = f"more than {DEEPEST} variables that name one another; write their values out."
