"""What no door of the API lets in: bodies that are too large, not UTF-8 or not JSON."""

import json

import pytest

from sandbox.figures import AGREEMENT
from tests.end_to_end.world import EXAMPLE_TASK, World
from tests.handlers.signing import signed

DOORS = (
    ("POST", "/sessions"),
    ("PUT", f"/integrations/{AGREEMENT}"),
    ("POST", f"/integrations/{AGREEMENT}/imports"),
    ("POST", f"/integrations/{AGREEMENT}/tasks/resend"),
    ("POST", f"/integrations/{AGREEMENT}/tasks/{EXAMPLE_TASK}/do-not-send"),
)
WEBHOOKS = f"/webhooks/smartday/{AGREEMENT}"

LARGE = json.dumps({"active": "x" * 300_000}).encode()
NOT_UTF8 = '{"active": "blåbær"}'.encode("latin-1")
NOT_JSON = b"active=true"
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(("method", "path"), DOORS, ids=[path for _, path in DOORS])
@pytest.mark.parametrize(
    ("body", "refused"),
    [(LARGE, (413, "too_large")), (NOT_UTF8, (400, "malformed")), (NOT_JSON, (400, "malformed"))],
    ids=["large", "not UTF-8", "not JSON"],
)
def test_the_door_refuses(
    world: World, method: str, path: str, body: bytes, refused: tuple[int, str]
) -> None:
    answer = world.api.request(method, path, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == refused
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "refused"),
    [(LARGE, (413, "too_large")), (NOT_UTF8, (401, "not_genuine")), (NOT_JSON, (401, "not_genuine"))],
    ids=["large", "not UTF-8", "not JSON"],
)
def test_an_unsigned_webhook_is_refused(world: World, body: bytes, refused: tuple[int, str]) -> None:
    answer = world.api.post(WEBHOOKS, content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == refused


def test_a_signed_webhook_that_is_not_json_is_refused(world: World) -> None:
    answer = world.api.post(WEBHOOKS, content=NOT_JSON, headers=JSON | signed(world.local, NOT_JSON))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed")
