"""The figures of models as the rows of a table, each with what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Summary = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of all models: its label with the unit, what it says, a cell a model, and which cells are the best."""

    label: str
    about: str
    cells: tuple[str, ...]
    best: tuple[bool, ...]


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a figure is named, written and judged; better: 1 the more the better, -1 the less, 0 neither."""

    figure: str
    label: str
    about: str
    digits: int = 2
    better: int = 0
    percent: bool = False


COUNTED = ((1, "1 hint"), (10, "10 hints"), (50, "50 hints"))
KINDS = (
    _Kind("psnr_rgb", "PSNR, dB", "How near the pixels are to the original's; 1 dB more is a fifth less squared error.",
          better=1),
    _Kind("psnr_ab", "PSNR of ab, dB", "The same of the colour alone, without the lightness.", better=1),
    _Kind("ssim", "SSIM", "Whether the local structure of the channels is the original's; 1 at most.", 4, 1),
    _Kind("ciede2000", "CIEDE2000", "Mean difference of colour as people see it; 1 is just visible.", better=-1),
    _Kind("chroma_distance", "chroma histogram",
          "How far, in ab units, the colours must be moved to be the original's, wherever they lie.", better=-1),
    _Kind("colourfulness", "colourfulness", "Hasler and Süsstrunk: 0 is grey, about 40 an average photo.", 1),
    _Kind("colourfulness_share", "of the originals'", "100 % is as colourful as the originals.", 0, percent=True),
    _Kind("mean_of_delta_cf", "ΔCF, photo by photo", "Mean difference of colourfulness to the original.", 1, -1),
    _Kind("delta_cf_of_means", "ΔCF, of the means", "Difference of the mean colourfulness.", 1, -1),
    _Kind("bleeding", "edge bleeding",
          "How much of the change of colour at a sharp edge lies beyond 2 pixels of 256 from it; grey has none.", 3),
    _Kind("frechet_lite2", "Fréchet, Lite2",
          "How far all the photos are from the originals to EfficientNet-Lite2; it depends on their number; no FID.",
          1, -1),
    _Kind("lpips", "LPIPS", "Distance of each photo to its original by the network that was given.", 4, -1),
    _Kind("fid", "FID", "Fréchet distance of the features of the network that was given.", 1, -1),
    *(_Kind(f"ciede2000_hints_{count}", f"CIEDE2000, {words}", "With so many true colours, at places drawn at random.",
            better=-1)
      for count, words in COUNTED),
    *(_Kind(f"fall_hints_{count}", f"falls by {words}", "The share of CIEDE2000 that they take away.", 0, 1, True)
      for count, words in COUNTED),
    _Kind("obeyed", "unlikely hint, on its thing", "How far it goes to the opposite colour that was asked for.",
          0, 1, True),
    _Kind("spilt", "unlikely hint, elsewhere", "How far everything else goes along.", 0, 0, True),
    _Kind("variant_diversity", "variants differ by", "CIEDE2000 between colourings drawn for one photo."),
    _Kind("seconds", "seconds a photo", "Median time of one colouring on this machine.", 3),
)  # fmt: skip


def rows(summaries: Sequence[Summary]) -> list[Row]:
    """The rows of a table with a column for each summary; only figures that one of them has."""
    kinds = [*KINDS[:-1], *_best_of(summaries), KINDS[-1]]
    return [_row(kind, summaries) for kind in kinds if any(kind.figure in each for each in summaries)]


def lines(said: Summary) -> list[str]:
    """What a summary says that no table holds: how many photos, and where the time went."""
    shares = ", ".join(f"{step} {100 * share:.0f} %" for step, share in said["share_of_time"].items())
    return [f"{said['model']}: {said['photos']} photos; time: {shares}"]


def _best_of(summaries: Sequence[Summary]) -> list[_Kind]:
    counts = sorted({each["variants"] for each in summaries if "variants" in each})
    told = "CIEDE2000 of the nearest of so many drawn colourings."
    return [
        _Kind(f"best_of_{count}_ciede2000", f"CIEDE2000, best of {count}", told, 2, -1) for count in counts
    ]


def _row(kind: _Kind, summaries: Sequence[Summary]) -> Row:
    values = [each.get(kind.figure) for each in summaries]
    known = [kind.better * value for value in values if value is not None]
    judged = kind.better and len(known) > 1
    return Row(
        kind.label,
        kind.about,
        tuple(_cell(kind, each) for each in summaries),
        tuple(bool(judged and value is not None and kind.better * value == max(known)) for value in values),
    )


def _cell(kind: _Kind, said: Summary) -> str:
    if kind.figure not in said:
        return "-"
    edges = said.get(f"{kind.figure}_95")
    value = _number(kind, said[kind.figure])
    return value if edges is None else f"{value} ({_number(kind, edges[0])} … {_number(kind, edges[1])})"


def _number(kind: _Kind, value: float) -> str:
    value = round(value, kind.digits + 2 * kind.percent) + 0.0  # no minus before a nought
    return f"{100 * value:.{kind.digits}f} %" if kind.percent else f"{value:.{kind.digits}f}"
