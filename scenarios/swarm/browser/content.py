"""Content codings: gzip, deflate and br, never unpacked past a limit."""

import zlib

import brotli

from scenarios.swarm.failures import StepFailed

ACCEPTED = b"gzip, deflate, br"
MOST_BYTES = 64 << 20  # assumed: no page of a portal is larger; it keeps one answer from filling the memory


def decode(body: bytes, codings: bytes) -> bytes:
    """Return a body without its content codings; raise StepFailed when it is not what it says, or unpacks too large."""
    for coding in reversed(codings.lower().split(b",")):
        body = _decode(body, coding.strip())
    return body


def _decode(body: bytes, coding: bytes) -> bytes:
    if coding in (b"", b"identity") or not body:
        return body
    try:
        if coding in (b"gzip", b"x-gzip"):
            return _inflate(body, zlib.MAX_WBITS | 16)
        if coding == b"deflate":
            return _inflate(body, zlib.MAX_WBITS if _has_zlib_header(body) else -zlib.MAX_WBITS)
        if coding == b"br":
            return _unbrotli(body)
    except (zlib.error, brotli.error) as error:
        raise StepFailed(f"the answer's body is no {coding.decode('latin-1')} ({error})") from None
    raise StepFailed(f"the answer's body has a coding that was not asked for: {coding.decode('latin-1')}")


def _has_zlib_header(body: bytes) -> bool:
    """Tell zlib's format, which HTTP means by deflate, from bare deflate, which some servers send."""
    return len(body) > 1 and body[0] & 0x0F == zlib.DEFLATED and (body[0] << 8 | body[1]) % 31 == 0


def _inflate(body: bytes, bits: int) -> bytes:
    parts, size = [], 0
    while body:
        unpacking = zlib.decompressobj(bits)
        parts.append(unpacking.decompress(body, MOST_BYTES + 1 - size))
        size += len(parts[-1])
        _check(size)
        if not unpacking.eof:
            raise zlib.error("it ends too soon")
        body = unpacking.unused_data if bits > zlib.MAX_WBITS else b""
    return b"".join(parts)


def _unbrotli(body: bytes) -> bytes:
    unpacking = brotli.Decompressor()
    parts = [unpacking.process(body, output_buffer_limit=MOST_BYTES + 1)]
    size = len(parts[0])
    while not unpacking.is_finished() and not unpacking.can_accept_more_data() and size <= MOST_BYTES:
        parts.append(unpacking.process(b"", output_buffer_limit=MOST_BYTES + 1 - size))
        size += len(parts[-1])
    _check(size)
    if not unpacking.is_finished():
        raise brotli.error("it ends too soon")
    return b"".join(parts)


def _check(size: int) -> None:
    if size > MOST_BYTES:
        raise StepFailed(f"the answer unpacks to more than {MOST_BYTES:,} bytes")
