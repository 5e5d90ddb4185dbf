"""Renamed options of the command line: the old spelling still works, with a warning."""

from __future__ import annotations

import warnings

from tinct.deprecation import TinctDeprecationWarning
from tinct.errors import OptionError
from tinct.options import KINDS

# For each verb: old option to new.
RENAMED = {
    "colorize": {"--to": "--output"},
    "export": {
        "--keep": "--mix-weight",
        "--keep-from": "--mix-from",
        "--licence": "--license",
        "--vividness": "--chroma-gain",
    },
}
SHORT = {"--output": "-o"}


def with_current_names(words: list[str]) -> list[str]:
    """Return the words of a command line, verb first, with old options replaced by new ones.

    `--output` once chose the kind of result: `--output layers` means `--kind layers`. Raises OptionError if an old
    option and its new one are both given.
    """
    renamed = RENAMED.get(words[0], {})
    end = words.index("--") if "--" in words else len(words)
    result, used = [], {}
    for number, word in enumerate(words[:end]):
        name, equals, value = word.partition("=")
        if words[0] == "colorize" and name == "--output":
            chosen = value if equals else words[number + 1] if number + 1 < end else ""
            new = "--kind" if chosen in KINDS else name
        else:
            new = renamed.get(name, name)
        if new != name:
            used[name] = new
        result.append(new + equals + value)
    for old, new in used.items():
        spellings = {new, SHORT.get(new, new)} - {old}
        if any(word.partition("=")[0] in spellings for word in words[1:end]):
            raise OptionError(f"{old} is the old name of {new}; give only {new}")
        warnings.warn(f"{old} is now called {new}", TinctDeprecationWarning, stacklevel=2)
    return result + words[end:]
