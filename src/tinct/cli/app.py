"""`tinct`: finds the verb that was asked for and opens only that, so that a missing extra breaks no other."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from tinct.version import __version__

FAILED, USAGE, STOPPED = 1, 2, 130


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a verb's function, or its group of verbs named `app`, lives, and the extra that it needs."""

    module: str
    name: str
    summary: str
    extra: str | None = None


VERBS = {
    "colorize": Verb("tinct.cli.colorize", "colorize", "Colour photos (the verb may be left out)."),
    "networks": Verb(
        "tinct.cli.networks", "app", "Write networks down as data, and see what they cost.", "networks"
    ),
    "train": Verb("tinct.cli.learning", "train", "Train a network as an experiment's file says.", "train"),
    "evaluate": Verb("tinct.cli.evaluating", "evaluate", "Measure a model on photos in colour.", "train"),
    "export": Verb("tinct.cli.learning", "export", "Turn a trained network into a model's folder.", "train"),
}
_WHOLE_PROGRAM = ("--help", "--install-completion", "--show-completion")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and leave with 0, 1 (some photo failed), 2 (usage) or 130 (stopped)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:  # answered before anything is imported
        print(f"tinct {__version__}")
        sys.exit(0)
    from tinct.cli import stopping

    stopping.listen()
    sys.exit(run(given))


def run(given: list[str]) -> int:
    """The exit code of one command line; what went wrong is said in one sentence on stderr."""
    import typer

    from tinct.errors import OptionError, TinctError

    words = with_verb(given)
    try:
        result = _program(words[0])(words, prog_name="tinct", standalone_mode=False)
        if result == STOPPED:  # typer turns a KeyboardInterrupt into this code
            raise KeyboardInterrupt
        return result if isinstance(result, int) else 0
    except OptionError as error:
        return _say(str(error), USAGE)
    except TinctError as error:
        return _say(str(error), FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return _say("stopped; every result that has its name is complete", STOPPED)
    except ModuleNotFoundError as error:
        return _say(_missing(words[0], error), USAGE)
    except _usage_error() as error:
        return _say(
            f"{_sentence(error)}; see tinct {words[0]} --help".replace(" --help --help", " --help"), USAGE
        )
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        return _say(f"a fault of tinct itself ({type(error).__name__}: {error}); please report it", FAILED)


def with_verb(given: list[str]) -> list[str]:
    """The words with `colorize` put in front where no verb was given; nothing at all asks for help."""
    if not given:
        return ["--help"]
    return given if given[0] in VERBS or given[0] in _WHOLE_PROGRAM else ["colorize", *given]


def _program(asked: str) -> Any:
    import typer

    program = typer.Typer(
        help="Colour for black-and-white photographs: tinct PHOTO…",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
    )
    program.callback()(lambda: None)  # keeps a single verb a verb
    for word, verb in VERBS.items():
        home = getattr(importlib.import_module(verb.module), verb.name) if word == asked else None
        if isinstance(home, typer.Typer):
            program.add_typer(home, name=word, help=verb.summary)
        else:
            program.command(word, help=verb.summary)(home or (lambda: None))
    return program


def _missing(word: str, error: ModuleNotFoundError) -> str:
    verb = VERBS.get(word)
    if verb is None or verb.extra is None:
        return f"the Python package {error.name} is missing; install tinct again"
    return f"tinct {word} needs the package {error.name}; install it with: pip install 'tinct[{verb.extra}]'"


def _usage_error() -> Any:
    """The parent of all that the parser refuses; typer names only one of its children."""
    import typer

    return typer.BadParameter.__mro__[2]


def _sentence(error: Any) -> str:
    return str(error.format_message()).strip().rstrip(".")


def _say(sentence: str, code: int) -> int:
    print(f"tinct: {sentence}", file=sys.stderr)
    return code
