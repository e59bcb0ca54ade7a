"""Who gets in: tokens for signed JWTs, keys, headers; and that no key is ever written down."""

from __future__ import annotations

import base64
import json
import time
from pathlib import Path

import httpx
import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from storyreel.emulators import Emulator

from .clients import GoogleDoor, RunwayDoor, VertexDoor, fetch, send

GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"


def account(emulator: Emulator) -> dict:
    return json.loads(Path(emulator.environment["GOOGLE_APPLICATION_CREDENTIALS"]).read_text("utf-8"))


def signed(emulator: Emulator, key: str = "", head: dict | None = None, **claims: object) -> str:
    """A JWT as google-auth makes it, with what a test wants different."""
    about, now = account(emulator), int(time.time())
    plain = {
        "iss": about["client_email"],
        "aud": about["token_uri"],
        "scope": SCOPE,
        "iat": now,
        "exp": now + 3600,
    }
    parts = [{"alg": "RS256", "typ": "JWT"} | (head or {}), plain | claims]
    text = ".".join(base64.urlsafe_b64encode(json.dumps(p).encode()).decode().rstrip("=") for p in parts)
    private = serialization.load_pem_private_key((key or about["private_key"]).encode(), None)
    assert isinstance(private, rsa.RSAPrivateKey)
    signature = private.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


def exchange(emulator: Emulator, assertion: str, grant: str = GRANT) -> httpx.Response:
    return send(account(emulator)["token_uri"], data={"grant_type": grant, "assertion": assertion})


def test_a_signed_jwt_gets_a_token_that_opens_the_door(vertex: VertexDoor) -> None:
    answer = exchange(vertex.emulator, signed(vertex.emulator))
    token = answer.json()
    assert (answer.status_code, token["token_type"], token["expires_in"]) == (200, "Bearer", 3600)
    vertex.client.headers["Authorization"] = f"Bearer {token['access_token']}"
    assert vertex.submit().status_code == 200


def test_googles_own_library_gets_in(vertex: VertexDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    import google.auth
    import google.auth.transport.requests

    for name in ("GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.setenv(name, vertex.emulator.environment[name])
    credentials, project = google.auth.default(scopes=[SCOPE])
    with requests.Session() as session:
        credentials.refresh(google.auth.transport.requests.Request(session))
    assert project == "storyreel-rehearsal"
    vertex.client.headers["Authorization"] = f"Bearer {credentials.token}"
    assert vertex.submit().status_code == 200


def other_key() -> str:
    made = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return made.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def test_jwts_that_are_not_right_get_nothing(emulator: Emulator) -> None:
    now = int(time.time())
    for assertion, code in (
        ("none", "invalid_grant"),
        ("a.b.c", "invalid_grant"),
        (signed(emulator)[:-4] + "AAAA", "invalid_grant"),
        (signed(emulator, other_key()), "invalid_grant"),
        (signed(emulator, head={"alg": "none"}), "invalid_grant"),
        (signed(emulator, iss="else@where"), "invalid_grant"),
        (signed(emulator, aud="https://example.com/token"), "invalid_grant"),
        (signed(emulator, iat=now - 7200, exp=now - 3600), "invalid_grant"),
        (signed(emulator, exp=now + 86400), "invalid_grant"),
        (signed(emulator, exp=str(now + 60)), "invalid_grant"),
        (signed(emulator, scope=""), "invalid_scope"),
        (signed(emulator, scope="https://www.googleapis.com/auth/drive"), "invalid_scope"),
    ):
        answer = exchange(emulator, assertion)
        assert (answer.status_code, answer.json()["error"]) == (400, code), answer.text
    assert exchange(emulator, signed(emulator), "password").json()["error"] == "unsupported_grant_type"


def test_vertex_wants_a_token_of_its_own_that_still_holds(vertex: VertexDoor) -> None:
    stale = vertex.emulator._running().access.token(time.time() - 1)
    for header in (None, "Bearer none", "Bearer ya29.99999999999.forged", f"Bearer {stale}", "Basic abc"):
        headers = {"Authorization": header} if header else {}
        answer = send(vertex.base + vertex.path("predictLongRunning"), json={}, headers=headers)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["status"]) == (401, 401, "UNAUTHENTICATED")
        assert error["details"][0]["@type"].endswith("ErrorInfo")


def test_google_wants_its_key(google: GoogleDoor) -> None:
    body = {"model": "gemini-omni-1.2-flash", "input": "a"}
    none = send(f"{google.base}/v1/interactions", json=body)
    assert (none.status_code, none.json()["error"]["status"]) == (403, "PERMISSION_DENIED")
    wrong = send(f"{google.base}/v1/interactions", json=body, headers={"x-goog-api-key": "AIza"})
    assert wrong.status_code == 400
    assert wrong.json()["error"]["details"][0]["reason"] == "API_KEY_INVALID"
    in_url = fetch(f"{google.base}/v1/interactions/x?key={google.headers['x-goog-api-key']}")
    assert "Invalid interaction name" in in_url.text
    assert google.emulator.record()["leaks"][-1]["headers"] == ["?key"]


def test_runway_wants_its_key_and_the_version(runway: RunwayDoor) -> None:
    where, key = f"{runway.base}/v1/organization", runway.headers["Authorization"]
    version = {"X-Runway-Version": "2024-11-06"}
    assert fetch(where, headers=version).status_code == 401
    assert fetch(where, headers={"Authorization": "Bearer key_x"} | version).status_code == 401
    for wrong in ({}, {"X-Runway-Version": "2023-01-01"}):
        answer = fetch(where, headers={"Authorization": key} | wrong)
        assert answer.status_code == 400 and "X-Runway-Version" in answer.json()["error"]


def test_a_key_sent_to_a_result_is_refused_and_recorded(runway: RunwayDoor) -> None:
    link = runway.ended(runway.submit().json()["id"])["output"][0]
    assert link.startswith(runway.emulator.url.replace("127.0.0.1", "localhost"))
    before = len(runway.emulator.record()["leaks"])
    for headers in (runway.headers, {"x-goog-api-key": "AIza"}):
        assert fetch(link, headers=headers).status_code == 400
    assert len(runway.emulator.record()["leaks"]) == before + 2
    assert fetch(link).status_code == 200


def test_no_secret_is_written_down(tmp_path: Path) -> None:
    file = tmp_path / "seen.jsonl"
    with Emulator(work=0, record=file) as emulator:
        secrets = [
            emulator.token(),
            emulator.environment["GEMINI_API_KEY"],
            emulator.environment["RUNWAYML_API_SECRET"],
        ]
        emulator.misbehave({"what": "echo", "times": 1})
        with RunwayDoor(emulator) as runway, VertexDoor(emulator) as vertex:
            assert secrets[2] in runway.submit().text  # it echoes the key, on purpose
            runway.submit(promptText=f"a cat {secrets[2]}")
            runway.submit(promptText=None, more=secrets[2])
            vertex.submit({"prompt": f"a cat {secrets[0]}"})
        said = json.dumps(emulator.record()) + file.read_text("utf-8")
    assert len(json.loads(file.read_text("utf-8").splitlines()[0])) > 3
    for secret in secrets:
        assert secret not in said
    kept = tmp_path / "seen.jsonl.files" / "service-account.json"
    assert kept.stat().st_mode & 0o077 == 0
