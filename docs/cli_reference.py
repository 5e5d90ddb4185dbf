"""Write docs/reference/cli.md: every verb of the command line and its options, from the program itself.

    python docs/cli_reference.py

The tests compare the file with what this script would write.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from tinct.cli.app import VERBS, program_for

TARGET = Path(__file__).parent / "reference" / "cli.md"
HEAD = """# Command line

`tinct PHOTO…` is short for `tinct colorize PHOTO…`. `-h` or `--help` after any verb shows its options,
`tinct --version` the version. Exit codes: 0 success, 1 some photo failed or an error, 2 usage error, 130 interrupted.

`python docs/cli_reference.py` writes this page from the program; the tests compare it.
"""


def page() -> str:
    """The text of docs/reference/cli.md."""
    parts = [HEAD]
    for verb in VERBS:
        command = typer.main.get_command(program_for(verb)).commands[verb]  # type: ignore[attr-defined]
        parts += sections(f"tinct {verb}", command)
    return "\n".join(parts)


def sections(name: str, command: Any) -> Iterator[str]:
    """The section of a command, or those of all commands of a group."""
    if hasattr(command, "commands"):
        for word, inner in command.commands.items():
            yield from sections(f"{name} {word}", inner)
        return
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    options = [each for each in command.params if each.param_type_name == "option" and each.name != "help"]
    usage = " ".join([name, *(usage_of(each) for each in arguments), "[OPTIONS]"])
    yield f"## {name}\n\n{' '.join((command.help or '').split())}\n\n```text\n{usage}\n```\n"
    rows = [f"| `{usage_of(each)}` | {meaning(each)} | |" for each in arguments]
    rows += [f"| {spelling(each)} | {meaning(each)} | {default(each)} |" for each in options]
    if rows:
        yield "\n".join(["| option | meaning | default |", "|---|---|---|", *rows, ""])


def usage_of(argument: Any) -> str:
    """An argument as the usage shows it."""
    return f"{argument.name.upper()}{'…' if argument.nargs == -1 else ''}"


def meaning(parameter: Any) -> str:
    """The help of an argument or option, for a cell of a table."""
    return str(parameter.help or "").replace("|", r"\|")


def spelling(option: Any) -> str:
    """All spellings of an option."""
    return ", ".join(f"`{each}`" for each in [*option.opts, *option.secondary_opts])


def default(option: Any) -> str:
    """The default of an option, empty if it has none."""
    return "" if option.default in (None, False, ()) or callable(option.default) else f"`{option.default}`"


if __name__ == "__main__":
    TARGET.write_text(page(), encoding="utf-8")
