"""The steps between raw data and an evaluated model. Pure: a plan needs no backend and touches nothing."""

from pydantic import BaseModel

from operation.execution.configuration import Configuration
from operation.execution.values import Step


def steps(configuration: Configuration, champion: bool) -> tuple[Step, ...]:
    """prepare, train and evaluate with their arguments; with a champion, it is evaluated on the same test rows."""
    return prepare(configuration), train(configuration), evaluate(configuration, champion)


def prepare(configuration: Configuration) -> Step:
    """Raw tables to the prepared train and test parts."""
    arguments = _arguments(configuration.preparation) | _threads(configuration)
    return Step("prepare", "prepare.py", arguments, {"--data": "raw"}, {"--output": "prepared"})


def train(configuration: Configuration) -> Step:
    """The train part to a model."""
    arguments = _arguments(configuration.training) | _seed(configuration) | _threads(configuration)
    return Step("train", "train.py", arguments, {"--data": "prepared"}, {"--output": "model"})


def evaluate(configuration: Configuration, champion: bool) -> Step:
    """Model and champion on the test part to metrics, slices, plots and their comparison."""
    arguments = _arguments(configuration.evaluation) | _seed(configuration) | _threads(configuration)
    gate = {"--metric": (configuration.gate.metric,), "--confidence": (str(configuration.gate.confidence),)}
    inputs = {"--data": "prepared", "--model": "model"} | ({"--champion": "champion"} if champion else {})
    return Step("evaluate", "evaluate.py", arguments | gate, inputs, {"--output": "evaluation"})


def _arguments(section: BaseModel) -> dict[str, tuple[str, ...]]:
    """Each key of the section as the option of the same name: `late_after_minutes: 15` is `--late-after-minutes 15`."""
    return {f"--{key.replace('_', '-')}": _words(value) for key, value in section.model_dump().items()}


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, tuple) else (str(value),)


def _seed(configuration: Configuration) -> dict[str, tuple[str, ...]]:
    return {"--seed": (str(configuration.seed),)}


def _threads(configuration: Configuration) -> dict[str, tuple[str, ...]]:
    return {"--threads": (str(configuration.threads),)}
