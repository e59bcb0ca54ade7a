"""Keys come from the environment or the config, and come out nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from storyreel.studio.credentials import KEYS, in_use, lacking, redact, secret
from storyreel.studio.errors import BadInput


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for names in KEYS.values():
        for name in names:
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "config.toml"
    path.write_text('[credentials]\nrunway = "key_from_config"\n', encoding="utf-8")
    path.chmod(0o600)
    monkeypatch.setenv("STORYREEL_HOME", str(tmp_path))
    return path


def test_the_environment_wins(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert secret("runway") == "key_from_config" and lacking("runway") == []
    monkeypatch.setenv("RUNWAY_API_KEY", "  second-name  ")
    assert secret("runway") == "second-name"
    monkeypatch.setenv("RUNWAYML_API_SECRET", "first-name")
    assert secret("runway") == "first-name"
    monkeypatch.setenv("RUNWAYML_API_SECRET", "")
    assert secret("runway") == "second-name", "an empty one is none"


def test_what_is_lacking_comes_with_its_cure() -> None:
    (sentence,) = lacking("google")
    assert "GEMINI_API_KEY or GOOGLE_API_KEY" in sentence and "[credentials]" in sentence
    assert secret("google") is None


@pytest.mark.parametrize("name", [name for names in KEYS.values() for name in names])
def test_every_key_is_masked(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "sk+live/0123=")
    assert redact("it says sk+live/0123= twice: sk+live/0123=") == "it says *** twice: ***"
    assert "live" not in redact("https://example.com/?q=sk%2Blive%2F0123%3D")


def test_a_key_in_the_config_is_masked(configured: Path) -> None:
    assert redact("key_from_config isn't valid") == "*** isn't valid"


def test_a_config_with_faults_hides_no_key(configured: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    configured.write_text("[credentials\n", encoding="utf-8")
    monkeypatch.setenv("FAL_KEY", "id:secret-value")
    assert redact("id:secret-value") == "***"
    with pytest.raises(BadInput):
        secret("runway")


def test_one_key_inside_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "abcdefgh")
    monkeypatch.setenv("PIKA_API_KEY", "abcdefgh-and-more")
    assert redact("abcdefgh-and-more abcdefgh") == "*** ***"


def test_tokens_in_use_are_masked() -> None:
    token = in_use("ya29.0123456789")
    assert redact(f"token {token}") == "token ***"
    for number in range(200):
        in_use(f"ya29.other-{number}")
    assert redact("ya29.other-199") == "***"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("https://x.example/a.mp4?_jwt=abc.def&w=1", "https://x.example/a.mp4?_jwt=***&w=1"),
        (
            "https://x.example/a?X-Goog-Signature=0a1b&X-Goog-Date=2026",
            "https://x.example/a?X-Goog-Signature=***&X-Goog-Date=***",
        ),
        (
            "https://x.example/a?X-Amz-Credential=A/B&X-Amz-Signature=9",
            "https://x.example/a?X-Amz-Credential=***&X-Amz-Signature=***",
        ),
        ("'https://x.example/?key=AIzaSy123'", "'https://x.example/?key=***'"),
        ("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***"),
        ("assertion eyJhbGciOiJIUzI1.eyJpc3MiOiJ4.c2ln is stale", "assertion *** is stale"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----", "***"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE and so on", "***"),
        ("the key to success is: bearer of news", "the key to success is: bearer of news"),
        ("a clip?yes&no=1", "a clip?yes&no=1"),
        ("", ""),
    ],
)
def test_what_looks_like_a_signature(text: str, masked: str) -> None:
    assert redact(text) == masked


def test_short_values_do_not_eat_the_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FAL_KEY", "a")
    assert redact("a cat") == "a cat"
