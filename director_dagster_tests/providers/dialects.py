"""How each provider says what all of them may have to say; `test_conformance.py` lets the simulator say it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from director_dagster.errors import (
    DirectorError,
    KeyRejected,
    ModelRetired,
    OutOfMoney,
    Overloaded,
    PromptRejected,
    RateLimited,
)


@dataclass(frozen=True)
class Said:
    """An answer that refuses a purchase."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def fault(self) -> dict[str, Any]:
        """As the simulator is told to give it."""
        return {"status": self.status, "body": json.dumps(self.body), "headers": dict(self.headers)}


def _openai(status: int, code: str, type_: str = "invalid_request_error", **headers: str) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status, {"error": {"message": "no", "type": type_, "param": None, "code": code}}, named)


def _elevenlabs(status: int, kind: str, **headers: str) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status, {"detail": {"status": kind, "message": "no"}}, named)


def _kling(status: int, code: int, **headers: str) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status, {"code": code, "message": "no", "request_id": "r-1"}, named)


def _minimax(status: int, code: int, type_: str = "error", **headers: str) -> Said:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status, {"type": "error", "error": {"type": type_, "message": f"no ({code})"}}, named)


def _google(status: int, word: str, message: str = "no", **details: object) -> Said:
    return Said(status, {"error": {"code": status, "message": message, "status": word, "details": [details]}})


REFUSED_BY_FAL = {"detail": [{"loc": ["body", "prompt"], "msg": "no", "type": "content_policy_violation"}]}
DIALECTS: Mapping[str, Mapping[type[DirectorError], Said]] = {
    "openai": {
        KeyRejected: _openai(401, "invalid_api_key"),
        OutOfMoney: _openai(429, "credit_balance_exhausted", "insufficient_quota"),
        PromptRejected: _openai(400, "moderation_blocked", "image_generation_user_error"),
        RateLimited: _openai(429, "rate_limit_exceeded", retry_after="7"),
        ModelRetired: _openai(404, "model_not_found"),
        Overloaded: _openai(503, "server_is_overloaded", "service_unavailable_error"),
    },
    "fal": {
        KeyRejected: Said(401, {"detail": "Authentication is required to access this application"}),
        OutOfMoney: Said(403, {"detail": "User is locked. Reason: Exhausted balance. Top up your balance."}),
        PromptRejected: Said(422, REFUSED_BY_FAL),
        RateLimited: Said(429, {"detail": "Too many requests"}, {"retry-after": "7"}),
        ModelRetired: Said(404, {"detail": "Application 'fal-ai/x' not found"}),
        Overloaded: Said(503, {"detail": "no", "error_type": "runner_scheduling_failure"}),
    },
    "elevenlabs": {
        KeyRejected: _elevenlabs(401, "invalid_api_key"),
        OutOfMoney: _elevenlabs(401, "quota_exceeded"),
        PromptRejected: _elevenlabs(400, "bad_prompt"),
        RateLimited: _elevenlabs(429, "too_many_concurrent_requests", retry_after="7"),
        Overloaded: _elevenlabs(429, "system_busy"),
        ModelRetired: _elevenlabs(400, "model_not_found"),
    },
    "kling": {
        KeyRejected: _kling(401, 1002),
        OutOfMoney: _kling(429, 1102),
        PromptRejected: _kling(400, 1301),
        RateLimited: _kling(429, 1303, retry_after="7"),
        ModelRetired: _kling(404, 1203),
    },
    "runway": {
        KeyRejected: Said(401, {"error": "no"}),
        OutOfMoney: Said(400, {"error": "no: You do not have enough credits to run this task."}),
        RateLimited: Said(429, {"error": "no"}, {"retry-after": "7"}),
        ModelRetired: Said(400, {"error": "no", "issues": [{"code": "x", "path": ["model"], "message": "no"}]}),
        Overloaded: Said(503, {"error": "no"}),
    },
    "minimax": {
        KeyRejected: _minimax(401, 1004, "authorized_error"),
        OutOfMoney: _minimax(402, 1008, "insufficient_balance_error"),
        PromptRejected: _minimax(422, 1026, "unprocessable_entity_error"),
        RateLimited: _minimax(429, 1002, "rate_limit_error", retry_after="7"),
        Overloaded: Said(529, {"type": "error", "error": {"type": "overloaded_error", "message": "no"}}),
    },
    "google": {
        KeyRejected: _google(400, "INVALID_ARGUMENT", reason="API_KEY_INVALID"),
        OutOfMoney: _google(429, "RESOURCE_EXHAUSTED", "no: your prepayment credits are depleted"),
        RateLimited: _google(429, "RESOURCE_EXHAUSTED", retryDelay="7s"),
        ModelRetired: _google(404, "NOT_FOUND"),
        Overloaded: _google(503, "UNAVAILABLE"),
    },
}
