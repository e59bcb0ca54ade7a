"""`storyreel doctor`, as it is typed."""

from __future__ import annotations

from . import options


def doctor(
    server: options.Server = None,
    header: options.Header = None,
    ca: options.Authority = None,
    as_json: options.Json = False,
) -> None:
    """See whether all that a film needs is there.

    Says how to get what is missing.

    \b
    storyreel doctor
    storyreel doctor --server http://127.0.0.1:8188
    """
    from ..display.console import session

    with session(as_json) as talk:
        from ..tables.findings import show_findings
        from .doctor import examine

        findings = examine(server)
        ok = not any(finding.matters for finding in findings)
        plain = {
            "ok": ok,
            "findings": [finding.to_plain() for finding in findings],
            "warnings": [],
            "error": None,
        }
        talk.result(plain, lambda out: show_findings(out, findings), 0 if ok else 1)
