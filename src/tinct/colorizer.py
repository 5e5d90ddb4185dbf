"""The pipeline of a photo: read, resize, predict, decode, upsample and compose, write."""

from __future__ import annotations

import os
import stat
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, overload

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.errors import OptionError, PhotoError, PhotoWarning
from tinct.inference import decoding_for, predict
from tinct.inputs import like_input, photo_input
from tinct.models.manifest import Manifest
from tinct.models.runtime import Network, Prediction
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import Options, with_settings

Array = NDArray[Any]
PathInput = str | os.PathLike[str]
Observe = Callable[[Prediction], None]
FileInput = bytes | bytearray | memoryview | BinaryIO


class Colorizer:
    """A network kept open to colour many photos; safe to share between threads.

    model: the name of a shipped model, or the path of a model folder; threads: of the network, by default one
    per physical core. Raises ModelError for a model that cannot be used.
    """

    def __init__(self, model: str | Path = DEFAULT_MODEL, *, threads: int | None = None) -> None:
        self._network = Network(find_model(model), threads=threads)

    @property
    def manifest(self) -> Manifest:
        """The model's manifest."""
        return self._network.manifest

    def __repr__(self) -> str:
        return f"Colorizer({self.manifest.title!r})"

    @overload
    def colorize(
        self,
        source: PathInput,
        options: Options | None = None,
        *,
        target: PathInput | None = None,
        **settings: Any,
    ) -> Path: ...
    @overload
    def colorize(self, source: Array, options: Options | None = None, **settings: Any) -> Array: ...
    @overload
    def colorize(self, source: FileInput, options: Options | None = None, **settings: Any) -> bytes: ...
    @overload
    def colorize(self, source: Any, options: Options | None = None, **settings: Any) -> Any: ...

    def colorize(
        self,
        source: Any,
        options: Options | None = None,
        *,
        target: PathInput | None = None,
        **settings: Any,
    ) -> Any:
        """Colour a photo and return the kind that was given.

        source: a path (str or os.PathLike) is written to `target`, by default NAME-tinct.EXT beside it, and the path of
        the result is returned; bytes, other buffers and binary files of a photo file become bytes of the same format;
        an array (h, w) or (h, w, 1..4), uint8, uint16 or float 0..1, becomes an array (h, w, 3) of its type, or
        (h, w, 4) if it has alpha; a PIL image becomes a PIL image. settings: fields of `Options`, which override those
        of `options`. Raises PhotoError, naming the photo and the remedy, and leaves no partial file; OptionError for a
        setting that is unknown or out of range.
        """
        options = with_settings(options or Options(), settings)
        given = photo_input(source)
        if isinstance(given, Path):
            chosen = photo_input(target) if target is not None else result_path(given, options)
            if not isinstance(chosen, Path):
                raise OptionError(f"target is a {type(target).__name__}; give a path")
            self.colorize_file(given, chosen, options)
            return chosen
        if target is not None:
            raise OptionError("target is for a photo given by its path; write the result where it should go")
        if options.kind == "layers":
            raise OptionError("kind layers is a file; give the photo by its path")
        pages = _pages(given, options)
        provenance = self._provenance(options)
        if len(pages) > 1:
            _check_pages("photo", pages, options, _format_for(options) or "tiff")
            return photo.pages_to_bytes(self._drawn(given, pages, options), provenance=provenance)
        done = self._coloured(given, pages[0], options)
        image = done.layer() if options.kind == "chroma" else done.image
        if isinstance(given, np.ndarray):
            return like_input(source, photo.to_array(image))
        return photo.to_bytes(
            done.source, image, _format_for(options), quality=options.quality, provenance=provenance
        )

    def colorize_file(
        self, source: Path, target: Path, options: Options, *, provenance: Mapping[str, str] | None = None
    ) -> float | None:
        """Colour a photo file into `target` and return its mean uncertainty, 0 (certain) to 1, or None.

        provenance: facts for the metadata of the result, beside those about the model. The uncertainty is that of
        `Prediction.mean_uncertainty`, averaged over pages. Raises PhotoError as `colorize` does.
        """
        uncertainties: list[float | None] = []
        facts = {**self._provenance(options), **(provenance or {})}
        self._to_file(
            source, target, options, facts, lambda made: uncertainties.append(made.mean_uncertainty())
        )
        known = [each for each in uncertainties if each is not None]
        return sum(known) / len(known) if known else None

    def _to_file(
        self,
        source: Path,
        target: Path,
        options: Options,
        provenance: dict[str, str | int | float],
        observe: Observe,
    ) -> None:
        if os.path.exists(target) and not options.overwrite:  # checked again when writing
            raise PhotoError(f"{target}: exists already; choose another name, or allow it to be overwritten")
        pages = _pages(source, options)
        kind = _kind_of(target, options)
        if (options.kind, kind) == ("chroma", "jpeg"):
            raise PhotoError(f"{target}: a colour layer is transparent, which JPEG cannot be; end it in .png")
        _check_pages(str(source), pages, options, kind)
        place: dict[str, Any] = {"overwrite": options.overwrite, "provenance": provenance}
        if len(pages) > 1:
            mode = stat.S_IMODE(source.stat().st_mode)
            drawn = self._drawn(source, pages, options, observe)
            photo.write_pages(drawn, target, quality=options.quality, mode=mode, **place)
            return
        done = self._coloured(source, pages[0], options, observe)
        if options.kind == "layers":
            photo.write_layers(done.source, done.image, target, **place)
        else:
            if options.format is None and target.suffix == source.suffix:
                _tell_depth(done.source, kind)
            image = done.layer() if options.kind == "chroma" else done.image
            photo.write(done.source, image, target, format=kind, quality=options.quality, **place)

    def _drawn(
        self, source: Path | bytes | Array, pages: range, options: Options, observe: Observe | None = None
    ) -> Iterator[tuple[photo.Photo, Any]]:
        """Each page and its coloured image, one open at a time."""
        coloured = (self._coloured(source, page, options, observe) for page in pages)
        return ((page.source, page.image) for page in coloured)

    def _coloured(
        self, source: Path | bytes | Array, page: int, options: Options, observe: Observe | None = None
    ) -> _Coloured:
        opened = photo.read(source, max_megapixels=options.max_megapixels, page=page)
        if options.tone == "auto-contrast":
            opened = photo.auto_contrast(opened)
        prediction = predict(self._network, opened, options)
        if observe is not None:
            observe(prediction)
        ab = prediction.colours(decoding_for(options, self.manifest))
        return _Coloured(opened, photo.join(opened, ab, profile=options.profile))

    def _provenance(self, options: Options) -> dict[str, str | int | float]:
        decoding = decoding_for(options, self.manifest)
        settings = {"vividness": decoding.vividness, "chroma_gain": decoding.gain}
        if decoding.temperature is not None:
            settings["temperature"] = decoding.temperature
        tone = {} if options.tone == "keep" else {"tone": options.tone}
        scales = {} if options.scales is None else {"scales": options.scales}
        return {"model": self.manifest.title, "seed": options.seed, **settings, **scales, **tone}


@dataclass(frozen=True, slots=True)
class _Coloured:
    """A photo and its coloured image, both lazy."""

    source: photo.Photo
    image: Any

    def layer(self) -> Any:
        """The chroma alone, as a transparent RGBA image."""
        return photo.colour_layer(self.source, self.image)


@overload
def colorize(
    source: PathInput,
    options: Options | None = None,
    *,
    target: PathInput | None = None,
    **settings: Any,
) -> Path: ...
@overload
def colorize(source: Array, options: Options | None = None, **settings: Any) -> Array: ...
@overload
def colorize(source: FileInput, options: Options | None = None, **settings: Any) -> bytes: ...
@overload
def colorize(source: Any, options: Options | None = None, **settings: Any) -> Any: ...


def colorize(
    source: Any, options: Options | None = None, *, target: PathInput | None = None, **settings: Any
) -> Any:
    """Colour a photo with the default model; see `Colorizer.colorize`.

    The model is opened at the first call and shared by later ones.
    """
    return _default().colorize(source, options, target=target, **settings)


def result_path(source: str | Path, options: Options, folder: Path | None = None) -> Path:
    """Path of a result: NAME-tinct.EXT in `folder`, by default beside the photo."""
    path = Path(source)
    suffix = ".ora" if options.kind == "layers" else path.suffix
    chosen = _format_for(options)
    if chosen is not None and options.kind != "layers":
        suffix = photo.suffix_of(chosen)
    return (folder or path.parent) / f"{path.stem}-tinct{suffix}"


def check_target(target: str | Path, options: Options) -> None:
    """OptionError for the path of a result whose suffix contradicts the options, or is of no format to write."""
    path = Path(target)
    try:
        kind = _kind_of(path, options)
        named = kind if options.kind == "layers" else photo.format_of(path)
    except PhotoError as error:
        raise OptionError(str(error)) from None
    if kind != named:
        raise OptionError(f"{target}: its name and format {kind} contradict each other; give one of them")
    if (options.kind, kind) == ("chroma", "jpeg"):
        raise OptionError(f"{target}: a colour layer is transparent, which JPEG cannot be; end it in .png")


def _kind_of(target: Path, options: Options) -> str:
    """Format of a result by its options and its suffix."""
    if options.kind != "layers":
        return options.format or photo.format_of(target)
    if target.suffix.lower() != ".ora":
        raise OptionError(f"{target}: layers are an OpenRaster file; end its name in .ora")
    return "ora"


def _tell_depth(source: photo.Photo, kind: str) -> None:
    """Warn where a photo is deeper than the format that its own name asks for."""
    deepest = photo.FORMATS[kind].deepest
    if source.format != kind and source.depth > deepest:
        warnings.warn(
            f"{source.name}: {source.depth}-bit samples become {deepest}-bit in {kind}; choose format png or tiff",
            PhotoWarning,
            stacklevel=4,
        )


def _check_pages(name: str, pages: range, options: Options, kind: str) -> None:
    if len(pages) > 1 and (options.kind != "photo" or kind != "tiff"):
        raise PhotoError(f"{name}: has {len(pages)} pages, which only a TIFF can hold; choose one of them")


def _pages(source: Path | bytes | Array, options: Options) -> range:
    """Pages to colour, from 0: the requested one, else every page."""
    count = photo.page_count(source)
    if options.page is None:
        return range(count)
    if options.page > count:
        name = source if isinstance(source, Path) else "photo"
        raise PhotoError(f"{name}: there is no page {options.page}; choose one from 1 to {count}")
    return range(options.page - 1, options.page)


def _format_for(options: Options) -> str | None:
    """The requested format; a colour layer needs transparency, so PNG by default."""
    return options.format or ("png" if options.kind == "chroma" else None)


_lock = threading.Lock()
_default_colorizer: Colorizer | None = None


def _default() -> Colorizer:
    global _default_colorizer
    with _lock:  # threads that call at once must not open the model twice
        if _default_colorizer is None:
            _default_colorizer = Colorizer()
        return _default_colorizer
