"""The workers of the three queues: what they answer decides which messages come again."""

from collections.abc import Callable

import pytest

from tests.handlers.conftest import read_event
from tests.handlers.runtime import Function

Functions = Callable[[str], Function]


@pytest.mark.parametrize(
    ("name", "event"),
    [
        ("CreateOrderFunction", "order_queue"),
        ("ImportMasterDataFunction", "import_queue"),
        ("ReconcileTasksFunction", "reconcile_queue"),
    ],
)
def test_a_batch_that_is_done_does_not_come_again(function: Functions, name: str, event: str) -> None:
    assert function(name).invoke(read_event(event)) == {"batchItemFailures": []}


@pytest.mark.parametrize(
    ("name", "event", "poison"),
    [
        ("CreateOrderFunction", "order_queue_poison", "00000000-0000-4000-8000-000000000005"),
        ("ImportMasterDataFunction", "import_queue_poison", "00000000-0000-4000-8000-000000000002"),
    ],
)
def test_only_the_poison_message_comes_again(function: Functions, name: str, event: str, poison: str) -> None:
    answer = function(name).invoke(read_event(event))
    assert answer == {"batchItemFailures": [{"itemIdentifier": poison}]}
