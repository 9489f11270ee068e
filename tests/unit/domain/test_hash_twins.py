"""The two tasks that end-to-end tests use as twins."""

from connector.domain.order import OrderKey
from tests.builders import AGREEMENT
from tests.twins import TWIN_HASH, TWIN_TASKS


def test_twins_have_the_same_hash_and_different_keys() -> None:
    first, second = (OrderKey(AGREEMENT, task_id) for task_id in TWIN_TASKS)
    assert first.external_status == second.external_status == TWIN_HASH
    assert first.text != second.text
