"""From a caller's request to an endpoint's, and from its answer to the caller's."""

from collections.abc import Mapping
from typing import Any

from wire.errors import InvalidRequest
from wire.voice.base import HostedVoiceFormat, VoiceCall, VoiceFormat, VoiceRequest
from wire.voice.relay import Metering, SoundRelay, Translating
from wire.voice.sound import Opening, Sound


class UnfitSound(ValueError):
    """An answer of which nothing can be made that its caller takes; the text says what it is."""


class VoicePassage:
    """Between two formats, or from one to itself: then bytes pass unchanged. It keeps no state."""

    __slots__ = ("_egress", "_ingress", "same")

    def __init__(self, ingress: HostedVoiceFormat, egress: VoiceFormat) -> None:
        self._ingress = ingress
        self._egress = egress
        self.same = ingress is egress

    def write(self, request: VoiceRequest, *, model: str, settings: Mapping[str, Any]) -> VoiceCall:
        """Raises `InvalidRequest`."""
        if self.same:
            return self._ingress.pass_call(request, model=model, settings=settings)
        asked = self._asked(request.accepts)
        return self._egress.write_call(request, asked, model=model, settings=settings)

    def _asked(self, accepts: tuple[Sound, ...]) -> Sound:
        """The first that the endpoint can give; what must be made anew only where all must."""
        for wanted in accepts:
            asked = self._egress.form(wanted)
            if asked is not None:
                return asked
        kinds = " or ".join(dict.fromkeys(wanted.label for wanted in accepts))
        raise InvalidRequest(
            f"An endpoint of the format `{self._egress.name}` gives no {kinds}; ask for raw PCM."
        )

    def opening(
        self, asked: Sound, content_type: str, start: bytes, *, whole: bool
    ) -> Opening | str | None:
        return self._egress.opening(asked, content_type, start, whole=whole)

    def given(self, found: Opening, request: VoiceRequest) -> Sound:
        """The form in which the caller gets an answer that begins so. Raises `UnfitSound`."""
        if self.same and self._ingress.takes(found, request):
            return found.sound
        if found.sound.packed:
            fit = (each for each in request.accepts if each.kind == found.sound.kind)
        else:
            fit = (each for each in request.accepts if not each.packed)
        target = next(fit, None)
        if target is None:
            raise UnfitSound(
                f"It answered with {found.sound.label} where {request.accepts[0].label} is wanted."
            )
        return target

    def relay(self, found: Opening, request: VoiceRequest, target: Sound) -> SoundRelay | None:
        """`None` where the answer passes unread."""
        passes = self.same and self._ingress.takes(found, request)
        if passes and not found.events:
            return None
        reader, writer = self._egress.reader(found), self._ingress.writer(request, target)
        return Metering(reader, writer) if passes else Translating(reader, writer, target)

    def content_type(self, request: VoiceRequest, target: Sound) -> str:
        return self._ingress.content_type(request, target)

    def error(self, status: int, body: bytes) -> bytes | None:
        """An endpoint's own error in the caller's shape; `None` where it is that already."""
        if self.same:
            return None
        failure = self._egress.read_error(body)
        code = failure.code or "upstream_error"
        return self._ingress.write_error(status=status, code=code, message=failure.message)
