"""Photos coloured on a Ray cluster, by Ray Data with a pool of actors: the one module that imports Ray.

Each actor supervises a worker process of its own, so that a photo that kills its worker is quarantined as on one
machine, and no task of Ray raises or is retried because of a photo. The ledger stays with the driver.
"""

from __future__ import annotations

import logging
import os
import pickle
import secrets
import warnings
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

# Read when Ray is imported: nothing is reported to anybody, and connections need a token.
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ.setdefault("RAY_AUTH_MODE", "token")

import numpy as np
import ray
import ray.data

from tinct.archive.colouring.job import ELSEWHERE, FAILED, Content, Copy, Job, Outcome
from tinct.archive.engines.local import Desk, Limits, Pool
from tinct.archive.sources.source import renewed
from tinct.errors import OptionError, TinctError, short_reason

_CHUNK = 5000
_BATCH = 8
_OBJECT_STORE = 256 << 20
# Of a batch whose machine is lost; a photo's own faults never come so far.
_RETRIES = 3


@dataclass(slots=True)
class RayPool:
    """Actors of a Ray cluster; `run` colours all photos of a desk. place: source, destination, parts, model, device.

    address: of a running cluster; None starts one on this machine, for this run alone.
    """

    place: tuple[Any, Any, Path, Path, str]
    count: int
    limits: Limits
    address: str | None = None
    _registry: Any = None

    def run(self, desk: Desk) -> None:
        """Colour the photos of a desk until there are none, or it wants no more.

        Raises TinctError if the cluster cannot be reached or loses too many machines.
        """
        self._connect()
        later: deque[Job] = deque()
        while desk.tick():
            jobs = list(_take(desk, later))
            if not jobs:
                return
            try:
                self._colour(jobs, desk, later)
            except ray.exceptions.RayError as error:
                raise TinctError(f"Ray: {short_reason(error)}; look at the cluster and run again") from error

    def close(self) -> None:
        """Leave the cluster, or end the one of this run."""
        if ray.is_initialized():
            ray.shutdown()

    def _connect(self) -> None:
        if ray.is_initialized():
            return
        options: dict[str, Any] = {"log_to_driver": False, "logging_level": "error"}
        if self.address is None:
            os.environ["RAY_AUTH_TOKEN"] = secrets.token_hex(32)
            options |= {
                "num_cpus": self.count, "include_dashboard": False, "object_store_memory": _OBJECT_STORE,
                "_node_ip_address": "127.0.0.1",
            }  # fmt: skip
        elif os.environ["RAY_AUTH_MODE"] == "token" and not _has_token():
            raise OptionError(f"{self.address}: give the token of the cluster in RAY_AUTH_TOKEN")
        try:
            ray.init(address=self.address or "local", **options)
        except (ConnectionError, RuntimeError, ValueError, TimeoutError) as error:
            where = self.address or "a local cluster"
            raise TinctError(
                f"Ray: {where} cannot be reached ({short_reason(error)}); check the address"
            ) from None
        for name in ("ray", "ray.data"):
            logging.getLogger(name).setLevel(logging.ERROR)
        context = ray.data.DataContext.get_current()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        self._registry = ray.remote(_Registry).options(num_cpus=0).remote()

    def _colour(self, jobs: list[Job], desk: Desk, later: deque[Job]) -> None:
        """Colour some photos; those whose content is being coloured elsewhere are put into `later`."""
        rows = [{"job": pickle.dumps(job)} for job in jobs]
        blocks = max(1, min(len(rows) // _BATCH, 8 * self.count))
        with warnings.catch_warnings():
            # Ray deprecates the argument, and has no other that bounds retries.
            warnings.filterwarnings("ignore", "`ray_remote_args_fn` is deprecated")
            done = ray.data.from_items(rows, override_num_blocks=blocks).map_batches(
                _Actor,
                batch_size=_BATCH,
                batch_format="numpy",
                compute=ray.data.ActorPoolStrategy(size=self.count),
                num_cpus=1,
                fn_constructor_args=(self.place, self.limits, self._registry),
                ray_remote_args_fn=lambda: {"max_restarts": _RETRIES, "max_task_retries": _RETRIES},
            )
        for batch in done.iter_batches(batch_size=None, batch_format="numpy", prefetch_batches=0):
            for data in batch["outcome"]:
                answer = pickle.loads(data)
                if isinstance(answer, Outcome):
                    desk.receive(answer)
                else:
                    job, content = answer
                    found = desk.find_result(job, content)
                    later.append(replace(job, copy=found if isinstance(found, Copy) else None, asked=True))
            if not desk.tick():
                return


class _Registry:
    """Contents that are being coloured by any actor, each given to the first that asks."""

    def __init__(self) -> None:
        self._claimed: set[Content] = set()

    def claim(self, content: Content) -> bool:
        first = content not in self._claimed
        self._claimed.add(content)
        return first


class _Actor:
    """Colours batches of pickled jobs, in a worker process of its own that is replaced when it dies."""

    def __init__(self, place: tuple[Any, Any, Path, Path, str], limits: Limits, registry: Any) -> None:
        place[2].mkdir(parents=True, exist_ok=True)
        self._source = place[0]
        self._pool = Pool(place, 1, limits)
        self._registry = registry

    def __call__(self, batch: dict[str, Any]) -> dict[str, Any]:
        desk = _Batch([pickle.loads(data) for data in batch["job"]], self._source, self._registry)
        try:
            self._pool.run(desk)
        except TinctError as error:  # of the worker, not of a photo
            stop = str(error)
            desk.answers += [Outcome(job, FAILED, stop, stop=stop) for job in desk.unanswered()]
        answers = np.empty(len(desk.answers), object)
        answers[:] = [pickle.dumps(answer) for answer in desk.answers]
        return {"outcome": answers}


@dataclass(slots=True)
class _Batch:
    """The desk of an actor: jobs of one batch, and what came of them."""

    jobs: list[Job]
    source: Any
    registry: Any
    answers: list[Outcome | tuple[Job, Content]] = field(default_factory=list)
    _next: int = 0

    def next_job(self) -> Job | None:
        if self._next >= len(self.jobs):
            return None
        self._next += 1
        return self.jobs[self._next - 1]

    def find_result(self, job: Job, content: Content) -> Copy | str | None:
        if job.asked:
            return job.copy
        if ray.get(self.registry.claim.remote(content)):
            return None
        self.answers.append((job, content))
        return ELSEWHERE

    def receive(self, outcome: Outcome) -> None:
        self.answers.append(outcome)

    def renewed(self, job: Job) -> Job:
        return renewed(job, self.source)

    def tick(self) -> bool:
        return not any(isinstance(each, Outcome) and each.stop for each in self.answers)

    def unanswered(self) -> list[Job]:
        """Jobs of which nothing has come."""
        known = {(each.job if isinstance(each, Outcome) else each[0]).id for each in self.answers}
        return [job for job in self.jobs if job.id not in known]


def _take(desk: Desk, later: deque[Job]) -> Iterator[Job]:
    """The next photos, those first that waited for others."""
    for _ in range(_CHUNK):
        job = later.popleft() if later else desk.next_job()
        if job is None:
            return
        yield job


def _has_token() -> bool:
    known = "RAY_AUTH_TOKEN" in os.environ or "RAY_AUTH_TOKEN_PATH" in os.environ
    return known or (Path.home() / ".ray" / "auth_token").exists()
