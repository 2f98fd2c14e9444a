"""YAML documents: what is taken, where it stands, and what is refused with its place."""

from contextlib import suppress
from pathlib import Path

import pytest
from azure_pipelines_local.documents import yaml_reader
from azure_pipelines_local.documents.nodes import Mapping, Node, Scalar, Sequence, kind, plain
from azure_pipelines_local.errors import PipelineError, PipelinesLocalError
from hypothesis import given
from hypothesis import strategies as st

STEP = """steps:
- script: |
    invoke validate
    invoke train --environment ${{ parameters.environment }}
  displayName: 'Train, ''for real'' ${{ variables.a }}'
"""


def parse(text: str) -> Node:
    return yaml_reader.parse(text, "ci.yml")


def mapping(text: str) -> Mapping:
    node = parse(text)
    assert isinstance(node, Mapping)
    return node


def test_scalars_stay_text_whatever_yaml_would_make_of_them() -> None:
    assert plain(parse("a: true\nb: 1.0\nc: 2020-01-01\nd:\ne: ~\nf: on")) == {
        "a": "true",
        "b": "1.0",
        "c": "2020-01-01",
        "d": "",
        "e": "~",
        "f": "on",
    }


def test_each_node_knows_its_place() -> None:
    steps = mapping(STEP).find("steps")
    assert isinstance(steps, Sequence)
    step = steps.nodes[0]
    assert isinstance(step, Mapping)
    assert str(step.key("displayName").place) == "ci.yml:5:3"
    assert str(step.place) == "ci.yml:2:3"


def test_expressions_know_their_place_even_within_a_block() -> None:
    step = mapping(STEP)["steps"][0]
    places = [node.expressions for _, node in step.pairs if isinstance(node, Scalar)]
    assert [[str(each) for each in found] for found in places] == [["ci.yml:4:32"], ["ci.yml:5:37"]]


def test_keys_are_found_in_any_case() -> None:
    found = mapping("vmImage: ubuntu-24.04")
    assert isinstance(node := found.find("VMIMAGE"), Scalar)
    assert [node.text, found.find("pool")] == ["ubuntu-24.04", None]


@pytest.mark.parametrize("key", ["VMIMAGE", "pool"])
def test_expressions_see_keys_in_their_own_case(key: str) -> None:
    found = mapping("vmImage: ubuntu-24.04")
    assert found["vmImage"] == "ubuntu-24.04"
    with pytest.raises(KeyError):
        found[key]


def test_a_directive_can_stand_twice_in_a_mapping() -> None:
    assert len(mapping("${{ if a }}: {}\n${{ else }}: {}\n${{ if b }}: {}\n${{ else }}: {}")) == 4


def test_nodes_have_names_for_messages() -> None:
    assert [kind(parse(text)) for text in ("a", "[a]", "{a: b}")] == ["text", "a sequence", "a mapping"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\nb: 2\na: 3", "ci.yml:3:1: the key 'a' appears twice (case does not count)."),
        ("env:\n  Path: a\n  PATH: b", "ci.yml:3:3: the key 'PATH' appears twice (case does not count)."),
        ("steps:\n\t- script: a", "ci.yml:2:1: not YAML: "),
        ("a: [1, 2", "ci.yml:2:1: not YAML: "),
        ("a: 'b", "ci.yml:1:6: not YAML: "),
        ("a: &x [1]\nb: *x", "ci.yml:1:4: anchors and aliases are not supported (x)"),
        ("a: *x", "ci.yml:1:4: anchors and aliases are not supported (x)"),
        ("a: !secret b", "ci.yml:1:4: tags are not supported (!secret)"),
        ("? [a]\n: b", "ci.yml:1:3: a key must be text"),
        ("a: 1\n---\nb: 2", "ci.yml:2:1: a second document"),
        ("", "ci.yml:1:1: it is empty"),
        ("# nothing\n", "ci.yml:1:1: it is empty"),
        ("a: \0", "ci.yml:1:4: not YAML: "),
        ("é: a\nü: b\a", "ci.yml:2:5: not YAML: control characters are not allowed (U+0007). Take the character out."),
        ("[" * 101, "ci.yml:1:101: more than 100 nested mappings and sequences."),
        ("[" * 200_000, "ci.yml:1:101: more than 100 nested mappings and sequences."),
    ],
    ids=lambda value: repr(value)[:25],
)
def test_what_is_refused_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(PipelineError) as raised:
        parse(text)
    assert str(raised.value).startswith(message)


def test_tabs_get_a_remedy() -> None:
    with pytest.raises(PipelineError, match=r"Indent with spaces, not tabs\."):
        parse("steps:\n\t- script: a")


def test_a_bomb_of_aliases_is_refused_at_its_first_anchor() -> None:
    bomb = "a: &a [x, x]\n" + "\n".join(
        f"{new}: &{new} [*{old}, *{old}]" for old, new in zip("abcd", "bcde", strict=True)
    )
    with pytest.raises(PipelineError, match=r"ci.yml:1:4: anchors"):
        parse(bomb)


def test_a_file_is_read_with_or_without_a_byte_order_mark(tmp_path: Path) -> None:
    (tmp_path / "ci.yml").write_bytes("\ufeffname: Prüfung".encode())
    assert plain(yaml_reader.read(tmp_path / "ci.yml", "ci.yml")) == {"name": "Prüfung"}


def test_a_file_that_is_missing_too_large_or_no_text_is_refused(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match=r"^ci.yml:1:1: it cannot be read \(No such file or directory\)\."):
        yaml_reader.read(tmp_path / "ci.yml", "ci.yml")
    (tmp_path / "large.yml").write_bytes(b"a: b\n" * 2_000_000)
    with pytest.raises(PipelineError, match=r"large.yml:1:1: it has 10,000,000 bytes; at most 1,048,576 are allowed\."):
        yaml_reader.read(tmp_path / "large.yml", "large.yml")
    (tmp_path / "latin.yml").write_bytes("\ufeffé: a\n".encode() + b"name: Pr\xfcfung")
    with pytest.raises(PipelinesLocalError, match=r"^latin.yml:2:9: byte 0xFC is not UTF-8\. Save it as UTF-8"):
        yaml_reader.read(tmp_path / "latin.yml", "latin.yml")


@given(st.text(alphabet="ab:-?[]{},&*!|>'\"%@`#~ \n\t${}\0\x85é", max_size=60) | st.text(max_size=60))
def test_any_text_gives_a_document_or_a_pipeline_error(text: str) -> None:
    with suppress(PipelineError):
        plain(parse(text))


def test_a_file_has_at_most_a_hundred_thousand_values() -> None:
    with pytest.raises(PipelineError, match=r":1:200000: more than 100,000 keys, values and expressions in one file"):
        parse("[" + "x," * 100_000 + "]")
    with pytest.raises(PipelineError, match=":1:1: more than 100,000 keys, values and expressions in one file"):
        parse("${{ 1 }}" * 100_000)
