"""The test certificate authority, and server certificates for the names that tests use."""

import ssl
from datetime import datetime
from pathlib import Path

import trustme

NAMES = ("localhost", "llm.test.localhost", "*.test.localhost", "127.0.0.1", "::1")


class Authority:
    """One CA; `ca_file` is what clients must trust. Nothing else signs with its key."""

    def __init__(self, folder: Path) -> None:
        self._ca = trustme.CA()
        self.ca_file = str(folder / "test-ca.pem")
        self._ca.cert_pem.write_to_path(self.ca_file)

    def context(
        self,
        *names: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> ssl.SSLContext:
        """A server context with a certificate for `names` (all test names by default)."""
        leaf = self._ca.issue_cert(*(names or NAMES), not_before=not_before, not_after=not_after)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        leaf.configure_cert(context)
        return context

    def files(self, folder: Path, *names: str) -> tuple[str, str]:
        """Paths of a certificate chain and its key, for servers that are programs."""
        leaf = self._ca.issue_cert(*(names or NAMES))
        chain, key = folder / "chain.pem", folder / "key.pem"
        chain.write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
        leaf.private_key_pem.write_to_path(str(key))
        return str(chain), str(key)
