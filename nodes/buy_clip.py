"""How the cloud's nodes buy a clip: what is asked is checked before anything runs, then handed to the studio."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from .. import host
from ..host import io
from ..studio.errors import BadInput, Fault
from ..studio.progress import Watch
from . import model_widgets, sockets, widget_values

MOST = 5.0
"""Dollars that a node may spend in one run, until somebody says otherwise."""
POLICIES = {
    "best": "in the catalogue's order, or in that of the models named",
    "cheapest": "by the price of this clip",
    "fastest": "by how long each has taken here in the last month",
}


def outputs(video: str = "The clip, as the service delivered it.") -> list[Any]:
    return [
        io.Video.Output("video", "video", tooltip=video),
        io.String.Output(
            "record",
            "record",
            tooltip="Which model made it through which door, what it cost, and the service's own id of it; JSON.",
        ),
    ]


def checked(node: Any, models: Sequence[str], values: Mapping[str, Any], mode: str = "") -> bool:
    """For `validate_inputs`: raises BadInput with every fault of the values, as far as they are known before the run.

    It raises because ComfyUI tells what a validator returns once more for each of a node's inputs. `mode` is that of a
    node which has no widget for it.
    """
    found = [f"models: {name!r} is not a model" for name in models if not model_widgets.rows([name])]
    found += widget_values.refusals(node.define_schema().inputs, values)
    wanted = {} if found else _asked(values, mode)
    if wanted:
        model, door = wanted.get("model"), values.get("door")
        cans = model_widgets.rows(
            [model] if model else models, [] if door in (None, model_widgets.AUTO) else [door]
        )
        found = [str(fault) for fault in widget_values.faults_of(cans, wanted, values)]
        if model and not cans:
            found = [
                f"door: {model} can't be reached through {door}; use {' or '.join(model_widgets.doors([model]))}"
            ]
    if found:
        raise BadInput("\n".join(found))
    return True


def _asked(values: Mapping[str, Any], mode: str) -> dict[str, Any]:
    """The values of the mode's widgets, and the model, wherever they hang; empty while the mode isn't known."""
    model, chosen = values.get("model"), values.get("mode")
    if isinstance(model, Mapping):
        chosen = {**model, "mode": mode} if mode else model_widgets.mode_of(model)
        model = model.get("model")
    if not isinstance(chosen, Mapping) or not chosen.get("mode"):
        return {}
    return {**chosen, "model": model}


def named(text: str) -> tuple[str, ...]:
    """The models in a text, by commas, spaces or lines."""
    return tuple(dict.fromkeys(word for word in re.split(r"[\s,;]+", text.strip()) if word))


async def filmed(
    node: Any,
    meant: tuple[str, str | None],
    mode: Mapping[str, Any],
    *,
    take: int = 1,
    max_cost: float = MOST,
    policy: str = "best",
    models: tuple[str, ...] = (),
    **said: Any,
) -> io.NodeOutput:
    """Buys the clip that a node's values mean, or finds it where it was kept. `meant` is a door and a model."""
    from ..studio.planning.model_choice import Wish

    watch = host.watch(node)
    files = {}
    for name, value in mode.items():
        if value is not None and (name in model_widgets.PICTURES or name.startswith("reference_")):
            files[name] = await host.run(sockets.picture_file, value)
        elif value is not None and name == "speech":
            files[name] = str(await host.run(host.audio_path, value))
        elif value is not None and name == "video":
            files[name] = str(await host.run(host.video_path, value))
    wish = Wish(*meant, order=policy, models=models)  # pyright: ignore[reportArgumentType]
    path, record = await host.run(_bought, wish, dict(mode), files, said, take, max_cost, watch)
    return io.NodeOutput(host.video(path), json.dumps(record, indent=1, ensure_ascii=False))


def _bought(
    wish: Any,
    mode: Mapping[str, Any],
    files: Mapping[str, str],
    said: Mapping[str, Any],
    number: int,
    max_cost: float,
    watch: Watch,
) -> tuple[Path, dict[str, Any]]:
    """The clip's file, and what is to be known of it."""
    from ..studio.planning.input_files import length_of

    long = length_of(Path(files["video"])) if "video" in files else None
    shot = widget_values.shot(mode, files, long, **said)
    _right_length(wish, shot)
    path = host.temp_path(wish.model or model_widgets.AUTO, ".mp4")
    about, record = bought(wish, shot, path, number, max_cost, watch)
    if shot.mode == "extend" and not about.get("source_seconds"):
        path = _joined(Path(files["video"]), path, watch)  # the service gave back only what it added
    return path, {**record, "seconds": float(length_of(path))}


def bought(
    wish: Any, shot: Any, path: Path, number: int, max_cost: float, watch: Watch
) -> tuple[Mapping[str, Any], dict[str, Any]]:
    """Buys what the shot asks for, or finds it where it was kept, and lays it at `path`: what the studio knows of it,
    and what a node tells of it."""
    from ..studio.production.shoot import take

    _some_door(wish, shot)
    film = shot.prompt or shot.script
    spend = host.spend(limit=Decimal(repr(float(max_cost))), film=film)
    made = take(shot, wish, path, watch, spend, number)
    about = made.details
    kept = "; it was bought before" if about.get("reused") else ""
    kept += "; a rehearsal" if _rehearsed(about.get("provider")) else ""
    told = f"{about.get('model')} through {about.get('provider')}, ${made.cost:.2f}{kept}"
    watch.tell(1.0, "; ".join([told, *made.notes]))
    return {**about, "path": made.path}, {
        "model": about.get("model"),
        "door": about.get("provider"),
        "operation": about.get("operation"),
        "cost": float(made.cost),
        "reused": bool(about.get("reused")),
        "take": number,
        "key": about.get("key"),
        "attempt": about.get("attempt"),
        "rehearsal": _rehearsed(about.get("provider")),
        "notes": list(made.notes),
    }


def _rehearsed(door: str | None) -> bool:
    """Whether the door is an emulator on this machine, which makes no real clips and takes no real money."""
    from ..studio.providers import provider

    return bool(door) and urlsplit(provider(door).base_url()).hostname in ("127.0.0.1", "::1", "localhost")


def _some_door(wish: Any, shot: Any) -> None:
    """Raises BadInput if no door to any of the models is ready: a node that was asked for a model's clip never makes an
    animatic in its place, as a storyboard's `auto` does."""
    from ..studio.planning import model_choice

    able = (
        []
        if wish.model
        else [can for can in model_choice.cast(wish, shot) if not model_choice.stands_in(can)]
    )
    if able or wish.model or model_choice.complaints(wish, shot):
        return
    lacking = {
        can.provider: model_choice.unready(can.provider)
        for can in model_choice.cast(wish, shot, ready_only=False)
    }
    faults = [Fault(door, sentence) for door, said in lacking.items() for sentence in said]
    raise BadInput("no door is ready", "one is enough", faults=faults)


def _right_length(wish: Any, shot: Any) -> None:
    """Raises BadInput for a clip that is too long or too short to be extended or changed."""
    from ..studio.planning import model_choice
    from ..studio.planning.validate import source_faults

    if shot.video and not model_choice.complaints(wish, shot):
        faults, _ = source_faults(wish, shot, None)
        if faults:
            raise BadInput("the clip can't be made as it is", faults=faults)


def _joined(before: Path, added: Path, watch: Watch) -> Path:
    from ..studio.render.clip_edits import join

    path = host.temp_path("extended", ".mp4")
    join(before, added, "none", Fraction(0), path, watch)
    return path
