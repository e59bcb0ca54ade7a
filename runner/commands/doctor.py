"""`storyreel doctor`: is everything there that a film needs, and how to get what is missing."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from ...studio.errors import BadInput, StoryreelError
from ..tables.findings import PROVIDER, Finding


def examine(server: str | None) -> list[Finding]:
    """Every finding, good and bad. Looks, and changes nothing."""
    looks: list[Callable[[], Finding]] = [_python, _encoder, _font, _voice, _home, _room, _config, _engine]
    findings = [_guarded(look) for look in looks]
    if all(finding.ok for finding in findings if finding.what == "config"):  # the others read it
        findings += [_guarded(_ledger), _guarded(_vault), *_providers()]
    if server:
        findings.append(_guarded(lambda: _server(server)))
    return findings


def _guarded(look: Callable[[], Finding]) -> Finding:
    try:
        return look()
    except Exception as error:  # a broken library must not keep the other findings from being shown
        name = look.__name__.strip("_<>").replace("_", " ")
        return Finding(
            name, False, f"{type(error).__name__}: {error}", "pip install --force-reinstall storyreel"
        )


def _python() -> Finding:
    from ..jobs.run_records import version

    at_least = (3, 10)
    found = ".".join(map(str, sys.version_info[:3]))
    says = f"storyreel {version()} on Python {found} ({sys.executable})"
    return Finding("storyreel", sys.version_info >= at_least, says)


def _encoder() -> Finding:
    import av

    missing = [name for name in ("libx264", "aac") if name not in av.codecs_available]
    says = f"PyAV {av.__version__}" + (f" without {', '.join(missing)}" if missing else " with H.264 and AAC")
    return Finding(
        "video", not missing, says, "pip install --only-binary av --force-reinstall av" if missing else ""
    )


def _font() -> Finding:
    folder = Path(__file__).parents[2] / "studio" / "assets" / "fonts"
    fonts = sorted(path.name for path in folder.glob("*") if path.suffix in (".ttf", ".otf"))
    return Finding(
        "fonts", bool(fonts), ", ".join(fonts) or f"none in {folder}", "" if fonts else "reinstall storyreel"
    )


def _voice() -> Finding:
    from ...studio.voices import missing, offline_voices

    lacking = missing()
    if lacking:
        return Finding("voice", False, "nobody narrates offline", "; ".join(lacking), optional=True)
    return Finding("voice", True, f"{len(offline_voices())} offline voices: see `storyreel voices`")


def _home() -> Finding:
    from ...studio.home import home, is_open_to_others, own_folder

    place = home()
    try:
        own_folder(place)
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return Finding(
            "home", False, f"{place}: {error.strerror}", "name a folder of yours in STORYREEL_HOME"
        )
    if is_open_to_others(place):
        says = f"others on this machine may look into {place}"
        return Finding("home", False, says, f"chmod 700 {place}", optional=True)
    return Finding("home", True, str(place))


def _room() -> Finding:
    from ..jobs.run_records import home

    place = home()
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free / 1e9
    ok = free > 1
    return Finding(
        "disk", ok, f"{free:.1f} GB free at {place}", "" if ok else "make room, or move STORYREEL_HOME"
    )


def _config() -> Finding:
    from ...studio.config import FILE, config
    from ...studio.home import home

    path = home() / FILE
    try:
        found = config()
    except StoryreelError as error:
        cure = (
            "; ".join(map(str, error.faults)) if isinstance(error, BadInput) and error.faults else error.hint
        )
        return Finding("config", False, error.message, cure)
    if not path.exists():
        return Finding("config", True, f"no {path}: everything is as it is by default")
    keys = ", ".join(sorted(found.credentials))
    return Finding("config", True, f"{path}" + (f" with keys for {keys}" if keys else ""))


def _ledger() -> Finding:
    from ...studio.ledger import OPEN, open_ledger
    from ...studio.ledger.budgets import has_ledger

    if not has_ledger():
        return Finding("ledger", True, "nothing was ever bought here")
    try:
        with open_ledger() as ledger:
            pending = ledger.list(OPEN)
            count = len(ledger.takes())
    except StoryreelError as error:
        return Finding("ledger", False, error.message, error.hint)
    under_way = f", {len(pending)} still open: see `storyreel ledger list`" if pending else ""
    return Finding("ledger", True, f"{count} clips bought{under_way}")


def _vault() -> Finding:
    from ...studio.store.vault import Vault

    try:
        folder = Vault().folder
    except StoryreelError as error:
        return Finding("vault", False, error.message, error.hint)
    if not folder.exists():
        return Finding("vault", True, f"{folder} (empty)")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        clips = [path.stat().st_size for path in folder.glob("*/*.mp4")]
    except OSError as error:
        return Finding(
            "vault", False, f"{folder}: {error.strerror}", "give yourself the right to write there"
        )
    return Finding("vault", True, f"{len(clips)} clips, {sum(clips) / 1e6:.1f} MB in {folder}")


def _engine() -> Finding:
    from ..engine import object_info

    info = object_info()
    ours = sum(name.startswith("Storyreel") for name in info)
    return Finding(
        "engine", ours > 0, f"{ours} Storyreel nodes and {len(info) - ours} core nodes run without ComfyUI"
    )


def _providers() -> list[Finding]:
    from ...studio.planning.model_choice import FREE, unready
    from ...studio.providers import providers

    findings = []
    for provider in providers():
        missing = unready(provider.name)
        says = "ready" if not missing else "not ready"
        optional = provider.name != FREE
        what = f"{PROVIDER}{provider.name}"
        findings.append(Finding(what, not missing, says, "; ".join(missing), optional, tuple(missing)))
    return findings


def _server(url: str) -> Finding:
    from ..comfy.access import entered

    try:
        with entered(url) as client:
            version = client.system_stats().get("system", {}).get("comfyui_version", "of unknown version")
            info = client.object_info()
    except StoryreelError as error:
        return Finding(
            f"server {url.rpartition('@')[2]}", False, error.message, "start it, or correct the address"
        )
    ours = sum(name.startswith("Storyreel") for name in info)
    says = f"ComfyUI {version} with {len(info)} nodes, {ours} of them Storyreel's"
    cure = "" if ours else "install Storyreel there: ComfyUI-Manager, or this folder in custom_nodes"
    return Finding(f"server {client.url}", ours > 0, says, cure)
