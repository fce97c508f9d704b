"""Static files under ASGI, which WhiteNoise itself knows nothing of."""

from django.http import HttpRequest, HttpResponse
from whitenoise.middleware import WhiteNoiseMiddleware
from whitenoise.responders import StaticFile


class StaticFiles(WhiteNoiseMiddleware):  # type: ignore[misc] # whitenoise has no types
    """Answers with a file as a whole.

    WhiteNoise streams it from a plain iterator, which Django's ASGI handler warns of and then reads
    to its end before it sends a byte: so nothing is held here that was not held before.
    """

    @staticmethod
    def serve(static_file: StaticFile, request: HttpRequest) -> HttpResponse:
        found = static_file.get_response(request.method, request.META)
        content = b""
        if found.file is not None:
            with found.file as file:
                content = file.read()
        response = HttpResponse(content, status=int(found.status))
        del response.headers["content-type"]  # WhiteNoise names it where there is a body
        for name, value in found.headers:
            response.headers[name] = value
        return response
