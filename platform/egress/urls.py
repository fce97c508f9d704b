"""The rules a tenant's URL must keep: checked when it is saved and again at every dispatch."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

import idna
from yarl import URL

from egress.addresses import is_allowed
from egress.errors import UrlRefused
from egress.policy import Policy

MAX_LENGTH = 2048
DEFAULT_PORT = 443

# Databases, brokers, consoles and node agents, which no tenant's model listens on.
DENIED_PORTS = frozenset(
    {
        1433, 1521, 1883, 2049, 2181, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 4505, 4506, 5432,
        5672, 5900, 5984, 5985, 5986, 6000, 6379, 6380, 6443, 7000, 7001, 8086, 8091, 8300, 8500,
        8600, 9042, 9092, 9200, 9300, 10250, 10255, 10256, 10257, 10259, 11211, 15672, 16379,
        25672, 26257, 26379, 27017, 27018, 27019, 50070, 61616,
    }
)  # fmt: skip

# Refused with or without an open private network: special-use names and metadata services.
DENIED_NAMES = (
    "example", "instance-data", "instance-data.ec2.internal", "invalid", "kubernetes.default",
    "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "metadata.azure.internal",
    "metadata.goog", "metadata.google.internal", "metadata.tencentyun.com", "onion",
)  # fmt: skip

# Names of private networks: of use only when the operator opened one; its addresses decide.
PRIVATE_NAMES = (
    "arpa", "cluster.local", "corp", "home", "internal", "intranet", "lan", "local",
    "localdomain", "private", "svc", "test",
)  # fmt: skip

_LOOPBACK_NAMES = ("localhost",)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PORT = re.compile(r"[1-9][0-9]{0,4}")
_PLAIN_TARGET = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]*")
_SECURE = {"http": "https", "ws": "wss"}


@dataclass(frozen=True, slots=True)
class CheckedUrl:
    """A URL that kept all rules. `host` is the A-label form without brackets or last dot.

    `target` is path and query as they go on the request line; `literal` says that `host` is an
    IP address of the operator's networks.
    """

    scheme: str
    host: str
    port: int
    target: str
    literal: bool

    @property
    def authority(self) -> str:
        """What the `Host` header says."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORT else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The canonical spelling."""
        return f"{self.scheme}://{self.authority}{self.target}"


def check_url(url: str, *, schemes: Collection[str], policy: Policy) -> CheckedUrl:
    """The URL in parts. Raises `UrlRefused`, whose `detail` tells the user what to do.

    Pure: looks at the text only. The addresses behind the name are checked by each connection.
    """
    _check_characters(url)
    scheme = _scheme(url, schemes)
    authority = re.split(r"[/?#]", url[len(scheme) + 3 :], maxsplit=1)[0]
    _check_authority(url, authority)
    split, parsed = _parse_twice(url)
    port = _port(authority, split)
    literal = _literal(split.hostname or "")
    if literal is not None:
        host = _operator_literal(literal, split.hostname or "", policy)
    else:
        host = _name(split.hostname or "", parsed)
        _check_name(host, policy)
    _check_port(port, private=literal is not None or is_private_name(host))
    if host in policy.own_hosts or f"{host}:{port}" in policy.own_hosts:
        raise UrlRefused("This URL leads back to Patchbay itself. Enter your own server's URL.")
    return CheckedUrl(scheme, host, port, _target(url, scheme, authority, parsed), bool(literal))


def _check_characters(url: str) -> None:
    if not url:
        raise UrlRefused("Enter a URL.")
    if len(url) > MAX_LENGTH:
        raise UrlRefused(f"The URL is longer than {MAX_LENGTH} characters. Shorten it.")
    if any(char == "\\" or char == " " or unicodedata.category(char)[0] in "CZ" for char in url):
        raise UrlRefused("The URL holds a space, a backslash or an invisible character. Remove it.")


def _scheme(url: str, schemes: Collection[str]) -> str:
    scheme, separator, _ = url.partition("://")
    if separator and scheme in schemes:
        return scheme
    wanted = " or ".join(f"{each}://" for each in sorted(schemes))
    secure = _SECURE.get(scheme.lower(), "")
    if separator and secure in schemes:
        raise UrlRefused(
            f"Plain {scheme.lower()}:// would send tokens and calls unprotected:"
            f" use {secure}://… instead."
        )
    raise UrlRefused(f"The URL must start with {wanted} (in small letters).")


def _check_authority(url: str, authority: str) -> None:
    if not authority:
        raise UrlRefused("Write the server's name after ://, as in https://llm.example.com/v1.")
    if "@" in authority:
        raise UrlRefused(
            "Leave user names and passwords out of the URL; give the token as authentication."
        )
    if "%" in authority:
        raise UrlRefused("Write the host name without percent signs.")
    if "[" in authority and ":" not in authority.partition("]")[0]:
        raise UrlRefused("Write the host name without brackets.")
    if "#" in url:
        raise UrlRefused("Remove the part from # on; it is never sent to a server.")


def _parse_twice(url: str) -> tuple[SplitResult, URL]:
    """Two parsers that must mean the same host and port, so that no spelling can divide them."""
    try:
        split, parsed = urlsplit(url), URL(url)
        agree = (split.scheme, split.port or DEFAULT_PORT) == (parsed.scheme, parsed.port)
        if agree and _encoded(split.hostname or "") == _encoded(parsed.raw_host or ""):
            return split, parsed
    except (ValueError, UnicodeError):
        pass  # answered below: both cases are a URL that cannot be read one way
    raise UrlRefused("The host or port of the URL cannot be read. Check its spelling.")


def _encoded(host: str) -> str:
    """The A-label form, by UTS 46. Raises `idna.IDNAError`, a `UnicodeError`."""
    if host.isascii():
        return host.lower().removesuffix(".")
    return idna.encode(host, uts46=True).decode().removesuffix(".")


def _port(authority: str, split: SplitResult) -> int:
    _, colon, text = authority.rpartition("]")[2].partition(":")
    if colon and not _PORT.fullmatch(text):
        raise UrlRefused("Write the port as a plain number after the colon, or leave both out.")
    return split.port or DEFAULT_PORT


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _operator_literal(address: IPv4Address | IPv6Address, text: str, policy: Policy) -> str:
    if str(address) != text or not policy.opens(address) or not is_allowed(text, policy):
        raise UrlRefused("Use a host name with a certificate, not an IP address.")
    return text


def _name(host: str, parsed: URL) -> str:
    """The A-label form of a name in host grammar."""
    name = _encoded(host)
    labels = name.split(".")
    if not host.isascii():
        _check_disguise(host, labels)
    if len(name) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise UrlRefused(
            "The host name may hold only letters, digits, hyphens and dots. Check its spelling."
        )
    if _NUMERIC.fullmatch(labels[-1]):
        raise UrlRefused("Use a host name with a certificate, not an IP address.")
    if len(labels) < 2 and name != "localhost":
        raise UrlRefused("Use the server's full name, such as llm.example.com.")
    return name


def _check_disguise(host: str, labels: list[str]) -> None:
    """Letters that only look different, such as circled or full-width ones, hide another name."""
    shown = host.removesuffix(".").split(".")
    honest = len(shown) == len(labels) and all(
        label.isascii() or encoded.startswith("xn--")
        for label, encoded in zip(shown, labels, strict=True)
    )
    if not honest:
        raise UrlRefused("Write the host name in plain letters and dots.")


def _check_name(host: str, policy: Policy) -> None:
    if _ends_in(host, _LOOPBACK_NAMES):
        if not policy.loopback():
            raise UrlRefused(
                "The name localhost is this machine, not yours."
                " Use one that the internet can resolve."
            )
    elif _ends_in(host, DENIED_NAMES) or (
        _ends_in(host, PRIVATE_NAMES) and not policy.opens_private_names()
    ):
        raise UrlRefused(
            "This name is private or reserved. Use a name that the internet can resolve."
        )


def is_private_name(host: str) -> bool:
    """Whether the name belongs to this machine or a private network, never to public DNS."""
    return _ends_in(host, PRIVATE_NAMES) or _ends_in(host, _LOOPBACK_NAMES)


def _ends_in(host: str, suffixes: Collection[str]) -> bool:
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in suffixes)


def _check_port(port: int, *, private: bool) -> None:
    usual = port == DEFAULT_PORT or port >= 1024
    if not usual or (port in DENIED_PORTS and not private):
        raise UrlRefused(
            f"Port {port} is not allowed. Serve on 443, 8443 or another port above 1023"
            " that is not a database's or an administration port."
        )


def _target(url: str, scheme: str, authority: str, parsed: URL) -> str:
    """Path and query: byte for byte as given where possible, for signed URLs depend on it."""
    target = url[len(scheme) + 3 + len(authority) :]
    if not _PLAIN_TARGET.fullmatch(target):
        target = parsed.raw_path_qs
    return target if target.startswith("/") else f"/{target}"
