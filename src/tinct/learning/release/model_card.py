"""Draft of a model card: what an export knows, with places for a person to fill in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tinct.learning.log.records import LOG, read_log

CARD = "MODEL_CARD.md"
DRAFT_CARD = "MODEL_CARD.draft.md"
TEMPLATE = """# Model card: {name} {version}

*Draft by `tinct export`. Fill in the brackets before you publish this model.*

| | |
|---|---|
| what | gives a black-and-white photo its chroma; [what it is for, and what not] |
| network | `{network}`: {about} |
| size | {parameters:,} parameters, {megabytes:.1f} MB |
| license | {license} |
| initial weights | {init} |
| trained on | {data}; {seen:,} crops; [whose photos these are, and under which terms] |
| loss | {loss} |

## Figures

{figures}

[The table that `tinct evaluate {folder} grey --data PHOTOS` prints, on photos not used in training.]

## Limitations

[From the sheet of `tinct evaluate {folder} --data PHOTOS --sheet sheet.png`: what it misses, where it is patchy,
whom it colours worse than others.]

**Colours are plausible, not evidence.** Do not use them to decide what a uniform, a flag, a skin or a work of
art looked like.
"""


def draft_card(
    part: Path, folder: Path, run: Path, experiment: Mapping[str, Any], model: Mapping[str, Any],
    report: Mapping[str, Any],
) -> Path:  # fmt: skip
    """Write the draft beside the model in `part` from its run, the experiment and the report of the export.

    folder: where the model will be; an existing card is not replaced, the draft then gets another name.
    model: name, version, license, about, parameters. Returns the future path of the draft.
    """
    lines = read_log(run / LOG)
    last = lines[-1] if lines else None
    figures = "\n".join(f"- {name}: {value}" for name, value in report.items())
    text = TEMPLATE.format(
        **model,
        network=Path(experiment["network"]).stem,
        megabytes=sum(path.stat().st_size for path in part.glob("*.onnx")) / 1e6,
        init=experiment.get("init") or "ImageNet weights for a backbone, else random",
        data=", ".join(experiment["data"]) or "[which photos]",
        seen=int(last["photos"]) if last else 0,
        loss=f"{last['val_loss']} on validation photos" if last else "[not logged]",
        figures=figures,
        folder=folder,
    )
    name = DRAFT_CARD if (folder / CARD).exists() else CARD
    (part / name).write_text(text, encoding="utf-8")
    return folder / name
