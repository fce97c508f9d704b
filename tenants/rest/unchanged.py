"""`If-Match` on PATCH and DELETE: who writes, writes over what they have read and nothing newer.

The `ETag` of an object stands for what has been set of it, in this API, in the admin or by a
command. How its tests went since is no part of it.
"""

import hashlib
from collections.abc import Mapping
from typing import Any

import orjson
from django.utils.http import parse_etags
from rest_framework import exceptions, status

HEADER = "If-Match"
_NOBODY_SET = frozenset({"updated_at", "validation", "notices"})


class ChangedMeanwhile(exceptions.APIException):
    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "changed_meanwhile"
    default_detail = "It was changed after you had read it, so nothing was written. Read it again."


def etag(shown: Mapping[str, Any]) -> str:
    """Of an object as an answer shows it, by itself."""
    said = {name: value for name, value in shown.items() if name not in _NOBODY_SET}
    text = orjson.dumps(said, option=orjson.OPT_SORT_KEYS)
    return f'"{hashlib.sha256(text).hexdigest()[:32]}"'


def require(asked: str, shown: Mapping[str, Any]) -> None:
    """Raises `ChangedMeanwhile` unless the header names what is shown; a proxy may have marked it
    as weak, which those that compress do.
    """
    tags = [tag.removeprefix("W/") for tag in parse_etags(asked)]
    if "*" not in tags and etag(shown) not in tags:
        raise ChangedMeanwhile
