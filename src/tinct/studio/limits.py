"""Bounds of the studio: all that a client could otherwise ask for without end."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """At most so many, so large, so long."""

    sessions: int = 8
    """Photos opened in memory; others are opened again when they are needed."""

    photos: int = 2000
    """Photos in the queue."""

    films: int = 200
    """Films in the queue."""

    steps: int = 100_000
    """Steps of a photo's history."""

    upload_bytes: int = 512 << 20
    """An uploaded photo or reference."""

    film_bytes: int = 64 << 30
    """An uploaded film."""

    body_bytes: int = 8 << 20
    """Any other request."""

    uploads: int = 4
    """Uploads at once."""

    waiting: int = 512
    """Previews and tiles that wait to be computed, each."""

    streams: int = 8
    """Streams of events, of different browsers."""

    exports: int = 500
    """Exports that are remembered; the oldest finished ones go first, with the files kept for download."""

    connections: int = 300
    """Open connections; more are closed at once."""

    unread_bytes: int = 64 << 20
    """Of a body that was refused, still read so that the browser gets the answer."""

    header_seconds: float = 10.0
    """From a connection, or the start of a request, to the end of its headers."""

    body_seconds: float = 30.0
    """Between two pieces of a request's body."""

    entries: int = 10_000
    """Photos and folders listed of one folder."""
