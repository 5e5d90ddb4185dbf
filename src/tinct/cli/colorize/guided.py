"""Hints, variants and recipes on the command line: read before any photo is opened, applied to each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tinct.errors import OptionError, PhotoError
from tinct.options import Options

if TYPE_CHECKING:
    from tinct.cli.colorize.plan import Job
    from tinct.colorizer import Colorizer
    from tinct.guidance.hints import Hint


@dataclass(frozen=True, slots=True)
class Guided:
    """What the options of the command line say about the colours. variants: how many, 0 for the one result."""

    hints: tuple[Hint, ...] = ()
    hints_file: Path | None = None
    variants: int = 0
    recipe: Path | None = None
    references: tuple[Path, ...] = ()
    strength: float = 1.0
    mode: str = "match"

    @property
    def is_plain(self) -> bool:
        """Whether nothing is said, and the automatic result is wanted."""
        return self == Guided()

    def check(self, jobs: Sequence[Job]) -> None:
        """OptionError for what is for one photo, if there are several."""
        if len(jobs) > 1 and (self.hints or self.hints_file or self.recipe):
            raise OptionError(
                "hints and recipes are for one photo; use tinct replay RECIPE PHOTO… --same-set"
            )
        if self.recipe is not None and self.variants:
            raise OptionError(
                "a recipe is of one result; leave out --variants, or save the recipe of one of them"
            )

    def colorize(self, colorizer: Colorizer, source: Path, options: Options, target: Path) -> None:
        """Colour a photo into its target, or variants of it into targets with numbers."""
        from tinct.guidance.hint_file import read_hints
        from tinct.guidance.recipe import file_digest

        targets = numbered(target, self.variants)
        for each in targets:
            if each.exists() and not options.overwrite:
                raise PhotoError(
                    f"{each}: exists already; choose another name, or allow it to be overwritten"
                )
        hints = self.hints
        if self.hints_file is not None:
            hints = (*read_hints(self.hints_file, file_digest(source)), *hints)
        session = colorizer.open(source, options)
        if self.references:
            session = session.with_references(self.references, self.strength, self.mode)
        session = session.with_hints(hints)
        recipe = session.recipe() if self.recipe is not None else None
        if recipe is not None and self.recipe is not None and self.recipe.exists() and not options.overwrite:
            raise PhotoError(f"{self.recipe}: exists already; choose another name for the recipe")
        sessions = session.variants(self.variants) if self.variants else [session]
        for one, path in zip(sessions, targets, strict=True):
            one.save(path)
        if recipe is not None and self.recipe is not None:
            recipe.save(self.recipe, overwrite=options.overwrite)


def guidance_of(
    hints: Sequence[str] | None,
    hints_file: Path | None,
    variants: int | None,
    recipe: Path | None,
    references: Sequence[Path] | None,
    strength: float,
    mode: str,
) -> Guided:
    """The options of the command line; OptionError for what is no hint, or a file that cannot be read."""
    if references or strength != 1.0 or mode != "match":
        from tinct.guidance.references import check_references

        check_references(len(references or ()), strength, mode)
    if not (hints or hints_file or variants or recipe or references):
        return Guided()
    from tinct.guidance.hint_file import read_hints
    from tinct.guidance.hints import Hint, check_hints

    given = check_hints(Hint.parse(text) for text in hints or ())
    if hints_file is not None:
        read_hints(hints_file)
    return Guided(given, hints_file, variants or 0, recipe, tuple(references or ()), strength, mode)


def numbered(target: Path, count: int) -> list[Path]:
    """NAME-1.EXT to NAME-N.EXT for N variants; the target itself for none."""
    if not count:
        return [target]
    return [target.with_stem(f"{target.stem}-{number}") for number in range(1, count + 1)]
