"""What the service makes of values of parameters, as PGielniak/azdo-pipeline-emulator has measured (E03-parameters)."""

from pathlib import Path

import pytest
from azure_pipelines_local.documents.nodes import plain
from azure_pipelines_local.errors import PipelineError
from azure_pipelines_local.expansion.entry import expand

STEPS = "steps:\n- script: ${{ convertToJson(parameters.p) }}\n"
DEEP = "{s: text, n: 3, f: 0.5, b: true, nil: , list: [1, two], nested: {deep: {k: v}}}"
AS_JSON = (
    '{ "s": "text", "n": 3, "f": 0.5, "b": true, "nil": "", "list": [ 1, "two" ], "nested": { "deep": { "k": "v" } } }'
)
OF_TEMPLATES = {  # by the measurement: the declaration, what is passed, and the value as JSON; None if it is refused
    "pass-bool-quoted-true": ("{name: p, type: boolean}", "'true'", "true"),
    "pass-bool-titlecase": ("{name: p, type: boolean}", "True", "true"),
    "pass-bool-yes": ("{name: p, type: boolean}", "yes", None),
    "pass-bool-number": ("{name: p, type: boolean}", "1", None),
    "pass-null-to-boolean": ("{name: p, type: boolean}", "", None),
    "pass-boolean-to-string": ("{name: p, type: string}", "true", '"true"'),
    "pass-boolean-titlecase-to-string": ("{name: p, type: string}", "True", '"True"'),
    "pass-leading-zero-to-string": ("{name: p, type: string}", "007", '"007"'),
    "pass-number-to-string": ("{name: p, type: string}", "42", '"42"'),
    "pass-null": ("{name: p, type: string}", "", '""'),
    "pass-object-to-string": ("{name: p, type: string}", "{a: 1}", None),
    "pass-string-to-number": ("{name: p, type: number}", "'8'", "8"),
    "pass-nonnumeric-to-number": ("{name: p, type: number}", "abc", None),
    "pass-null-to-number": ("{name: p, type: number}", "", None),
    "empty-string-to-number": ("{name: p, type: number}", "''", None),
    "values-case": ("{name: p, type: string, values: [alpha]}", "ALPHA", None),
    "values-number-coerced": ("{name: p, type: number, values: [1, 2]}", "'2'", "2"),
    "pass-not-in-values": ("{name: p, type: string, values: [alpha]}", "gamma", None),
    "pass-string-to-object": ("{name: p, type: object}", "scalar", '"scalar"'),
    "pass-null-to-object": ("{name: p, type: object}", "", '""'),
    "pass-object-deep": ("{name: p, type: object}", DEEP, AS_JSON),
    "pass-stringlist-values": ("{name: p, type: stringList, values: [a, b]}", "[a, b]", '[ "a", "b" ]'),
    "pass-stringlist-invalid": ("{name: p, type: stringList, values: [a, b]}", "[a, zzz]", None),
    "pass-stringlist-scalar": ("{name: p, type: stringList, values: [a, b]}", "a", None),
    "pass-steplist-scalar": ("{name: p, type: stepList}", "nope", None),
    "pass-step-invalid-shape": ("{name: p, type: step}", "{notAStep: 1}", None),
    "type-tmpl-container": ("{name: p, type: container}", "{image: alpine}", None),
    "type-tmpl-containerlist": ("{name: p, type: containerList}", "[]", "[]"),
    "type-tmpl-legacyobject": ("{name: p, type: legacyObject}", "{a: 1}", '{ "a": "1" }'),
    **{
        f"type-tmpl-{kind.lower()}": (f"{{name: p, type: {kind}}}", "x", None)
        for kind in ("environment", "filePath", "pool", "secureFile", "serviceConnection", "notAType")
    },
}
OF_PIPELINES = {  # by the measurement: the rest of the declaration of p, and the value of its default
    "default-boolean-quoted": ("type: boolean, default: 'true'", "true"),
    "default-null": ("type: string, default: ", '""'),
    "default-number-like-string": ("type: number, default: '8'", "8"),
    "number-float-binding": ("type: number, default: 1.0", "1"),
    "default-wrong-type": ("type: number, default: abc", None),
    "default-not-in-values": ("type: string, default: gamma, values: [alpha]", None),
    "default-expression": ("type: string, default: \"${{ 'x' }}\"", '"x"'),
    "default-expression-literal-string-on-number": ("type: number, default: \"${{ '42' }}\"", "42"),
    "default-expression-literal-number": ('type: number, default: "${{ 42 }}"', None),
    "default-expression-literal-boolean": ('type: boolean, default: "${{ true }}"', None),
    "default-expression-mixed": ("type: string, default: \"pre-${{ 'x' }}\"", None),
    "default-expression-function": ("type: string, default: \"${{ format('a') }}\"", None),
    "type-root-case": ("type: String, default: s", None),
    "type-root-legacyobject": ("type: legacyObject, default: {}", None),
    "type-root-missing": ("default: s", '"s"'),
    "type-root-missing-untyped-object": ("default: {a: 1}", None),
    "type-root-stringlist": ("type: stringList, default: [a], values: [a, b]", '[ "a" ]'),
    "type-root-schema-only": ("type: pool, default: {vmImage: x}", '{ "vmImage": "x" }'),
    "type-container-resource": (
        "type: container, default: {container: c1, image: alpine}",
        '{ "container": "c1", "image": "alpine" }',
    ),
    "type-container-string": ("type: container, default: alpine", None),
    "values-on-object": ("type: object, default: {}, values: [a]", "{}"),
}


def bound(folder: Path) -> str | None:
    """The value as JSON, with every stretch of blanks as one; None if it is refused."""
    try:
        return " ".join(plain(expand(folder, "ci.yml"))["steps"][0]["script"].split())
    except PipelineError:
        return None


@pytest.mark.parametrize("measured", OF_TEMPLATES)
def test_a_template_takes_what_the_service_takes(measured: str, tmp_path: Path) -> None:
    declaration, given, answer = OF_TEMPLATES[measured]
    (tmp_path / "t.yml").write_text(f"parameters:\n- {declaration}\n{STEPS}", encoding="utf-8")
    entry = f"steps:\n- template: t.yml\n  parameters:\n    p: {given}\n"
    (tmp_path / "ci.yml").write_text(entry, encoding="utf-8")
    assert bound(tmp_path) == answer


@pytest.mark.parametrize("measured", OF_PIPELINES)
def test_a_pipeline_takes_what_the_service_takes(measured: str, tmp_path: Path) -> None:
    rest, answer = OF_PIPELINES[measured]
    (tmp_path / "ci.yml").write_text(f"parameters:\n- {{name: p, {rest}}}\n{STEPS}", encoding="utf-8")
    assert bound(tmp_path) == answer
