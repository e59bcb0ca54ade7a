"""Render Film against the other ways to join clips: time, CPU and peak memory on the same clips.

    python benchmarks/render_film.py                        # 6 clips of 8 s, 1280x720, 3 rounds
    python benchmarks/render_film.py --clips 24 --preset ultrafast --only storyreel graph

The ways, each in a process of its own, one after another in every round:

    storyreel  studio/render/film.py
    graph      one hand-written ffmpeg filter graph: xfade and acrossfade (imageio-ffmpeg's program)
    moviepy    MoviePy: CrossFadeIn, CrossFadeOut, concatenate_videoclips
    tensors    ComfyUI's own way: every frame of every clip a float tensor, joined, then saved frame by frame

All crossfade by half a second and encode alike: x264 of the given preset, crf 18, a keyframe every 2 s, AAC
192 kb/s. A way whose package is missing is skipped and named; for all of them:

    pip install . imageio-ffmpeg moviepy torch

Peak memory is that of the whole process tree (Linux only). On a machine with other work compare the CPU
seconds: time on the clock is then up to twice too long. The tensors of 6 such clips need 17 GB and more.

Seen on two shared cores at 1280x720, CPU seconds and peak memory against the graph's:

    4 clips of 4 s, medium       storyreel 0.97 to 1.02, 386 MB   graph 468 MB   moviepy 1.78, 880 MB
    24 clips of 2 s, ultrafast   storyreel 0.88, 205 MB   graph 1529 MB   (4 clips: 202 and 366 MB)
    2 clips of 4 s, ultrafast    storyreel 0.96, 198 MB   moviepy 3.51, 464 MB   tensors 4.42, 4530 MB
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import imageio_ffmpeg

OVERLAP = Fraction(1, 2)
FPS = 24
CRF = 18
NEEDS = {"storyreel": "storyreel", "graph": "imageio_ffmpeg", "moviepy": "moviepy", "tensors": "torch"}


class Cost(NamedTuple):
    wall: float
    """Seconds, as is `cpu`."""
    cpu: float
    memory: float
    """MB."""


def make_clips(folder: Path, count: int, seconds: float, size: str) -> list[Path]:
    """Moving detail with noise over it: about as hard for an encoder as filmed material."""
    paths = [folder / f"{size}-{seconds:g}s-{k}.mp4" for k in range(count)]
    for k, path in enumerate(paths):
        if path.exists():
            continue
        picture = (
            f"mandelbrot=s={size}:r={FPS}:start_scale={1.2 - 0.15 * (k % 6)},noise=alls=5:allf=t,"
            "scale=out_color_matrix=bt709:out_range=tv,format=yuv420p,"
            "setparams=colorspace=bt709:color_primaries=bt709:color_trc=bt709:range=tv"
        )
        part = path.with_suffix(".part.mp4")
        words = [
            "-f",
            "lavfi",
            "-i",
            picture,
            "-f",
            "lavfi",
            "-i",
            f"sine=f={220 + 40 * k}:r=48000",
            "-ac",
            "2",
        ]
        words += [
            "-t",
            f"{seconds:g}",
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-crf",
            "18",
            "-g",
            f"{2 * FPS}",
        ]
        subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *words, part], check=True)
        part.rename(path)
    return paths


def storyreel(clips: list[Path], size: str, seconds: float, preset: str, out: Path) -> None:
    from storyreel.studio.render.film import render
    from storyreel.studio.timeline.settings import FilmSettings
    from storyreel.studio.timeline.timeline import Timeline, TimelineClip

    width, height = map(int, size.split("x"))
    settings = FilmSettings(width=width, height=height, fps=Fraction(FPS), crf=CRF, preset=preset)
    used = [TimelineClip(path=str(clip), transition="crossfade", overlap=OVERLAP) for clip in clips]
    render(Timeline(clips=tuple(used)), settings, out)


def graph(clips: list[Path], size: str, seconds: float, preset: str, out: Path) -> None:
    chains, picture, sound = [], "0:v", "0:a"
    for k in range(1, len(clips)):
        offset = k * (seconds - float(OVERLAP))
        chains.append(
            f"[{picture}][{k}:v]xfade=transition=fade:duration={float(OVERLAP)}:offset={offset}[v{k}]"
        )
        chains.append(f"[{sound}][{k}:a]acrossfade=d={float(OVERLAP)}:c1=tri:c2=tri[a{k}]")
        picture, sound = f"v{k}", f"a{k}"
    words = [word for clip in clips for word in ("-i", str(clip))]
    words += ["-filter_complex", ";".join(chains), "-map", f"[{picture}]", "-map", f"[{sound}]"]
    words += [
        "-c:v",
        "libx264",
        "-preset",
        preset,
        "-crf",
        str(CRF),
        "-g",
        str(2 * FPS),
        "-pix_fmt",
        "yuv420p",
    ]
    words += ["-c:a", "aac", "-b:a", "192k", "-movflags", "+faststart", str(out)]
    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *words], check=True)


def moviepy(clips: list[Path], size: str, seconds: float, preset: str, out: Path) -> None:
    from moviepy import VideoFileClip, afx, concatenate_videoclips, vfx

    overlap = float(OVERLAP)
    effects = [vfx.CrossFadeIn(overlap), afx.AudioFadeIn(overlap), afx.AudioFadeOut(overlap)]
    opened = [VideoFileClip(str(clip)) for clip in clips]
    joined = concatenate_videoclips(
        [opened[0], *(clip.with_effects(effects) for clip in opened[1:])], method="compose", padding=-overlap
    )
    joined.write_videofile(
        str(out),
        codec="libx264",
        preset=preset,
        audio_codec="aac",
        audio_bitrate="192k",
        ffmpeg_params=["-crf", str(CRF), "-g", str(2 * FPS), "-pix_fmt", "yuv420p"],
        logger=None,
    )


def tensors(clips: list[Path], size: str, seconds: float, preset: str, out: Path) -> None:
    """What Load Video, Get Video Components, a join, Create Video and Save Video do, without the server."""
    import av
    import numpy as np
    import torch

    overlap = round(OVERLAP * FPS)
    images = sound = None
    for path in clips:
        with av.open(str(path)) as container:
            frames = [
                torch.from_numpy(f.to_ndarray(format="rgb24")) / 255.0 for f in container.decode(video=0)
            ]
        with av.open(str(path)) as container:
            heard = np.concatenate([f.to_ndarray() for f in container.decode(audio=0)], axis=1)
        following = torch.stack(frames)
        del frames
        heard = torch.from_numpy(heard[:, : round(seconds * 48000)])
        if images is None or sound is None:
            images, sound = following, heard
            continue
        share = (torch.arange(overlap) / overlap)[:, None, None, None]
        mixed = images[-overlap:] * (1 - share) + following[:overlap] * share
        images = torch.cat([images[:-overlap], mixed, following[overlap:]])
        faded = torch.linspace(0, 1, overlap * 48000 // FPS)
        both = sound[:, -len(faded) :] * (1 - faded) + heard[:, : len(faded)] * faded
        sound = torch.cat([sound[:, : -len(faded)], both, heard[:, len(faded) :]], dim=1)
    assert images is not None and sound is not None
    with av.open(str(out), "w", options={"movflags": "faststart"}) as container:
        options = {"preset": preset, "crf": str(CRF), "g": str(2 * FPS)}
        video = container.add_stream("libx264", rate=FPS, options=options)
        video.width, video.height, video.pix_fmt = images.shape[2], images.shape[1], "yuv420p"
        audio = container.add_stream("aac", rate=48000, layout="stereo", bit_rate=192_000)
        for image in images:
            pixels = (image * 255).clamp(0, 255).byte().numpy()
            frame = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(format="yuv420p")
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        samples = av.AudioFrame.from_ndarray(sound.numpy(), format="fltp", layout="stereo")
        samples.sample_rate, samples.pts = 48000, 0
        container.mux(audio.encode(samples))
        container.mux(audio.encode(None))


WAYS = {"storyreel": storyreel, "graph": graph, "moviepy": moviepy, "tensors": tensors}


def measured(words: list[str]) -> Cost | None:
    """Runs a program and measures it with everything it starts. None if it fails."""
    begun = time.monotonic()
    child = subprocess.Popen(words)
    peak = [0.0]
    ended = threading.Event()

    def sample() -> None:
        while not ended.wait(0.04):
            peak[0] = max(peak[0], tree_memory(child.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - begun
    ended.set()
    sampler.join()
    child.returncode = os.waitstatus_to_exitcode(status)
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak[0]) if child.returncode == 0 else None


def tree_memory(root: int) -> float:
    """Resident memory of a process and all its descendants, in MB."""
    parents, pages = {}, {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # it ended meanwhile
            parents[int(entry.name)], pages[int(entry.name)] = int(fields[1]), int(fields[21])
    family, new = set(), {root} & pages.keys()
    while new:
        family |= new
        new = {pid for pid, parent in parents.items() if parent in new} - family
    return sum(pages[pid] for pid in family) * os.sysconf("SC_PAGE_SIZE") / 1e6


def frames_of(path: Path) -> int:
    return imageio_ffmpeg.count_frames_and_secs(str(path))[0]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--clips", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--size", default="1280x720")
    parser.add_argument("--preset", default="medium")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", nargs="+", choices=WAYS, default=list(WAYS))
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "storyreel-benchmark")
    parser.add_argument("--run", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--out", type=Path, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    chosen.folder.mkdir(parents=True, exist_ok=True)
    clips = make_clips(chosen.folder, chosen.clips, chosen.seconds, chosen.size)
    if chosen.run:
        WAYS[chosen.run](clips, chosen.size, chosen.seconds, chosen.preset, chosen.out)
        return

    ways = []
    for way in chosen.only:
        if importlib.util.find_spec(NEEDS[way]):
            ways.append(way)
        else:
            print(f"{way}: skipped, {NEEDS[way]} is not installed")
    costs: dict[str, list[Cost]] = {way: [] for way in ways}
    frames = {}
    for number in range(chosen.rounds):
        for way in list(ways):
            out = chosen.folder / f"{way}.mp4"
            cost = measured([sys.executable, __file__, *sys.argv[1:], "--run", way, "--out", str(out)])
            if cost is None:
                print(f"{way}: failed, left out")
                ways.remove(way)
                continue
            costs[way].append(cost)
            frames[way] = frames_of(out)
            figures = f"{cost.wall:7.1f} s {cost.cpu:7.1f} CPU s {cost.memory:7.0f} MB"
            print(f"round {number + 1}  {way:<10} {figures}", flush=True)
    table(chosen, {way: costs[way] for way in ways}, frames)


def table(chosen: argparse.Namespace, costs: dict[str, list[Cost]], frames: dict[str, int]) -> None:
    what = f"{chosen.clips} clips of {chosen.seconds:g} s, {chosen.size}, x264 {chosen.preset} crf {CRF}"
    heads = ("way", "time s", "CPU s", "peak MB", "frames", "against graph: time, CPU, memory")
    print(f"\n{what}; medians of {max(map(len, costs.values()), default=0)}")
    print("{:<10} {:>8} {:>8} {:>8} {:>7}   {}".format(*heads))
    for way, runs in costs.items():
        middle = Cost(*(statistics.median(column) for column in zip(*runs, strict=True)))
        line = f"{way:<10} {middle.wall:8.1f} {middle.cpu:8.1f} {middle.memory:8.0f} {frames[way]:7}"
        if "graph" in costs and way != "graph":
            # Round by round: what else the machine did meanwhile weighs on both alike.
            ratios = [
                statistics.median(one[k] / other[k] for one, other in zip(runs, costs["graph"], strict=True))
                for k in range(3)
            ]
            line += "   " + "  ".join(f"{ratio:5.2f}" for ratio in ratios)
        print(line)


if __name__ == "__main__":
    main()
