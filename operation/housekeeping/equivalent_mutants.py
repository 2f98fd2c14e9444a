"""Mutants that no test can kill: patterns of `FUNCTION: BEFORE -> AFTER`, and why the change cannot be seen."""

EQUIVALENT = {
    r'encoding="UTF-8"': "The names of codecs have no case.",
}
