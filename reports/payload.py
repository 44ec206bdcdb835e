"""The payload of a line of the latency log: a histogram in HdrHistogram's compressed format, version 2.

    base64 of: cookie, length (int32 each, big-endian), zlib of:
        cookie, length, normalizing offset, digits (int32), lowest, highest (int64), ratio (float64),
        counts, each a ZigZag LEB128 number; a negative one −n stands for n empty buckets

Source: Tene, HdrHistogram, `encodeIntoCompressedByteBuffer`; the tests hold this file against the `hdrhistogram`
package. Read here by whole arrays, since a day's log has tens of thousands of payloads.
"""

import binascii
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from reports.buckets import COUNT, DIGITS, HIGHEST_TRACKABLE_NS, LOWEST_TRACKABLE_NS
from reports.histogram import Histogram, Packed

_OUTER = struct.Struct(">ii")
_INNER = struct.Struct(">iiiiqqd")
_COMPRESSED, _PLAIN = 0x1C849304 | 0x10, 0x1C849303 | 0x10
_MOST_BYTES = _INNER.size + 9 * COUNT
_FEW = 64
_LONGEST = 8
"""Bytes of the greatest count that is read here: 56 bits, of which one is the sign."""


def unpack(payload: str | bytes) -> Histogram:
    """Return the histogram of a payload; ValueError when it is damaged or has other buckets than ours."""
    try:
        counts = _counts(binascii.a2b_base64(payload, strict_mode=True))
    except (binascii.Error, zlib.error, struct.error, IndexError) as error:
        raise ValueError(f"has a payload that cannot be decoded ({type(error).__name__})") from None
    steps = np.where(counts < 0, -counts, 1)
    ends = np.cumsum(steps)
    if ends.size and int(ends[-1]) > COUNT:
        raise ValueError("has a payload that cannot be decoded (it has too many buckets)")
    held = counts > 0
    return Packed.of(ends[held] - 1, counts[held])


def _counts(packed: bytes) -> NDArray[np.int64]:
    """Return the numbers of a payload, empty stretches negative."""
    cookie, length = _OUTER.unpack_from(packed)
    if cookie != _COMPRESSED:
        raise ValueError("has a payload that cannot be decoded (it is not of version 2)")
    zipped = packed[_OUTER.size :]
    if len(zipped) != length:
        raise ValueError("has a payload that cannot be decoded (it is cut off)")
    opener = zlib.decompressobj()
    plain = opener.decompress(zipped, _MOST_BYTES)
    if opener.unconsumed_tail or not opener.eof:
        raise ValueError("has a payload that cannot be decoded (it is too long, or cut off)")
    cookie, length, offset, digits, lowest, highest, _ = _INNER.unpack_from(plain)
    if (lowest, highest, digits, offset) != (LOWEST_TRACKABLE_NS, HIGHEST_TRACKABLE_NS, DIGITS, 0):
        raise ValueError("has a histogram of another range than 1 ns to 1 h with 3 digits")
    if cookie != _PLAIN or length != len(plain) - _INNER.size:
        raise ValueError("has a payload that cannot be decoded (its parts do not fit)")
    return _leb128(np.frombuffer(plain, np.uint8, offset=_INNER.size))


def _leb128(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Return the numbers of ZigZag LEB128 bytes: seven bits a byte, the least first; the eighth says that more come."""
    if data.size <= _FEW:
        return np.array(_few(data.tobytes()), np.int64)
    ends = np.flatnonzero(data < 0x80)
    if not ends.size or ends[-1] != data.size - 1:
        raise ValueError("has a payload that cannot be decoded (a number is cut off)")
    starts = np.empty_like(ends)
    starts[0], starts[1:] = 0, ends[:-1] + 1
    longer = ends - starts
    if longer.max() >= _LONGEST:
        raise ValueError("has a payload that cannot be decoded (a count is too large)")
    numbers = (data[starts] & 0x7F).astype(np.int64)
    for place in range(1, int(longer.max()) + 1):
        more = np.flatnonzero(longer >= place)
        numbers[more] |= (data[starts[more] + place] & 0x7F).astype(np.int64) << (7 * place)
    return (numbers >> 1) ^ -(numbers & 1)


def _few(data: bytes) -> list[int]:
    """Return the numbers of a few bytes, for which arrays would take longer."""
    numbers, number, place = [], 0, 0
    for byte in data:
        number |= (byte & 0x7F) << place
        place += 7
        if place > 7 * _LONGEST:
            raise ValueError("has a payload that cannot be decoded (a count is too large)")
        if byte < 0x80:
            numbers.append((number >> 1) ^ -(number & 1))
            number = place = 0
    if place:
        raise ValueError("has a payload that cannot be decoded (a number is cut off)")
    return numbers
