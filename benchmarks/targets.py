"""What is measured side by side: the upstream itself, nginx before it, Patchbay before it."""

import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.live import LivePlatform
from tests.servers.program import free_port, wait_until
from tests.upstreams.authority import Authority

_PATH = "/v1/chat/completions"
TOKEN = "benchmark-token-0123456789"

NGINX_PATH = "/usr/sbin:/usr/local/sbin:/usr/bin"
REQUESTS = 'proxy_set_header Connection "";'
SOCKETS = 'proxy_set_header Connection "Upgrade"; proxy_set_header Upgrade $http_upgrade;'
"""What nginx must be told of the two kinds of dispatch."""

# Both proxies keep 128 idle connections to the upstream.
NGINX_CONFIG = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 1000000;
  tcp_nodelay on;
  upstream llm {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass https://llm;
      proxy_http_version 1.1;
      {headers}
      proxy_set_header Authorization "Bearer {token}";
      proxy_buffering off;
      proxy_ssl_verify on;
      proxy_ssl_trusted_certificate {ca};
      proxy_ssl_name localhost;
      proxy_ssl_server_name on;
      proxy_ssl_protocols TLSv1.2 TLSv1.3;
    }}
  }}
}}
"""


@dataclass
class Target:
    """`pid`: whose processor time counts, with its children; none for the upstream itself."""

    name: str
    pid: int | None
    plan: dict[str, Any] = field(default_factory=dict)


class NginxMissing(SystemExit):
    pass


def upstream(stack: ExitStack, folder: Path, authority: Authority) -> tuple[Target, int]:
    chain, key = authority.files(folder)
    command = [sys.executable, "-m", "benchmarks.upstream", chain, key]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    stack.callback(end, process)
    assert process.stdout is not None
    port = int(process.stdout.readline())
    plan = {"host": "127.0.0.1", "port": port, "path": _PATH, "ca_file": authority.ca_file}
    return Target("direct", None, plan), process.pid


def nginx(
    stack: ExitStack, folder: Path, authority: Authority, port: int, headers: str = REQUESTS
) -> Target:
    program = shutil.which("nginx", path=NGINX_PATH)
    if program is None:
        raise NginxMissing(
            "nginx is not installed, and without it there is nothing to compare with. "
            "Debian and Ubuntu: apt-get install nginx-light. Or leave it out: --without nginx"
        )
    folder = folder / "nginx"
    folder.mkdir()
    own = free_port()
    config = folder / "nginx.conf"
    config.write_text(
        NGINX_CONFIG.format(
            folder=folder, port=own, upstream=port, ca=authority.ca_file, token=TOKEN,
            headers=headers,
        )
    )  # fmt: skip
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(config)]
    process = subprocess.Popen(command)
    stack.callback(end, process)
    wait_until((folder / "nginx.pid").exists, 10, "nginx")
    return Target("nginx", process.pid, {"host": "127.0.0.1", "port": own, "path": _PATH})


def patchbay(stack: ExitStack, folder: Path, authority: Authority, port: int) -> list[Target]:
    """`manage.py serve` and two agents patched to the upstream, called with a tenant's key.

    Both are called in OpenAI's format: what one's endpoint says passes through, the other's, which
    speaks Anthropic's, is translated.
    """
    platform = stack.enter_context(LivePlatform(folder / "patchbay", authority))
    platform.start()
    tenant = platform.tenant("enterprise")
    upstream = f"https://localhost:{port}"
    agents = {
        "patchbay": tenant.agent(upstream + _PATH, token=TOKEN),
        "translated": tenant.agent(
            f"{upstream}/v1/messages", token=TOKEN, wire_format="anthropic-messages"
        ),
    }
    pid = platform.pid()
    plan = {"host": "127.0.0.1", "port": platform.port, "key": tenant.key}
    return [
        Target(name, pid, {**plan, "path": agent.chat_url.removeprefix(platform.url)})
        for name, agent in agents.items()
    ]


def end(process: "subprocess.Popen[Any]") -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
