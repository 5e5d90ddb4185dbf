"""Manifest of a model folder, manifest.json: all that the runtime needs to know about a network."""

from tinct.models.manifest.reading import FORMAT, FORMATS, MANIFEST, read_manifest
from tinct.models.manifest.records import (
    FITS,
    INPUT_KINDS,
    OUTPUT_KINDS,
    ExtraInput,
    Hints,
    Input,
    Manifest,
    Output,
)
from tinct.models.manifest.verification import graph_bytes

__all__ = [
    "FITS",
    "FORMAT",
    "FORMATS",
    "INPUT_KINDS",
    "MANIFEST",
    "OUTPUT_KINDS",
    "ExtraInput",
    "Hints",
    "Input",
    "Manifest",
    "Output",
    "graph_bytes",
    "read_manifest",
]
