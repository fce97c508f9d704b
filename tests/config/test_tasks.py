"""What goes by the clock."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from config import tasks
from config.celery import app
from endpoints.models import Endpoint, RunStatus, ValidationRun
from tenants.models import Change
from tests.tenants import rows

pytestmark = pytest.mark.django_db


def test_every_scheduled_task_exists() -> None:
    app.loader.import_default_modules()
    scheduled = {entry["task"] for entry in app.conf.beat_schedule.values()}
    assert scheduled <= set(app.tasks)


def test_old_rows_are_pruned_and_the_newest_run_of_an_endpoint_stays() -> None:
    tenant = rows.tenant()
    endpoint = Endpoint.objects.create(tenant=tenant, name="m", channel="llm", wire_format="x")
    long_ago = timezone.now() - timedelta(days=31)
    runs = [
        ValidationRun.objects.create(
            tenant=tenant,
            endpoint=endpoint,
            endpoint_version=1,
            status=RunStatus.PASSED,
            finished_at=long_ago,
        )
        for _ in range(3)
    ]
    for number, run in enumerate(runs):
        ValidationRun.objects.filter(id=run.id).update(
            created_at=long_ago + timedelta(minutes=number)
        )
    Change.objects.create(kind="agent", object_id="agt_1", tenant_id=tenant.id)
    Change.objects.update(created_at=long_ago)
    tasks.prune()
    assert list(ValidationRun.objects.all()) == [runs[-1]]
    assert not Change.objects.exists()


def test_orphaned_usage_is_shipped_and_an_empty_spool_is_no_error(
    tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SPOOL_DIR = tmp_path
    tasks.ship_orphans()
    assert "usage.shipped" in caplog.text
