"""What is asked of web services: what cannot be done, and what a list is to hold (pure)."""

from collections.abc import Iterator, Mapping

from azureml_offline.names import KUBERNETES
from azureml_offline.service_records import AKS, KINDS
from azureml_offline.state import Json, State


def wrong(workspace: State, body: Json) -> str | None:
    """The first reason not to deploy what the SDK or a service's record describes; None if there is none."""
    return next(_reasons(workspace, body), None)


def _reasons(workspace: State, body: Json) -> Iterator[str]:
    kind, name, asked = body["computeType"], body["name"], body.get("environmentImageRequest") or {}
    there = workspace.services.get(name)
    if kind not in KINDS:
        yield f"The offline workspace has no services of type {kind}: it has {' and '.join(KINDS)}."
    if there and there.record["computeType"] != kind:
        yield f"Service {name} is of type {there.record['computeType']}, which cannot become {kind}: delete it first."
    if kind == AKS and body.get("computeName") != KUBERNETES:
        yield f"ComputeTarget {body.get('computeName')} was not found: the offline workspace has {KUBERNETES}."
    for model in asked.get("modelIds") or []:
        if model not in workspace.models:
            yield f"Model {model} was not found."
    if not asked.get("assets"):
        yield "The offline workspace deploys with an InferenceConfig and an Environment alone."
    others = [one.record for one in workspace.services.values() if one.name != name]
    if (label := body.get("dnsNameLabel")) and label in [one.get("dnsNameLabel") for one in others]:
        yield f"The DNS name label {label} is taken by another service."


def fits(record: Json, wanted: Mapping[str, str]) -> bool:
    """Whether a service is one of those that the query of a list wants."""
    models, tags = record["models"], record["kvTags"]
    pairs = [pair.partition("=") for pair in wanted.get("tags", "").split(",") if pair]
    return (
        wanted.get("computeType", record["computeType"]).upper() == record["computeType"]
        and ("modelName" not in wanted or wanted["modelName"] in [model["name"] for model in models])
        and ("modelId" not in wanted or wanted["modelId"] in [model["id"] for model in models])
        and all(key in tags and (not sign or tags[key] == value) for key, sign, value in pairs)
    )
