"""Measure how much of the predictions rests on each feature: evidence beside an alarm, and never one itself."""

from collections.abc import Mapping

from operation.monitoring.profiles import Array, Compared, Profile, Sums, nearest, share

SUMS = "attributions"  # (blocks, features) of mean absolute Shapley values, as `src/profile_data.py` samples them


def measure_attributions(compared: Compared) -> dict[str, float]:
    """Return how far each feature's share of the predictions is from that in the nearest window of the reference.

    A reference that was made before there were attributions has none.
    """
    if not has_attributions(compared.window) or not has_attributions(compared.whole):
        return {}
    distances = abs(_shares(compared.windows) - _shares(compared.window))
    return {
        f"attribution/{name}": nearest(distances[:, place]) for place, name in enumerate(compared.reference.features)
    }


def has_attributions(sums: Sums) -> bool:
    """Say whether the sums are of rows whose predictions were attributed to features."""
    return SUMS in sums


def describe_attributions(reference: Profile, window: Profile) -> Mapping[str, Mapping[str, float]] | None:
    """Return each feature's share of the predictions, in the whole reference and in the window; None without any."""
    if not has_attributions(reference.sums) or not has_attributions(window.sums):
        return None
    before, now = (_shares({SUMS: each.sums[SUMS].sum(axis=0)}) for each in (reference, window))
    pairs = zip(reference.features, before.tolist(), now.tolist(), strict=True)
    return {name: {"reference": then, "window": here} for name, then, here in pairs}


def say_why_none(version: int) -> str:
    """Say why there are no attributions beside the reference of a version, and what makes some."""
    return (
        f"The reference of version {version} was made before attributions were measured, so there are none. "
        "The reference of the next version that is trained has them."
    )


def _shares(sums: Sums) -> Array:
    """Return the share of each feature (..., features); 0 where no prediction moves."""
    return share(sums[SUMS], sums[SUMS].sum(axis=-1, keepdims=True))
