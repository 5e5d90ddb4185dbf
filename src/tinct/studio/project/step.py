"""One step of a photo's history: all the guidance that its colours follow."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from tinct.errors import OptionError
from tinct.guidance.hints import Hint, check_hints
from tinct.guidance.recipe import MAX_VARIANTS
from tinct.guidance.references import check_references
from tinct.options import Options


@dataclass(frozen=True, slots=True)
class Step:
    """Hints, options, variant and references of a photo.

    variant: its number, from 1, and of how many; seed: from which variants are drawn. references: ids of files.
    """

    hints: tuple[Hint, ...] = ()
    vividness: float = 1.0
    temperature: float | None = None
    variant: tuple[int, int] | None = None
    seed: int = 0
    references: tuple[str, ...] = ()
    strength: float = 1.0
    mode: str = "match"

    def __post_init__(self) -> None:
        check_hints(self.hints)
        Options(vividness=self.vividness, temperature=self.temperature, seed=self.seed)
        check_references(max(len(self.references), 1), self.strength, self.mode)
        if self.variant is not None:
            number, count = self.variant
            if not 1 <= number <= count <= MAX_VARIANTS:
                raise OptionError(
                    f"variant is {number} of {count}; give a number from 1 up to {MAX_VARIANTS}"
                )

    @property
    def settings(self) -> dict[str, Any]:
        """The options of this step, as `Session.with_options` takes them."""
        return {"vividness": self.vividness, "temperature": self.temperature, "seed": self.seed}

    @property
    def digest(self) -> str:
        """SHA-256 of all that the step holds, by which the step that was saved is known again."""
        return hashlib.sha256(repr(self).encode()).hexdigest()

    def with_changes(self, changes: Mapping[str, Any]) -> Step:
        """The step with some fields replaced; OptionError for a value that is not allowed."""
        return replace(self, **changes)
