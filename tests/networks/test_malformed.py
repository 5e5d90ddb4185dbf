"""Every mistake in a network file is refused with the file, the line, the layer and what to write instead."""

# ruff: noqa: E501  a row of the table is one mistake and its words, easier to read on one line
from __future__ import annotations

import pytest

from tinct.errors import NetworkError
from tinct.networks.parse import parse_network

GOOD = """\
output: ab
encoder:
  - {name: down, kind: conv, filters: 8, size: 4, stride: 2, padding: 1}
decoder:
  - {name: up, kind: conv_transpose, filters: 4, size: 4, stride: 2, padding: 1}
head:
  - {name: ab, kind: conv, filters: 2, size: 1}
"""
DOWN = "{name: down, kind: conv, filters: 8, size: 4, stride: 2, padding: 1}"
UP = "{name: up, kind: conv_transpose, filters: 4, size: 4, stride: 2, padding: 1}"
HEAD = "{name: ab, kind: conv, filters: 2, size: 1}"


def down(more: str, without: str = "") -> str:
    return GOOD.replace(DOWN, DOWN.replace(without, "")[:-1] + f"{more}}}")


def up(more: str, without: str = "") -> str:
    return GOOD.replace(UP, UP.replace(without, "")[:-1] + f"{more}}}")


MALFORMED: list[tuple[str, str, str]] = [
    ("empty", "", "n.yaml: the file is empty"),
    ("a list", "- 1\n- 2\n", "n.yaml, line 1: a network file is a block of about, input, output"),
    ("one word", "conv", "a network file is a block"),
    ("no YAML", "output: [ab\nencoder: 1", "not YAML"),
    ("tab", "output: ab\nencoder:\n\t- 1", "n.yaml, line 3: not YAML"),
    ("two documents", GOOD + "---\na: 1\n", "not YAML"),
    ("object tag", "output: !!python/object:os.system x\n", "n.yaml, line 1: not YAML"),
    ("deep", "output: " + "[" * 5000, "nested too deeply"),
    ("contains itself", "encoder: &a\n  - *a\noutput: ab\n", "are not words of this language"),
    ("aliases upon aliases", "a: &a [1, 1]\nb: &b [*a, *a]\nc: &c [*b, *b]\n", "line 1: `&` and `*` are not words of this language; use `defaults` or `repeat`"),
    ("strides without end", "output: ab\nencoder: [{kind: conv, filters: 1, size: 1, stride: 64, repeat: 3}]\nhead: [{kind: conv, filters: 2, size: 1}]", "its strides need photos of at least 262,144 pixels"),
    ("growth without end", GOOD.replace("head:", "  - {kind: upsample, factor: 64, repeat: 9}\nhead:"), "its output would be 4096 times as large as the photo"),
    ("fields without end", down(", dilation: 1024, repeat: 30"), "more than any photo has; lower a size or a dilation"),
    ("merge key", "output: ab\n<<: {a: 1}\n", "n.yaml, line 2: a field is one word"),
    ("twice", GOOD.replace("head:", "decoder: []\nhead:"), "line 6: 'decoder' is given twice"),
    ("field twice", down(", size: 3"), "line 3: 'size' is given twice"),
    ("unknown section", GOOD.replace("decoder:", "decodr:"), "line 5: unknown word 'decodr'; did you mean 'decoder'?"),
    ("unknown top word", GOOD + "zzz: 1\n", "unknown word 'zzz'; choose from about, input"),
    ("no output", GOOD.replace("output: ab\n", ""), "`output` is missing; give it as one of ab, ab_bins"),
    ("unknown output", GOOD.replace("output: ab", "output: ab_bin"), "unknown output 'ab_bin'; did you mean 'ab_bins'?"),
    ("output word", GOOD.replace("output: ab", "output: {kind: ab, scal: 1}"), "unknown word 'scal' in `output`; did you mean 'scale'?"),
    ("output scale", GOOD.replace("output: ab", "output: {scale: 0}"), "scale is a number above 0, not 0"),
    ("input list", GOOD + "input: [1]\n", "line 8: `input` is a block of scale, offset"),
    ("input scale", GOOD + "input: {scale: big}\n", "scale is a number, not 'big'"),
    ("input infinite", GOOD + "input: {scale: .inf}\n", "scale is a number, not inf"),
    ("about a list", GOOD + "about: [1]\n", "`about` is one line of text"),
    ("hints zero", GOOD + "hints: {stride: 0}\n", "stride is a whole number from 1 to 64, not 0"),
    ("no layers", "output: ab\n", "there are no layers"),
    ("section a block", "output: ab\nencoder: {name: x}\n", "line 2: `encoder` is a list of layers"),
    ("layer a word", "output: ab\nencoder:\n  - conv\n", "line 3: a layer in `encoder` is a block such as"),
    ("no kind", down("", "kind: conv, "), "line 3, layer 'down': `kind` is missing; choose from conv, conv_transpose"),
    ("unknown kind", GOOD.replace("kind: conv_transpose", "kind: conv_transposed"), "line 5, layer 'up': unknown kind 'conv_transposed'; did you mean 'conv_transpose'?"),
    ("unknown field", down(", strid: 2"), "line 3, layer 'down': unknown field 'strid' for conv; did you mean 'stride'?"),
    ("field of another kind", down(", output_padding: 1"), "unknown field 'output_padding' for conv; conv_transpose has it"),
    ("no filters", down("", "filters: 8, "), "layer 'down': `filters` is missing: how many kernels does it have?"),
    ("filters none", down("", "8, ").replace("filters: size", "filters: 0, size"), "filters is a whole number from 1"),
    ("filters a word", down("").replace("filters: 8", "filters: many"), "filters is a whole number from 1 to 65536, not 'many'"),
    ("filters true", down("").replace("filters: 8", "filters: true"), "filters is a whole number from 1 to 65536, not True"),
    ("size three", down("").replace("size: 4", "size: [4, 4, 4]", 1), "size is one number or two, [vertical, horizontal], not 3"),
    ("size half", down("").replace("size: 4", "size: 2.5", 1), "size is a whole number from 1 to 256, not 2.5"),
    ("stride zero", down("").replace("stride: 2", "stride: 0", 1), "stride is a whole number from 1 to 64, not 0"),
    ("padding word", down("").replace("padding: 1", "padding: sam", 1), "unknown padding 'sam'; did you mean 'same'?"),
    ("padding negative", down("").replace("padding: 1", "padding: -1", 1), "padding is a whole number from 0 to 4096, not -1"),
    ("norm word", down(", norm: bach"), "unknown norm 'bach'; did you mean 'batch'?"),
    ("activation word", down(", activation: rely"), "unknown activation 'rely'; did you mean 'relu'?"),
    ("init word", down(", init: sobl"), "unknown init 'sobl'; did you mean 'sobel'?"),
    ("sobel size", down(", init: sobel"), "init 'sobel' has a kernel of 3x3, not of 4x4; give `size: 3`"),
    ("sobel transposed", up(", init: sobel"), "init 'sobel' is for conv, not for conv_transpose"),
    ("init values", down(", init: [[1, 2], [3, 4]]"), "given values must be 4 rows of 4 numbers"),
    ("init text", GOOD.replace("size: 1}", "size: 1, init: [[x]]}"), "init is a number, not 'x'"),
    ("bias word", down(", bias: maybe"), "bias is true or false, not 'maybe'"),
    ("dropout one", down(", dropout: 1"), "dropout is a number at least 0 and below 1, not 1"),
    ("groups", down(", groups: 3"), "layer 'down': 3 groups do not divide its 1 input channels"),
    ("repeat", down(", repeat: 0"), "repeat is a whole number from 1 to 100, not 0"),
    ("output padding", up(", output_padding: 2"), "output_padding 2 must be below the stride or the dilation"),
    ("skip unknown", up(", skip: dwon"), "layer 'up': unknown output 'dwon' in `skip`; did you mean 'down'?"),
    ("skip later", up(", skip: ab"), "layer 'up': skip 'ab' is not earlier than this layer"),
    ("skip number", up(", skip: 3"), "skip is the name of an earlier output, or a list of them"),
    ("skip of another size", up(", skip: input"), "'down' gives 1x1 places and 'input' 2x2"),
    ("hints absent", up(", skip: hints"), "it takes hints, but the file has no `hints: {stride: ...}`"),
    ("hints in the encoder", down(", skip: hints") + "hints: {stride: 1}\n", "hints join after the encoder"),
    ("hints too coarse", GOOD.replace("size: 1}", "size: 1, skip: hints}") + "hints: {stride: 4}\n", "hints at 1/4 of the photo cannot be joined to 'up' at 1 of it; give `hints: {stride: 1}`"),
    ("name twice", GOOD.replace("name: up", "name: down"), "layer 'down': the name 'down' is taken"),
    ("name input", GOOD.replace("name: up", "name: input"), "the name 'input' is taken"),
    ("name with a dot", GOOD.replace("name: up", "name: up.1"), "a name is letters, digits"),
    ("two channels", GOOD.replace("filters: 2", "filters: 3"), "output `ab` is the channels a and b, but the last layer has 3"),
    ("shrinks", GOOD.replace("size: 1}", "size: 3, padding: valid}"), "choose paddings that do not shrink it"),
    ("too large an end", GOOD.replace("size: 4, stride: 2, padding: 1}\nhead", "size: 4, stride: 4, padding: 0}\nhead"), "the output is 2 times as large as the photo"),
    ("backbone second", GOOD.replace("kind: conv_transpose, filters: 4, size: 4, stride: 2, padding: 1", "kind: backbone"), "a backbone reads the photo, so it must be the first layer"),
    ("backbone unknown", GOOD.replace(DOWN, "{kind: backbone, model: efficientnet-lite9}"), "unknown model 'efficientnet-lite9'; did you mean 'efficientnet-lite"),
    ("pool padding", GOOD.replace(DOWN, "{kind: max_pool, padding: 2}"), "some places would see no input at all"),
    ("an octal number", GOOD.replace("filters: 8", "filters: 010"), "010 is not a plain decimal number"),
    ("a number in sixties", down(", dilation: 1:30"), "1:30 is not a plain decimal number"),
    ("a name that is a truth", GOOD.replace("name: up", "name: yes"), "yes is read as true or false; quote it: 'yes'"),
    ("grows", GOOD.replace(DOWN, DOWN.replace("padding: 1", "padding: 3")), "layer 'down': a photo of 2x2 becomes 3x3 places here where the strides say 1x1; choose a smaller padding"),
    ("loses a row", GOOD.replace("kind: conv_transpose, filters: 4, size: 4", "kind: conv_transpose, filters: 4, size: 3"), "layer 'up': a photo of 2x2 becomes 1x1 places here where the strides say 2x2; add what its stride loses, such as `output_padding: 1`"),
    ("defaults word", GOOD + "defaults: {nrom: batch}\n", "unknown word 'nrom' in `defaults`; did you mean 'norm'?"),
    ("defaults of a kind", GOOD + "defaults: {conv: {mode: nearest}}\n", "unknown field 'mode' for conv; upsample has it"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "words"), [pytest.param(t, w, id=name) for name, t, w in MALFORMED])
def test_a_mistake_is_refused_with_the_words_that_help(text: str, words: str) -> None:
    with pytest.raises(NetworkError) as caught:
        parse_network(text, "n.yaml")
    assert str(caught.value).startswith("n.yaml")
    assert words in str(caught.value)


def test_there_are_fifty_malformed_files_and_more() -> None:
    assert len({text for _, text, _ in MALFORMED}) >= 50
