"""Say whether a comparison with the champion means anything.

Has it seen the test rows, does it predict the same event, does it learn from rows that were chosen alike? All of it is
in the tags of a version. Pure.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from operation.execution.values import Evidence, ModelVersion

DAYS = {f"{part}_{edge}": (part, edge) for part in ("train", "test") for edge in ("first_date", "last_date")}
DEFINITION = {"event": "event", "target": "target", "preparation": "rows prepared with"}  # tags, and what they say
BY_TIME = "time"
SPLIT, SHARE, BORDERS = "split", "split_test", "split_borders"  # tags
DATA, USED, OUTCOMES = "data_sha256", "rows_used", "test_outcomes"  # tags
MEASURES = ("positive_share", "target_mean", "classes")  # of the outcomes of a part; each task has one


def describe(evidence: Evidence) -> dict[str, str]:
    """Collect the tags that say what a model learned from: its days or how rows were drawn, and what it predicts.

    The parameters of preparation define the event and the features; the split is apart from them. What only the SQL of
    a use case says, as a filter of rows, shows in how many rows it leaves, and in their outcomes.
    """
    parts = {name: part for name, part in evidence.prepared.items() if isinstance(part, Mapping)}  # else only counts
    days = {tag: parts.get(part, {}).get(edge) for tag, (part, edge) in DAYS.items()}
    words = {name: evidence.evaluation.get(name) for name in ("event", "target")}
    preparation = evidence.configuration.get("preparation", {})
    rules = [f"{name}={value}" for name, value in sorted(preparation.items())]
    divided = _describe_split(parts.get("split", {}))
    tags = {**days, **divided, **words, "preparation": " ".join(rules), **_describe_rows(parts)}
    return {name: str(value) for name, value in tags.items() if value}


def explain_incomparable(evidence: Evidence, champion: ModelVersion) -> str:
    """Return the reason why the comparison says nothing; empty if it is a fair one."""
    return explain_incomparable_tags({**evidence.lineage, **describe(evidence)}, champion)


def explain_incomparable_tags(candidate: Mapping[str, str], champion: ModelVersion) -> str:
    """Return the same of a candidate that carries what `describe` says among its tags."""
    return (
        _explain_seen(candidate, champion)
        or _explain_other_event(candidate, champion.tags)
        or _explain_other_rows(candidate, champion.tags)
    )


def had_same_rows(candidate: Mapping[str, str], champion: Mapping[str, str]) -> bool:
    """Say whether two versions were tested on the same rows of the same data: only then do their metrics compare."""
    named = (DATA, "test_first_date", "test_last_date", SPLIT, SHARE, BORDERS, *DEFINITION)
    alike = DATA in candidate and all(candidate.get(tag) == champion.get(tag) for tag in named)
    return alike and not _find_different(candidate, champion, (USED, OUTCOMES))


def _describe_split(split: Mapping[str, Any]) -> dict[str, str]:
    """Describe how rows were divided. By a hash, the same columns and seed give a row the same place among all."""
    if not split:
        return {}
    how = f"{split['by']} {split['columns']}".strip() + (f", seed {split['seed']}" if "seed" in split else "")
    borders = json.dumps(split["borders"], sort_keys=True) if split.get("borders") else ""
    return {SPLIT: how, SHARE: split["test"], BORDERS: borders}


def _describe_rows(parts: Mapping[str, Any]) -> dict[str, str]:
    """Describe which rows the preparation keeps of all, whatever the split, and what came of those in the test part."""
    rows, test = parts.get("rows", {}), parts.get("test", {})
    found = {}
    if "used" in rows:
        raw = f" of {rows['raw']:,}" if "raw" in rows else ""
        found[USED] = f"{rows['used'] + rows.get('in_no_part', 0):,}{raw}"
    for name in MEASURES:
        if (value := test.get(name)) is not None:
            shown = f"{value:.6g}" if isinstance(value, float) else json.dumps(value, sort_keys=True)
            found[OUTCOMES] = f"{name} {shown} of {test['rows']:,}"
    return found


def _explain_seen(candidate: Mapping[str, str], champion: ModelVersion) -> str:
    ours, theirs = (_by(tags) for tags in (candidate, champion.tags))
    if not ours:
        return ""  # the data are not divided by anything known
    if not theirs:
        return f"version {champion.version} does not say on which rows it was trained"
    if ours != theirs and not _is_old(ours, theirs):
        return f"the champion's rows were divided by {theirs}, this model's by {ours}: it may have seen the test rows"
    explain = _explain_seen_days if _is_by_time(ours) else _explain_seen_draws
    return explain(candidate, champion.tags)


def _by(tags: Mapping[str, str]) -> str:
    """Say what rows were divided by; versions of before there were splits have their days alone."""
    split = tags.get(SPLIT, BY_TIME)
    return "" if _is_by_time(split) and not tags.keys() >= DAYS.keys() else split


def _is_by_time(split: str) -> bool:
    return split.partition(" ")[0] == BY_TIME


def _is_old(ours: str, theirs: str) -> bool:
    """Whether both are divided by time and one does not say by which column: then the days alone are compared."""
    return BY_TIME in (ours, theirs) and _is_by_time(ours) and _is_by_time(theirs)


def _explain_seen_days(candidate: Mapping[str, str], champion: Mapping[str, str]) -> str:
    first = max(candidate["test_first_date"], champion["train_first_date"])
    last = min(candidate["test_last_date"], champion["train_last_date"])  # ISO 8601 sorts as it is
    return f"the champion has seen the test days {first} to {last}: it was trained on them" if first <= last else ""


def _explain_seen_draws(candidate: Mapping[str, str], champion: Mapping[str, str]) -> str:
    """Compare where the test part ends: what lies between the champion's border and this one's has trained it."""
    try:
        ours, theirs = _borders(candidate), _borders(champion)
    except (AttributeError, KeyError, TypeError, ValueError):  # somebody has edited the tags
        return "the tags of the two versions do not say which share of the rows each was tested on"
    seen = [name for name in ours | theirs if ours.get(name, ours[""]) > theirs.get(name, theirs[""])]
    if not seen:
        return ""
    classes = f" of {', '.join(sorted(seen))}" if all(seen) else ""
    kept = min(theirs.get(name, theirs[""]) for name in seen)
    return f"the champion has seen some of the test rows{classes}: it was trained on all but {100 * kept:.3g} %"


def _borders(tags: Mapping[str, str]) -> dict[str, float]:
    """Return the share of each class that is tested on; that of all others by the name ""."""
    borders = {name: float(share) for name, share in json.loads(tags.get(BORDERS, "{}")).items()}
    return {"": float(tags[SHARE].removesuffix("%")) / 100, **borders}


def _explain_other_event(candidate: Mapping[str, str], champion: Mapping[str, str]) -> str:
    for tag, words in DEFINITION.items():
        ours, theirs = candidate.get(tag, ""), champion.get(tag, "")
        if ours and ours != theirs:
            return f"the champion's {words} {theirs or 'is not known'}, this model's {ours}"
    return ""


def _explain_other_rows(candidate: Mapping[str, str], champion: Mapping[str, str]) -> str:
    """Compare what was kept of the same data, and the outcomes of the same test part; other data say nothing here."""
    if DATA not in candidate or candidate[DATA] != champion.get(DATA):
        return ""
    same_part = all(candidate.get(tag) == champion.get(tag) for tag in (*DAYS, SPLIT, SHARE, BORDERS))
    for tag in _find_different(candidate, champion, (USED, OUTCOMES) if same_part else (USED,)):
        what = "rows" if tag == USED else "test rows"
        return f"the champion's {what} of the same data: {champion[tag]}, this model's {candidate[tag]}"
    return ""


def _find_different(ours: Mapping[str, str], theirs: Mapping[str, str], tags: Sequence[str]) -> list[str]:
    """Find tags in which two versions differ; one of before there was a tag differs in nothing."""
    return [tag for tag in tags if tag in ours and tag in theirs and ours[tag] != theirs[tag]]
