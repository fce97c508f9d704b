"""Settings of the test suite: the real ones, with a throw-away environment."""

import atexit
import os
import shutil
import tempfile

_SCRATCH = tempfile.mkdtemp(prefix="patchbay-tests-")
atexit.register(shutil.rmtree, _SCRATCH, ignore_errors=True)
os.environ.setdefault("SECRET_KEY", "tests-only-" + "k" * 48)
os.environ.setdefault("VAULT_KEYS", "test1:" + "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=")
os.environ.setdefault("DATABASE_URL", f"sqlite:///{_SCRATCH}/patchbay.sqlite3")
os.environ.setdefault("SPOOL_DIR", f"{_SCRATCH}/spool")
os.environ.setdefault("ALLOWED_HOSTS", "testserver,localhost,127.0.0.1")

# An `.env` in the working tree must not reach the tests: what it could set is set here already.
for _name in ("EGRESS_ALLOW_CIDRS", "EGRESS_CA_FILE", "REDIS_URL"):
    os.environ.setdefault(_name, "")
for _name, _value in (
    ("HOST", "127.0.0.1"),
    ("PORT", "8000"),
    ("PUBLIC_URL", "http://127.0.0.1:8000"),
):
    os.environ.setdefault(_name, _value)

from config.settings import *  # noqa: E402, F403 - the environment above comes first

# A file, so that the real processes which some tests start see the test's database.
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):  # noqa: F405 - from the settings above
    DATABASES["default"]["TEST"] = {"NAME": f"{_SCRATCH}/tests.sqlite3"}  # noqa: F405 - the same

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # thousands of sign-ups
