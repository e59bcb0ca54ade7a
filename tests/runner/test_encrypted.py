"""A server behind TLS with an authority of one's own, a bearer token, or another header: HTTP and websocket alike."""

from __future__ import annotations

import base64
import contextlib
import datetime
import hashlib
import ipaddress
import os
import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from storyreel.runner.cli import app
from storyreel.runner.comfy.client.api import ComfyClient
from storyreel.runner.comfy.client.websocket import Listener
from storyreel.studio.errors import ServerError
from typer.testing import CliRunner

NAME = "STORYREEL_TEST"
ENVIRONMENT = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")


class Comfy(BaseHTTPRequestHandler):
    """Answers one question, and one websocket with one message."""

    shown: list[str]
    keys: list[str]
    elsewhere = ""

    def do_GET(self) -> None:
        self.shown.append(self.headers.get("Authorization", ""))
        self.keys.append(self.headers.get("X-Key", ""))
        if self.elsewhere:
            self.send_response(307)
            self.send_header("Location", self.elsewhere + self.path)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        if key := self.headers.get("Sec-WebSocket-Key"):
            digest = hashlib.sha1(key.encode() + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
            self.wfile.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + base64.b64encode(digest) + b"\r\n\r\n\x81\x02{}"
            )
            self.wfile.flush()
            self.rfile.read(1)
            return
        self.send_response(200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *arguments: object) -> None:
        pass


def handler(elsewhere: str = "") -> Any:
    """A class of its own for each server, with what that one saw."""
    return type("Handler", (Comfy,), {"shown": [], "keys": [], "elsewhere": elsewhere})


@contextlib.contextmanager
def plain(seen: Any) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), seen) as http:
        http.daemon_threads = True
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{http.server_port}"
        http.shutdown()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path, Any]]:
    """Its address, the file of the authority that signed its certificate (itself), and what it saw."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, private = tmp_path / "authority.pem", tmp_path / "key.pem"
    public.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(public, private)
    seen = handler()
    with ThreadingHTTPServer(("127.0.0.1", 0), seen) as http:
        http.daemon_threads = True
        http.socket = context.wrap_socket(http.socket, server_side=True)
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://127.0.0.1:{http.server_port}", public, seen
        http.shutdown()


def test_a_certificate_that_is_not_trusted_is_said(server: Any) -> None:
    with ComfyClient(server[0]) as client, pytest.raises(ServerError, match="certificate") as caught:
        client.system_stats()
    assert "SSL_CERT_FILE" in caught.value.hint


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_of_ones_own_and_a_token_reach_http_and_websocket(
    variable: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, authority, seen = server
    for other in ENVIRONMENT:
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(variable, str(authority))
    with ComfyClient(url, token="token-0123") as client:
        assert client.system_stats() == {}
        listener = Listener(client)
        listener.start()
        assert listener.messages.get(timeout=5) == "{}"
        listener.close()
    assert set(seen.shown) == {"Bearer token-0123"}


def asked(client: ComfyClient) -> None:
    """Once by HTTP and once by websocket."""
    with client:
        assert client.system_stats() == {}
        listener = Listener(client)
        listener.start()
        assert listener.messages.get(timeout=5) == "{}"
        listener.close()


def test_an_authority_by_option_and_a_header_of_ones_own_reach_http_and_websocket(
    server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, authority, seen = server
    for other in ENVIRONMENT:
        monkeypatch.delenv(other, raising=False)
    asked(ComfyClient(url, headers={"X-Key": "key-0123"}, authority=str(authority)))
    assert seen.keys == ["key-0123", "key-0123"]


def test_no_other_server_sees_what_one_is_shown() -> None:
    """One that the server redirects to, by HTTP and by websocket."""
    other = handler()
    with plain(other) as elsewhere, plain(first := handler(elsewhere)) as url:
        asked(ComfyClient(url, token="token-0123", headers={"X-Key": "key-0123"}))
    assert (first.keys, first.shown) == (["key-0123"] * 2, ["Bearer token-0123"] * 2)
    assert (other.keys, other.shown) == ([""] * 2, [""] * 2)


def test_the_same_server_sees_it_after_a_redirect() -> None:
    class Moves(Comfy):
        shown, keys = [], []

        def do_GET(self) -> None:
            self.elsewhere = "" if self.path.startswith("/new") else "/new"
            super().do_GET()

    with plain(Moves) as url:
        asked(ComfyClient(url, headers={"X-Key": "key-0123"}))
    assert Moves.keys == ["key-0123"] * 4


@pytest.mark.parametrize("where", ["environment", "capitals", "config"])
def test_a_command_takes_the_header_by_the_name_of_its_credential(
    where: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, authority, seen = server
    if where == "config":
        config = Path(os.environ["STORYREEL_HOME"]) / "config.toml"
        config.parent.mkdir(parents=True, exist_ok=True)
        config.write_text('[credentials]\nstudio_key = "Bearer key-0123"\nserver_token = "token-0123"\n')
        config.chmod(0o600)
    else:
        monkeypatch.setenv("studio_key" if where == "environment" else "STUDIO_KEY", "Bearer key-0123")
    words = ["nodes", "--server", url, "--ca", str(authority), "--header", "X-Key=studio_key", "--json"]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 0, done.output
    assert seen.keys == ["Bearer key-0123"]
    assert seen.shown == (["Bearer token-0123"] if where == "config" else [""])
    assert "0123" not in done.output
    CliRunner().invoke(app, ["nodes", "--server", url, "--json"])
    assert len(seen.keys) == 1, "the next command has neither header nor authority"


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        ("X-Key=sk-0123456", "--header X-Key: there is no credential of the name behind the ="),
        ("sk-0123456", "--header takes NAME=CREDENTIAL"),
        ("X-Key=", "--header takes NAME=CREDENTIAL"),
        ("X Key=sk-0123456", "--header takes NAME=CREDENTIAL"),
        ("Host=sk-0123456", "--header can't set Host"),
        ("X-Key=TWO_LINES", "holds what no key holds"),
    ],
)
def test_a_header_that_cannot_be_sent_is_refused_and_never_shown(
    header: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWO_LINES", "sk-0123456\nHost: other")
    done = CliRunner().invoke(app, ["nodes", "--server", "http://127.0.0.1:9", "--header", header])
    assert done.exit_code == 2
    assert sentence in " ".join(done.output.split())
    assert "sk-0123456" not in done.output


def test_an_authority_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "no.pem").write_text("hello")
    words = ["nodes", "--server", "https://127.0.0.1:9", "--ca", str(tmp_path / "no.pem")]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 2 and "the certificates that --ca names can't be read" in done.output
