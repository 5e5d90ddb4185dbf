from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tests.learning.conftest import coloured_photo
from tinct.errors import TinctError
from tinct.evaluation.evaluate import evaluate, find_colorizer, grey
from tinct.evaluation.report import report, write_report
from tinct.evaluation.sheet import select_photos
from tinct.evaluation.table import rows
from tinct.options import Options

PHOTOS = [(f"<{number}>.png", coloured_photo(number)) for number in range(5)]
COLOURS = [grey, find_colorizer("mean-colour", Options(), PHOTOS)]
EVALUATIONS = [
    evaluate(name, colour, PHOTOS) for name, colour in zip(("grey", "mean & more"), COLOURS, strict=True)
]


class Page(HTMLParser):
    """Collects tags, their attributes and text; every tag must be closed in order."""

    VOID = ("meta", "img")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words += data


def test_the_page_is_whole_needs_nothing_else_and_shows_every_chosen_photo_in_every_model() -> None:
    text = report(EVALUATIONS, COLOURS, PHOTOS)
    page = Page(text)
    assert page.open == []
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == len(PHOTOS) * (1 + len(EVALUATIONS))
    assert all(
        str(each["src"]).startswith("data:image/jpeg;base64,/9j/") and each["alt"] for each in pictures
    )
    assert not re.search(r'(src|href)="(?!data:)', text)
    assert "mean & more" in page.words
    assert "<0>.png" in page.words


def test_the_page_says_the_figures_of_the_summary() -> None:
    page = Page(report(EVALUATIONS, COLOURS, PHOTOS))
    for each in EVALUATIONS:
        summary = each.summary()
        low, high = summary["ciede2000_95"]
        assert f"{summary['ciede2000']:.2f} ({low:.2f} … {high:.2f})" in page.words


def test_the_best_of_a_row_is_marked_where_more_or_less_is_better() -> None:
    told = {row.label: row for row in rows([each.summary() for each in EVALUATIONS])}
    errors = [each.summary()["ciede2000"] for each in EVALUATIONS]
    assert told["CIEDE2000"].best == tuple(error == min(errors) for error in errors)
    assert told["colourfulness"].best == (False, False)
    assert all(True not in row.best for row in rows([EVALUATIONS[0].summary()]))


def test_a_figure_that_one_model_lacks_is_a_dash() -> None:
    summaries = [each.summary() for each in EVALUATIONS]
    summaries[0] |= {"hint_leakage": -0.0001}
    summaries[1] |= {"hint_response": 0.5, "hint_response_95": [0.4, 0.6]}
    told = {row.label: row for row in rows(summaries)}
    assert told["improbable hint, response"].cells == ("-", "50 % (40 % … 60 %)")
    assert told["improbable hint, leakage"].cells == ("0 %", "-")


def test_best_median_and_worst_are_told_once_each() -> None:
    evaluation = EVALUATIONS[0]
    errors = evaluation.column("ciede2000")
    groups = select_photos(evaluation, 1)
    assert groups == {
        "best": [int(errors.argmin())],
        "median": [int(np.argsort(errors, kind="stable")[2])],
        "worst": [int(errors.argmax())],
    }
    everyone = [index for group in select_photos(evaluation, 4).values() for index in group]
    assert sorted(everyone) == list(range(len(PHOTOS)))


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(TinctError, match="cannot be written"):
        write_report(EVALUATIONS, COLOURS, PHOTOS, tmp_path / "nowhere" / "report.html")
