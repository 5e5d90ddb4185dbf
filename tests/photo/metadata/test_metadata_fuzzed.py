"""Whatever bytes stand where words should, they are read as far as they can be, and nothing is raised."""

import struct
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from tinct.photo.metadata import iptc, maker_notes, photoshop, png, xmp, xmp_segments
from tinct.photo.metadata.provenance import add_provenance, strip_untrue

RESOURCES = st.lists(
    st.builds(photoshop.Resource, st.integers(0, 65535), st.binary(max_size=60)).filter(
        lambda each: each.number not in photoshop._NOT_CARRIED
    ),
    max_size=5,
)


@settings(deadline=None, max_examples=50)
@given(RESOURCES)
def test_resources_packed_are_those_read(found: list[photoshop.Resource]) -> None:
    assert photoshop.resources(photoshop.pack(found)) == found
    assert photoshop.resources(photoshop.HEADER + photoshop.pack(found)) == found


@settings(deadline=None, max_examples=50)
@given(RESOURCES, st.integers(0, 300), st.binary(max_size=8))
def test_damaged_resources_are_read_as_far_as_they_go(
    found: list[photoshop.Resource], at: int, damage: bytes
) -> None:
    block = photoshop.pack(found)
    bent = block[:at] + damage + block[at + len(damage) :]
    for each in photoshop.resources(bent):
        assert len(each.data) <= len(bent)
    iptc.records(bent)


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from([*iptc._PROPERTIES, 55, 0, 90]), st.binary(max_size=40)), max_size=8)
)
def test_records_make_xmp_that_can_be_parsed(sets: list[tuple[int, bytes]]) -> None:
    block = b"".join(bytes([0x1C, 2, number]) + len(data).to_bytes(2, "big") + data for number, data in sets)
    packet = strip_untrue(None)
    described = add_provenance(
        xmp.add_description(packet, iptc.to_xmp(block, xmp.names(packet))), {"model": "a"}
    )
    ElementTree.fromstring(described.decode().split("?>", 1)[1].rsplit("<?xpacket", 1)[0])


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=80))
def test_what_is_no_record_says_nothing_wrong(garbage: bytes) -> None:
    for block in (garbage, b"\x1c" + garbage, b"\x1c\x02\x05" + garbage, b"\x1c\x02\x05\x84\x00" + garbage):
        iptc.to_xmp(iptc.records(block), ())


@settings(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=60), max_size=4), st.binary(max_size=60))
def test_pieces_of_xmp_that_are_none_change_nothing(pieces: list[bytes], garbage: bytes) -> None:
    long = xmp.add_description(strip_untrue(None), '<rdf:Description rdf:about="" a="b"/>')
    pointer, true = xmp_segments.extended_segments(long)
    main = xmp.add_description(strip_untrue(None), pointer)
    start = true[0][1][:67]
    assert (
        xmp_segments.merge_extended(main, [*pieces, start + garbage, *(start + piece for piece in pieces)])
        == main
    )
    assert xmp_segments.merge_extended(garbage, pieces) == garbage


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=3000))
def test_a_raw_profile_in_a_png_is_the_one_put_in(data: bytes) -> None:
    chunk = png.raw_profile_chunk("iptc", data)
    assert png.raw_profile([b"", b"\0" * 12, chunk], "iptc") == data
    for cut in (9, 40, len(chunk) - 6):
        png.raw_profile([chunk[:cut] + b"1234"], "iptc")


@settings(deadline=None, max_examples=50)
@given(st.binary(max_size=80), st.sampled_from("<>"), st.integers(0, 2**32 - 1), st.integers(0, 2**32 - 1))
def test_notes_that_are_no_directory_stay_as_they_are_in_length(
    garbage: bytes, order: str, before: int, after: int
) -> None:
    for notes in (garbage, b"\0\1" + garbage, b"\1\0" + garbage, b"SONY DSC \0\0\0\1\0" + garbage):
        assert len(maker_notes.relocate(notes, order, before, after)) == len(notes)


@settings(deadline=None, max_examples=50)
@given(
    st.sampled_from("<>"),
    st.sampled_from([b"", b"Panasonic\0\0\0"]),
    st.integers(8, 9999),
    st.integers(8, 9999),
)
def test_notes_moved_there_and_back_are_the_same(order: str, head: bytes, before: int, after: int) -> None:
    value_at = before + len(head) + 2 + 12 + 4
    entry = struct.pack(order + "HHHII", 1, 7, 2, 20, value_at)
    notes = head + entry + bytes(4) + b"twenty letters, here"
    there = maker_notes.relocate(notes, order, before, after)
    assert struct.unpack_from(order + "I", there, len(head) + 10) == (value_at - before + after,)
    assert maker_notes.relocate(there, order, after, before) == notes
    assert maker_notes.relocate(notes, order, before + 100_000, after) == notes
