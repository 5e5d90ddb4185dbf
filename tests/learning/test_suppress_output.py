from __future__ import annotations

import logging
import warnings

import pytest

from tinct.learning.suppress_output import suppress_output


def test_only_errors_are_said_while_it_is_quiet(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("some library")
    with suppress_output(), warnings.catch_warnings(record=True) as caught:
        log.warning("torchvision is not installed")
        log.error("the graph is broken")
        warnings.warn("deprecated", DeprecationWarning, stacklevel=1)
    log.warning("heard again")
    assert [record.message for record in caplog.records] == ["the graph is broken", "heard again"]
    assert not caught


def test_what_is_raised_comes_through_and_ends_the_quiet(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ValueError, match="broken"), suppress_output():
        raise ValueError("broken")
    logging.getLogger("some library").warning("heard")
    assert [record.message for record in caplog.records] == ["heard"]
