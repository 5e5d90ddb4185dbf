"""Measured networks as text: a table, markdown, JSON or a mermaid graph."""

from __future__ import annotations

import json
from typing import Any

from tinct.networks.arithmetic import FLOAT_BYTES, Measure, Row
from tinct.networks.layer import INPUT, Layer

FORMATS = ("table", "markdown", "json", "mermaid")
COLUMNS = (
    "layer", "kind", "kernel", "stride", "padding", "dilation", "joins", "channels", "output", "parameters",
    "multiply-adds", "memory", "sees", "centre",
)  # fmt: skip
NUMBERS = COLUMNS[9:]
LEGEND = (
    "sees: the side of the receptive field, in photo pixels; centre: its middle for the output's first place"
)


def describe(measure: Measure, form: str = "table") -> str:
    """Layers and totals of `measure` in one of FORMATS."""
    return {"table": _table, "markdown": _markdown, "json": _json, "mermaid": _mermaid}[form](measure)


def compared(measures: list[Measure], seconds: list[float | None]) -> str:
    """Networks side by side as a text table: cost, receptive field and, if measured, time."""
    head = ["", *(m.network.name for m in measures)]
    lines = [
        ["parameters", *(f"{m.parameters:,}" for m in measures)],
        [
            f"multiply-adds at {measures[0].height}x{measures[0].width}",
            *(f"{m.multiply_adds:,}" for m in measures),
        ],
        ["activation memory", *(memory(m.activation_bytes) for m in measures)],
        ["total stride", *(str(m.total_stride) for m in measures)],
        ["receptive field, deepest layer", *(_seen(m.deepest) for m in measures)],
        ["receptive field, output", *(_seen(m.rows[-1]) for m in measures)],
    ]
    if any(s is not None for s in seconds):
        lines.append(["time for one photo", *("" if s is None else f"{1000 * s:.1f} ms" for s in seconds)])
    return _aligned([head, *lines], numbers=range(1, len(head)))


def dense_sentence(height: int, width: int, channels: int, out_values: int | None = None) -> str:
    """Cost of one dense layer from height x width x channels to as many values (or `out_values`)."""
    values = height * width * channels
    target = values if out_values is None else out_values
    weights = values * target
    product = f"{values:,}²" if target == values else f"{values:,} x {target:,}"
    return f"{product} = {weights:,} weights, {memory(weights * FLOAT_BYTES)}"


def memory(count: float) -> str:
    """Format bytes with binary units."""
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if count < 1024 or unit == "GiB":
            break
        count /= 1024
    return f"{count:,.1f}".removesuffix(".0") + f" {unit}"


def totals(measure: Measure) -> list[str]:
    """Sentences below the table: totals, receptive fields, and the cost of a dense layer."""
    network, last = measure.network, measure.rows[-1]
    padded = ""
    if (measure.padded_height, measure.padded_width) != (measure.height, measure.width):
        padded = f", padded to {measure.padded_height} x {measure.padded_width}"
    frozen = measure.parameters - measure.trainable
    meaning = (
        "a and b"
        if network.output.kind == "ab"
        else f"one score for each of {network.bins} bins of the ab plane"
    )
    return [
        f"input             {measure.height} x {measure.width} of L{padded}",
        f"output            {last.height} x {last.width} x {last.channels}: {meaning}",
        f"parameters        {measure.parameters:,}"
        + (f", of which {frozen:,} are not trained" if frozen else ""),
        f"multiply-adds     {measure.multiply_adds:,}",
        f"activation memory {memory(measure.activation_bytes)} for one photo, 32-bit",
        f"total stride      {measure.total_stride}",
        f"receptive field   {_seen(measure.deepest)} at {measure.deepest.layer.name} (the deepest layer), "
        f"{_seen(last)} for one place of the output",
        f"one dense layer   {_dense(measure)} between the same input and output",
        f"                  {dense_sentence(measure.height, measure.width, 3)}, from {measure.height}x"
        f"{measure.width}x3 to the same",
    ]


def cells(row: Row) -> list[str]:
    """One row of the table, in the order of COLUMNS."""
    layer = row.layer
    middle = row.centre
    return [
        layer.name,
        layer.model or layer.kind,
        _kernel(layer),
        "" if layer.kind in ("backbone", "global_context") else _stride(layer),
        _padding(layer),
        str(layer.dilation) if layer.dilation > 1 else "",
        ", ".join(layer.skip),
        f"{row.in_channels} -> {row.channels}",
        f"{row.height} x {row.width}",
        f"{row.parameters:,}",
        f"{row.multiply_adds:,}",
        memory(row.activation_bytes),
        _seen(row),
        "" if middle[0] is None else f"{middle[0]:g}",
    ]


def _dense(measure: Measure) -> str:
    last = measure.rows[-1]
    return dense_sentence(measure.height, measure.width, 1, last.height * last.width * last.channels)


def _table(measure: Measure) -> str:
    network = measure.network
    rows = [list(COLUMNS), *(cells(row) for row in measure.rows)]
    used = [i for i in range(len(COLUMNS)) if any(row[i] for row in rows[1:])]
    numbers = [place for place, i in enumerate(used) if COLUMNS[i] in NUMBERS]
    body = _aligned([[row[i] for i in used] for row in rows], numbers)
    title = f"{network.name}: {network.about}" if network.about else network.name
    return "\n".join([title, "", body, LEGEND, "", *totals(measure)])


def _markdown(measure: Measure) -> str:
    lines = [f"## {measure.network.name}", "", measure.network.about, ""]
    lines += ["| " + " | ".join(COLUMNS) + " |"]
    lines += ["|" + "|".join("---:" if c in NUMBERS else "---" for c in COLUMNS) + "|"]
    lines += ["| " + " | ".join(cells(row)) + " |" for row in measure.rows]
    return "\n".join([*lines, "", *(f"- {' '.join(line.split())}" for line in totals(measure))])


def _json(measure: Measure) -> str:
    last = measure.rows[-1]
    return json.dumps(
        {
            "name": measure.network.name,
            "about": measure.network.about,
            "input": {"height": measure.height, "width": measure.width, "channels": 1},
            "output": {"height": last.height, "width": last.width, "channels": last.channels,
                       "kind": measure.network.output.kind},
            "parameters": measure.parameters,
            "trainable": measure.trainable,
            "multiply_adds": measure.multiply_adds,
            "activation_bytes": measure.activation_bytes,
            "total_stride": measure.total_stride,
            "receptive_field": measure.deepest.receptive_field,
            "output_receptive_field": last.receptive_field,
            "dense_weights": measure.dense_weights,
            "layers": [_layer_json(row) for row in measure.rows],
        },
        indent=2,
    )  # fmt: skip


def _layer_json(row: Row) -> dict[str, Any]:
    layer = row.layer
    return {
        "name": layer.name,
        "kind": layer.kind,
        "section": layer.section,
        "size": layer.size,
        "effective_size": layer.effective_size,
        "stride": layer.stride,
        "padding": layer.padding,
        "dilation": layer.dilation,
        "skip": layer.skip,
        "channels": [row.in_channels, row.channels],
        "output": [row.height, row.width],
        "parameters": row.parameters,
        "multiply_adds": row.multiply_adds,
        "activation_bytes": row.activation_bytes,
        "receptive_field": row.receptive_field,
        "centre": row.centre,
    }


def _mermaid(measure: Measure) -> str:
    network = measure.network
    places = {INPUT: "photo", "hints": "hints"}
    lines = ["flowchart TD", f'  photo["L, {measure.padded_height} x {measure.padded_width}"]']
    if network.hints:
        lines.append('  hints["hints: a, b, mask"]')
    for index, row in enumerate(measure.rows):
        layer = row.layer
        places |= dict.fromkeys((layer.name, *layer.taps), f"n{index}")
        kernel = " ".join(part for part in (layer.model or layer.kind, _kernel(layer)) if part)
        label = f"{layer.name}<br>{kernel}<br>{row.channels} x {row.height} x {row.width}"
        lines.append(f'  n{index}["{label}"]')
        first, *skips = network.sources(index)
        lines.append(f"  {places[first]} --> n{index}")
        lines += [f"  {places[name]} -.->|{name}| n{index}" for name in skips]
    return "\n".join(lines)


def _aligned(rows: list[list[str]], numbers: Any = ()) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(
            c.rjust(w) if i in numbers else c.ljust(w)
            for i, (c, w) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(line.rstrip() for line in lines)


def _kernel(layer: Layer) -> str:
    if layer.kind in ("upsample", "backbone", "global_context"):
        return layer.mode if layer.kind == "upsample" else ""
    text = f"{layer.size[0]}x{layer.size[1]}"
    spans = layer.effective_size
    return text if spans == layer.size else f"{text}, spans {spans[0]}x{spans[1]}"


def _stride(layer: Layer) -> str:
    return f"1/{layer.stride}" if layer.kind in ("conv_transpose", "upsample") else str(layer.stride)


def _padding(layer: Layer) -> str:
    if layer.kind in ("backbone", "global_context", "upsample"):
        return ""
    top, bottom, left, right = layer.padding
    if top == bottom == left == right:
        return str(top)
    return f"{top},{left}" if (top, left) == (bottom, right) else f"{top}+{bottom},{left}+{right}"


def _seen(row: Row) -> str:
    high, wide = row.receptive_field
    if high is None or wide is None:
        return "whole photo"
    return str(high) if high == wide else f"{high} x {wide}"
