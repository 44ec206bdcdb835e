"""Messages over a stream that cuts them anywhere."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.swarm.generator.frames import BrokenStreamError, Unpacker, packed

MESSAGES = [{"kind": "second", "n": 3, "lines": [["home", b"\x00\xff"]]}, {"kind": "stop"}, {"kind": "x", "1": 1 << 62}]


@given(st.lists(st.integers(0, 200), max_size=10))
def test_messages_come_whole_however_the_stream_is_cut(cuts):
    stream = b"".join(map(packed, MESSAGES))
    edges = sorted({0, len(stream), *(cut % len(stream) for cut in cuts)})
    unpacker = Unpacker()
    found = [message for a, b in pairwise(edges) for message in unpacker.feed(stream[a:b])]
    assert found == MESSAGES


@pytest.mark.parametrize(
    "stream", [b"\xff\xff\xff\xff", b"\x00\x00\x00\x01\xc1", packed({"a": 1}), b"\x00\x00\x00\x01\x01"]
)
def test_what_is_no_message_is_told(stream):
    with pytest.raises(BrokenStreamError):
        Unpacker().feed(stream)
