"""A photo opened for colouring: read once, seen by the network once, coloured as often as asked."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.cache import remember
from tinct.color.decode import Decoding
from tinct.encoded import Encoded, Guidance
from tinct.errors import OptionError
from tinct.guidance.hints import Hint, check_hints
from tinct.guidance.painting import warn_of_gamut
from tinct.guidance.recipe import MAX_VARIANTS, Recipe, model_digest, options_for_recipe
from tinct.guidance.references import Reference, in_order_of, read_references
from tinct.guidance.suggestions import Suggestion, suggest
from tinct.guidance.variants import variants
from tinct.inference import decoding_for
from tinct.models.manifest import Manifest
from tinct.models.runtime import Prediction
from tinct.options import Options, with_settings
from tinct.photo import Progress, Window
from tinct.placement import Rectangle, scaled_rectangle
from tinct.provenance import Facts, provenance_for, with_facts
from tinct.targets import format_for, format_of_target, warn_of_depth

Array = NDArray[Any]
Float32Array = NDArray[np.float32]

# Settings that a session has used up: they say how its photo is read and seen.
_FIXED = ("max_megapixels", "page", "scales", "tone")
# Sizes at which tiles are computed without beginning anew.
_MOST_WINDOWS = 6
MAX_SUGGESTIONS = 50


class Session:
    """An opened photo with the guidance given so far; `Colorizer.open` makes one.

    A session never changes: `with_hints` and `with_options` return another that shares the photo and the network's
    answer. Safe to share between threads.
    """

    def __init__(self, encoded: Encoded, options: Options, guidance: Guidance | None = None) -> None:
        self._encoded, self.options, self._guidance = encoded, options, guidance or Guidance()
        self._lock = threading.Lock()
        self._windows: dict[tuple[int, int], photo.Window] = {}

    @property
    def hints(self) -> tuple[Hint, ...]:
        """The hints given so far."""
        return self._guidance.hints

    @property
    def references(self) -> tuple[Reference, ...]:
        """The references given so far."""
        return self._guidance.references

    @property
    def photo(self) -> photo.Photo:
        """The opened photo: its size, depth, format and metadata."""
        return self._encoded.photo

    @property
    def manifest(self) -> Manifest:
        """The manifest of the model."""
        return self._encoded.network.manifest

    @property
    def prediction(self) -> Prediction:
        """The network's answer, without any guidance."""
        return self._encoded.prediction

    def with_hints(self, hints: Iterable[Hint]) -> Session:
        """The same photo guided by these hints, in place of those so far; later hints win over earlier ones.

        Raises OptionError for too many of them.
        """
        checked = check_hints(hints)
        warn_of_gamut(self.photo.name, self.photo.thumbnail, checked)
        return self._guided(hints=checked)

    def with_references(
        self, photos: Iterable[str | Path | bytes | Reference], strength: float = 1.0, mode: str = "match"
    ) -> Session:
        """The same photo with the colours of reference photos, in place of those so far; hints win over them.

        photos: paths, bytes of files, or references of a session with the same network. strength: 0..1. mode: match,
        where regions that look alike are coloured alike and the rest follows by similarity; palette, where the colours
        as a whole become those of the references.
        Raises PhotoError for a reference that is no photo, too large or grey, OptionError for a setting out of range.
        """
        references = read_references(photos, self._encoded.network, strength, mode)
        return self._guided(references=references, strength=float(strength), mode=mode)

    def with_options(self, **settings: Any) -> Session:
        """The same photo with other settings; OptionError for those that a photo is opened with."""
        changed = [name for name in _FIXED if name in settings]
        if changed:
            raise OptionError(f"{changed[0]} cannot change in an opened photo; open it again")
        return Session(self._encoded, with_settings(self.options, settings), self._guidance)

    def sample(self, rng: np.random.Generator) -> Session:
        """The same photo with a coherent colouring drawn from the network's distribution in place of its mean.

        Raises OptionError for a model that predicts no distribution.
        """
        self._check_distribution("variants")
        return self._guided(variant=None, sampled=self.prediction.sample(self._decoding, rng))

    def variants(self, count: int) -> list[Session]:
        """The same photo in `count` distinct coherent colourings: the automatic one, then the most likely first.

        The options' seed decides which are drawn. Raises OptionError for a model that predicts no distribution, or for
        a count beyond 1 to 100.
        """
        self._check_distribution("variants")
        if not 1 <= count <= MAX_VARIANTS:
            raise OptionError(f"variants is {count}; give a whole number from 1 to {MAX_VARIANTS}")
        drawn = variants(self.prediction, self._decoding, count, self.options.seed)
        return [self._guided(variant=(number, count), sampled=ab) for number, ab in enumerate(drawn, 1)]

    def suggest(self, x: float, y: float, n: int = 9) -> list[Suggestion]:
        """At most `n` likely colours for the place (x, y), fractions 0..1 of the photo; likely first, neutral last.

        Raises OptionError for a place outside the photo, or a model that predicts no distribution.
        """
        self._check_distribution("suggestions")
        Hint(((x, y),), kind="keep")
        if not 2 <= n <= MAX_SUGGESTIONS:
            raise OptionError(f"n is {n}; give a whole number from 2 to {MAX_SUGGESTIONS}")
        place, level = self._encoded.place(x, y)
        automatic = self._encoded.automatic(self._decoding)
        return suggest(self.prediction, automatic, self.options.vividness, place, level, n)

    def prepare_hints(self, *, ahead: bool = True) -> Iterator[None]:
        """Encode, step by step, the regions in which hints lie close together; ahead: also for hints yet to come."""
        return self._encoded.regions.prepare(self.hints, self._decoding, ahead=ahead)

    def recipe(self) -> Recipe:
        """What this result is made from, for `tinct replay`; OptionError for a photo that was given as an array."""
        variant = self._guidance.variant
        if variant is None and self._guidance.sampled is not None:
            raise OptionError("a colouring drawn by `sample` has no recipe; take one of `variants`")
        return Recipe(
            photo=self._encoded.digest(),
            model=self.manifest.title,
            model_digest=model_digest(self.manifest),
            options=options_for_recipe(self.options),
            hints=self.hints,
            variant=variant,
            date=str(self._facts()["date"]),
            references=tuple(each.digest for each in self._guidance.references),
            reference_strength=self._guidance.strength,
            reference_mode=self._guidance.mode,
        )

    def follow_recipe(self, recipe: Recipe, references: Iterable[str | Path | bytes] = ()) -> Session:
        """The same photo with the guidance of a recipe; its options are given when the photo is opened.

        references: the reference photos of the recipe, which holds only their digests. Raises OptionError if one is
        missing.
        """
        session = self
        if recipe.references:
            found = list(references)
            if found:
                session = self.with_references(found, recipe.reference_strength, recipe.reference_mode)
            ordered = in_order_of(recipe.references, session._guidance.references)
            session = session._guided(references=ordered)
        if recipe.variant is not None:
            number, count = recipe.variant
            session = session.variants(count)[number - 1]
        return session.with_hints(recipe.hints)._guided(date=recipe.date)

    def _check_distribution(self, what: str) -> None:
        if self.manifest.output.kind != "ab_bins":
            raise OptionError(f"the model {self.manifest.title} answers with one colouring; it has no {what}")

    def _unrefined(self) -> Session:
        """The same photo without the regions that are not encoded yet."""
        ready = self._encoded.regions.ready(self.hints, self._decoding)
        return self if ready is None else self._guided(regions=ready)

    def _guided(self, **changes: Any) -> Session:
        return Session(self._encoded, self.options, replace(self._guidance, **changes))

    def save(
        self,
        target: str | Path,
        *,
        provenance: Mapping[str, str | None] | None = None,
        progress: Progress | None = None,
    ) -> Path:
        """Write the result with all of the photo's metadata, in the format of the options or of the suffix.

        provenance: facts for its metadata, beside those about the model; None leaves one out. progress: is told the
        share that is written, and returns False to stop. Returns the path. Raises PhotoError if the target exists,
        unless the options allow to overwrite it, cannot be written, or was stopped; then nothing of it is left.
        """
        path, options = Path(target), self.options
        kind = format_of_target(path, options)
        facts = with_facts(self._facts(), provenance)
        how: Any = {"overwrite": options.overwrite, "provenance": facts, "progress": progress}
        if options.kind == "layers":
            photo.write_layers(self.photo, self.image(), path, **how)
            return path
        if options.format is None and path.suffix == Path(self.photo.name).suffix:
            warn_of_depth(self.photo, kind)
        photo.write(self.photo, self._shown(), path, format=kind, quality=options.quality, **how)
        return path

    def to_bytes(self) -> bytes:
        """The bytes of the file that `save` would write, by default in the photo's own format."""
        return photo.to_bytes(
            self.photo, self._shown(), format_for(self.options),
            quality=self.options.quality, provenance=self._facts(),
        )  # fmt: skip

    def array(self) -> Array:
        """The result (h, w, 3), or 4 with alpha, in the photo's depth."""
        return photo.to_array(self._shown())

    def without_colour(self) -> Session:
        """The same photo in grey, for comparison: as it is coloured now, with a chroma of 0."""
        return self._guided(grey=True)

    def preview(self, short_side: int, *, refine: bool = True) -> Array:
        """The photo in colour at a short side of at most `short_side` pixels, as `array`; refine: as for `part`."""
        width, height = self.photo.width, self.photo.height
        scale = min(1.0, short_side / min(width, height))
        return self.part(*scaled_rectangle(width, height, (0, 0, width, height), scale), refine=refine)

    def tile(self, x: int, y: int, width: int, height: int, scale: float = 1.0) -> Array:
        """A rectangle of the photo in colour, at `scale`: (height * scale, width * scale, 3), or 4 with alpha.

        x, y, width, height: in pixels of the upright photo; what lies outside is left out. At a scale of 1 the pixels
        are those of `array`. Raises OptionError for a rectangle outside the photo, or a scale above 8.
        """
        return self.part(*scaled_rectangle(self.photo.width, self.photo.height, (x, y, width, height), scale))

    def part(
        self, size: tuple[int, int], place: Rectangle, *, uncertainty: bool = False, refine: bool = True
    ) -> Array:
        """A rectangle (left, top, width, height) of the photo at a size (width, height), in colour, as `tile`.

        uncertainty: a map (h, w, 3) uint8 of where the network guesses; OptionError for one without a distribution.
        refine: False leaves regions in which hints lie close together coarse until they are encoded, for a first look.
        """
        if uncertainty:
            self._check_distribution("uncertainty")
            return photo.uncertainty_map(self.photo, self._encoded.entropy, size, place)
        if not refine:
            return self._unrefined().part(size, place)
        if self.options.profile == "srgb":
            with self._lock:
                return self._window(*size)(*place)
        image = photo.render(self._encoded.scaled(*size), self._coefficients, profile=self.options.profile)
        return photo.to_array(image.crop(*place))

    def image(self) -> Any:
        """The photo in colour as an image of pyvips, lazy, in the photo's size and depth."""
        return photo.render(self.photo, self._coefficients, profile=self.options.profile)

    def _shown(self) -> Any:
        if self.options.kind == "layers":
            raise OptionError("kind layers is a file; give the photo by its path")
        if self.options.kind == "uncertainty":
            self._check_distribution("uncertainty")
            return photo.uncertainty_picture(self.photo, self._encoded.entropy)
        image = self.image()
        return photo.colour_layer(self.photo, image) if self.options.kind == "chroma" else image

    def _facts(self) -> Facts:
        """What the metadata of a result say about how it was made."""
        return provenance_for(self.options, self.manifest, self._encoded.origin) | self._guidance.facts

    def _window(self, width: int, height: int) -> Window:
        """Computes rectangles of the photo at a size; those of the last few sizes are kept."""

        def new() -> Window:
            return photo.window(self._encoded.scaled(width, height), self._coefficients)

        return remember(self._windows, (width, height), new, _MOST_WINDOWS)

    @property
    def _decoding(self) -> Decoding:
        return decoding_for(self.options, self.manifest)

    @cached_property
    def _coefficients(self) -> Float32Array:
        return self._encoded.coefficients(self._decoding, self._guidance)
