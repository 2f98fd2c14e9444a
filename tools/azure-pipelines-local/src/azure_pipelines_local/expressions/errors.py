"""The error of expressions, which know no files."""


class ExpressionError(ValueError):
    """What is wrong with an expression, and how many characters into it."""

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(message)
        self.message, self.position = message, position
