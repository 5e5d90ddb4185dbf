"""`tinct` itself: verbs, the version, usage, and verbs whose extra is missing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

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
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert output.stdout == f"tinct {tinct.__version__}\n"


def test_the_verb_colorize_may_be_left_out() -> None:
    assert with_verb(["a.jpg", "--page", "3"]) == ["colorize", "a.jpg", "--page", "3"]
    assert with_verb(["--vividness", "2", "a.jpg"]) == ["colorize", "--vividness", "2", "a.jpg"]
    assert with_verb(["-"]) == ["colorize", "-"]
    assert with_verb(["networks", "list"]) == ["networks", "list"]
    assert with_verb([]) == ["--help"]


@pytest.mark.parametrize("word", ["--help", "-h"])
def test_help_names_every_verb_and_the_version(word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([word]) == 0
    output = capsys.readouterr().out
    assert all(each in output for each in (*VERBS, "--version"))


def test_every_verb_answers_to_h(capsys: pytest.CaptureFixture[str]) -> None:
    for verb in VERBS:
        assert run([verb, "-h"]) == 0
        assert "--help" in capsys.readouterr().out
    assert run(["--version"]) == 0
    assert capsys.readouterr().out == f"tinct {tinct.__version__}\n"


def test_a_photo_without_a_suffix_is_no_mistyped_verb(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "train1").write_bytes(b"no photo")
    monkeypatch.chdir(tmp_path)
    assert run(["train1"]) == 1
    assert "did you mean" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "output"),
    [
        (["a.jpg", "--modle", "x"], "--modle"),
        (["a.jpg", "--vividness", "much"], "--vividness"),
        (["a.jpg", "--vividness", "50"], "vividness"),
        (["a.jpg", "--page", "1.5"], "--page"),
        (["netwroks", "list"], "did you mean 'networks'"),
        (["colorise", "a.jpg"], "did you mean 'colorize'"),
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
    words: list[str], output: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(words) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.count("\n") == 1
    assert output.lower() in printed.err.lower()


def test_a_verb_whose_extra_is_missing_says_how_to_install_it_and_breaks_no_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path
) -> None:
    (tmp_path / "verb_of_an_extra.py").write_text("import no_such_package_anywhere\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(app.VERBS, "train", Verb("verb_of_an_extra", "train", "Train.", "train"))
    assert run(["train", "x.yaml"]) == 2
    assert "no_such_package_anywhere" in (output := capsys.readouterr().err)
    assert "pip install 'tinct[train]'" in output
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
