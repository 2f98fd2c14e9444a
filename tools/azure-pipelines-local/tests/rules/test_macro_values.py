"""What variables hold, and values that would never end."""

import pytest
from azure_pipelines_local.rules.macro_values import LONGEST, Values


def test_values_name_variables_that_name_others_in_any_case() -> None:
    values = Values({"a": "$(B)-$(other)", "b": "$(c)", "c": "1"})
    assert values.replace("x $(A) $(b)") == "x 1-$(other) 1"
    assert values.problems == {}


@pytest.mark.parametrize(
    ("texts", "name", "circle"),
    [
        ({"Path": "$(PATH):src"}, "path", "Path -> Path"),
        ({"a": "$(b)", "b": "$(a)"}, "a", "a -> b -> a"),
        ({"a": "$(b)", "b": "$(c)", "c": "$(b)"}, "b", "b -> c -> b"),
        ({"a": "$(b)-$(b)-$(b)-$(b)-$(b)-$(b)", "b": "$(a)-$(a)-$(a)-$(a)-$(a)-$(a)"}, "a", "a -> b -> a"),
    ],
    ids=["itself", "each other", "below another", "many times"],
)
def test_a_variable_that_names_itself_is_reported(texts: dict[str, str], name: str, circle: str) -> None:
    values = Values(texts)
    assert list(values.problems) == [name]
    assert f"names itself, and $( ) stays in it: {circle}; write its value out." in values.problems[name]
    assert values.replace(f"$({name})") == f"$({name})"


def test_variables_that_double_thirty_times_stay_short() -> None:
    values = Values({"v0": "x", **{f"v{number + 1}": f"$(v{number})" * 2 for number in range(30)}})
    assert "longer than 32,767 characters" in values.problems["v15"]
    assert len(values.replace("$(v30)")) <= LONGEST
    assert values.replace("$(v14)" * 3) == "$(v14)" * 3


def test_a_long_chain_of_variables_is_reported() -> None:
    values = Values({f"v{number}": f"$(v{number + 1})" for number in range(5000)})
    assert values.problems["v0"] == "more than 50 variables that name one another; write their values out."
    assert values.replace("$(v4970)") == "$(v5000)"
    assert values.replace("$(v0)") == "$(v0)"
