"""Bodies of requests."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

_Id = Field(max_length=40)


class Body(BaseModel):
    """A body in JSON; a key that is not known is a mistake."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Settings(Body):
    """Live settings; what is left out stays. temperature null: as tuned."""

    vividness: float | None = None
    temperature: float | None = None


class Variant(Body):
    """A variant: its number, from 1, and of how many."""

    number: int
    of: int
    seed: int = 0


class Change(Body):
    """A step of a photo's history; what is left out stays. coalesce: in place of the last step."""

    hints: list[dict[str, Any]] | None = None
    options: Settings | None = None
    variant: Variant | None = None
    reference_strength: float | None = None
    reference_mode: str | None = None
    coalesce: bool = False


class Opening(Body):
    """A photo in a root."""

    root: str = _Id
    path: str = Field("", max_length=4096)


class Color(Body):
    """A colour as a person writes it."""

    color: str = Field(max_length=200)


class Variants(Body):
    """How many variants to draw."""

    count: int = Field(4, ge=1, le=24)
    seed: int = Field(0, ge=0, le=2**32 - 1)


class Apply(Body):
    """Photos that are to get the options and references of one, and its hints if asked."""

    to: list[str] = Field(max_length=2000)
    hints: bool = False


class NewExport(Body):
    """A result to be written."""

    photo: str = _Id
    kind: Literal["photo", "chroma", "layers", "recipe"] = "photo"
    format: str | None = None
    quality: int | None = None
    root: str | None = None
    name: str | None = None
    overwrite: bool = False


class Queue(Body):
    """Whether exports and openings pause."""

    paused: bool


class NewFilm(Body):
    """A film in a root."""

    root: str = _Id
    path: str = Field("", max_length=4096)


class OpenShot(Body):
    """The frame of a shot that is to be its key frame, in seconds of the film; null: the present one."""

    time: float | None = Field(None, ge=0, le=1e6, allow_inf_nan=False)


class ShotChange(Body):
    """What of a shot is to change; what is left out stays."""

    scope: Literal["shot", "place"] | None = None
    in_colour: bool | None = None


class SaveProject(Body):
    """The root into which a project goes."""

    root: str = _Id
    overwrite: bool = False


class RenderSettings(Body):
    """Container, codec and quality of a result, as of tinct video."""

    container: Literal["mp4", "mov", "mkv", "webm"] | None = None
    codec: Literal["h264", "hevc", "av1", "vp9", "prores", "ffv1"] | None = None
    quality: int | None = Field(None, ge=1, le=100)
    archive: bool = False
    every: int = Field(1, ge=1, le=25)

    def settings(self) -> dict[str, Any]:
        """As `FilmOptions` takes them."""
        return self.model_dump(include={"codec", "quality", "archive", "every"})


class NewRendering(RenderSettings):
    """A result to be rendered."""

    root: str | None = Field(None, max_length=40)
    name: str | None = None
    overwrite: bool = False


class Play(Body):
    """What is to be played: a shot by the number of its first frame, or the film. copied: as a copy in any case."""

    shot: int | None = None
    copied: bool = False
