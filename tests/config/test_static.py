"""Static files: collected without the internet, and served where nothing was collected."""

import json
from pathlib import Path

import httpx2 as httpx
from django.core.management import call_command
from django.test import Client, override_settings

from tests.live import LivePlatform

ROOT = Path(__file__).resolve().parents[2]
MANIFEST = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}


def test_collecting_finds_every_file_that_another_names(tmp_path: Path) -> None:
    """The manifest is only written if each reference in the style sheets leads to a file."""
    with override_settings(STATIC_ROOT=tmp_path, STORAGES=MANIFEST):
        call_command("collectstatic", "--noinput", verbosity=0)
    names = json.loads((tmp_path / "staticfiles.json").read_text())["paths"]
    assert "patchbay/admin.css" in names
    assert (tmp_path / names["patchbay/admin.css"]).exists()
    assert (tmp_path / (names["unfold/css/styles.css"] + ".gz")).exists()


def test_pages_load_nothing_from_elsewhere_and_all_that_they_load_is_there(db: None) -> None:
    client = Client()
    page = client.get("/admin/login/").content.decode()
    loaded = [part.partition('"')[0] for part in page.split('src="')[1:]]
    loaded += [part.partition('"')[0] for part in page.split('<link href="')[1:]]
    assert len(loaded) > 10
    for address in loaded:
        assert address.startswith("/static/")
        response = client.get(address)
        assert response.status_code == 200, address
        assert "access-control-allow-origin" not in response.headers
        response.close()


def test_the_gateway_serves_a_file_whole_in_part_and_not_again_without_a_warning(
    live: LivePlatform,
) -> None:
    url = f"{live.url}/static/patchbay/admin.css"
    text = (ROOT / "tenants/static/patchbay/admin.css").read_bytes()
    with httpx.Client(headers={"accept-encoding": "identity"}) as client:
        whole = client.get(url)
        head = client.head(url)
        part = client.get(url, headers={"range": "bytes=3-9"})
        beyond = client.get(url, headers={"range": f"bytes={len(text)}-"})
        known = client.get(url, headers={"if-modified-since": whole.headers["last-modified"]})

    assert (whole.status_code, whole.content) == (200, text)
    assert whole.headers["content-type"] == 'text/css; charset="utf-8"'
    assert (head.content, head.headers["content-length"]) == (b"", str(len(text)))
    assert (part.status_code, part.content) == (206, text[3:10])
    assert beyond.status_code == 416
    assert (known.status_code, known.content) == (304, b"")
    assert "StreamingHttpResponse" not in live.log.read_text()
