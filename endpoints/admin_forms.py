"""The form of an endpoint: what a tenant fills in, handed to the services as it is."""

from typing import Any

from django import forms
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from endpoints.admin_fields import (
    CLOCK_LABELS,
    channels,
    read_setting,
    setting_field_name,
    setting_field_names,
    wire_format_help,
    with_generated,
    written_setting,
)
from endpoints.admin_labels import named
from endpoints.models import Channel, Endpoint
from endpoints.services import endpoints as services
from endpoints.services.agents import NATIVE_FORMATS
from endpoints.services.endpoints import EndpointChanges, Saved
from tenants.admin_auth import TYPE, AuthForm, with_auth
from tenants.admin_names import told_apart
from tenants.models import TenantProvider
from wire.registry import wire_choices_of

STORED = "provider"


@with_generated
@with_auth((STORED, "A stored credential"))
class EndpointForm(AuthForm):
    name = forms.CharField(max_length=120, widget=UnfoldAdminTextInputWidget)
    channel = forms.ChoiceField(choices=channels, widget=UnfoldAdminSelectWidget)
    wire_format = forms.ChoiceField(
        label="Wire format",
        widget=UnfoldAdminSelectWidget({"data-groups": "channel"}),
        help_text=wire_format_help(),
    )
    url = forms.CharField(
        label="URL",
        widget=UnfoldAdminTextInputWidget(
            {"placeholder": "https://llm.example.com/v1/chat/completions"}
        ),
        help_text="The whole address that requests are sent to, with its path: https://, of a"
        " transcriber wss://.",
    )
    model = forms.CharField(
        max_length=200,
        required=False,
        widget=UnfoldAdminTextInputWidget,
        help_text="Replaces the model that callers ask for. Left empty, theirs is passed on.",
    )
    auth_provider = forms.ChoiceField(
        label="Stored credential",
        required=False,
        widget=UnfoldAdminSelectWidget({"data-when": f"{TYPE}={STORED}"}),
    )
    more_urls = forms.CharField(
        label="More URLs",
        required=False,
        widget=UnfoldAdminTextareaWidget({"rows": 3}),
        help_text="One a line, tried in this order when the first cannot be reached.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        endpoint: Endpoint = self.instance
        adding = endpoint._state.adding
        tenant_id = self.scope.tenant.id if adding and self.scope.tenant else endpoint.tenant_id
        self._offer(tenant_id, "" if adding else endpoint.channel)
        if adding:
            self.fields[TYPE].initial = "bearer"
        else:
            del self.fields["channel"]
            self._fill(endpoint)

    def _offer(self, tenant_id: str, channel: str) -> None:
        """Choices of one tenant, and on an existing endpoint of its channel."""
        of_channel = [name for name, _ in channels() if channel in ("", name)]
        groups = [(str(Channel(name).label), _native_first(name)) for name in of_channel]
        rows = TenantProvider.objects.filter(
            tenant_id=tenant_id,
            owner_endpoint_id="",
            provider__in=[f"custom-{name}" for name in of_channel],
        )
        credentials = list(told_apart(named(row) for row in rows.order_by("name", "id")).items())
        self._choose("wire_format", groups)
        self._choose("auth_provider", [("", "Choose one"), *credentials])
        if not credentials:
            select = self.fields[TYPE]
            kept = [choice for choice in select.choices if choice[0] != STORED]  # type: ignore[attr-defined]
            self._choose(TYPE, kept)

    def _choose(self, name: str, choices: list[Any]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def _fill(self, endpoint: Endpoint) -> None:
        urls = [target.shown_url for target in endpoint.targets.all()]
        values = {
            "name": endpoint.name,
            "wire_format": endpoint.wire_format,
            "model": endpoint.model,
            "url": urls[0] if urls else "",
            "more_urls": "\n".join(urls[1:]),
        }
        values |= {f"timeout_{name}": value for name, value in endpoint.timeouts.items()}
        for name, value in endpoint.settings.items():
            values[setting_field_name(endpoint.wire_format, name)] = written_setting(value)
        for name, value in values.items():
            if name in self.fields:
                self.fields[name].initial = value
        self._fill_auth(endpoint.provider)

    def _fill_auth(self, row: TenantProvider | None) -> None:
        if row is not None and not row.owner_endpoint_id:
            self.fields[TYPE].initial = STORED
            self.fields["auth_provider"].initial = row.id
        else:
            self.show_stored(row)

    def auth(self) -> dict[str, str]:
        if self.cleaned_data[TYPE] == STORED:
            return {"provider": self.cleaned_data["auth_provider"]}
        return super().auth()

    def write(self) -> Endpoint:
        given, tenant = self._given(), self.scope.tenant
        if self.instance._state.adding:
            assert tenant is not None  # noqa: S101 - `has_add_permission` asks for one
            given["auth"] = self.auth()
            self.saved: Saved = services.endpoint_create(
                tenant=tenant, channel=self.cleaned_data["channel"], **given
            )
        else:
            if self.auth_changed():
                given["auth"] = self.auth()
            self.saved = services.endpoint_update(
                tenant=self.instance.tenant, endpoint=self.instance, **given
            )
        return self.saved.endpoint

    def _given(self) -> EndpointChanges:
        data, wire_format = self.cleaned_data, self.cleaned_data["wire_format"]
        prefix = setting_field_name(wire_format, "")
        return {
            "name": data["name"],
            "wire_format": wire_format,
            "urls": [data["url"], *data["more_urls"].split()],
            "model": data["model"],
            "timeouts": {name: data[f"timeout_{name}"] for name in CLOCK_LABELS},
            "settings": {
                name.removeprefix(prefix): read_setting(self.fields[name], data[name])
                for name in setting_field_names()
                if name.startswith(prefix)
            },
        }

    def field_named(self, name: str) -> str:
        base, _, rest = name.partition(".")
        if base == "timeouts":
            return f"timeout_{rest}"
        if base == "settings":
            return setting_field_name(self.cleaned_data.get("wire_format", ""), rest)
        if name == "auth.provider":
            return "auth_provider"
        return {"urls": "more_urls"}.get(name) or super().field_named(name)


def _native_first(channel: str) -> list[tuple[str, str]]:
    """The wire formats of a channel; the first is what a new endpoint is taken to speak."""
    return sorted(wire_choices_of(channel), key=lambda pair: pair[0] != NATIVE_FORMATS[channel])
