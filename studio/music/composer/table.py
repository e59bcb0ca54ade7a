"""What each mood sounds like: one row per mood. To add a mood, add its row here and its name to MOODS."""

from __future__ import annotations

from typing import NamedTuple


class Layer(NamedTuple):
    """Somebody who plays."""

    sound: str
    """A name of sounds.SOUNDS or drums.DRUMS."""
    centre: int
    """The pitch round which its notes lie; a drum has none."""
    level: float
    """dB."""
    bars: tuple[str, ...]
    """What it plays: a bar in equal steps, bars divided by |. One of them is drawn for A, another for B.
    `.` silence, `-` goes on, `c` the chord, `1`-`6` the chord's notes from below (past its last: an octave up),
    `r` the root, `f` its fifth, `o` the root an octave up, `m` the next note of its tune, `x` a beat of a drum.
    A capital letter is an accent."""
    when: str = "IABDE"
    """In which sections."""
    pan: float = 0.0
    """-1 to 1."""


class Row(NamedTuple):
    bpm: float
    mode: str
    a: tuple[str, ...]
    """Chords of section A, a bar each, by degree (harmony.chord). One of them is drawn."""
    b: tuple[str, ...]
    layers: tuple[Layer, ...]
    cadence: tuple[str, ...] = ("4 5",)
    """The last bars, before the last chord."""
    last: str = "1"
    beats: int = 4
    swing: float = 0.0
    """By how much of a step every second one comes late."""
    swell: float = 2.0
    """dB between the opening and the fullest section."""
    room: float = 1.8
    """Seconds of reverberation, and its level in dB."""
    wet: float = -9.0
    ring: float = 4.0
    """Seconds that the last chord sounds."""


TABLE: dict[str, Row] = {
    "calm": Row(
        bpm=66, mode="ionian", room=2.5, wet=-5, ring=5.5, swell=2,
        a=("17 47 17 47", "19 6 47 5s", "17 37 47 5s", "19 47 67 47"),
        b=("67 37 47 19", "47 19 27 5s", "67 47 19 5s2"),
        cadence=("47 5s", "27 5s", "67 47"),
        last="19",
        layers=(
            Layer("warm pad", 57, -7, ("c-------",)),
            Layer("soft piano", 66, -1, ("1.2.3.4.|1.3.2...", "2..3.4..|1..4.3.."), "ABDE"),
            Layer("sub bass", 38, -9, ("r-------",), "ABE"),
            Layer("celesta", 79, -12, ("....m...|........|..m...m.|........",), "B", 0.25),
        ),
    ),
    "happy": Row(
        bpm=116, mode="ionian", room=1.1, wet=-13, ring=2.4, swell=3,
        a=("1 5 6 4", "1 4 1 5", "1 6 4 5"),
        b=("4 1 4 5", "6 4 1 5", "4 5 3 6"),
        cadence=("4 5", "4 5M7"),
        layers=(
            Layer("ukulele", 67, -5, ("C..c.c.c|C..c.cc.", "C.cc.cC.|C.cc.c.c"), "IABDE", -0.2),
            Layer("marimba", 72, -4, ("1.3.2.3.", "1.2.3.1.|2.3.4.2."), "AB", 0.3),
            Layer("round bass", 40, -6, ("R..r..f.", "R.r.f.o."), "ABE"),
            Layer("warm pad", 60, -13, ("c-------",), "BDE"),
            Layer("glockenspiel", 86, -12, ("m...m.m.|m.......", "..m.m...|m...m..."), "B", 0.4),
            Layer("soft kick", 0, -8, ("X...x...",), "ABE"),
            Layer("clap", 0, -13, ("..x...x.",), "ABE", 0.05),
            Layer("shaker", 0, -15, ("x.X.x.X.x.X.x.Xx",), "IABE", -0.35),
        ),
    ),
    "sad": Row(
        bpm=58, mode="aeolian", room=2.4, wet=-6, ring=6.0, swell=2.5,
        a=("1 6 3 7", "19 4 6 5", "1 7 6 5s"),
        b=("4 1 6 5M", "6 3 4 1", "67 37 4 5M"),
        cadence=("4 5M", "67 5M", "4 1"),
        layers=(
            Layer("soft piano", 62, -1, ("1.2.3.2.4.3.2.3.", "1...3...2...3...|1...4...3...2..."), "IABDE"),
            Layer("cello", 45, -7, ("r-------", "r---f---"), "ABE", 0.2),
            Layer("slow strings", 60, -12, ("c-------",), "BE", -0.1),
            Layer("soft piano", 76, -9, ("m.......|....m...|m.......|........",), "AB", 0.1),
        ),
    ),
    "epic": Row(
        bpm=92, mode="aeolian", room=2.6, wet=-7, ring=5.0, swell=5,
        a=("1 6 3 7", "1 7 6 7", "1 4 6 7"),
        b=("6 7 1 1", "6 3 7 1", "4 6 1 7"),
        cadence=("6 7", "4 5M"),
        layers=(
            Layer("spiccato", 55, 1, ("1.1.2.1.1.1.3.1.", "1.1.1.2.1.1.3.2.", "1.21.1211.21.312"), "IABDE", -0.15),
            Layer("low strings", 40, -4, ("r-------",), "IABDE", 0.15),
            Layer("brass", 55, -8, ("c-------", "c---c---"), "BE", 0.1),
            Layer("choir", 62, -9, ("c-------",), "BDE", -0.1),
            Layer("slow strings", 67, -10, ("c-------",), "ABE"),
            Layer("taiko", 0, -3, ("X.....x.X..x....", "X..x..x.X...x.x."), "ABE"),
            Layer("low boom", 0, -9, ("X.......|........",), "BDE"),
        ),
    ),
    "tense": Row(
        bpm=104, mode="phrygian", room=1.6, wet=-9, ring=4.0, swell=4,
        a=("1 1 2 1", "1 1 6 2", "1 2 1 7"),
        b=("6 2 1 1", "4 1 2 2", "6 5 2 1"),
        cadence=("2 2", "6 2"),
        layers=(
            Layer("pulse", 40, -4, ("Rrrrrrrr", "RrrrRrrRrrrrRrro", "R.rrr.rr"), "IABDE"),
            Layer("tremolo strings", 66, -6, ("c-------",), "ABE", -0.15),
            Layer("low strings", 36, -7, ("r-------",), "ABDE", 0.1),
            Layer("pizzicato", 62, -10, ("1.....2.|........", "..1...3.|....2..."), "B", 0.3),
            Layer("heart", 0, -6, ("x.x.....", "x...x..."), "ABE"),
            Layer("tick", 0, -14, ("x.x.x.x.x.x.x.x.", "xxxxxxxxxxxxxxxx"), "ABD", 0.3),
        ),
    ),
    "mysterious": Row(
        bpm=76, mode="dorian", room=2.6, wet=-3, ring=6.0, swell=2,
        a=("19 4 19 4", "1 27 1 7", "17 3 17 2"),
        b=("b6 4 19 7", "7 4 b6 1", "27 4 b6 19"),
        cadence=("b6 27", "4 27"),
        last="19",
        layers=(
            Layer("glass pad", 64, -9, ("c-------",)),
            Layer("celesta", 77, -4, ("1..2..3..4..", "1.....3.....|2.....4....."), "ABDE", 0.3),
            Layer("pizzicato", 45, -3, ("r.....f.", "r...f.o."), "AB", -0.2),
            Layer("low strings", 40, -12, ("r-------",), "BDE"),
            Layer("choir", 67, -16, ("c-------|--------",), "B"),
            Layer("harp", 67, -8, ("1234....", "........|4321...."), "B", -0.35),
        ),
    ),
    "romantic": Row(
        bpm=88, mode="ionian", beats=3, room=2.2, wet=-7, ring=5.5, swell=3,
        a=("17 67 27 5", "17 37 47 5s", "19 37 67 47"),
        b=("47 37 27 17", "67 27 5s 17", "47 5 37 67"),
        cadence=("27 5", "47 5M7"),
        last="19",
        layers=(
            Layer("soft piano", 62, 0, ("1.2.3.", "1.3.4.", "1.2.4."), "IABDE", -0.1),
            Layer("slow strings", 64, -10, ("c-----",), "ABE", 0.1),
            Layer("soft piano", 41, -6, ("r-----",), "IABDE"),
            Layer("harp", 72, -8, ("..234.", ".1234."), "B", 0.35),
            Layer("flute", 76, -11, ("m-----|--m---|m-----|----..", "..m---|m-----|..m-m-|m----."), "B", 0.15),
        ),
    ),
    "playful": Row(
        bpm=126, mode="mixolydian", swing=0.22, room=0.9, wet=-12, ring=2.0, swell=2.5,
        a=("1 4 1 7", "1 7 4 1", "1 2 4 1"),
        b=("4 1 2 5", "7 4 1 1", "4 7 1 5"),
        cadence=("4 5M7", "2 5M7"),
        layers=(
            Layer("pizzicato", 64, -4, ("..c...c.", "..c..c..|..c...c."), "IABDE", -0.2),
            Layer("pizzicato", 45, -4, ("R...f...", "R..rf..o"), "IABE", 0.15),
            Layer("marimba", 74, -4, ("1.2.3..2|4.3..2..", "1..32.1.|2...3.4."), "ABD", 0.3),
            Layer("clarinet", 69, -9, ("m.m.m-..|........|m..mm-..|........",), "BE", -0.3),
            Layer("wood", 0, -12, ("x..x..x.", "....x.x.|..x...xx"), "AB", 0.35),
            Layer("brush", 0, -17, ("..x...x.",), "ABE", -0.1),
            Layer("soft kick", 0, -12, ("x...x...",), "B"),
        ),
    ),
    "dark": Row(
        bpm=54, mode="phrygian", room=2.7, wet=-4, ring=6.5, swell=3,
        a=("1 1 2 1", "1 7 1 2", "1s2 1 6 2"),
        b=("6 2 1 7", "4 2 1 1", "3 2 7 1"),
        cadence=("2 7", "6 2"),
        last="1s2",
        layers=(
            Layer("drone", 31, -3, ("r-------",)),
            Layer("low choir", 50, -8, ("c-------",), "IABDE"),
            Layer("dark bell", 55, -5, ("r.......|........", "....f...|r......."), "ABE", 0.2),
            Layer("tremolo strings", 57, -13, ("c-------",), "BE", -0.2),
            Layer("low boom", 0, -4, ("X.......|........", "x.....x.|........"), "ABDE"),
        ),
    ),
    "hopeful": Row(
        bpm=92, mode="ionian", room=2.0, wet=-8, ring=5.0, swell=4.5,
        a=("1 5 6 4", "19 3 4 1", "4 1 5 6"),
        b=("6 4 1 5", "4 5 6 1", "27 4 1 5"),
        cadence=("4 5", "27 5s"),
        last="19",
        layers=(
            Layer("felt piano", 67, -1, ("c.c.c.c.", "1.3.2.3.1.3.2.3.", "1.23.21.|1.23.24."), "IABDE", -0.1),
            Layer("warm pad", 57, -10, ("c-------",), "IABDE"),
            Layer("slow strings", 67, -11, ("c-------",), "BE", 0.15),
            Layer("round bass", 40, -7, ("r-------", "r-----r-"), "ABE"),
            Layer("celesta", 81, -12, ("m...m...|..m.....", "..m...m.|m......."), "B", 0.35),
            Layer("soft kick", 0, -11, ("x...x...", "X..x...."), "BE"),
            Layer("shaker", 0, -16, ("x.x.x.x.x.x.x.x.",), "B", -0.3),
        ),
    ),
    "energetic": Row(
        bpm=128, mode="dorian", room=1.0, wet=-13, ring=3.0, swell=4,
        a=("1 7 4 1", "1 3 7 4", "1 4 7 3"),
        b=("3 7 1 4", "7 4 1 1", "3 4 1 7"),
        cadence=("4 7", "3 4"),
        layers=(
            Layer("saw pluck", 66, 1, ("1.23.12.3.12.31.", "1.2.3.1.2.3.1.2.", "3.21.3.2.13.2.1."), "IABDE", 0.2),
            Layer("pulse", 40, -3, (".rrr.rrr.rrr.rro", "R.rR.rR.R.rR.ro."), "ABE"),
            Layer("warm pad", 60, -10, ("c-------",)),
            Layer("saw chords", 62, -8, ("c..c..c.", "..c...c.|..c..cc."), "B", -0.2),
            Layer("soft kick", 0, -4, ("X...X...X...X...",), "ABE"),
            Layer("hat", 0, -12, ("..x...x...x...x.", "x.Xxx.Xxx.Xxx.Xx"), "IABD", 0.25),
            Layer("clap", 0, -9, ("....x.......x...",), "ABE"),
        ),
    ),
    "corporate": Row(
        bpm=108, mode="lydian", room=1.3, wet=-11, ring=3.5, swell=3,
        a=("1 5 6 3", "1 2 6 5", "19 5 2 1"),
        b=("6 5 1 2", "5 2 6 1", "3 6 1 5"),
        cadence=("2 5", "6 5"),
        last="19",
        layers=(
            Layer("muted guitar", 62, -5, ("1.11.1121.11.112", "1.1.2.1.1.1.3.1.", "1.21.21.3.21.21."), "IABDE", -0.3),
            Layer("felt piano", 66, -6, ("c-------", "c--c----", "c-----c-"), "ABDE", 0.15),
            Layer("round bass", 41, -6, ("r.rr.rr.", "r-----r-"), "ABE"),
            Layer("warm pad", 60, -12, ("c-------",), "IABDE"),
            Layer("glockenspiel", 84, -13, ("m.....m.|..m.....", "m...m...|m......."), "B", 0.35),
            Layer("soft kick", 0, -9, ("X...x.x.", "X..xx..."), "ABE"),
            Layer("snap", 0, -14, ("..x...x.",), "AB", 0.1),
            Layer("shaker", 0, -18, ("x.X.x.X.x.X.x.X.",), "B", -0.4),
        ),
    ),
}  # fmt: skip
