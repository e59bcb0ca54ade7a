"""Refusals of every shape that services send: what they say, of what kind they are, when to come again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from storyreel.studio.providers.http_errors import NOT_ACCEPTED, kind_of, retry_after, told


def google(status: int, word: str, message: str, *details: dict[str, Any]) -> Any:
    return {"error": {"code": status, "status": word, "message": message, "details": list(details)}}


RETRY = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "34.5s"}
DAY = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"quotaId": "GenerateRequestsPerDayPerProjectPerModel-FreeTier"}],
}
MINUTE = {
    "@type": "type.googleapis.com/google.rpc.QuotaFailure",
    "violations": [{"quotaId": "GenerateRequestsPerMinutePerProjectPerModel"}],
}
PLAN = "You exceeded your current quota, please check your plan and billing details."
KEY = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "API_KEY_INVALID"}

CASES: list[tuple[int, Any, str, str]] = [
    (429, google(429, "RESOURCE_EXHAUSTED", PLAN, MINUTE, RETRY), "rate", "plan and billing"),
    (429, google(429, "RESOURCE_EXHAUSTED", PLAN, DAY), "quota", "plan and billing"),
    (429, google(429, "RESOURCE_EXHAUSTED", "Your prepayment credits are depleted."), "no_money", "depleted"),
    (
        429,
        google(429, "RESOURCE_EXHAUSTED", "Your project has exceeded its spending cap."),
        "no_money",
        "cap",
    ),
    (503, google(503, "UNAVAILABLE", "The model is overloaded."), "busy", "overloaded"),
    (503, [google(503, "UNAVAILABLE", "In an array")], "busy", "In an array"),
    (400, google(400, "INVALID_ARGUMENT", "API key not valid.", KEY), "auth", "not valid"),
    (400, google(400, "FAILED_PRECONDITION", "Please enable billing on the project."), "no_money", "billing"),
    (403, google(403, "PERMISSION_DENIED", "This API method requires billing."), "no_money", "billing"),
    (403, google(403, "PERMISSION_DENIED", "Permission denied on resource."), "auth", "denied"),
    (400, google(400, "INVALID_ARGUMENT", "The prompt violates our safety rules."), "blocked", "safety"),
    (400, {"error": {"code": "invalid_request", "message": "duration must be text"}}, "invalid", "duration"),
    (404, google(404, "NOT_FOUND", "models/veo-1 is no longer available."), "invalid", "no longer"),
    (
        400,
        {
            "error": "Validation of body failed",
            "issues": [
                {"code": "x", "message": "Required", "path": ["references", 0, "uri"]},
                {"message": "Odd"},
            ],
            "docUrl": "https://x",
        },
        "invalid",
        "Validation of body failed: references.0.uri: Required; Odd",
    ),
    (400, {"error": "You do not have enough credits to run this task."}, "no_money", "enough credits"),
    (403, {"detail": "User is locked. Reason: Exhausted balance."}, "no_money", "User is locked"),
    (
        422,
        {
            "detail": [
                {"loc": ["body", "seed"], "msg": "Not an integer", "type": "int_type"},
                {"msg": "Odd"},
                7,
            ]
        },
        "invalid",
        "body.seed: Not an integer; Odd",
    ),
    (503, {"detail": "No machine", "error_type": "runner_scheduling_failure"}, "busy", "No machine"),
    (400, {"detail": {"why": "x" * 900}}, "invalid", "xxx"),
    (402, {"error": "Payment required"}, "no_money", "Payment"),
    (429, {"error": "You have reached your daily limit of tasks for this model."}, "quota", "daily"),
    (429, {"error": "Too many requests"}, "rate", "Too many"),
    (401, {"error": "invalid_grant", "error_description": "Bad"}, "auth", "invalid_grant: Bad"),
    (422, {"message": "moderation said no"}, "blocked", "moderation"),
    (400, {"error": None}, "invalid", ""),
    (400, {"error": {"details": "none"}}, "invalid", ""),
    (400, "just a text", "invalid", "just a text"),
    (400, [], "invalid", "[]"),
    (400, 7, "invalid", "7"),
]


@pytest.mark.parametrize(("status", "body", "kind", "words"), CASES)
def test_kinds(status: int, body: Any, kind: str, words: str) -> None:
    said = told(json.dumps(body).encode())
    assert words in said.message
    assert kind_of(status, said) == kind


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", ""),
        (b"<html><head><title>502 &amp; more</title></head><body>x</body></html>", "a web page: 502 & more"),
        (b"<html><style>p{}</style><p>Bad   <b>day</b></p>", "a web page: Bad day"),
        (b"\xff\xfe\x00", "\ufffd\ufffd\x00"),
        (b"{broken", "{broken"),
        (json.dumps({"error": "x" * 5000}).encode(), "x" * 400 + "…"),
        (b"y" * 3_000_000, "y" * 400 + "…"),
        (b'{"error": "' + b"z" * 2_000_000 + b'"}', '{"error": "' + "z" * 389 + "…"),
    ],
    ids=range(8),
)
def test_bodies_of_every_shape(body: bytes, message: str) -> None:
    assert told(body).message == message


def test_when_to_come_again() -> None:
    limited = told(json.dumps(google(429, "RESOURCE_EXHAUSTED", PLAN, RETRY)).encode())
    assert retry_after({}, limited) == 34.5
    assert retry_after({"retry-after": "60"}, limited) == 60, "the longer of two"
    assert retry_after({"retry-after": "later"}, told(b"{}")) is None
    odd = told(json.dumps(google(429, "X", "x", RETRY | {"retryDelay": "soon"})).encode())
    assert retry_after({}, odd) is None


def test_after_these_nobody_knows() -> None:
    assert {400, 401, 404} <= NOT_ACCEPTED and not {302, 408, 409, 429, 500, 502, 503, 504} & NOT_ACCEPTED
