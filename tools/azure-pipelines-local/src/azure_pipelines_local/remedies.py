"""What to do about a text that is not YAML."""

import re

from azure_pipelines_local.places import Place

DIRECTIVE_WITHOUT_COLON = re.compile(r"\s*(?:-\s+)?\$\{\{\s*(?:if|elseif|else|each|insert)\b.*\}\}\s*")


def remedy(text: str, place: Place) -> str:
    """From the lines at the place where the YAML breaks, and right above it."""
    lines = text.splitlines()
    line = lines[place.line - 1] if place.line <= len(lines) else ""
    indented = line[: len(line) - len(line.lstrip())]
    if "\t" in indented:
        return "Indent with spaces, not tabs."
    for number in range(place.line - 1, max(place.line - 4, 0), -1):
        if DIRECTIVE_WITHOUT_COLON.fullmatch(lines[number - 1]):
            return f"Perhaps a colon is missing after the directive in line {number}."
    return "Mend the YAML there."
