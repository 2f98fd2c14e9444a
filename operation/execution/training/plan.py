"""`invoke train --plan`: print what `train` would do, without doing any of it."""

from operation import console
from operation.execution.backends import connect
from operation.execution.configuration.sections import Configuration
from operation.execution.training import pipeline
from operation.execution.values import Step


def show_plan(configuration: Configuration) -> None:
    """Print the steps that `train` would run, what it would send elsewhere, and what it would register.

    Raises:
        OperationError: the code could not be sent.
    """
    steps = pipeline.steps(configuration, champion=True)
    elsewhere = connect(configuration).runs.plan(steps)
    console.table(
        "invoke train would",
        ["step", "script", "arguments", "reads", "writes"],
        [
            ["data", "", f"source {configuration.data.source}", "", "raw"],
            *map(_describe, steps),
            ["gate", "", f"{configuration.gate.metric} at {configuration.gate.confidence:.0%}", "evaluation", ""],
            ["register", "", configuration.model, "model, evaluation", "registry"],
        ],
    )
    for name, text in elsewhere.items():
        console.say(f"{name:<12} {text}")


def _describe(step: Step) -> list[str]:
    arguments = " ".join(" ".join([option, *values]) for option, values in step.arguments.items())
    return [step.name, step.script, arguments, *map(", ".join, (step.inputs.values(), step.outputs.values()))]
