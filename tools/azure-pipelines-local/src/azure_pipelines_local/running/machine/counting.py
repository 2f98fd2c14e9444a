"""How many there are, in words."""


def counted(number: int, noun: str) -> str:
    """The number with the noun, "1 file" or "2 files"."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
