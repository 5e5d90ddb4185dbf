"""Shell completion of values: models, networks and choices."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence


def of(choices: Sequence[str]) -> Callable[[str], list[str]]:
    """Completion among fixed choices."""
    return lambda incomplete: _matching(choices, incomplete)


def models(incomplete: str) -> list[str]:
    """Completion of the names of models."""
    from tinct.models.store import shipped_models

    return _matching(shipped_models(), incomplete)


def networks(incomplete: str) -> list[str]:
    """Completion of the names of shipped networks."""
    from tinct.networks.parse import catalog_names

    return _matching(catalog_names(), incomplete)


def verb_to_complete(verbs: Sequence[str]) -> str | None:
    """The verb of a command line that a shell wants completed; None if no shell asks, or for the verb itself.

    Where the verb is left out, `colorize` is put into what the shell has typed.
    """
    if "_TINCT_COMPLETE" not in os.environ:
        return None
    name = "_TYPER_COMPLETE_ARGS" if "_TYPER_COMPLETE_ARGS" in os.environ else "COMP_WORDS"
    program, *typed = os.environ.get(name, "tinct").split() or ["tinct"]
    if typed and typed[0] in verbs:
        return typed[0]
    if not typed or (
        len(typed) == 1 and not typed[0].startswith("-") and not os.environ[name][-1:].isspace()
    ):
        return None
    os.environ[name] = " ".join([program, "colorize", *os.environ[name].split(" ")[1:]])
    if "COMP_CWORD" in os.environ:
        os.environ["COMP_CWORD"] = str(int(os.environ["COMP_CWORD"]) + 1)
    return "colorize"


def _matching(choices: Sequence[str], incomplete: str) -> list[str]:
    return [choice for choice in choices if choice.startswith(incomplete)]
