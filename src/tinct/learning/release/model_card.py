"""The draft of a model card: what an export can know by itself, and the places that a person must fill in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinct.learning.run.records import LOG, read_log

CARD = "MODEL_CARD.md"
BESIDE = "MODEL_CARD.draft.md"
DRAFT = """# Model card: {name} {version}

*A draft, written by `tinct export`. Fill in what stands in brackets before you give this model to others.*

| | |
|---|---|
| what | gives a black-and-white photo its chroma; [what it is for, and what not] |
| network | `{network}`: {about} |
| size | {parameters:,} parameters, {megabytes:.1f} MB |
| licence | {licence} |
| begun from | {init} |
| trained on | {data}; {seen:,} photos seen; [whose photos these are, and under which terms] |
| loss | {loss} |

## Figures

{figures}

[The table that `tinct evaluate {folder} grey --data PHOTOS` prints, on photos that it has not learned from.]

## What it gets wrong

[Look at the sheet of `tinct evaluate {folder} --data PHOTOS --sheet sheet.png`: what is missed, what is patched,
whom it colours worse than others.]

**Colours are plausible, not evidence.** Do not use them to decide what a uniform, a flag, a skin or a work of
art looked like.
"""


def draft_card(
    part: Path, folder: Path, run: Path, experiment: Mapping[str, Any], said: Mapping[str, Any],
    report: Mapping[str, Any],
) -> Path:  # fmt: skip
    """Write the draft beside the model in `part`, from its run, the run's experiment and what the export found.

    folder: where the model will lie; a card that is there is not replaced, the draft then gets another name.
    said: name, version, licence, about, parameters. Returns where the draft will lie.
    """
    lines = read_log(run / LOG)
    last = lines[-1] if lines else None
    figures = "\n".join(f"- {name}: {value}" for name, value in report.items())
    text = DRAFT.format(
        **said,
        network=Path(experiment["network"]).stem,
        megabytes=sum(path.stat().st_size for path in part.glob("*.onnx")) / 1e6,
        init=experiment.get("init") or "ImageNet's weights where it has a backbone, else from nothing",
        data=", ".join(experiment["data"]) or "[which photos]",
        seen=int(last["photos"]) if last else 0,
        loss=f"{last['unseen']} on photos it did not learn from" if last else "[not logged]",
        figures=figures,
        folder=folder,
    )
    name = BESIDE if (folder / CARD).exists() else CARD
    (part / name).write_text(text, encoding="utf-8")
    return folder / name
