"""Importing large libraries quickly leaves no trace in the process."""

import gc
import sys
from importlib import import_module

import pytest

from operation.importing import quickly


def test_what_is_left_out_cannot_be_imported_in_the_block_and_can_be_after_it() -> None:
    with quickly(without=("antigravity",)), pytest.raises(ImportError):
        import_module("antigravity")
    assert "antigravity" not in sys.modules


def test_what_is_loaded_stays() -> None:
    with quickly(without=("json",)):
        assert import_module("json") is sys.modules["json"] is not None


@pytest.mark.parametrize("enabled", [True, False])
def test_the_search_for_cycles_is_off_in_the_block_and_as_it_was_after_it(enabled: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        with quickly():
            assert not gc.isenabled()
        assert gc.isenabled() == enabled
    finally:
        (gc.enable if before else gc.disable)()
