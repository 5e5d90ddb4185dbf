"""Many browsers' worth of requests at once: none is lost, and memory stays flat."""

from __future__ import annotations

import gc
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from tests.studio.server.serving import Running, opened, write_photo

COUNT = 50


def resident_megabytes() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


@pytest.mark.parametrize(
    "seconds",
    [3, pytest.param(60, marks=[pytest.mark.slow, pytest.mark.timeout(300)])],
    ids=["short", "long"],
)
def test_fifty_clients_get_every_answer_and_memory_stays_flat(
    studio: Running, client: Any, folder: Path, seconds: float
) -> None:
    write_photo(folder / "wide.png", 600, 900)
    numbers = [opened(client, name)["id"] for name in ("one.png", "wide.png", "more/two.jpg")]
    key = {studio.server.gate.cookie: client.cookies[studio.server.gate.cookie]}
    refused: list[tuple[str, int]] = []

    def use(seed: int, until: float) -> int:
        rng, count = random.Random(seed), 0
        with studio.client(cookies=key) as own:
            while count < 3 or time.monotonic() < until:
                number = numbers[rng.randrange(3)]
                document = own.get(f"/api/v1/photos/{number}").json()
                point = [[rng.random(), rng.random()]]
                paths = [
                    f"/preview?short_side={rng.choice((64, 96))}",
                    f"/preview?revision={document['revision']}",
                    f"/tiles/result/{document['revision']}/{document['levels'] - 1}/0_0",
                    f"/place?x={rng.random()}&y={rng.random()}",
                ]
                if rng.random() < 0.2:
                    hints = {"hints": [{"points": point, "color": "madder"}], "coalesce": True}
                    answer = own.patch(f"/api/v1/photos/{number}", json=hints)
                else:
                    answer = own.get(f"/api/v1/photos/{number}{rng.choice(paths)}")
                count += 1
                # 409: another client changed the photo meanwhile.
                if answer.status_code not in (200, 409):
                    refused.append((str(answer.url), answer.status_code))
        return count

    with ThreadPoolExecutor(COUNT) as pool:
        counts = list(pool.map(use, range(COUNT), [time.monotonic() + min(3, seconds)] * COUNT))
        gc.collect()
        before = resident_megabytes()
        counts += list(pool.map(use, range(COUNT), [time.monotonic() + seconds] * COUNT))
    gc.collect()
    assert refused == []
    assert min(counts) >= 3
    assert resident_megabytes() - before < 60
    assert client.get("/api/v1/health").json()["photos"] == 3
