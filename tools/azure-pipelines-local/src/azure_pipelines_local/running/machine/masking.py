"""Secrets, which no output shows."""

HIDDEN = "***"


class Secrets:
    """Every secret that a run has heard of so far."""

    def __init__(self) -> None:
        """Know of none."""
        self._known: set[str] = set()

    def add(self, secret: str) -> None:
        """Hide the text from now on, and each of its lines: output is masked line by line.

        White space alone is not a secret: hiding it would put stars between all words of the log.
        """
        self._known |= {each for each in (secret, *secret.splitlines()) if each.strip()}

    def mask(self, text: str) -> str:
        """Replace all secrets in the text by stars."""
        # The longest first: where one begins with another, hiding the shorter one would leave the end of the longer.
        for secret in sorted(self._known, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        return text
