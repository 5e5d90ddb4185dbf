"""`tinct` itself: verbs, the version, usage, and verbs whose extra is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import tinct
from tinct.cli import app
from tinct.cli.app import VERBS, Verb, run, with_verb


def test_the_version_is_answered_before_anything_heavy_is_imported() -> None:
    code = (
        "import sys\nfrom tinct.cli.app import main\n"
        "try:\n    main(['--version'])\nexcept SystemExit as end:\n    assert not end.code\n"
        "heavy = {'numpy', 'typer', 'rich', 'pyvips', 'onnxruntime', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == f"tinct {tinct.__version__}\n"


def test_the_verb_colorize_may_be_left_out() -> None:
    assert with_verb(["a.jpg", "--seed", "3"]) == ["colorize", "a.jpg", "--seed", "3"]
    assert with_verb(["--vividness", "2", "a.jpg"]) == ["colorize", "--vividness", "2", "a.jpg"]
    assert with_verb(["-"]) == ["colorize", "-"]
    assert with_verb(["networks", "list"]) == ["networks", "list"]
    assert with_verb([]) == ["--help"]


def test_help_names_every_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--help"]) == 0
    said = capsys.readouterr().out
    assert all(word in said for word in VERBS)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["a.jpg", "--modle", "x"], "--modle"),
        (["a.jpg", "--vividness", "much"], "--vividness"),
        (["a.jpg", "--vividness", "50"], "vividness"),
        (["a.jpg", "--seed", "1.5"], "--seed"),
        (["a.jpg", "--kind", "film"], "kind"),
        (["a.jpg", "--format", "bmp"], "format"),
        (["a.jpg", "--model", "no-such-model"], "no-such-model"),
        (["a.jpg", "b.jpg", "-o", "c.jpg"], "c.jpg"),
        (["colorize"], "PHOTOS"),
        (["-", "a.jpg"], "-"),
        (["--overwrite"], "PHOTOS"),
    ],
)
def test_wrong_usage_is_one_sentence_and_exit_code_2(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert said.lower() in printed.err.lower()


def test_a_verb_whose_extra_is_missing_says_how_to_install_it_and_breaks_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path
) -> None:
    (tmp_path / "verb_of_an_extra.py").write_text("import no_such_package_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(app.VERBS, "train", Verb("verb_of_an_extra", "train", "Train.", "train"))
    assert run(["train", "x.yaml"]) == 2
    assert "no_such_package_anywhere" in (said := capsys.readouterr().err)
    assert "pip install 'tinct[train]'" in said
    assert run(["colorize", "--help"]) == 0


def test_a_fault_of_tinct_itself_is_a_sentence_and_no_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path
) -> None:
    (tmp_path / "verb_with_a_fault.py").write_text("raise KeyError('x')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(app.VERBS, "train", Verb("verb_with_a_fault", "train", "Train."))
    assert run(["train"]) == 1
    assert capsys.readouterr().err == "tinct: a fault of tinct itself (KeyError: 'x'); please report it\n"


@pytest.mark.parametrize("word", sorted(VERBS))
def test_every_verb_has_a_help_page(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([word, "--help"]) == 0
    assert word in capsys.readouterr().out
