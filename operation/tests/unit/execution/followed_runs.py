"""What runs without processes have in common where they are followed to their end."""

from collections.abc import Sequence
from typing import NoReturn

from operation.execution.values import Run, Step


class FollowedRuns:
    """The part of `Runs` that a sweep and a back-test never need."""

    def plan(self, steps: Sequence[Step]) -> NoReturn:
        raise AssertionError("nothing is planned here")

    def detach(self, run: Run) -> NoReturn:
        raise AssertionError("every run is followed to its end")

    def can_detach(self, run: Run) -> bool:
        return False
