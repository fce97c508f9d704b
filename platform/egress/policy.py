"""Which addresses may be called: the operator's part, fixed at start."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import urlsplit

_LOOPBACK = (IPv4Address("127.0.0.1"), IPv6Address("::1"))


@dataclass(frozen=True, slots=True)
class Policy:
    """`allow_cidrs`: private networks of the operator. `ca_file`: extra trust roots, PEM.

    `own_hosts`: what leads back to us, each a host (all its ports) or `host:port`.
    """

    allow_cidrs: tuple[IPv4Network | IPv6Network, ...] = ()
    own_hosts: frozenset[str] = frozenset()
    ca_file: str = ""

    @classmethod
    def of(
        cls, *, allow_cidrs: Iterable[str] = (), public_url: str = "", ca_file: str = ""
    ) -> "Policy":
        """From the texts of the operator's variables. Raises `ValueError` for a wrong one."""
        networks = tuple(ip_network(each) for each in allow_cidrs)
        return cls(networks, _own_hosts(public_url), ca_file)

    def opens(self, address: IPv4Address | IPv6Address) -> bool:
        """Whether the operator named a network that holds this address."""
        return any(address in network for network in self.allow_cidrs)

    def loopback(self) -> tuple[str, ...]:
        """The loopback addresses that the operator opened; `localhost` means exactly these."""
        return tuple(str(address) for address in _LOOPBACK if self.opens(address))

    def opens_private_names(self) -> bool:
        """Whether a network beyond loopback is open, so that its internal names make sense."""
        return any(not network.is_loopback for network in self.allow_cidrs)


def _own_hosts(public_url: str) -> frozenset[str]:
    """A public name is ours on every port; `localhost` or an address only on the one we serve."""
    parts = urlsplit(public_url)
    host = parts.hostname
    if host is None:
        return frozenset()
    local = host == "localhost" or host.endswith(".localhost") or _is_address(host)
    port = parts.port or (80 if parts.scheme == "http" else 443)
    return frozenset({f"{host}:{port}" if local else host})


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
