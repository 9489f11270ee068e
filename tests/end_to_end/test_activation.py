"""Activation proves both logins and says which of them is wrong; nothing is stored before that."""

from typing import Any

import httpx

from sandbox.smartday import demo as smartday_demo
from sandbox.twentyfoursevenoffice import demo as erp_demo
from tests.end_to_end.world import LOGINS, World

OTHER = smartday_demo.OTHER_AGREEMENT_NUMBER

OTHER_LOGINS = {
    "bridge_user": smartday_demo.OTHER_BRIDGE_USER,
    "bridge_password": smartday_demo.OTHER_BRIDGE_PASSWORD,
    "erp_username": erp_demo.SECOND_USERNAME,
    "erp_password": erp_demo.SECOND_PASSWORD,
}
"""A Bridge user of another agreement, and an ERP user who reaches two companies."""


def activate_other(world: World, query: str = "", **changes: Any) -> httpx.Response:
    """PUT another agreement, which nobody has activated, without a session."""
    body = {"active": True, **OTHER_LOGINS, **changes}
    return httpx.put(
        f"{world.local.api_url}/integrations/{OTHER}{query}", json=body, timeout=60, trust_env=False
    )


def refusal(answer: httpx.Response) -> tuple[int, str, list[str]]:
    """Status, code, and the fields it is about."""
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, problem["code"], [one["field"] for one in problem.get("errors", [])]


def test_a_wrong_bridge_password_is_named(world: World) -> None:
    answer = activate_other(world, bridge_password="Feil passord")
    assert refusal(answer) == (422, "invalid_bridge_login", ["bridge_user", "bridge_password"])


def test_a_wrong_erp_password_is_named(world: World) -> None:
    answer = activate_other(world, erp_password="Feil passord")
    assert refusal(answer) == (422, "invalid_erp_login", ["erp_username", "erp_password"])


def test_an_agreement_that_is_not_theirs_is_named(world: World) -> None:
    bridge = {name: LOGINS[name] for name in ("bridge_user", "bridge_password")}
    assert refusal(activate_other(world, **bridge)) == (422, "agreement_mismatch", ["agreement_number"])


def test_a_user_of_several_companies_chooses_one_and_sees_which_before_anything_is_stored(
    world: World,
) -> None:
    answer = activate_other(world)
    assert refusal(answer) == (422, "choose_identity", ["erp_identity_id"])
    choices = {one["company_name"]: one["erp_identity_id"] for one in answer.json()["identities"]}
    assert choices == {
        "Fjordbyrå Elektro AS": erp_demo.SECOND_IDENTITY_ID,
        "Fjordbyrå Rør AS": erp_demo.THIRD_IDENTITY_ID,
    }
    checked = activate_other(world, "?check=true", erp_identity_id=choices["Fjordbyrå Rør AS"])
    assert checked.status_code == 200
    assert checked.json()["state"] == "not_activated"
    assert checked.json()["agreement_name"] == smartday_demo.OTHER_AGREEMENT_NAME
    assert checked.json()["erp_company"] == {"id": str(erp_demo.THIRD_CLIENT_ID), "name": "Fjordbyrå Rør AS"}


def test_a_company_of_another_agreement_is_refused(world: World) -> None:
    erp = {name: LOGINS[name] for name in ("erp_username", "erp_password")}
    assert refusal(activate_other(world, **erp))[:2] == (409, "company_tied")


def test_an_erp_that_does_not_answer_is_named(world: World) -> None:
    with world.erp_fault(name="reset", operation="Login", times=None):
        assert refusal(activate_other(world))[:2] == (502, "erp_unreachable")


def test_a_session_reaches_its_own_agreement_only_and_refusals_left_nothing(world: World) -> None:
    with httpx.Client(base_url=world.local.api_url, timeout=60, trust_env=False) as other:
        proof = {name: OTHER_LOGINS[name] for name in ("bridge_user", "bridge_password")}
        opened = other.post("/sessions", json={"agreement_number": OTHER, **proof})
        assert opened.status_code == 201
        other.headers["Authorization"] = f"Bearer {opened.json()['token']}"
        assert other.get(f"/integrations/{OTHER}").json()["state"] == "not_activated"
        assert refusal(other.get("/integrations/104477"))[:2] == (403, "other_agreement")
    subscriptions = world.stand_ins.smartday("GET", f"/webhooks?agreement_number={OTHER}")["subscriptions"]
    assert subscriptions == []


def test_without_a_session_nothing_is_shown(world: World) -> None:
    answer = httpx.get(f"{world.local.api_url}/integrations/104477", trust_env=False)
    assert refusal(answer)[:2] == (401, "unauthenticated")
