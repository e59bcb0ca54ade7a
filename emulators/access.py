"""Who may come in: the keys and tokens that the emulators gave out themselves, and the links that they signed.

Vertex is entered as in life: a service-account file with a private key; the client signs a JWT with it and
gets a bearer token for that at `token_uri`. The file is made once per record, so that a restarted emulator
knows the tokens and links of the one before.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from functools import cache
from pathlib import Path
from typing import Any

PROJECT = "storyreel-rehearsal"
LOCATION = "us-central1"
BUCKET = "storyreel-rehearsal"
ACCOUNT = f"rehearsal@{PROJECT}.iam.gserviceaccount.com"
SCOPES = (
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/devstorage.read_write",
)
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TOKEN_SECONDS = 3600


class Denied(Exception):
    """A token request that the token endpoint refuses; `code` is OAuth's."""

    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


class Access:
    """Keys, tokens and signatures. `folder` keeps the service-account file and the secret behind tokens."""

    def __init__(self, folder: Path) -> None:
        self.account = folder / "service-account.json"
        if self.account.exists():
            self._about = json.loads(self.account.read_text(encoding="utf-8"))
        else:
            self._about = {
                "type": "service_account",
                "project_id": PROJECT,
                "private_key_id": hashlib.sha256(_private_key()).hexdigest()[:40],
                "private_key": _private_key().decode(),
                "client_email": ACCOUNT,
                "client_id": "100000000000000000000",
                "universe_domain": "googleapis.com",
            }
        self._given: dict[str, str] = {}
        self._secret = hashlib.sha256(b"storyreel" + self._about["private_key"].encode()).digest()

    def key(self, name: str) -> str:
        """The key to a door, or another credential by its name; in the shape that the vendor's have."""
        digits = self._digest(name).hex()
        shapes = {
            "google": "AIzaSy" + self._word(name, 33),
            "runway": "key_" + digits * 2,
            "fal": f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:32]}:{digits[32:]}",
        }
        self._given[name] = shapes.get(name, f"sk-{digits}")
        return self._given[name]

    def publish(self, token_uri: str) -> None:
        """Writes the service-account file, for its owner only; the token endpoint's address is in it."""
        self._about["token_uri"] = token_uri
        self.account.parent.mkdir(parents=True, exist_ok=True)
        part = self.account.with_name(f".{secrets.token_hex(4)}.part")
        part.touch(0o600)
        part.write_text(json.dumps(self._about, indent=1), encoding="utf-8")
        part.replace(self.account)

    def token_for(self, assertion: str) -> str:
        """A bearer token for a signed JWT. Raises Denied for one that isn't ours, is stale or asks too much."""
        parts = assertion.split(".")
        try:
            head, claims = (json.loads(_unbase64(part)) for part in parts[:2])
            signature = _unbase64(parts[2])
        except (ValueError, IndexError, TypeError):
            raise Denied("invalid_grant", "Invalid JWT: it can't be read.") from None
        if len(parts) != 3 or not isinstance(head, dict) or not isinstance(claims, dict):
            raise Denied("invalid_grant", "Invalid JWT: it can't be read.")
        if head.get("alg") != "RS256" or not self._signed(".".join(parts[:2]).encode(), signature):
            raise Denied("invalid_grant", "Invalid JWT Signature.")
        if claims.get("iss") != ACCOUNT:
            raise Denied("invalid_grant", "Invalid grant: account not found")
        if claims.get("aud") not in (self._about["token_uri"], "https://oauth2.googleapis.com/token"):
            raise Denied("invalid_grant", "Invalid JWT: Failed audience check.")
        now, issued, ends = time.time(), claims.get("iat"), claims.get("exp")
        if not isinstance(issued, int) or not isinstance(ends, int):
            raise Denied("invalid_grant", "Invalid JWT: iat and exp must be whole seconds.")
        if not (issued - 300 <= now < ends and ends - issued <= 3600 + 300):
            raise Denied(
                "invalid_grant",
                "Invalid JWT: Token must be a short-lived token (60 minutes) and in a "
                "reasonable timeframe. Check your iat and exp values in the JWT claim.",
            )
        scopes = str(claims.get("scope") or "").split()
        if not scopes:
            raise Denied("invalid_scope", "Empty or missing scope not allowed.")
        if not set(scopes) & set(SCOPES):
            raise Denied("invalid_scope", "Some requested scopes were invalid.")
        return self.token(now + TOKEN_SECONDS)

    def token(self, until: float) -> str:
        end = str(int(until))
        return f"ya29.{end}.{self._word('token ' + end, 40)}"

    def token_holds(self, token: str) -> bool:
        parts = token.split(".")
        if len(parts) != 3 or not parts[1].isdigit():
            return False
        return hmac.compare_digest(token, self.token(int(parts[1]))) and time.time() < int(parts[1])

    def sign(self, text: str) -> str:
        return self._word(f"link {text}", 43)

    def secrets(self) -> tuple[str, ...]:
        """What must never be seen where it doesn't belong."""
        return *self._given.values(), "ya29."

    def _signed(self, data: bytes, signature: bytes) -> bool:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import padding, rsa

        key = serialization.load_pem_private_key(self._about["private_key"].encode(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        try:
            key.public_key().verify(signature, data, padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return False
        return True

    def _digest(self, text: str) -> bytes:
        return hmac.new(self._secret, text.encode(), hashlib.sha256).digest()

    def _word(self, text: str, length: int) -> str:
        return base64.urlsafe_b64encode(self._digest(text) * 2).decode()[:length].replace("=", "A")


@cache
def _private_key() -> bytes:
    """One RSA key for all emulators of this process: making one takes a while."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _unbase64(text: str) -> Any:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
