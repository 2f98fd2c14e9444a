"""Suggest what to write instead of what other languages, or other places of a pipeline, have."""

from collections.abc import Iterable
from difflib import get_close_matches

INDENTATION = "there is no {}: indentation ends it"
BLANK = "write {0} and a blank before the expression, as in {0} eq(a, b)"
HINTS = {
    "=": "write eq(a, b)",
    "!": "write ne(a, b) or not(a)",
    "<": "write lt(a, b) or le(a, b)",
    ">": "write gt(a, b) or ge(a, b)",
    "&": "write and(a, b)",
    "|": "write or(a, b)",
    "?": "write iif(condition, a, b)",
    "+": "write format('{0}{1}', a, b)",
    '"': "strings stand in single quotes",
    "and": "write and(a, b)",
    "or": "write or(a, b)",
    "in": "write in(a, b, c)",
    "if": BLANK.format("if"),
    "elseif": BLANK.format("elseif"),
    "elif": "write elseif",
    "elsif": "write elseif",
    **{word: INDENTATION.format(word) for word in ("end", "endif", "endfor", "endeach")},
    "for": "write each NAME in a",
    "foreach": "write each NAME in a",
    "null": "nothing is equal to ''",
    "none": "nothing is equal to ''",
    "parameters": "write '${{ parameters.NAME }}'",
    **dict.fromkeys(("dependencies", "stagedependencies"), "only conditions and $[ ] know it, when the pipeline runs"),
    **dict.fromkeys(("always", "canceled", "failed", "succeeded", "succeededorfailed"), "only conditions have it"),
    "counter": "only $[ ] in variables has it",
    "resources": "only $[ ] in variables knows it",
    "pipeline": "only $[ ] in variables, and conditions of stages and jobs, know it",
}


def hint(word: str, known: Iterable[str] = ()) -> str:
    """End a message about an unknown word: what to write for it, else what is known."""
    if found := HINTS.get(word.lower()):
        return f"; {found}."
    names = sorted(known)
    if close := get_close_matches(word, names, n=1):
        return f"; did you mean {close[0]!r}?"
    return f"; known here: {', '.join(names)}." if names else "."
