"""Keep exactly one champion, though tags of several versions cannot be changed in one transaction. Pure.

A promotion writes the tag `champion` with a number higher than all there are, and then takes the others away. So
the highest wins at every moment: whoever dies between the two leaves the new champion, and two who promote at once
leave one.
"""

from collections.abc import Mapping

TAG = "champion"

Tags = Mapping[int, Mapping[str, str]]  # by version


def champion(versions: Tags) -> int | None:
    """Find the version whose tag is the highest; of two alike, the newer one."""
    numbered = [(number(tags), version) for version, tags in versions.items() if TAG in tags]
    return max(numbered)[1] if numbered else None


def next_number(versions: Tags) -> int:
    """Choose the number that a promotion writes."""
    return max((number(tags) for tags in versions.values()), default=0) + 1


def outdated(versions: Tags) -> list[int]:
    """List the versions whose tag means nothing any more."""
    return sorted(version for version, tags in versions.items() if TAG in tags and version != champion(versions))


def number(tags: Mapping[str, str]) -> int:
    """Read the number in the tag; whatever somebody else wrote there counts least."""
    text = tags.get(TAG, "")
    return int(text) if text.isdecimal() else 0
