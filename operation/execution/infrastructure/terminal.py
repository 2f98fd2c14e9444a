"""What somebody types at the terminal."""

from operation import console


def typed(question: str, nothing: str) -> str:
    """The answer, "" at the end of the input; `nothing` is said when it is interrupted instead."""
    try:
        return input(question).strip()
    except EOFError:
        console.say("")
        return ""
    except KeyboardInterrupt:
        console.say(f"\n{nothing}")
        raise
