"""`Idempotency-Key` on POST: the same request gets the same answer for 24 hours, done once.

The key is reserved in a transaction of its own, so that a second request sees it at once; the work
and its answer are then committed together, so that a crash leaves both or neither. Answers may hold
a secret that is shown once (a new API key): the row keeps them encrypted, and only the API key that
made the request is given one again. Only successes are kept.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import orjson
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from rest_framework import exceptions, status
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from tenants.models import ApiKey, IdempotentReply

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=1)  # no REST request works for so long: its process is gone
HEADER = "Idempotency-Key"
REPLAYED = "Idempotent-Replayed"
_SHAPE = re.compile(r"[\x21-\x7e]{1,255}")


class KeyReused(exceptions.APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_code = "idempotency_key_reused"
    default_detail = f"This {HEADER} was sent before with another request or by another API key."


class InProgress(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "idempotency_in_progress"
    default_detail = f"The first request with this {HEADER} is still being worked on."


def once(request: Request, work: Callable[[], Response]) -> Response:
    """Does `work` unless the request's key has an answer already, which is then given again."""
    key = request.headers.get(HEADER)
    if key is None:
        return work()
    if not _SHAPE.fullmatch(key):
        refusal = "It must be 1 to 255 visible ASCII characters."
        raise exceptions.ValidationError({HEADER: [refusal]})
    reply = _reserve(request, key)
    if reply.status is not None:
        body = orjson.loads(reply.body.reveal())
        return Response(body, reply.status, headers={REPLAYED: "true"})
    try:
        return _done_and_kept(reply, work)
    finally:
        IdempotentReply.objects.filter(pk=reply.pk, status__isnull=True).delete()


def prune() -> int:
    """Deletes answers that are kept no longer; returns how many."""
    return IdempotentReply.objects.filter(_over()).delete()[0]


def _over() -> Q:
    now = timezone.now()
    abandoned = Q(status__isnull=True, created_at__lt=now - ABANDONED)
    return Q(created_at__lt=now - KEPT) | abandoned


def _reserve(request: Request, key: str) -> IdempotentReply:
    """A fresh row, or the finished one of the same request. Raises `KeyReused`, `InProgress`."""
    caller = request.auth
    assert isinstance(caller, ApiKey)  # noqa: S101 - narrows what the permission established
    rows = IdempotentReply.objects.filter(tenant=caller.tenant, key=key)
    rows.filter(_over()).delete()
    said = _request_hash(request, caller.pk)
    try:
        with transaction.atomic():
            return IdempotentReply.objects.create(tenant=caller.tenant, key=key, request_hash=said)
    except IntegrityError:
        earlier = rows.first()
    if earlier is None:  # finished with a failure between the two statements
        raise InProgress
    if not hmac.compare_digest(earlier.request_hash, said):
        raise KeyReused
    if earlier.status is None:
        raise InProgress
    return earlier


def _done_and_kept(reply: IdempotentReply, work: Callable[[], Response]) -> Response:
    with transaction.atomic():
        response = work()
        if status.is_success(response.status_code):
            reply.status = response.status_code
            reply.body = JSONRenderer().render(response.data).decode()
            reply.save(update_fields=["status", "body"])
        return response


def _request_hash(request: Request, key_id: str) -> str:
    """Keyed, because a request may hold a secret that is weaker than a hash is fast."""
    said: list[Any] = [key_id, request.method, request.get_full_path(), request.data]
    try:
        text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError as error:  # what is read may be deeper than what is written
        raise exceptions.ParseError("The body is nested too deeply.") from error
    return hmac.digest(settings.SECRET_KEY.encode(), text, hashlib.sha256).hex()
