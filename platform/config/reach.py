"""Whether `make run` may call its own demo, looked at before anything is started or written."""

from ipaddress import ip_address, ip_network

from django.conf import settings

from config.first_run import DEMO_DIR


class OutOfReach(Exception):
    """The demo's endpoints may not be called; the text says what to add, or what else to do."""


def look() -> None:
    """Raises `OutOfReach` where the `.env` is one of a deployment, which has no demo."""
    home = ip_address("127.0.0.1")
    missing = []
    if not any(home in ip_network(network) for network in settings.EGRESS_ALLOW_CIDRS):
        missing.append("EGRESS_ALLOW_CIDRS=127.0.0.0/8")
    if not settings.EGRESS_CA_FILE:
        missing.append(f"EGRESS_CA_FILE={DEMO_DIR}/ca.pem")
    if missing:
        raise OutOfReach(
            "The demo's endpoints are on this machine, and Patchbay may not call them. Set"
            f" {' and '.join(missing)} in .env, or start Patchbay without the demo:"
            " `manage.py serve` and `manage.py worker`."
        )
