"""Template expressions: what each function gives, how values are converted, and what is refused."""

from contextlib import suppress
from decimal import Decimal

import pytest
from azure_pipelines_local.errors import ExpressionError
from azure_pipelines_local.expressions.conversions import Value, Version
from azure_pipelines_local.expressions.evaluation import EARLY, evaluate
from azure_pipelines_local.expressions.functions import FUNCTIONS
from azure_pipelines_local.expressions.signatures import GENERAL
from azure_pipelines_local.expressions.syntax import parse
from hypothesis import given
from hypothesis import strategies as st

PARAMETERS: dict[str, Value] = {
    "environment": "dev",
    "Debug": True,
    "regions": ["westeurope", "northeurope"],
    "jobs": [{"id": "a", "on": {"x": "1"}}, {"id": "b"}, {"name": "c"}],
    "tags": {"team": "parcels", "cost center": "42"},
    "count": Decimal(3),
    "empty": "",
    "nested": [["a", "b"], ["c"]],
}
VARIABLES: dict[str, Value] = {"Build.SourceBranch": "refs/heads/main", "Build.Reason": "Schedule"}
NAMES: dict[str, Value] = {"parameters": PARAMETERS, "variables": VARIABLES}


def result(text: str) -> Value:
    return evaluate(parse(text, GENERAL, NAMES), NAMES)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("'it''s'", "it's"),
        ("TRUE", True),
        ("-1.20", Decimal("-1.2")),
        (".5", Decimal("0.5")),
        ("1.2.3", Version((1, 2, 3))),
        ("parameters.environment", "dev"),
        ("Parameters['ENVIRONMENT']", "dev"),
        ("variables['build.sourcebranch']", "refs/heads/main"),
        ("variables.missing", None),
        ("variables.missing.deeper[0]", None),
        ("parameters.regions[1]", "northeurope"),
        ("parameters.regions['1']", "northeurope"),
        ("parameters.regions[-1]", None),
        ("parameters.regions[7]", None),
        ("parameters.regions['west']", None),
        ("parameters.tags['Cost Center']", "42"),
        ("parameters.jobs.*.id", ["a", "b"]),
        ("parameters.jobs[*].on.x", ["1"]),
        ("parameters.tags.*", ["parcels", "42"]),
        ("parameters.nested.*.*", ["a", "b", "c"]),
        ("parameters.environment.*", []),
        ("length(parameters.jobs.*.id)", Decimal(2)),
    ],
)
def test_literals_and_members_have_values(text: str, expected: Value) -> None:
    assert result(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("and(true, 1, 'false')", True),
        ("and(false, gt('a', parameters.tags))", False),
        ("or(true, gt('a', parameters.tags))", True),
        ("or('', 0)", False),
        ("coalesce(variables.missing, parameters.empty, 'c')", "c"),
        ("coalesce(variables.missing, '')", None),
        ("contains('ABCDE', 'bcd')", True),
        ("contains('', 'a')", False),
        ("containsValue(parameters.regions, 'WestEurope')", True),
        ("containsValue(parameters.tags, 42)", True),
        ("containsValue(parameters.tags, 'none')", False),
        ("containsValue('text', 'text')", False),
        ("convertToJson(parameters.jobs[1])", '{\n  "id": "b"\n}'),
        ("convertToJson(parameters.regions)", '[\n  "westeurope",\n  "northeurope"\n]'),
        ("convertToJson(true)", "true"),
        ("convertToJson(1.50)", "1.5"),
        ("convertToJson(3)", "3"),
        ("convertToJson(1.2.3)", '"1.2.3"'),
        ("endsWith('ABCDE', 'de')", True),
        ("startsWith(variables['Build.SourceBranch'], 'refs/heads/')", True),
        ("eq('ABC', 'abc')", True),
        ("ne('ABC', 'abc')", False),
        ("eq(1, '1.0')", True),
        ("eq(1, 'one')", False),
        ("eq(1.2.3, '1.2.3')", True),
        ("eq(1.2.3, 'x')", False),
        ("eq(true, 'false')", True),
        ("eq('true', true)", True),
        ("eq(parameters.debug, 'true')", True),
        ("eq(variables.missing, '')", True),
        ("eq(variables.missing, 0)", False),
        ("eq(parameters.tags, parameters.tags)", True),
        ("eq(parameters.tags, 'x')", False),
        ("eq('x', parameters.tags)", False),
        ("gt(10, '9')", True),
        ("gt('10', '9')", False),
        ("ge(1.10.0, '1.9.0')", True),
        ("lt('a', 'B')", True),
        ("le(variables.missing, 0)", True),
        ("lt(false, true)", True),
        ("format('{0} {1} {{x}}', 'a', 2)", "a 2 {x}"),
        ("format('{0}', not(false))", "True"),
        ("iif(eq(parameters.environment, 'prd'), 'large', 'small')", "small"),
        ("in('b', 'A', 'B')", True),
        ("in('b', 'a')", False),
        ("substring('Hello small World', 6, 5)", "small"),
        ("substring('abc', 1)", "bc"),
        ("replace('abc', '', 'x')", "abc"),
        ("notIn('d', 'A', 'B')", True),
        ("join(';', parameters.regions)", "westeurope;northeurope"),
        ("join(';', parameters.jobs)", ";;"),
        ("join(';', 7)", "7"),
        ("length('abc')", Decimal(3)),
        ("length(parameters.tags)", Decimal(2)),
        ("lower('ABC')", "abc"),
        ("upper('abc')", "ABC"),
        ("trim('  a b ')", "a b"),
        ("not('')", True),
        ("not(0)", True),
        ("replace('a-b-c', '-', '_')", "a_b_c"),
        ("split('a,,b', ',')", ["a", "", "b"]),
        ("split('a,b', ',')[1]", "b"),
        ("split('a, b,c', ', ')", ["a", "b,c"]),
        ("split('abc', '')", ["abc"]),
        ("xor(true, '')", True),
        ("xor(true, 1)", False),
        ("format('{0}', 2.50)", "2.5"),
        ("format('{0}', 100)", "100"),
        ("format('{0}', -0.00000001)", "0"),
        ("lower(variables.missing)", ""),
        ("gt(' 1,000.5 ', 1000)", False),
        ("gt(1001, ' 1,000.5 ')", True),
        ("eq(2, '1,0x')", False),
        ("eq(0, '')", True),
        ("eq(1, true)", True),
        ("gt(1.2.3, 1.2)", True),
    ],
)
def test_functions_give_what_the_reference_says(text: str, expected: Value) -> None:
    assert result(text) == expected


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("", "unexpected end; an expression is expected", 0),
        ("eq(1, ", "unexpected end; an expression is expected", 6),
        ("eq(1", "',' is expected and the end found", 4),
        ("eq(1, 2))", "unexpected symbol ')'", 8),
        ("eq(1 2)", "',' is expected and '2' found", 5),
        ("parameters.a == 1", "unexpected symbol '='; write eq(a, b).", 13),
        ('eq(parameters.a, "x")', "unexpected symbol '\"'; strings stand in single quotes.", 17),
        ("'open", "a string without an end", 0),
        ("parameters.1", "a property's name is expected after '.'", 11),
        ("parameters['a'", "']' is expected and the end found", 14),
        ("parameters.my-name", "-name is neither a number nor a version", 13),
        ("1.2.3.4.5", "1.2.3.4.5 is neither a number nor a version", 0),
        ("param.a", "unrecognized value 'param'; did you mean 'parameters'?", 0),
        ("word.a", "unrecognized value 'word'; known here: parameters, variables.", 0),
        ("lenght('a')", "unrecognized function 'lenght'; did you mean 'length'?", 0),
        ("endif", "unrecognized value 'endif'; there is no endif: indentation ends it.", 0),
        ("if(eq(1, 2))", "unrecognized function 'if'; write if and a blank before the expression", 0),
        ("1 != 2", "unexpected symbol '!'; write ne(a, b) or not(a).", 2),
        ("true and false", "unexpected symbol 'and'; write and(a, b).", 5),
        ("dependencies.a.result", "unrecognized value 'dependencies'; only conditions and $[ ] know it", 0),
        ("ne(variables.a, null)", "unrecognized value 'null'", 16),
        ("not(equals(1, 2))", "unrecognized function 'equals'; known here: and, coalesce", 4),
        ("succeeded()", "unrecognized function 'succeeded'; only conditions have it.", 0),
        ("counter('a', 1)", "unrecognized function 'counter'", 0),
        ("eq", "the function eq needs parentheses", 0),
        ("eq(1)", "eq takes 2 arguments, and has 1", 0),
        ("not(eq(1, 2, 3))", "eq takes 2 arguments, and has 3", 4),
        ("and(true)", "and takes 2 or more arguments, and has 1", 0),
        ("convertToJson()", "convertToJson takes 1 arguments, and has 0", 0),
        ("or(false, gt(1, 'one'))", "String 'one' cannot be converted to Number", 10),
        ("lower(parameters.tags)", "Object cannot be converted to String", 0),
        ("lower(parameters.regions)", "Array cannot be converted to String", 0),
        ("gt(1.2.3, 4)", "Number cannot be converted to Version", 0),
        ("format('{1}', 'a')", "format: {1} has no argument; there are 1", 0),
        ("format('{0:yyyy}', 'a')", "format: {0:yyyy} is for a date", 0),
        ("substring('abc', 2, 5)", "substring: the text has 3 characters, and 2 to 7 are asked for", 0),
        ("in('a')", "in takes 2 or more arguments, and has 1", 0),
        ("notIn('a')", "notIn takes 2 or more arguments, and has 1", 0),
        ("'a'" + " " * 21_000, "an expression of more than 21,000 characters", 0),
        ("not(" * 60 + "1" + ")" * 60, "more than 50 levels", 200),
        ("parameters" + ".a" * 201, "more than 200 members of members", 410),
    ],
    ids=lambda value: value[:30] if isinstance(value, str) else "",
)
def test_what_is_no_expression_is_refused_where_it_is_wrong(text: str, message: str, position: int) -> None:
    with pytest.raises(ExpressionError) as raised:
        result(text)
    assert raised.value.message.startswith(message)
    assert raised.value.position == position


@pytest.mark.parametrize(
    "text",
    [
        f"replace('{'a' * 2000}', 'a', '{'b' * 2000}')",
        f"format('{'{0}' * 2000}', '{'b' * 2000}')",
        f"join('{'b' * 2000}', split('{',' * 2000}', ','))",
        f"convertToJson(split(replace('{',' * 500}', ',', '{',' * 500}'), ','))",
    ],
    ids=["replace", "format", "join", "convertToJson"],
)
def test_texts_cannot_grow_without_end(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"a text of more than 1,048,576 characters"):
        result(text)


def test_every_function_that_can_be_called_is_there() -> None:
    assert set(FUNCTIONS) | set(EARLY) == set(GENERAL)


WORDS = ["eq(", "and(", "not(", "format(", "(", ")", ",", ".", "[", "]", "*", "'a'", "'", "1", "1.2.3", "-", " "]
words = st.sampled_from([*WORDS, "parameters", "parameters.tags", "true", "lower(", "join(", "'{0}'", "split("])


@pytest.mark.usefixtures("unmeasured")
@given(st.lists(words, max_size=25).map("".join) | st.text(max_size=40))
def test_any_text_has_a_value_or_an_expression_error(text: str) -> None:
    with suppress(ExpressionError):
        result(text)
