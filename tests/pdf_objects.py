"""Writes PDF files object by object, and encrypts their streams: what `corpus` is built on."""

from __future__ import annotations

import hashlib
import struct
import zlib
from dataclasses import dataclass

A4 = (595, 842)  # points
_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


@dataclass(frozen=True, slots=True)
class Object:
    """One PDF object: a dictionary or array as bytes, and stream data if it has any."""

    body: bytes
    stream: bytes | None = None


def stream(data: bytes, entries: bytes = b"") -> Object:
    return Object(b"<< " + entries + b" /Length %d >>" % len(data), data)


def deflated(data: bytes, entries: bytes = b"") -> Object:
    return stream(zlib.compress(data, 9), entries + b" /Filter /FlateDecode")


def write(objects: list[Object], trailer: bytes = b"", header: bytes = b"%PDF-1.6") -> bytes:
    """A file whose object n is objects[n - 1] and whose catalogue is object 1."""
    out = bytearray(header + b"\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, item in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + item.body
        if item.stream is not None:
            out += b"\nstream\n" + item.stream + b"\nendstream"
        out += b"\nendobj\n"
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\n" % (len(objects) + 1, trailer)
    return bytes(out + b"startxref\n%d\n%%%%EOF\n" % table)


def page_tree(
    contents: list[Object], resources: bytes, extra: list[Object], size: tuple[float, float] = A4
) -> list[Object]:
    """Catalogue, page tree, `extra` from object 3 on, then a page and its content for each of `contents`."""
    first = 3 + len(extra)
    kids = b" ".join(b"%d 0 R" % (first + 2 * n) for n in range(len(contents)))
    objects = [
        Object(b"<< /Type /Catalog /Pages 2 0 R >>"),
        Object(b"<< /Type /Pages /Count %d /Kids [%s] >>" % (len(contents), kids)),
        *extra,
    ]
    for n, content in enumerate(contents):
        box = b"[0 0 %g %g]" % size
        objects.append(
            Object(
                b"<< /Type /Page /Parent 2 0 R /MediaBox %s /Resources << %s >> /Contents %d 0 R >>"
                % (box, resources, first + 2 * n + 1)
            )
        )
        objects.append(content)
    return objects


def _padded(password: str) -> bytes:
    return (password.encode("latin-1") + _PADDING)[:32]


def _rc4(key: bytes, data: bytes) -> bytes:
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    i = j = 0
    out = bytearray()
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)


def _rc4_rounds(key: bytes, data: bytes) -> bytes:
    for n in range(20):
        data = _rc4(bytes(byte ^ n for byte in key), data)
    return data


def _md5_rounds(data: bytes) -> bytes:
    for _ in range(51):
        data = hashlib.md5(data).digest()
    return data


def _owner_entry(user_password: str, owner_password: str) -> bytes:
    return _rc4_rounds(_md5_rounds(_padded(owner_password)), _padded(user_password))


def _file_key(user_password: str, owner: bytes, permissions: bytes, identifier: bytes) -> bytes:
    return _md5_rounds(_padded(user_password) + owner + permissions + identifier)


def _locked(item: Object, number: int, key: bytes) -> Object:
    if item.stream is None:
        return item
    own = hashlib.md5(key + struct.pack("<I", number)[:3] + b"\0\0").digest()
    return Object(item.body, _rc4(own, item.stream))


def write_encrypted(
    objects: list[Object], user_password: str, owner_password: str, identifier: bytes
) -> bytes:
    """`write` under 128-bit RC4 (standard security handler, revision 3); `identifier` has 16 bytes.

    Streams are encrypted. Strings outside of streams are not, so there must be none.
    """
    owner = _owner_entry(user_password, owner_password)
    key = _file_key(user_password, owner, struct.pack("<i", -4), identifier)
    user = _rc4_rounds(key, hashlib.md5(_PADDING + identifier).digest()) + bytes(16)
    entries = b"<< /Filter /Standard /V 2 /R 3 /Length 128 /P -4 /O <%s> /U <%s> >>"
    locked = [_locked(item, number, key) for number, item in enumerate(objects, 1)]
    locked.append(Object(entries % (owner.hex().encode(), user.hex().encode())))
    mark = b"<%s>" % identifier.hex().encode()
    return write(locked, b"/Encrypt %d 0 R /ID [%s %s]" % (len(locked), mark, mark))
