"""Requests made up from the API's own description: none makes the server fail."""

from __future__ import annotations

from typing import Any

import pytest

from tests.studio.server.serving import Running, opened


def test_the_api_is_described_without_any_address_elsewhere(client: Any) -> None:
    found = client.get("/api/v1/openapi.json")
    assert found.status_code == 200
    paths = found.json()["paths"]
    assert {"/api/v1/photos", "/api/v1/photos/{number}/preview", "/api/v1/exports", "/api/v1/events"} <= set(
        paths
    )
    assert "http" not in found.text.replace("HTTPValidationError", "")


@pytest.mark.filterwarnings("ignore")  # of schemathesis and what it imports
@pytest.mark.parametrize("count", [5, pytest.param(100, marks=[pytest.mark.slow, pytest.mark.timeout(900)])])
def test_no_request_makes_the_server_fail(studio: Running, client: Any, count: int) -> None:
    schemathesis = pytest.importorskip("schemathesis")
    from hypothesis import HealthCheck, Phase, given, settings

    number = opened(client)["id"]
    schema = schemathesis.openapi.from_dict(client.get("/api/v1/openapi.json").json())
    failed: list[str] = []
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.path.endswith("/events"):
            continue  # a stream without an end

        @settings(
            max_examples=count, deadline=None, phases=[Phase.generate], database=None, derandomize=True,
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        @given(case=operation.as_strategy())
        def ask(case: Any) -> None:
            if "number" in (case.path_parameters or {}) and hash(str(case.query)) % 4:
                case.path_parameters["number"] = number
            if case.method == "DELETE" and case.path_parameters.get("number") == number:
                return
            given_ = case.as_transport_kwargs(base_url=studio.origin)
            given_.pop("cookies", None)
            headers = {
                key: str(value).encode("latin-1", "replace") for key, value in given_.pop("headers").items()
            }
            answer = client.request(**given_, headers=headers)
            if answer.status_code >= 500:
                failed.append(f"{case.method} {answer.url} {answer.status_code} {answer.text[:200]}")

        ask()
    assert failed == []
    assert client.get("/api/v1/health").status_code == 200
