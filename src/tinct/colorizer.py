"""The pipeline of a photo: read, resize, predict, decode, upsample and compose, write."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, overload

import numpy as np
from numpy.typing import NDArray

from tinct import photo
from tinct.encoded import Encoded
from tinct.errors import OptionError, PhotoError
from tinct.guidance.recipe import Recipe
from tinct.inputs import like_input, photo_input
from tinct.models.manifest import Manifest
from tinct.models.runtime import Network
from tinct.models.store import DEFAULT_MODEL, find_model
from tinct.options import Options, with_settings
from tinct.provenance import provenance_for, with_facts
from tinct.session import Session
from tinct.targets import format_for, format_of_target, result_path

PREVIEW = 1024
Array = NDArray[Any]
PathInput = str | os.PathLike[str]
FileInput = bytes | bytearray | memoryview | BinaryIO


class Colorizer:
    """A network kept open to colour many photos; safe to share between threads.

    model: the name of a model, or the path of its folder; threads: of the network, by default one per physical core;
    device: auto (a GPU that the installed ONNX Runtime has a provider for, else the CPU), cpu, cuda, coreml, directml,
    openvino or rocm. Raises ModelError for a model or a device that cannot be used.
    """

    def __init__(
        self, model: str | Path = DEFAULT_MODEL, *, threads: int | None = None, device: str = "auto"
    ) -> None:
        self._network = Network(find_model(model), threads=threads, device=device)

    @property
    def device(self) -> str:
        """The device that the network runs on, such as `cpu`."""
        return self._network.device

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
        if len(pages) > 1:
            _check_pages("photo", pages, options, format_for(options) or "tiff")
            facts = provenance_for(options, self.manifest, given if isinstance(given, bytes) else None)
            rendered = ((session.photo, session.image()) for session in self._opened(given, pages, options))
            return photo.pages_to_bytes(rendered, provenance=facts)
        session = self._open_page(given, pages[0], options)
        return like_input(source, session.array()) if isinstance(given, np.ndarray) else session.to_bytes()

    def open(
        self, source: Any, options: Options | None = None, *, scratch: Path | None = None, **settings: Any
    ) -> Session:
        """Open a photo for many results: it is read once, and seen by the network once.

        scratch: a folder for its decoded pixels as long as the session is in use: then a large photo takes no memory,
        and any tile of it is read at once. Results are the same.
        source, settings: as for `colorize`. Of a TIFF with many pages one must be chosen. Raises PhotoError for
        what is no photo, OptionError for a setting that is unknown or out of range.
        """
        options = with_settings(options or Options(), settings)
        given = photo_input(source)
        pages = _pages(given, options)
        if len(pages) > 1:
            name = given if isinstance(given, Path) else "photo"
            raise PhotoError(f"{name}: has {len(pages)} pages; choose one of them")
        return self._open_page(given, pages[0], options, scratch)

    def colorize_file(
        self,
        source: Path,
        target: Path,
        options: Options,
        *,
        provenance: Mapping[str, str | None] | None = None,
        recipe: Recipe | None = None,
    ) -> float | None:
        """Colour a photo file into `target` and return its mean uncertainty, 0 (certain) to 1, or None.

        provenance: facts for the metadata of the result, beside those about the model; None leaves one out. recipe:
        whose hints and variant the photo gets, its options being in `options` and its date today. The
        uncertainty is that of `Prediction.mean_uncertainty`, averaged over pages. Raises PhotoError as `colorize` does.
        """
        if os.path.exists(target) and not options.overwrite:  # checked again when writing
            raise PhotoError(f"{target}: exists already; choose another name, or allow it to be overwritten")
        pages = _pages(source, options)
        _check_pages(str(source), pages, options, format_of_target(target, options))
        uncertainties: list[float | None] = []

        def opened() -> Iterator[Session]:
            for session in self._opened(source, pages, options):
                uncertainties.append(session.prediction.mean_uncertainty())
                yield session if recipe is None else session.follow_recipe(replace(recipe, date=None))

        if len(pages) == 1:
            next(opened()).save(target, provenance=provenance)
        else:
            photo.write_pages(
                ((session.photo, session.image()) for session in opened()),
                target,
                quality=options.quality,
                mode=stat.S_IMODE(source.stat().st_mode),
                overwrite=options.overwrite,
                provenance=with_facts(provenance_for(options, self.manifest, source), provenance),
            )
        known = [each for each in uncertainties if each is not None]
        return sum(known) / len(known) if known else None

    def _opened(self, source: Path | bytes | Array, pages: range, options: Options) -> Iterator[Session]:
        """Each page, one open at a time."""
        return (self._open_page(source, page, options) for page in pages)

    def _open_page(
        self, source: Path | bytes | Array, page: int, options: Options, scratch: Path | None = None
    ) -> Session:
        opened = photo.read(source, max_megapixels=options.max_megapixels, page=page)
        if options.tone == "auto-contrast":
            opened = photo.auto_contrast(opened)
        if scratch is not None:
            opened = photo.tiled(opened, scratch)
        if options.preview:
            opened = _previewed(opened)
        return Session(Encoded(self._network, opened, options, source), options)


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


def _previewed(opened: photo.Photo) -> photo.Photo:
    """A photo at most as large as a preview."""
    scale = PREVIEW / max(opened.width, opened.height)
    if scale >= 1:
        return opened
    return photo.scaled(opened, max(1, round(opened.width * scale)), max(1, round(opened.height * scale)))


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


_lock = threading.Lock()
_default_colorizer: Colorizer | None = None


def _default() -> Colorizer:
    global _default_colorizer
    with _lock:  # threads that call at once must not open the model twice
        if _default_colorizer is None:
            _default_colorizer = Colorizer()
        return _default_colorizer
