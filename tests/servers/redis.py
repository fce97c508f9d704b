"""A private Redis."""

import shutil

import redis

from tests.servers.program import Program, missing


class Redis(Program):
    """Keeps nothing on disk: a restart begins empty."""

    def __init__(self) -> None:
        if shutil.which("redis-server") is None:
            missing("no redis-server (Debian: apt-get install redis-server)")
        super().__init__()

    def command(self) -> list[str]:
        options = ["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        return ["redis-server", "--port", str(self.port), "--dir", str(self.folder), *options]

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def answers(self) -> bool:
        try:
            with redis.Redis.from_url(self.url, socket_connect_timeout=2) as client:
                return bool(client.ping())
        except redis.ConnectionError:
            return False


class GivenRedis:
    """A server that somebody else runs (`TEST_REDIS_URL`): it can be used, not stopped."""

    def __init__(self, url: str) -> None:
        self.url = url
