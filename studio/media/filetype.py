"""What a file is, by its first bytes."""

from __future__ import annotations

JPEG, PNG, WEBP = "image/jpeg", "image/png", "image/webp"
MP4, MOV, WEBM = "video/mp4", "video/quicktime", "video/webm"
WAV, MP3 = "audio/wav", "audio/mpeg"


def kind_of(head: bytes) -> str:
    """The media type that a file's first bytes tell; empty for all that no service takes or gives."""
    if head.startswith(b"\xff\xd8\xff"):
        return JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp" and head[8:12] not in (b"avif", b"avis", b"heic", b"heix", b"mif1", b"M4A "):
        return MOV if head[8:12] == b"qt  " else MP4
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head:
        return WEBM
    if head.startswith(b"RIFF") and head[8:12] == b"WAVE":
        return WAV
    layer_three = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return MP3 if head.startswith(b"ID3") or layer_three else ""
