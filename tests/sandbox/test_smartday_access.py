"""Login, agreement, limits and faults of the Bridge stand-in."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from sandbox.serving import serve
from sandbox.smartday import demo
from sandbox.smartday.app import create_app
from sandbox.smartday.state import Options

HERE = {"Smartday-Agreement": demo.AGREEMENT_NUMBER}
LOGIN = httpx.BasicAuth(demo.BRIDGE_USER, demo.BRIDGE_PASSWORD)


@pytest.fixture(scope="module")
def running() -> Iterator[str]:
    with serve(create_app(Options(tasks=130, requests_per_minute=10_000))) as url:
        yield url


def refused(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == answer.status_code
    assert body["request_id"] == answer.headers["Smartday-Request-Id"]
    return answer.status_code, body["code"]


def test_the_right_login_sees_its_agreement(bridge: httpx.Client) -> None:
    answer = bridge.get("/agreement")
    assert (answer.status_code, answer.json()["number"]) == (200, "104477")
    assert answer.json()["time_zone"] == "Europe/Oslo"


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer x",
        "Basic ikke-base64",
        "Basic /////w==",
        httpx.BasicAuth("ukjent", demo.BRIDGE_PASSWORD)._auth_header,
        httpx.BasicAuth(demo.BRIDGE_USER, "feil")._auth_header,
    ],
)
def test_a_wrong_login_is_refused(running: str, header: str | None) -> None:
    headers = HERE | ({"Authorization": header} if header else {})
    answer = httpx.get(f"{running}/v1/agreement", headers=headers)
    assert refused(answer) == (401, "invalid_credentials")
    assert answer.json()["detail"] == "Bridge-bruker eller Bridge-passord er feil."
    assert "RateLimit-Limit" not in answer.headers


def test_failed_logins_are_counted_until_one_succeeds(bridge: httpx.Client, control: httpx.Client) -> None:
    for _ in range(3):
        bridge.get("/agreement", auth=httpx.BasicAuth(demo.BRIDGE_USER, "feil"))
    assert control.get("/logins").json()["failed_in_a_row"] == {demo.BRIDGE_USER: 3}
    bridge.get("/agreement")
    counted = control.get("/logins").json()
    assert counted == {"failed_logins": {demo.BRIDGE_USER: 3}, "failed_in_a_row": {}}


def test_another_customers_agreement_is_refused(bridge: httpx.Client) -> None:
    answer = bridge.get("/agreement", headers={"Smartday-Agreement": demo.OTHER_AGREEMENT_NUMBER})
    assert refused(answer) == (403, "agreement_mismatch")
    assert answer.json()["detail"] == "Brukeren har ikke tilgang til avtale 104478."


def test_the_other_agreement_sees_nothing_of_the_first(running: str) -> None:
    answer = httpx.get(
        f"{running}/v1/tasks",
        auth=httpx.BasicAuth(demo.OTHER_BRIDGE_USER, demo.OTHER_BRIDGE_PASSWORD),
        headers={"Smartday-Agreement": demo.OTHER_AGREEMENT_NUMBER},
    )
    assert answer.json()["items"] == []


def test_credentials_can_expire_and_change(bridge: httpx.Client, control: httpx.Client) -> None:
    control.post("/credentials", json={"expired": True}).raise_for_status()
    assert refused(bridge.get("/agreement")) == (401, "credentials_expired")
    control.post("/credentials", json={"expired": False, "bridge_password": "Nytt-æøå"}).raise_for_status()
    assert refused(bridge.get("/agreement")) == (401, "invalid_credentials")
    assert bridge.get("/agreement", auth=httpx.BasicAuth(demo.BRIDGE_USER, "Nytt-æøå")).status_code == 200
    control.post("/credentials", json={"bridge_password": demo.BRIDGE_PASSWORD, "has_bridge": False})
    assert refused(bridge.get("/agreement")) == (403, "feature_missing")


def test_unknown_addresses_and_methods_are_problems(bridge: httpx.Client) -> None:
    assert refused(bridge.get("/finnes-ikke")) == (404, "not_found")
    assert refused(bridge.delete("/tasks")) == (405, "method_not_allowed")


def test_the_minutes_limit_is_announced_and_kept() -> None:
    with (
        serve(create_app(Options(tasks=0, requests_per_minute=2))) as url,
        httpx.Client(base_url=f"{url}/v1", auth=LOGIN, headers=HERE) as bridge,
    ):
        assert bridge.get("/agreement").headers["RateLimit-Remaining"] == "1"
        assert bridge.get("/agreement").headers["RateLimit-Remaining"] == "0"
        third = bridge.get("/agreement")
        assert refused(third) == (429, "rate_limited")
        assert third.json()["detail"] == "Grensen er 2 forespørsler per minutt."
        assert 1 <= int(third.headers["Retry-After"]) <= 60
        assert third.headers["RateLimit-Limit"] == "2"


def test_more_calls_at_a_time_than_allowed_are_refused() -> None:
    with (
        serve(create_app(Options(tasks=0, concurrent=1))) as url,
        httpx.Client(base_url=f"{url}/v1", auth=LOGIN, headers=HERE) as bridge,
        httpx.Client(base_url=f"{url}/_control") as control,
        ThreadPoolExecutor() as threads,
    ):
        plant(control, name="delay", seconds=0.5)
        slow = threads.submit(bridge.get, "/agreement")
        while not control.get("/calls").json()["total"]:
            assert not slow.done()
        second = bridge.get("/agreement")
        assert refused(second) == (429, "rate_limited")
        assert second.headers["Retry-After"] == "1"
        assert slow.result().status_code == 200
        assert bridge.get("/agreement").status_code == 200
        assert control.get("/calls").json() == {"total": {"get_agreement": 3}, "max_in_flight": 2}


def plant(control: httpx.Client, **fault: Any) -> None:
    control.post("/faults", json=fault).raise_for_status()


def test_a_planted_status_is_a_problem_and_gone_after_one_hit(
    bridge: httpx.Client, control: httpx.Client
) -> None:
    plant(
        control,
        name="status",
        status=429,
        retry_after="Wed, 21 Oct 2026 07:28:00 GMT",
        operation="list_tasks",
    )
    answer = bridge.get("/tasks")
    assert refused(answer) == (429, "rate_limited")
    assert answer.headers["Retry-After"] == "Wed, 21 Oct 2026 07:28:00 GMT"
    assert bridge.get("/tasks").status_code == 200


def test_a_reset_after_the_effect_leaves_the_effect(bridge: httpx.Client, control: httpx.Client) -> None:
    plant(control, name="reset", when="after", operation="put_customer")
    with pytest.raises(httpx.TransportError):
        bridge.put("/customers/10021", json={"name": "Åse"})
    assert bridge.get("/customers/10021").json()["name"] == "Åse"


def test_a_reset_before_the_effect_leaves_nothing(bridge: httpx.Client, control: httpx.Client) -> None:
    plant(control, name="reset", operation="put_customer")
    with pytest.raises(httpx.TransportError):
        bridge.put("/customers/10021", json={"name": "Åse"})
    assert bridge.get("/customers/10021").status_code == 404


def test_an_item_is_rejected_inside_a_successful_batch(bridge: httpx.Client, control: httpx.Client) -> None:
    plant(control, name="fault_in_success", operation="batch_products")
    items = [{"external_number": n, "name": n} for n in ("A", "B")]
    answer = bridge.post("/products:batch", json={"items": items})
    assert [r["outcome"] for r in answer.json()["results"]] == ["rejected", "created"]


def test_pages_can_come_twice_or_be_lost(bridge: httpx.Client, control: httpx.Client) -> None:
    first = bridge.get("/tasks").json()
    plant(control, name="repeated_page", operation="list_tasks")
    assert bridge.get("/tasks", params={"cursor": first["next_cursor"]}).json() == first
    plant(control, name="missing_page", operation="list_tasks")
    lost = bridge.get("/tasks").json()
    # Its cursor is another when the second has turned: a cursor knows when it was given.
    assert lost | {"next_cursor": ""} == first | {"items": [], "next_cursor": ""}


def test_elements_can_be_new_or_missing(bridge: httpx.Client, control: httpx.Client) -> None:
    plant(control, name="unknown_element", operation="get_task")
    assert "nytt_felt" in bridge.get("/tasks/48213").json()
    plant(control, name="missing_element", element="customer", operation="get_task")
    assert "customer" not in bridge.get("/tasks/48213").json()


def test_a_senseless_fault_is_refused_with_the_reason(control: httpx.Client) -> None:
    answer = control.post("/faults", json={"name": "repeated_page", "operation": "get_task"})
    assert answer.status_code == 422
