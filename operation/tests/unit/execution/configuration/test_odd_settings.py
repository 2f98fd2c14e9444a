"""Whatever people write behind `--set`, it is taken, or refused in one short message that names the key."""

import json

import pytest

from operation.errors import OperationError
from operation.tests.parcels import load

KEYS = ("training.trees", "split.test", "data.source", "gate.at_least.roc_auc", "backend.kind")
EMPTY = ["", "null", "~", '""', "  ", "[]", "{}", "#", "- ", "---"]
NUMBERS = ["0", "-1", "1.5", "1e400", ".nan", "-.inf", "nan", "9" * 30, "9" * 5000, "0x10", "012", "1:30", "1_000"]
DAYS = ["2013-02-30", "2013-11-01T00:00:00Z", "9999-12-31", "2013-11-01 25:00:00", "[2013-11-01]", "{2013-01-01: 1}"]
TEXTS = ["text", "é", "日本語", "\u202e", "\x00", '"\\0"', '"\\ud800"', "\udcff", "\x1b[31m", "x" * 5000, "../x", "a b"]
LISTS = [
    "[",
    "[1, 2]",
    "[[1]]",
    "[null]",
    "{a: 1}",
    "{a: {b: 1}}",
    "{1: 2}",
    "{null: 1}",
    "{a: 1, a: 2}",
    "{? [1] : 2}",
]
TAGS = ["!!python/object:os.system x", "!!binary aGk=", "!!set {a}", "!foo x", "!!int x", "!!float x", "!!timestamp x"]
TAGS += ["!!bool x", "!!map [1]", "!!seq {a: 1}", "!!omap [a: 1]", "!!pairs [a: 1]", "&a [*a]", "&a {b: *a}", "*a"]
MARKS = ["a: b: c", "---\na\n---\nb", "%", "@", "`", "|", "> x", "<<: 1", "{<<: 3}", "=", "a=b", "\t1", "1\n2", "'a"]
BOMB = ", ".join(f"&{name} [{', '.join([f'*{last}'] * 10)}]" for last, name in zip("abcdefg", "bcdefgh", strict=True))
VALUES = [*EMPTY, *NUMBERS, *DAYS, *TEXTS, *LISTS, *TAGS, *MARKS, f"[&a [1, 1], {BOMB}]"]


def refusal(*settings: str) -> str:
    """What is said; nothing if the settings are taken."""
    try:
        load(settings=settings)
    except OperationError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("value", VALUES, ids=lambda value: json.dumps(value)[:30])
def test_any_value_is_taken_or_refused_by_the_name_of_its_key(value: str) -> None:
    for key in KEYS:
        message = refusal(f"{key}={value}")
        assert not message or (key in message and len(message) < 600), message


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("training..trees", "write it as section.key=value"),
        (".trees", "write it as section.key=value"),
        ("training.trees.", "write it as section.key=value"),
        ("Training.trees", "--set Training.trees=5: unknown key Training. Did you mean training?"),
        (" training.trees", "unknown key  training. Did you mean training?"),
        ("training.trees ", "Did you mean training.trees?"),
        ("é.ü", "unknown key é. Valid: experiment, model"),
        ("limits.0", "--set limits.0=5: limits must be a list"),
        ("training.trees.x", "--set training.trees.x=5: training.trees must be a whole number"),
        ("backend.compute.name", "unknown key backend.compute. Valid: backend.kind, backend.outputs, backend.cache."),
        (".".join("a" * 1000), "(1,999 characters"),
        ("a" * 100_000, "unknown key aaaa"),
    ],
    ids=lambda text: text[:30],
)
def test_an_odd_key_is_refused_where_it_stands(key: str, said: str) -> None:
    message = refusal(f"{key}=5")
    assert said in message or "(2,001 characters)" in message
    assert len(message) < 600


@pytest.mark.parametrize("key", ["at_least", "too_good"])
@pytest.mark.parametrize(("bound", "said"), [("2", "above 1"), ("-0.1", "below 0")])
def test_a_bound_that_a_metric_never_reaches_is_refused(key: str, bound: str, said: str) -> None:
    message = refusal(f"gate.{key}={{roc_auc: {bound}}}")
    assert f"gate.{key}" in message
    assert f"roc_auc never gets {said}" in message


@pytest.mark.parametrize("settings", [["gate.at_least={roc_auc: 0}"], ["gate.too_good={roc_auc: 1, log_loss: 0}"]])
def test_the_ends_of_a_metric_are_bounds(settings: list[str]) -> None:
    assert refusal(*settings) == ""


def test_a_defect_of_a_table_that_is_not_read_is_refused() -> None:
    message = refusal("data.known_defects=[{table: parcel, key: {id: 1}, column: weight, value: 2, reason: why}]")
    assert "there is no table 'parcel' in data.tables, which are parcels, weather" in message


def test_a_value_that_refers_to_itself_is_refused() -> None:
    assert "refers to itself" in refusal("limits=&a [*a]")


@pytest.mark.parametrize("setting", ["gate.at_least={}", "gate={at_least: {}}", "sweep.parameters={}"])
def test_an_empty_mapping_that_would_change_nothing_is_refused(setting: str) -> None:
    key = "sweep.parameters" if "sweep" in setting else "gate.at_least"
    assert f"{key} is {{}}, which would change nothing" in refusal(setting)


@pytest.mark.parametrize(
    "setting", ["data.source=/data/of #2", "training.trees=5 # few", "seed=#1", "data.tables=[a] #"]
)
def test_what_yaml_would_leave_out_is_refused(setting: str) -> None:
    with pytest.raises(OperationError, match=r"YAML would leave out #.*\. Put the value in quotes"):
        load(settings=[setting])


@pytest.mark.parametrize("value", ["/data/of#2", "'/data/of #2'", '"/data/of #2" ', "/data/of  "])
def test_what_yaml_keeps_is_taken(value: str) -> None:
    assert load(settings=[f"data.source={value}"]).data.source == value.strip().strip("'\"")


def test_a_list_of_no_tables_is_refused() -> None:
    assert "data.tables is []: must name at least one table" in refusal("data.tables=[]")


def test_the_last_of_several_values_counts() -> None:
    assert refusal("training.trees=x", "training.trees=5") == ""
    assert '"x"' in refusal("training.trees=5", "training.trees=x")
