"""Words that a native engineer would not write, and what to write: for pages, docstrings, messages and help texts."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

WORDS = {  # what is looked for, a space standing for any white space, and what to write
    r"mend(?:s|ed|ing)?\b": "fix",
    r"(?:bring(?:s|ing)?|brought)\b(?! (?:[\w'-]+ ){0,4}(?:back|up to date))": "fetch, or what is done",
    r"(?:^tell|tells) (?:whether|where|on stderr)": "say, report, check",
    r"told(?! (?:apart|from))": "reported, handed, printed",
    r"(?<!there\s)(?:is|are|was|were) no (?!longer|such|more|one\b)": "is not a, has no",
    r"(?<!there\s)(?:is|are|has|have|does|do) no more(?! than)": "no longer",
    r"wants? nothing": "needs nothing, skips",
    r"of (?:that|what|which) it is clear": "that",
}
FLAGS = re.IGNORECASE | re.MULTILINE
PATTERNS = {re.compile(rf"\b(?:{pattern})".replace(" ", r"\s+"), FLAGS): word for pattern, word in WORDS.items()}
ANY = re.compile("|".join(pattern.pattern for pattern in PATTERNS), FLAGS)
FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`[^`\n]+`")


def faults_of_text(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line of each word that is in the list, and what is wrong with it; code is passed over."""
    blank = CODE.sub("``", FENCED.sub(lambda found: "\n" * found[0].count("\n"), text))
    for pattern, word in PATTERNS.items():
        for found in pattern.finditer(blank):
            yield blank.count("\n", 0, found.start()) + 1, f"{' '.join(found[0].split())!r}: write {word}"


def faults_of_code(code: str) -> Iterator[tuple[int, str]]:
    """Yield the same of the texts in Python code: docstrings, messages, help texts."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from ((node.lineno + line - 1, fault) for line, fault in faults_of_text(node.value))


def faults(file: Path) -> list[str]:
    """Return a line for each word of a page or a Python file that is in the list."""
    text = file.read_text(encoding="utf-8")
    if not ANY.search(text):  # so that few files are parsed
        return []
    found = faults_of_code(text) if file.suffix == ".py" else faults_of_text(text)
    return [f"{line}: {fault}" for line, fault in found]
