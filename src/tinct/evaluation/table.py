"""Evaluation figures as rows of a table, each with an explanation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

Summary = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A figure of all models: label with unit, explanation, a cell per model, and which cells are the best.

    better: 1 higher, -1 lower, 0 neither.
    """

    label: str
    about: str
    cells: tuple[str, ...]
    best: tuple[bool, ...]
    better: int = 0


@dataclass(frozen=True, slots=True)
class _Kind:
    """How a figure is labelled, formatted and ranked; better: 1 higher, -1 lower, 0 neither."""

    figure: str
    label: str
    about: str
    digits: int = 2
    better: int = 0
    percent: bool = False


COUNTED = ((1, "1 hint"), (10, "10 hints"), (50, "50 hints"))
# Of siggraph17 on 1,000 photos of ImageNet; see evaluation/ideepcolor.py.
PUBLISHED_GAINS = (
    (1, 0.94), (2, 1.77), (5, 2.96), (10, 3.99), (20, 4.91), (50, 5.99), (100, 6.70)
)  # fmt: skip
KINDS = (
    _Kind("psnr_rgb", "PSNR, dB", "Similarity of the pixels to the original; 1 dB more is a fifth less squared error.",
          better=1),
    _Kind("psnr_ab", "PSNR of ab, dB", "The same for chroma alone, without lightness.", better=1),
    _Kind("ssim", "SSIM", "Similarity of local structure, mean over the channels; 1 at most.", 4, 1),
    _Kind("ciede2000", "CIEDE2000", "Mean perceptual colour difference; 1 is just visible.", better=-1),
    _Kind("chroma_distance", "chroma histogram",
          "Distance of the chroma histograms in ab units, regardless of position.", better=-1),
    _Kind("colourfulness", "colourfulness", "Hasler and Süsstrunk: 0 is grey, about 40 an average photo.", 1),
    _Kind("colourfulness_share", "of the originals'", "100 % is as colourful as the originals.", 0, percent=True),
    _Kind("mean_of_delta_cf", "ΔCF, photo by photo", "Mean difference of colourfulness to the original.", 1, -1),
    _Kind("delta_cf_of_means", "ΔCF, of the means", "Difference of the mean colourfulness.", 1, -1),
    _Kind("edge_bleeding", "edge bleeding",
          "Share of the colour change at sharp edges that lies beyond 2 pixels of 256; grey has none.", 3),
    _Kind("frechet_lite2", "Fréchet, Lite2",
          "Fréchet distance of EfficientNet-Lite2 features; depends on the number of photos; not FID.",
          1, -1),
    _Kind("lpips", "LPIPS", "Distance of each photo to its original by the given network.", 4, -1),
    _Kind("fid", "FID", "Fréchet distance of features of the given network.", 1, -1),
    *(_Kind(f"ciede2000_hints_{count}", f"CIEDE2000, {words}", "With so many true colours at random positions.",
            better=-1)
      for count, words in COUNTED),
    *(_Kind(f"ciede2000_reduction_hints_{count}", f"reduction by {words}", "Relative reduction of CIEDE2000.",
            0, 1, True)
      for count, words in COUNTED),
    _Kind("hint_response", "improbable hint, response", "How far its object moves to the opposite colour.",
          0, 1, True),
    _Kind("hint_leakage", "improbable hint, leakage", "How far everything else moves along.", 0, 0, True),
    *(_Kind(f"ideepcolor_psnr_{count}", f"PSNR, {count} hints", "Protocol of Zhang et al. 2017, dB at 256 x 256.",
            better=1)
      for count in (0, 1, 2, 5, 10, 20, 50, 100)),
    *(_Kind(f"ideepcolor_gain_{count}", f"gain by {count} hints",
            f"dB over none; published for siggraph17: {gain}.", better=1)
      for count, gain in PUBLISHED_GAINS),
    _Kind("variant_diversity", "variants, diversity", "CIEDE2000 between colourings sampled for one photo."),
    _Kind("seconds", "seconds a photo", "Median time of one colouring on this machine.", 3),
)  # fmt: skip


def rows(summaries: Sequence[Summary]) -> list[Row]:
    """Rows of a table with a column for each summary; only figures that one of them has."""
    kinds = [*KINDS[:-1], *_best_of(summaries), KINDS[-1]]
    return [_row(kind, summaries) for kind in kinds if any(kind.figure in each for each in summaries)]


def lines(summary: Summary) -> list[str]:
    """What the table does not show: the vividness if it is not as tuned, the number of photos, the shares of time."""
    shares = ", ".join(f"{step} {100 * share:.0f} %" for step, share in summary["share_of_time"].items())
    vividness = summary.get("vividness", 1.0)
    shown = f" at vividness {vividness:.2f}" if vividness != 1.0 else ""
    return [f"{summary['model']}{shown}: {summary['photos']} photos; time: {shares}"]


def _best_of(summaries: Sequence[Summary]) -> list[_Kind]:
    counts = sorted({each["variants"] for each in summaries if "variants" in each})
    about = "CIEDE2000 of the closest of so many sampled colourings."
    return [
        _Kind(f"best_of_{count}_ciede2000", f"CIEDE2000, best of {count}", about, 2, -1) for count in counts
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
        kind.better,
    )


def _cell(kind: _Kind, summary: Summary) -> str:
    if kind.figure not in summary:
        return "-"
    edges = summary.get(f"{kind.figure}_95")
    value = _number(kind, summary[kind.figure])
    return value if edges is None else f"{value} ({_number(kind, edges[0])} … {_number(kind, edges[1])})"


def _number(kind: _Kind, value: float) -> str:
    value = round(value, kind.digits + 2 * kind.percent) + 0.0  # no minus before a zero
    return f"{100 * value:.{kind.digits}f} %" if kind.percent else f"{value:.{kind.digits}f}"
