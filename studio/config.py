"""config.toml in STORYREEL_HOME: credentials, limits, budgets, priorities. Without the file all of it has defaults.

[credentials]
runway = "key_…"                  # or by the environment, which wins

[doors.runway]
poll_seconds = 5
concurrent = 3

[budgets]
day = 50                          # dollars; a request that could pass it isn't sent
[budgets.doors.runway]
month = 200

[failover]
models = ["veo-3.1", "gen4.5"]    # whom `auto` asks first

config().doors["runway"].concurrent
# 3
"""

from __future__ import annotations

import re
import stat
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from .addresses import is_address
from .errors import BadInput, Fault
from .home import home, is_open_to_others
from .yaml_json import ENDLESS, MAX_DIGITS, line_and_column

FILE = "config.toml"
_LARGEST = 1 << 20
"""Bytes."""


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Door(_Table):
    """How one door is used. What isn't given is the catalogue's."""

    enabled: bool = True
    poll_seconds: float | None = Field(default=None, gt=0, le=3600)
    timeout_minutes: float = Field(default=20, gt=0, le=7 * 24 * 60)
    """How long one run waits for a clip. Afterwards the operation goes on; running again waits again."""
    answer_seconds: float = Field(default=60, gt=0, le=3600)
    """How long a single request waits for its answer."""
    settle_seconds: float = Field(default=30, ge=0, le=3600)
    """How long a request may be on its way after the waiting for its answer has ended: so long a service that can be
    asked by our own id is asked for its job, and nothing is sent again."""
    concurrent: int | None = Field(default=None, ge=1, le=10_000)
    submits_per_minute: int | None = Field(default=None, ge=1, le=100_000)
    storage_uri: str | None = Field(default=None, pattern=r"^gs://[a-z0-9._-]+(/.*)?$")
    """Vertex only: where it puts clips, instead of sending them in its answers."""


class DoorBudget(_Table):
    day: Decimal | None = Field(default=None, ge=0, le=1_000_000_000)
    month: Decimal | None = Field(default=None, ge=0, le=1_000_000_000)


class Budgets(_Table):
    """Dollars. Days and months are UTC's."""

    video: Decimal | None = Field(default=None, ge=0, le=1_000_000_000)
    day: Decimal | None = Field(default=None, ge=0, le=1_000_000_000)
    month: Decimal | None = Field(default=None, ge=0, le=1_000_000_000)
    doors: dict[str, DoorBudget] = {}


class Alerts(_Table):
    webhook: str | None = Field(default=None, repr=False)
    """What follows its host is taken for a secret: with most services who knows it may write."""

    @field_validator("webhook")
    @classmethod
    def _is_address(cls, url: str | None) -> str | None:
        if url is not None and not is_address(url):
            raise ValueError("should be an address such as https://example.org/hook")
        return url


class Failover(_Table):
    policy: Literal["off", "door", "model"] | None = None
    """Whom a shot goes to after one door has failed it for certain: nobody, another door to the same model, or the
    next model as well. None is `model` where the provider is auto, `door` where it is auto and the model is named, and
    `off` where the door is named."""
    models: tuple[str, ...] = ()
    doors: tuple[str, ...] = ()


class Retries(_Table):
    waits: tuple[Annotated[float, Field(ge=0, le=24 * 3600)], ...] = (5, 10, 20)
    """Seconds before a request that was certainly not accepted is sent again."""


class Breaker(_Table):
    failures: int = Field(default=5, ge=1)
    seconds: float = Field(default=60, gt=0)


class Downloads(_Table):
    private_addresses: bool = False
    """Whether inputs by URL, and the clips that a service gives links to, may come from this machine's own network."""
    megabytes: int = Field(default=512, ge=1)
    seconds: float = Field(default=300, gt=0, le=24 * 3600)
    """How long an input by URL may take; a bought clip takes ten seconds longer for each of its megabytes."""


class Server(_Table):
    """A ComfyUI that is named by --server."""

    contact_seconds: float = Field(default=60, gt=0, le=24 * 3600)
    """How long one that doesn't answer is waited for while it makes something."""


class Files(_Table):
    folders: tuple[Path, ...] = ()
    """What a storyboard or a workflow may name files in beside its own folder, on the command line."""


class Vault(_Table):
    folder: Path | None = None


class Svd(_Table):
    """Stable Video Diffusion on this machine. A node's widgets win."""

    weights: Path | None = None
    """A folder with the models' folders in it, or one of these; else they are looked for where Hugging Face's library
    keeps what it has downloaded."""
    device: Literal["auto", "cuda", "mps", "cpu"] = "auto"
    """`auto` is the graphics card. On the processor a clip takes hours, so that has to be said."""
    precision: Literal["auto", "fp16", "fp32"] = "auto"
    """`auto` is fp16 on a graphics card and fp32 on the processor."""
    offload: bool | None = None
    """Whether only the part of the model that is at work is in the card's memory; None: where that is small."""
    decode_chunk: int | None = Field(default=None, ge=1, le=64)
    """Frames that are decoded at once; None is as many as the card's memory allows."""
    motion_bucket: int = Field(default=127, ge=1, le=255)
    """How much moves."""
    fps: int = Field(default=7, ge=1, le=30)
    """At which rate the model is told to film; the clip has it."""
    noise: float = Field(default=0.02, ge=0, le=1)
    """How far the clip may go from the picture."""
    steps: int = Field(default=25, ge=1, le=200)
    size: str = Field(default="", pattern=r"^(\d+x\d+)?$")
    """The frame, such as 768x448; without it the shape of the film at the model's own area."""


class Config(_Table):
    credentials: dict[str, str] = Field(default={}, repr=False)
    database_url: str | None = Field(default=None, repr=False)
    doors: dict[str, Door] = {}
    budgets: Budgets = Budgets()
    alerts: Alerts = Alerts()
    failover: Failover = Failover()
    retries: Retries = Retries()
    breaker: Breaker = Breaker()
    downloads: Downloads = Downloads()
    server: Server = Server()
    files: Files = Files()
    vault: Vault = Vault()
    svd: Svd = Svd()

    def door(self, name: str) -> Door:
        return self.doors.get(name) or Door()


_CURE = "correct it, or take it out: README.md says which keys there are"

_read: dict[tuple[Path, int, int], Config] = {}


def config() -> Config:
    """What config.toml says now. Raises BadInput with every fault of it, and where others could read its keys."""
    path = home() / FILE
    try:
        found = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return Config()
    except OSError as error:  # its budgets mustn't be passed over
        raise BadInput(f"{path} can't be read: {error.strerror or error}", "let yourself read it") from None
    if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
        raise BadInput(f"{path} is no file of settings", "write it as TOML, or take it away")
    known = (path, found.st_mtime_ns, found.st_size)
    if known not in _read:
        made = _parsed(path)
        holds = _secrets(made)
        if holds and is_open_to_others(path):
            raise BadInput(f"{path} holds {holds} and others can read it", f"chmod 600 {path}")
        _read.clear()
        _read[known] = made
    return _read[known]


def _secrets(made: Config) -> str:
    """What of a configuration is nobody else's business, in words; empty if nothing is."""
    if made.credentials:
        return "keys"
    if "@" in (made.database_url or "") or "password=" in (made.database_url or ""):
        return "a database's password"
    return "a webhook's address" if made.alerts.webhook else ""


def _parsed(path: Path) -> Config:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror or error}", "let it be read by you") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path} is no text in UTF-8 (byte {error.start + 1})", "save it as UTF-8") from None
    data = _toml(path, text)
    try:
        return Config.model_validate(data)
    except ValidationError as error:
        # Pydantic's own text would show the value, and that may be a key.
        faults = [
            Fault(".".join(map(str, detail["loc"])), detail["msg"][:1].lower() + detail["msg"][1:], _CURE)
            for detail in error.errors(include_input=False)
        ]
        raise BadInput(f"{path} has faults", faults=faults) from None


_LONG = re.compile(rf"\d(?:_?\d){{{MAX_DIGITS},}}")


def _toml(path: Path, text: str) -> dict[str, Any]:
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        import tomli as tomllib  # pyright: ignore[reportMissingImports]
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:  # its sentence ends with line and column
        raise BadInput(f"{path} can't be read: {error}", "write it as TOML") from None
    except RecursionError:
        message = "it has lists or tables within others without end"
        raise BadInput(f"{path} can't be read: {message}", "close each bracket") from None
    except ValueError:  # what Python itself doesn't convert: a number of thousands of digits
        found = _LONG.search(text)
        place = line_and_column(text, found.start()) if found else ""
        raise BadInput(
            f"{path} can't be read", faults=[Fault(place, ENDLESS, "write a shorter one")]
        ) from None
