"""Static files: collected without the internet, and served where nothing was collected."""

import json
from pathlib import Path

from django.core.management import call_command
from django.test import Client, override_settings

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
