"""Projects saved in a folder of the person's, with the references that they name."""

from __future__ import annotations

import shutil
from pathlib import Path

from tinct.atomic import atomic_write
from tinct.studio.film.document import Film
from tinct.studio.film.films import Films
from tinct.studio.film.project_file import project_name, project_text
from tinct.studio.project.document import Document
from tinct.studio.rendering.exporting import ExistsError, check_name


def save_project(films: Films, film: Film, folder: Path, *, overwrite: bool) -> str:
    """Write the project of a film into a folder, and its references into one beside it; the name of the project.

    Raises ExistsError for a name that is taken, unless it may be overwritten.
    """
    name = project_name(film)
    check_name(name)
    beside = folder / f"{Path(name).stem}-references"
    wanted: dict[Path, Path] = {}

    def path_of(document: Document, reference: str) -> str:
        target = beside / f"{reference}-{document.references.get(reference, '')}".rstrip("-")
        wanted[target] = document.reference_file(reference)
        return f"{beside.name}/{target.name}"

    with film.lock:
        text = project_text(film, films.document, path_of)
    if (folder / name).exists() and not overwrite:
        raise ExistsError(name)
    for target, source in wanted.items():
        beside.mkdir(exist_ok=True)
        with atomic_write(target, overwrite=True) as part:
            shutil.copyfile(source, part)
    with atomic_write(folder / name, overwrite=overwrite) as part:
        part.write_text(text, encoding="utf-8")
    return name
