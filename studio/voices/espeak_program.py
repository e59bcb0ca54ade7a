"""eSpeak NG, run as a program of its own: `python espeak_program.py DATA LIBRARY...` reads one question as JSON from
stdin, answers it on stdout, and ends. Imports nothing of ours, and nothing of ours imports it: the library has its own
licence (GPLv3), state that is the whole process's, and a random seed that only a fresh process begins anew.

{"list": true}                                       → {"version": "1.52.0", "voices": [[name, id, languages, gender]]}
{"text": "…", "voice": "gmw/en+f3", "wpm": 175}      → {"rate": 22050, "events": […]}, a line's end, and 16-bit PCM

An event is a sample's number and where in the text the word begins that begins there (a character's number, from 0),
or the name of the phoneme that does. DATA is the folder that holds
espeak-ng-data, or empty for the library's own; the first LIBRARY that loads is taken.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys

SYNCHRONOUS = (
    2  # AUDIO_OUTPUT_SYNCHRONOUS: the sound comes to the callback, and Synth returns when all of it has
)
PHONEME_EVENTS, DONT_EXIT = 1, 0x8000
UTF8, END_PAUSE = 1, 0x1000  # neither espeakSSML nor espeakPHONEMES: all of the text is text
RATE = 1  # espeakRATE, words a minute
WORD, PHONEME = 1, 7
GENDERS = {1: "male", 2: "female"}


class Told(ctypes.Union):
    _fields_ = [("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8)]


class Event(ctypes.Structure):
    _fields_ = [
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", Told),
    ]


class Voice(ctypes.Structure):
    _fields_ = [
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),  # a priority, a code, 0, a priority, a code, 0, 0
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    ]


Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))


def main() -> None:
    data, libraries = sys.argv[1], sys.argv[2:]
    question = json.loads(sys.stdin.buffer.read())
    library = loaded(libraries)
    if data:
        os.chdir(data)  # the library keeps its data's path in a short buffer, and in the system's letters
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, b"." if data else None, PHONEME_EVENTS | DONT_EXIT)
    if rate <= 0:
        sys.exit("its voices' data isn't there")
    head, sound = (listed(library), b"") if question.get("list") else said(library, rate, **question)
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + sound)


def loaded(libraries: list[str]) -> ctypes.CDLL:
    why = "no library was named"
    for name in libraries:
        try:
            return ctypes.CDLL(name)
        except OSError as error:
            why = str(error)
    sys.exit(f"its library can't be loaded: {why}")


def said(library: ctypes.CDLL, rate: int, text: str, voice: str, wpm: int) -> tuple[dict, bytes]:
    sound = bytearray()
    heard: list[tuple[int, int | str]] = []

    @Callback
    def hear(samples, count, events) -> int:  # type: ignore[no-untyped-def]
        if samples and count > 0:
            sound.extend(ctypes.string_at(samples, 2 * count))
        for event in events:
            if event.type == 0:
                break
            if event.type == WORD:
                heard.append((event.sample, event.text_position - 1))
            elif event.type == PHONEME:
                heard.append((event.sample, event.id.string.decode("utf-8", "replace")))
        return 0

    library.espeak_SetSynthCallback(hear)
    if hasattr(library, "espeak_ng_SetRandSeed"):  # from 1.52 on: the breath of a voice is noise
        library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    if library.espeak_SetVoiceByName(voice.encode()):
        sys.exit(f"it has no voice {voice!r}")
    library.espeak_SetParameter(RATE, wpm, 0)
    letters = text.encode("utf-8", "replace")
    if library.espeak_Synth(
        letters, ctypes.c_size_t(len(letters) + 1), 0, 1, 0, UTF8 | END_PAUSE, None, None
    ):
        sys.exit("it gave up in the middle")
    library.espeak_Synchronize()
    return {"rate": rate, "events": heard}, bytes(sound)


def listed(library: ctypes.CDLL) -> dict:
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(Voice))
    library.espeak_Info.restype = ctypes.c_char_p
    variants = Voice(languages=ctypes.cast(ctypes.c_char_p(b"variant"), ctypes.c_void_p))
    voices = []
    for wanted in (None, ctypes.byref(variants)):
        found = library.espeak_ListVoices(wanted)
        for each in found:
            if not each:
                break
            voice = each.contents
            title, place = (part.decode("utf-8", "replace") for part in (voice.name, voice.identifier))
            voices.append((title, place, languages(voice.languages), GENDERS.get(voice.gender, "")))
    return {"version": library.espeak_Info(None).decode(), "voices": voices}


def languages(address: int) -> list[str]:
    codes = []
    while ctypes.string_at(address, 1) != b"\0":
        code = ctypes.string_at(address + 1)
        codes.append(code.decode())
        address += len(code) + 2
    return codes


if __name__ == "__main__":
    main()
