"""Old usage goes, the rest stays."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from tests.usage.rows import event
from usage.models import Call, CallEvent
from usage.retention import prune

DAY = 86_400.0


@pytest.mark.django_db
def test_what_ended_before_goes_in_batches_and_the_rest_stays() -> None:
    now = timezone.now()
    for age in (100, 95, 91, 90.5, 90.1):
        event("ten_a", started_at=now.timestamp() - age * DAY)
    kept = [event("ten_a", started_at=now.timestamp() - age * DAY) for age in (89.9, 1)]
    assert prune(now - timedelta(days=90), batch=2) == 10
    assert set(CallEvent.objects.values_list("pk", flat=True)) == {row.pk for row in kept}
    assert set(Call.objects.values_list("pk", flat=True)) == {row.call_id for row in kept}


@pytest.mark.django_db
def test_a_call_that_goes_on_stays_whole_in_the_list_of_calls() -> None:
    now = timezone.now().timestamp()
    event("ten_a", started_at=now - 100 * DAY, call_id="call_long")
    Call.objects.update(ended_at=timezone.now())
    assert prune(timezone.now() - timedelta(days=90)) == 1
    assert Call.objects.filter(pk="call_long").exists()


@pytest.mark.django_db
def test_the_command_deletes_what_it_says(capsys: pytest.CaptureFixture[str]) -> None:
    event("ten_a", started_at=timezone.now().timestamp() - 91 * DAY)
    call_command("usage_prune", "--older-than=92d")
    call_command("usage_prune", "--older-than=90d")
    assert capsys.readouterr().out == "0 rows deleted\n2 rows deleted\n"


@pytest.mark.parametrize("age", ["90", "0d", "-1d", "1.5d", "٣d", ""])
def test_the_command_refuses_what_is_no_number_of_days(age: str) -> None:
    with pytest.raises(CommandError, match="no number of days"):
        call_command("usage_prune", f"--older-than={age}")
