"""The subtitle track of a film's MP4: timed text (3GPP TS 26.245, "tx3g"; ffmpeg calls it mov_text), made by hand.

    stream = subtitle_stream(container, (1280, 720), "de-AT")
    container.mux(list(samples(captions, stream)))

No encoder takes part: av's wants a header that older releases can't give it, and a sample is only its length and
its text. What the track says of itself is copied from a file of 600 bytes that is put together here.
"""

from __future__ import annotations

import io
import re
import struct
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import av
import av.container
from av.subtitles.stream import SubtitleStream

from ..timeline.timeline import Caption
from .probe import opened

_MILLISECONDS = Fraction(1, 1000)
_MOST_BYTES = 0xFFFF
_ENABLED = 1
_CENTRE, _BOTTOM = 1, -1
_WHITE, _NONE = b"\xff\xff\xff\xff", b"\0\0\0\0"

# Two letters of ISO 639-1 and the three of 639-2/T, which is what an MP4 holds.
_LANGUAGES = dict(
    re.findall(
        r"(\w\w):(\w+)",
        "aa:aar ab:abk ae:ave af:afr ak:aka am:amh an:arg ar:ara as:asm av:ava ay:aym az:aze ba:bak be:bel bg:bul "
        "bi:bis bm:bam bn:ben bo:bod br:bre bs:bos ca:cat ce:che ch:cha co:cos cr:cre cs:ces cu:chu cv:chv cy:cym "
        "da:dan de:deu dv:div dz:dzo ee:ewe el:ell en:eng eo:epo es:spa et:est eu:eus fa:fas ff:ful fi:fin fj:fij "
        "fo:fao fr:fra fy:fry ga:gle gd:gla gl:glg gn:grn gu:guj gv:glv ha:hau he:heb hi:hin ho:hmo hr:hrv ht:hat "
        "hu:hun hy:hye hz:her ia:ina id:ind ie:ile ig:ibo ii:iii ik:ipk io:ido is:isl it:ita iu:iku ja:jpn jv:jav "
        "ka:kat kg:kon ki:kik kj:kua kk:kaz kl:kal km:khm kn:kan ko:kor kr:kau ks:kas ku:kur kv:kom kw:cor ky:kir "
        "la:lat lb:ltz lg:lug li:lim ln:lin lo:lao lt:lit lu:lub lv:lav mg:mlg mh:mah mi:mri mk:mkd ml:mal mn:mon "
        "mr:mar ms:msa mt:mlt my:mya na:nau nb:nob nd:nde ne:nep ng:ndo nl:nld nn:nno no:nor nr:nbl nv:nav ny:nya "
        "oc:oci oj:oji om:orm or:ori os:oss pa:pan pi:pli pl:pol ps:pus pt:por qu:que rm:roh rn:run ro:ron ru:rus "
        "rw:kin sa:san sc:srd sd:snd se:sme sg:sag si:sin sk:slk sl:slv sm:smo sn:sna so:som sq:sqi sr:srp ss:ssw "
        "st:sot su:sun sv:swe sw:swa ta:tam te:tel tg:tgk th:tha ti:tir tk:tuk tl:tgl tn:tsn to:ton tr:tur ts:tso "
        "tt:tat tw:twi ty:tah ug:uig uk:ukr ur:urd uz:uzb ve:ven vi:vie vo:vol wa:wln wo:wol xh:xho yi:yid yo:yor "
        "za:zha zh:zho zu:zul",
    )
)


def language_code(language: str) -> str:
    """The three letters of a BCP 47 tag: de-AT → deu; `und`, undetermined, where there are none."""
    first = language.replace("_", "-").partition("-")[0].lower()
    if len(first) == 3 and first.isascii() and first.isalpha():
        return first
    return _LANGUAGES.get(first, "und")


def subtitle_stream(
    container: av.container.OutputContainer, size: tuple[int, int], language: str
) -> SubtitleStream:
    """A new track over the whole picture of `size`: white, centred, at the bottom."""
    with opened(io.BytesIO(_description(size))) as model:
        stream = container.add_stream_from_template(model.streams[0])
    stream.time_base = _MILLISECONDS
    stream.metadata["language"] = language_code(language)
    return stream  # type: ignore[return-value]


def samples(captions: Sequence[Caption], stream: SubtitleStream) -> Iterator[av.Packet]:
    """The captions in order, and an empty sample for every time before and between them: a track has no holes.
    After the last one the track is over."""
    at = 0
    for caption in captions:
        start, end = (round(second * 1000) for second in (caption.start, caption.end))
        if start > at:
            yield _sample("", at, start, stream)
        yield _sample(caption.text, max(at, start), end, stream)
        at = end


def show_only_if_asked(path: Path) -> None:
    """Tells players not to show the subtitles of the MP4 at `path` by themselves: its picture has them already.

    av marks one track of each kind as the one that is used; this takes the mark away.
    """
    with path.open("r+b") as file:
        for kind, begin, end in _boxes(file):
            if kind == b"moov":
                file.seek(begin)
                for at in _marks(file.read(end - begin)):
                    file.seek(begin + at)
                    file.write(b"\x02")  # a part of the film, not used by itself
                return


def _marks(moov: bytes) -> Iterator[int]:
    """Where in what a moov holds the lowest byte of a subtitle track's flags is."""
    for kind, begin, end in _boxes(io.BytesIO(moov)):
        if kind == b"trak" and b"sbtl" in moov[begin:end]:
            for inner, at, _ in _boxes(io.BytesIO(moov[begin:end])):
                if inner == b"tkhd":
                    yield begin + at + 3


def _boxes(file: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Each box's kind, and where what it holds begins and ends."""
    at = 0
    while len(head := file.read(8)) == 8:
        length, kind = struct.unpack(">I4s", head)
        if length < 8:  # of 64 bits, or up to the end: the film's data, which is the last
            return
        yield kind, at + 8, at + length
        at += length
        file.seek(at)


def _sample(text: str, start: int, end: int, stream: SubtitleStream) -> av.Packet:
    """Milliseconds."""
    data = text.encode()[:_MOST_BYTES].decode(errors="ignore").encode()
    packet = av.Packet(struct.pack(">H", len(data)) + data)
    packet.stream = stream
    packet.time_base = _MILLISECONDS
    packet.pts = packet.dts = start
    packet.duration = end - start
    packet.is_keyframe = True
    return packet


def _description(size: tuple[int, int]) -> bytes:
    """An MP4 that holds a text track without any text."""
    width, height = size
    font = b"Sans-Serif"
    entry = _box(
        b"tx3g",
        struct.pack(">6xHIbb4s", 1, 0, _CENTRE, _BOTTOM, _NONE),
        struct.pack(">4h", 0, 0, height, width),  # the box that text is set in: top, left, bottom, right
        struct.pack(">HHHBB4s", 0, 0, 1, 0, max(1, min(255, round(height * 0.05))), _WHITE),
        _box(b"ftab", struct.pack(">HHB", 1, 1, len(font)) + font),
    )
    table = _box(
        b"stbl",
        _box(b"stsd", struct.pack(">II", 0, 1), entry),
        *(_box(kind, bytes(8)) for kind in (b"stts", b"stsc", b"stco")),
        _box(b"stsz", bytes(12)),
    )
    media = _box(
        b"mdia",
        _box(b"mdhd", struct.pack(">IIIIIHH", 0, 0, 0, 1000, 0, 0x55C4, 0)),
        _box(b"hdlr", struct.pack(">II4s12xx", 0, 0, b"sbtl")),
        _box(b"minf", _box(b"nmhd", bytes(4)), table),
    )
    whole = struct.pack(">9i", 1 << 16, 0, 0, 0, 1 << 16, 0, 0, 0, 1 << 30)
    header = struct.pack(">IIIIII8xHHHH", _ENABLED, 0, 0, 1, 0, 0, 0, 0, 0, 0)
    track = _box(b"trak", _box(b"tkhd", header, whole, struct.pack(">II", width << 16, height << 16)), media)
    film = (
        struct.pack(">IIIIIIH10x", 0, 0, 0, 1000, 0, 1 << 16, 1 << 8)
        + whole
        + bytes(24)
        + struct.pack(">I", 2)
    )
    return _box(b"ftyp", b"isom\0\0\0\0isom") + _box(b"moov", _box(b"mvhd", film), track)


def _box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I4s", len(content) + 8, kind) + content
