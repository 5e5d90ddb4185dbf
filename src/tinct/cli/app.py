"""The program `tinct`: imports only the verb that was called, so that a missing extra breaks no other verb."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn, TextIO

from tinct.cli import streams
from tinct.deprecation import TinctDeprecationWarning
from tinct.errors import ModelWarning
from tinct.version import __version__

FAILED, USAGE, STOPPED = 1, 2, 130


@dataclass(frozen=True, slots=True)
class Verb:
    """Module and name of the function, or group of functions, of a verb, and the extra that it needs."""

    module: str
    name: str
    summary: str
    extra: str | None = None


VERBS = {
    "colorize": Verb("tinct.cli.colorize.command", "colorize", "Colour photos (the verb may be omitted)."),
    "archive": Verb("tinct.cli.archive", "app", "Colour archives of any size; interrupted runs continue."),
    "replay": Verb("tinct.cli.replay", "replay", "Colour a photo again as a recipe says."),
    "colors": Verb("tinct.cli.colors", "colors", "List the colours that hints may name."),
    "info": Verb("tinct.cli.info", "info", "Show how a result was made."),
    "video": Verb("tinct.cli.video", "video", "Colour films.", "video"),
    "studio": Verb("tinct.cli.studio", "studio", "Colour photos on a page in the browser.", "studio"),
    "networks": Verb("tinct.cli.networks", "app", "Define networks as data, measure and inspect them."),
    "models": Verb("tinct.cli.models", "app", "Add, list, check and remove networks from elsewhere."),
    "compare": Verb("tinct.cli.comparing", "compare", "Draw photos as several models colour them."),
    "doctor": Verb("tinct.cli.doctor", "doctor", "Show versions, devices, models and what is missing."),
    "train": Verb("tinct.cli.learning", "train", "Train a network as an experiment file says.", "train"),
    "evaluate": Verb("tinct.cli.evaluating", "evaluate", "Evaluate models on colour photos.", "train"),
    "export": Verb("tinct.cli.learning", "export", "Export a trained network as a model folder.", "train"),
}
_WHOLE_PROGRAM = ("--help", "-h", "--version", "--install-completion", "--show-completion")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and exit with 0, 1 (some photo failed), 2 (usage) or 130 (interrupted)."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given == ["--version"]:  # answered before anything is imported
        sys.exit(0 if streams.tell(f"tinct {__version__}") else FAILED)
    from tinct.cli import stopping

    stopping.listen()
    code = run(given)
    if (reason := streams.flush()) is not None:
        code = _say(reason, code or FAILED)
    sys.exit(code)


def run(given: list[str]) -> int:
    """Exit code of one command line; errors are one sentence on stderr."""
    import typer

    from tinct.cli import stopping
    from tinct.cli.completion import verb_to_complete
    from tinct.cli.deprecated import with_current_names
    from tinct.cli.malloc import use_one_arena
    from tinct.errors import OptionError, TinctError

    use_one_arena()
    words = with_verb(given)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", TinctDeprecationWarning)
            warnings.showwarning = _print_warning
            words = with_current_names(words)
            _check_verb(given)
            result = program_for(verb_to_complete(tuple(VERBS)) or words[0])(
                words, prog_name="tinct", standalone_mode=False
            )
        if result == STOPPED:  # typer turns a KeyboardInterrupt into this code
            raise KeyboardInterrupt
        return result if isinstance(result, int) else 0
    except OptionError as error:
        return _say(str(error), USAGE)
    except TinctError as error:
        return _say(str(error), FAILED)
    except (KeyboardInterrupt, typer.Abort):
        return _say(stopping.farewell(), STOPPED)
    except ModuleNotFoundError as error:
        return _say(_missing(words[0], error), USAGE)
    except Exception as error:
        if hasattr(error, "format_message"):  # of every usage error, for which typer has no public class
            sentence = str(error.format_message()).strip().rstrip(".")
            verb = f" {words[0]}" if words[0] in VERBS else ""
            return _say(f"{sentence}; see tinct{verb} --help{_folder_hint(given)}", USAGE)
        if isinstance(error, OSError) and error.errno in streams.OF_OUTPUT and error.filename is None:
            streams.abandon_output()
            return _say(streams.unwritable(error), FAILED)
        if sys.flags.dev_mode:
            raise
        return _say(f"a fault of tinct itself ({type(error).__name__}: {error}); please report it", FAILED)


def with_verb(given: list[str]) -> list[str]:
    """The words with `colorize` in front if there is no verb; none at all asks for help."""
    if not given:
        return ["--help"]
    return given if given[0] in VERBS or given[0] in _WHOLE_PROGRAM else ["colorize", *given]


def _folder_hint(given: list[str]) -> str:
    """How to colour a folder that is called as a verb is."""
    named = len(given) == 1 and given[0] in VERBS and Path(given[0]).exists()
    return f", or colour the folder with tinct ./{given[0]}" if named else ""


def _check_verb(given: list[str]) -> None:
    """OptionError for a first word that is no file and nearly a verb: `colorize` is meant only for photos."""
    from difflib import get_close_matches

    from tinct.errors import OptionError

    word = given[0] if given else ""
    if word in VERBS or word.startswith("-") or Path(word).suffix or Path(word).exists():
        return
    if close := get_close_matches(word, VERBS, n=1, cutoff=0.75):
        raise OptionError(f"there is no verb or photo {word!r}; did you mean {close[0]!r}?")


def _show_version(wanted: bool) -> None:
    import typer

    if wanted:
        print(f"tinct {__version__}")
        raise typer.Exit


def program_for(asked: str) -> Any:
    import typer

    program = typer.Typer(
        help="Colour for black-and-white photographs: tinct PHOTO…",
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @program.callback()
    def options(
        version: bool = typer.Option(
            False, "--version", help="Show the version and exit.", is_eager=True, callback=_show_version
        ),
    ) -> None:
        """Without a verb, `tinct` colours photos."""

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


def _print_warning(
    message: Warning | str, category: type[Warning], filename: str, lineno: int,
    file: TextIO | None = None, line: str | None = None,
) -> None:  # fmt: skip
    """Show tinct's own warnings as one line, all others as Python does."""
    if issubclass(category, (TinctDeprecationWarning, ModelWarning)):
        streams.complain(f"tinct: {message}")
    else:
        print(
            warnings.formatwarning(message, category, filename, lineno, line), end="", file=file or sys.stderr
        )


def _say(sentence: str, code: int) -> int:
    streams.complain(f"tinct: {sentence}")
    return code
