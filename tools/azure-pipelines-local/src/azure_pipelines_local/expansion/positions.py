"""Positions in a pipeline: which lists take templates, told from the keys that lead there."""

PIPELINE, DATA, VARIABLES = "pipeline", "data", "variables"
ITEMS = {"stages": "stage", "jobs": "job", "steps": "step", VARIABLES: "variable"}  # lists that take templates
OWN_VARIABLES = (PIPELINE, "stage", "job")
_LISTS = {"stages": "stages", "jobs": "jobs", "steps": "steps", VARIABLES: VARIABLES}
_HOOKS = ("preDeploy", "deploy", "routeTraffic", "postRouteTraffic")
CHILDREN = {
    PIPELINE: _LISTS,
    "stage": {"jobs": "jobs", VARIABLES: VARIABLES},
    "job": {"steps": "steps", VARIABLES: VARIABLES, "strategy": "strategy"},
    "strategy": {"runonce": "lifecycle", "rolling": "lifecycle", "canary": "lifecycle"},
    "lifecycle": {"on": "outcomes", **{hook.lower(): "hook" for hook in _HOOKS}},
    "outcomes": {"success": "hook", "failure": "hook"},
    "hook": {"steps": "steps"},
}


def child(position: str, key: str) -> str:
    """Find the position of what stands under the key; DATA if no template can stand in it."""
    return CHILDREN.get(position, {}).get(key.lower(), DATA)
