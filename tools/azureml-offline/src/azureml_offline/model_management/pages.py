"""Lists of models and web services: those with some labels, a page at a time."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from flask import request

from azureml_offline.workspace.names import SERVICES
from azureml_offline.workspace.state import Json


def has(labels: Mapping[str, str], wanted: str) -> bool:
    """Say whether labels match a query: "key" or "key=value", several of them separated by commas."""
    pairs = [pair.partition("=") for pair in wanted.split(",") if pair]
    return all(key in labels and (not sign or labels[key] == value) for key, sign, value in pairs)


def page(found: Sequence[Json]) -> Json:
    """Return `count` of the entries from `$skipToken` on, and the URL of the next page, if there is one.

    On the last page there is no key `nextLink`: the SDK would follow even null.
    """
    start = int(request.args.get("$skipToken") or 0)
    end = start + int(request.args.get("count") or len(found))
    if end >= len(found):
        return {"value": list(found[start:])}
    query = urlencode(request.args.to_dict() | {"$skipToken": str(end)})
    return {"value": list(found[start:end]), "nextLink": f"{SERVICES}{request.path}?{query}"}
