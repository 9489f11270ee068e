"""`make recover` says when it sent nothing, and why; what it brings about is shown end to end."""

import socket

import pytest

from sandbox.recover import main


@pytest.mark.parametrize("given", ["", "Nordlys Service AS"])
def test_without_an_agreement_number_nothing_is_sent(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("AGREEMENT", given)
    with pytest.raises(SystemExit, match=r"Nothing was sent\. Say which agreement"):
        main()


def test_an_account_that_cannot_be_reached_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        port = gone.getsockname()[1]
    for name, value in {
        "AGREEMENT": "104477",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ACCESS_KEY_ID": "000000000000",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": "eu-north-1",
        "AWS_MAX_ATTEMPTS": "1",
    }.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit, match=rf"Nothing was sent\..*:{port}"):
        main()
