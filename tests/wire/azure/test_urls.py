"""The URL of a request to Azure OpenAI."""

import pytest

from wire.azure.urls import url
from wire.errors import InvalidRequest

HOST = "https://res.openai.azure.com"
VERSION = "?api-version=2024-10-21"
V1 = f"{HOST}/openai/v1/chat/completions"


def deployed(name: str) -> str:
    return f"{HOST}/openai/deployments/{name}/chat/completions"


@pytest.mark.parametrize(
    ("target", "called"),
    [
        (HOST, V1),
        (f"{HOST}/", V1),
        (f"{HOST}/openai", V1),
        (f"{HOST}/openai/v1/", V1),
        (V1, V1),
        (f"{HOST}/openai/v1?api-version=preview", f"{V1}?api-version=preview"),
        (f"{HOST}{VERSION}", deployed("house") + VERSION),
        (f"{HOST}/openai/{VERSION}", deployed("house") + VERSION),
        (f"{HOST}/openai/deployments{VERSION}", deployed("house") + VERSION),
        (f"{HOST}/openai/deployments/theirs{VERSION}", deployed("house") + VERSION),
        (f"{HOST}/openai/deployments/theirs", deployed("house")),
        (deployed("theirs") + VERSION, deployed("house") + VERSION),
        ("https://gw.example.com/azure/openai/v1", "https://gw.example.com/azure/openai/v1"
         "/chat/completions"),
    ],
)  # fmt: skip
def test_what_is_missing_is_put_behind_the_url(target: str, called: str) -> None:
    assert url(target, model="house", asked="any") == called


def test_own_model_comes_before_the_urls_and_that_before_the_callers() -> None:
    named = deployed("theirs") + VERSION
    assert url(named, model="", asked="gpt-4o") == named
    assert url(HOST + VERSION, model="", asked="gpt-4o") == deployed("gpt-4o") + VERSION
    assert url(HOST + VERSION, model="", asked=None) == deployed("default") + VERSION
    assert url(V1, model="", asked="gpt-4o") == V1


@pytest.mark.parametrize("asked", ["../../admin", "a/b?x=1#y", "@evil.example", r"\1"])
def test_no_model_that_a_caller_asks_for_leads_elsewhere(asked: str) -> None:
    target = deployed("x") + VERSION
    for called in (
        url(HOST + VERSION, model="", asked=asked),
        url(target, model=asked, asked=None),
    ):
        name = called.removeprefix(f"{HOST}/openai/deployments/").partition("/")[0]
        assert called == deployed(name) + VERSION
        assert not set(name) & set("/?#@\\")


@pytest.mark.parametrize("asked", [".", ".."])
def test_a_model_that_stands_for_another_folder_is_refused(asked: str) -> None:
    with pytest.raises(InvalidRequest, match="name of a deployment"):
        url(HOST + VERSION, model="", asked=asked)
