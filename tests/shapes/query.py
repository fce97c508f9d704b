"""What a URL asks for."""

from urllib.parse import parse_qs, urlsplit


def query_of(path: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
