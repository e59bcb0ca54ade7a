"""A server behind TLS with an authority of one's own, and a bearer token: HTTP and websocket alike."""

from __future__ import annotations

import base64
import datetime
import hashlib
import ipaddress
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
from storyreel.runner.client.api import ComfyClient
from storyreel.runner.client.listen import Listener
from storyreel.studio.errors import ServerError

NAME = "STORYREEL_TEST"


class Comfy(BaseHTTPRequestHandler):
    """Answers one question, and one websocket with one message."""

    shown: list[str]

    def do_GET(self) -> None:
        self.shown.append(self.headers.get("Authorization", ""))
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


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, Path, list[str]]]:
    """Its address, the file of the authority that signed its certificate (itself), and the logins that it saw."""
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
    shown: list[str] = []
    handler: Any = type("Handler", (Comfy,), {"shown": shown})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        http.daemon_threads = True
        http.socket = context.wrap_socket(http.socket, server_side=True)
        threading.Thread(target=http.serve_forever, args=(0.01,), daemon=True).start()
        yield f"https://127.0.0.1:{http.server_port}", public, shown
        http.shutdown()


def test_a_certificate_that_is_not_trusted_is_said(server: Any) -> None:
    with ComfyClient(server[0]) as client, pytest.raises(ServerError, match="certificate") as caught:
        client.system_stats()
    assert "SSL_CERT_FILE" in caught.value.hint


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_of_ones_own_and_a_token_reach_http_and_websocket(
    variable: str, server: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, authority, shown = server
    for other in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(variable, str(authority))
    with ComfyClient(url, token="token-0123") as client:
        assert client.system_stats() == {}
        listener = Listener(client)
        listener.start()
        assert listener.messages.get(timeout=5) == "{}"
        listener.close()
    assert set(shown) == {"Bearer token-0123"}
