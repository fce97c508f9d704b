"""Made-up dispatches."""

import time
from itertools import count
from typing import Any

from usage.records import Final, Intent

_numbers = count(1)


def intent(**given: Any) -> Intent:
    number = next(_numbers)
    values: dict[str, Any] = {
        "dispatch_id": f"dsp_{number:026d}",
        "event_id": f"evt_{number:026d}",
        "tenant_id": "ten_acme",
        "agent_id": "agt_reception",
        "endpoint_id": "end_house",
        "call_id": f"call_{number:026d}",
        "external_call_id": f"CA{number}",
        "provider": "custom-llm",
        "format_in": "openai-chat",
        "format_out": "openai-chat",
        "started_at": time.time(),
        "bytes_in": 812,
    }
    return Intent(**values | given)


def final(of: Intent, **given: Any) -> Final:
    values: dict[str, Any] = {
        "dispatch_id": of.dispatch_id,
        "outcome": "ok",
        "ended_at": of.started_at + 1.2047,
        "status": 200,
        "bytes_out": 9120,
        "tokens_prompt": 31,
        "tokens_completion": 57,
        "tokens_reasoning": 0,
        "tokens_source": "reported",
        "timing_ms": {
            "connect": 11.2,
            "first_byte": 182.0,
            "first_content": 183.1,
            "total": 1204.7,
            "gateway": 0.9,
        },
    }
    return Final(**values | given)
