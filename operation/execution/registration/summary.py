"""Print the tables at the end of a command: metrics beside the champion's, the verdict, the registered versions."""

from collections.abc import Mapping, Sequence
from typing import Any

from operation import console
from operation.execution.configuration.sections import Configuration
from operation.execution.values import Decision, Evidence, ModelVersion


def show(
    configuration: Configuration,
    evidence: Evidence,
    decision: Decision,
    model: ModelVersion,
    notes: Mapping[str, str],
) -> None:
    """End `invoke train` and `invoke register`; `notes` are lines about the comparison, each with its label."""
    show_metrics(configuration, evidence)
    local = configuration.backend.kind == "local"
    promote = f"promote --version {model.version}"
    standing = f"not promoted ({configuration.command(promote)} would)"
    if model.champion or decision.verdict == "promote":
        standing = "the champion" if model.champion else "the champion now"
    # Of an earlier run, if that has made the very same model; its folder may have been deleted since.
    card = configuration.outputs / "runs" / model.run / "package" / "model_card.html"
    for name, text in {
        "Verdict": f"{decision.verdict}: {decision.reason}",
        **notes,
        "Model": f"{model.name} version {model.version}, {standing}",
        **({"Model card": f"{card}"} if card.is_file() else {}),
        "Data docs": f"{evidence.run.folder / 'validate-raw' / 'data_docs' / 'index.html'}",
        "Look closer": ", ".join(map(configuration.command, ("models", "ui") if local else ("models",))),
    }.items():
        console.say(f"{name:<12} {text}")
    for warning in evidence.warnings:
        console.say(f"{'Data':<12} {warning}")


def show_notes(notes: Mapping[str, str]) -> None:
    """Print the notes where the gate refused the model."""
    for name, text in notes.items():
        console.say(f"{name:<12} {text}")


def show_unchanged(configuration: Configuration, model: ModelVersion) -> None:
    """End an `invoke train` that had nothing to do."""
    standing = "the champion" if model.champion else "not promoted"
    console.say(f"Nothing has changed since run {model.run}: {model.name} version {model.version}, {standing}.")
    console.say(f"To run every step all the same: {configuration.command('train --force')}")


def show_metrics(configuration: Configuration, evidence: Evidence) -> None:
    """Print candidate, champion, baselines and the gate's bounds, metric by metric."""
    gate, evaluation = configuration.gate, evidence.evaluation
    bounds = {name: f"at least {value}" for name, value in gate.at_least.items()}
    bounds |= {name: f"at most {value}" for name, value in gate.at_most.items()}
    beside = {"champion": (evaluation["champion"] or {}).get("metrics", {}), **evaluation.get("baselines", {})}
    rows = [
        [name, _number(value), *(_number(metrics.get(name)) for metrics in beside.values()), bounds.get(name, "")]
        for name, value in evaluation["metrics"].items()
    ]
    title = f"Test metrics ({evaluation['rows']:,} rows)"
    console.table(title, ["metric", "candidate", *beside, "gate"], rows)


def show_models(configuration: Configuration, models: Sequence[ModelVersion]) -> None:
    """Print a row for each version, newest first."""
    metric = configuration.gate.metric
    rows = [
        [
            str(model.version),
            "champion" if model.champion else "",
            _number(model.tags.get(f"metric.{metric}")),
            model.tags.get("reason", ""),
            model.tags.get("data_sha256", "")[:8],
            model.tags.get("git_commit", "")[:8] + ("+changes" if model.tags.get("git_dirty") == "true" else ""),
            model.run,
        ]
        for model in models
    ]
    console.table(configuration.model, ["version", "", metric, "verdict", "data", "commit", "run"], rows)


def _number(value: Any) -> str:
    """Format a metric; a damaged evaluation or tag may hold anything."""
    try:
        return f"{float(value):.4f}"
    except (TypeError, ValueError, OverflowError):
        return "-"
