"""Postpone imports that take long and are hardly ever needed, to the first use of the module."""

import importlib.util
import sys
from collections.abc import Iterable
from types import ModuleType
from typing import Any

# Great Expectations imports both whatever it checks: the one for the plot of one expectation, the other for tests of
# distributions. They take a third of the time that importing Great Expectations takes.
RARELY_USED = ("altair", "scipy.stats")


class Postponed(ModuleType):
    """Stand in for a module until a name of it is used. importlib's LazyLoader loads it at the second `import`."""

    def __getattr__(self, name: str) -> Any:
        """Return a name of the module itself, which takes its place in `sys.modules`."""
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def postpone(names: Iterable[str] = RARELY_USED) -> None:
    """Let `import` of these modules load them at their first use; those that are loaded or not installed stay so."""
    for name in names:
        if name not in sys.modules and (spec := importlib.util.find_spec(name)):
            module = Postponed(name)
            module.__spec__, module.__file__ = spec, spec.origin  # what is asked of every module must not load it
            sys.modules[name] = module
            package, _, own_name = name.rpartition(".")
            if package:  # looking for the module has imported it
                setattr(sys.modules[package], own_name, module)
