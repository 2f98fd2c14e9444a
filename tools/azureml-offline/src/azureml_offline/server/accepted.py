"""Check a request against what its route takes: whatever would be ignored is refused by its name.

Somebody trusts what was shown offline. A setting that is accepted and then changes nothing shows what Azure would not.
`server/fields.py` holds the table.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, TypeAlias

from flask import abort, request

from azureml_offline.runs import local_runs
from azureml_offline.workspace.refusals import refusal
from azureml_offline.workspace.state import Json

# What these take is not Azure ML's: the forms of OAuth, and whatever a scoring script reads.
TABLE_FREE = ("identity.", "service_scoring.", "static")
CODE = "NotOffered"  # of our own, for Azure would honour what is refused here


@dataclass(frozen=True)
class Anything:
    """A value that is honoured, or that is kept and given back, whatever it is."""


@dataclass(frozen=True)
class Only:
    """A setting that is honoured for these values alone; `because` says why, and what to do.

    Texts are compared in any case of letters, and `*` in one stands for anything.
    """

    values: Sequence[Any]
    because: str


@dataclass(frozen=True)
class Number:
    """A whole number, in JSON or as text."""


@dataclass(frozen=True)
class Each:
    """A list; each of its entries is checked."""

    rule: "Rule"


@dataclass(frozen=True)
class ByValue:
    """A body whose fields depend on the value of one of them; of an unknown value the route itself says so."""

    key: str
    rules: "Mapping[str, Rule]"


@dataclass(frozen=True)
class Patch:
    """A JSON patch: steps with a path, which names a field of these, and a value."""

    rule: "Rule"


Rule: TypeAlias = Anything | Number | Only | Each | ByValue | Patch | Mapping[str, "Rule"]
ANY, NUMBER = Anything(), Number()
KEYS: dict[str, Rule] = {"*": ANY}  # names that the user chooses


def never(because: str) -> Only:
    """Refuse a setting, unless it is left empty."""
    return Only((), because)


@dataclass(frozen=True)
class Takes:
    """What a route takes: keys of its query, its body (None: it has none), and headers (others do no harm)."""

    query: Mapping[str, Rule] = field(default_factory=dict)
    body: Rule | None = None
    headers: Mapping[str, Rule] = field(default_factory=dict)


@dataclass(frozen=True)
class Refused:
    """A part of a request that would be ignored: `because` is empty if nothing is known of it."""

    name: str
    value: str = ""
    because: str = ""

    def __str__(self) -> str:
        """Say what is refused, and why."""
        if not self.because:
            return f"The offline workspace does not know {self.name} of {request.method} {request.path}"
        return f"The offline workspace cannot honour {self.name}{self.value}: {self.because}"


def check(takes: Takes) -> None:
    """Refuse the current request by the first of its parts that the route does not take."""
    for found in _find(takes):
        code, status = _words(found) if request.path.startswith("/blobs/") else (CODE, 400)
        answer = refusal(status, code, str(found))
        answer.headers["x-ms-error-code"] = code  # the storage SDK looks here, not into the body
        abort(answer)


def _words(found: Refused) -> tuple[str, int]:
    """Return Azure's own code for what the storage account refuses (Blob service error codes, "Common REST API")."""
    if found.name.startswith("the header"):
        return "UnsupportedHeader", 400
    return ("InvalidQueryParameterValue" if found.because else "UnsupportedQueryParameter"), 400


def _find(takes: Takes) -> Iterator[Refused]:
    for header, value in request.headers.items():
        for pattern, rule in takes.headers.items():
            if fnmatchcase(header.lower(), pattern):
                yield from _compare(rule, value, f"the header {header}")
    for key, value in request.args.items(multi=True):
        if key != "api-version":
            yield from _compare(takes.query.get(key), value, f"the query key {key}")
    if takes.body is not None:
        yield from _compare(takes.body, _body(), "")


def _body() -> Any:
    """Return what describes the request: its JSON, or the file that has it."""
    if request.is_json and request.content_length:
        return request.get_json()
    return local_runs.described() if request.mimetype == "multipart/form-data" else None


def _compare(rule: Rule | None, value: Any, name: str) -> Iterator[Refused]:
    """Yield the parts of a value that are not honoured. What is empty asks for nothing, so it is never one."""
    if isinstance(rule, Anything) or _is_empty(value):
        return
    if rule is None:
        yield Refused(name)
    elif isinstance(rule, Number):
        if not _plain(value).isdecimal():
            yield Refused(name, f"={_plain(value)}", "it must be a whole number.")
    elif isinstance(rule, Each | Patch):
        yield from _several(rule, value, name)
    elif isinstance(rule, Only):
        text = _plain(value)
        if not any(fnmatchcase(text.lower(), _plain(one).lower()) for one in rule.values):
            yield Refused(name, f"={text}" if rule.values else "", rule.because)
    elif isinstance(rule, ByValue) and isinstance(value, Mapping):
        yield from _compare(rule.rules.get(str(value.get(rule.key)), ANY), value, name)
    else:
        yield from _fields({} if isinstance(rule, ByValue) else rule, value, name)


def _several(rule: Each | Patch, value: Any, name: str) -> Iterator[Refused]:
    """Check the entries of a list, or the steps of a patch."""
    for one in value if isinstance(value, list) else [None]:
        if isinstance(rule, Each) and isinstance(value, list):
            yield from _compare(rule.rule, one, name)
        elif isinstance(one, Mapping) and isinstance(one.get("path"), str) and "op" in one:
            yield from _compare(rule.rule, _nested(one), name)
        else:
            what = "a list" if isinstance(rule, Each) else "a list of steps with op and path"
            yield Refused(name or "the body", because=f"it must be {what}.")


def _fields(rules: Mapping[str, Rule], value: Any, above: str) -> Iterator[Refused]:
    if not isinstance(value, Mapping):
        yield Refused(above or "the body", because="it must be an object of JSON.")
        return
    for key, one in value.items():
        name = f"{above}.{key}" if above else f"the field {key}"
        yield from _compare(rules.get(key, rules.get("*")), one, name)


def _nested(step: Mapping[str, Any]) -> Json:
    """Return the step of a patch as the body that it would change."""
    found: Any = step.get("value")
    for part in reversed(step["path"].strip("/").split("/")):
        found = {part.replace("~1", "/").replace("~0", "~"): found}
    return dict(found)


def _is_empty(value: Any) -> bool:
    if isinstance(value, Mapping):
        return all(map(_is_empty, value.values()))
    return value is None or (isinstance(value, str | list) and not value)


def _plain(value: Any) -> str:
    """Return a value as it stands in JSON or in a query, where True is true and text has no quotes."""
    return value if isinstance(value, str) else json.dumps(value)
