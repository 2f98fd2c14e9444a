"""Decide when a sweep begins no further trial: its minutes are over, or trials have stopped getting better."""

from collections.abc import Sequence

from operation.execution.configuration.sections import Configuration
from operation.execution.sweep.ranking import Outcome, rank

MINUTE = 60.0  # seconds


def reason_to_stop(configuration: Configuration, outcomes: Sequence[Outcome], seconds: float) -> str:
    """Say why no further trial should begin, naming the key that says so; empty as long as there is no reason.

    `outcomes` are those so far, and `seconds` have passed since the first trial began. Trials count as later than the
    best by their numbers and not by when they ended, so that the speed of the machine does not decide.
    """
    sweep = configuration.sweep
    if sweep.minutes and seconds >= sweep.minutes * MINUTE:
        return f"sweep.minutes is {sweep.minutes:g}"
    if sweep.early_stopping_trials and outcomes:
        best = rank(outcomes, configuration.gate.metric)[0]
        later = [outcome for outcome in outcomes if outcome.trial.number > best.trial.number]
        if best.metrics and len(later) >= sweep.early_stopping_trials:
            return (
                f"sweep.early_stopping_trials is {sweep.early_stopping_trials}, and trial {best.trial.number} is best"
            )
    return ""
