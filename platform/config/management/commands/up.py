"""Starts all of Patchbay on this machine, with a demo, and shows one dispatch."""

import json
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config import demo as demos
from config import ports, reach
from config.once import AlreadyRuns, alone
from config.processes import Processes, ProgramDied, Stopped
from config.start import close_var
from usage.models import CallEvent
from usage.rest.serializers import EventSerializer

START_SECONDS = 45.0
CALL_SECONDS = 30.0


class Command(BaseCommand):
    help = "Migrate, make a demo tenant, start gateway, worker and demo endpoints, and stay up."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="stop after the first dispatch")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with alone():
                reach.look()
                ports.look()
                self._run(once=options["once"])
        except (AlreadyRuns, reach.OutOfReach, ports.NoRoom) as reason:
            raise SystemExit(str(reason)) from None  # a sentence for a person, and exit code 1

    def _run(self, *, once: bool) -> None:
        try:
            with Processes() as processes:
                demo = self._prepare(processes)
                for program in demos.programs(demo):
                    processes.start(program)
                processes.run(demos.readiness(), START_SECONDS)
                self._show_a_dispatch(processes, demo)
                if demos.can_speak(demo):
                    self._show_speech(processes, demo)
                self._say_where(demo)
                if not once:
                    self._stay_up(processes)
        except Stopped:
            self.stdout.write("Stopped.")
        except ProgramDied as died:
            raise CommandError(str(died)) from died

    def _stay_up(self, processes: Processes) -> None:
        try:
            processes.watch()
        except Stopped:
            self.stdout.write("\nStopping; calls that are running may finish ...")
            self.stdout.flush()
            raise

    def _prepare(self, processes: Processes) -> demos.Demo:
        close_var()
        processes.run(demos.certificate(), START_SECONDS)
        self.stdout.write("Bringing the database up to date ...")
        call_command("migrate", verbosity=0)
        demo = demos.ensure()
        self.stdout.write(
            f"Starting the demo's endpoints, the gateway and the worker (logs: {demos.LOGS}/) ..."
        )
        return demo

    def _show_a_dispatch(self, processes: Processes, demo: demos.Demo) -> None:
        before = CallEvent.objects.filter(tenant_id=demo.tenant).count()
        self.stdout.write(
            f"\nA call through the hosted URL, asking {demos.QUESTION!r}:\n\n  ", ending=""
        )
        self.stdout.flush()
        processes.run(demos.first_call(demo), CALL_SECONDS)
        event = demos.newest_event(demo, after=before)
        if event is None:
            raise CommandError("The call left no usage event within 10 s; /readyz says why.")
        self.stdout.write("\nWhat it used, as its provider_usage event says:\n")
        self.stdout.write(json.dumps(EventSerializer(event).data, indent=2))

    def _show_speech(self, processes: Processes, demo: demos.Demo) -> None:
        self.stdout.write(
            f"\nOut of the voice jack and into the transcriber jack: {demos.SENTENCE!r}\n\n"
        )
        if missing := demos.stand_ins():
            self.stdout.write(
                f"(stand-ins are used for what is not installed: {', '.join(missing)})\n"
            )
        self.stdout.flush()
        processes.run(demos.spoken_call(demo), CALL_SECONDS)

    def _say_where(self, demo: demos.Demo) -> None:
        body = '{"model":"any","stream":true,"messages":[{"role":"user","content":"Hi"}]}'
        self.stdout.write(f"""
Hosted URL   {demo.hosted_url}
API key      {demo.key}
Web admin    {settings.PUBLIC_URL}/admin/
  e-mail     {demos.OWNER}
  password   {demo.password}
REST API     {settings.PUBLIC_URL}/api/docs

Try it:      curl -N {demo.hosted_url}/chat/completions \\
               -H 'Authorization: Bearer {demo.key}' \\
               -H 'Content-Type: application/json' -d '{body}'

Ctrl-C stops everything.""")
        self.stdout.flush()
