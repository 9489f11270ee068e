"""Each poll looks at our webhook subscription, and makes it anew when Smartday would send us nothing."""

from dataclasses import dataclass, field, replace

import pytest

from connector.domain.derived_keys import webhook_secret
from connector.domain.integration import IntegrationState
from connector.errors import CredentialsRejected, Refused, RetryLater, Side
from connector.ports import Subscription
from connector.usecases.mend_subscription import SubscriptionPorts, mend_subscription
from tests.builders import AGREEMENT, integration
from tests.fakes.field_service import MemoryFieldService
from tests.fakes.stores import MemoryIntegrationStore

KEY = b"nokkel"
API = "https://api.eksempel.invalid"
OURS = f"{API}/webhooks/smartday/{AGREEMENT}?k=3"


@dataclass
class World:
    """An integration of the third generation, and Smartday without a subscription."""

    smartday: MemoryFieldService = field(default_factory=MemoryFieldService)
    integrations: MemoryIntegrationStore = field(default_factory=MemoryIntegrationStore)

    def __post_init__(self) -> None:
        self.integrations.save(replace(integration(), secret_generation=3))

    def mend(self) -> bool:
        ports = SubscriptionPorts(
            integrations=self.integrations,
            field_service=lambda _: self.smartday,
            api_url=lambda: f"{API}/",
            master_key=lambda: KEY,
        )
        return mend_subscription(ports, AGREEMENT)


@pytest.fixture
def world() -> World:
    return World()


def test_a_subscription_as_it_should_be_costs_one_read(world: World) -> None:
    world.smartday.subscribed = Subscription(OURS, is_active=True)
    assert world.mend() is False
    assert world.smartday.calls == {"subscription": 1}


@pytest.mark.parametrize(
    "found",
    [
        None,
        Subscription(OURS, is_active=False),
        Subscription(OURS.replace("k=3", "k=2"), is_active=True),
        Subscription(OURS.replace("api", "gammel"), is_active=True),
    ],
    ids=["gone", "paused", "another generation", "another address"],
)
def test_one_that_brings_nothing_is_made_anew_with_the_same_secret(
    world: World, found: Subscription | None
) -> None:
    world.smartday.subscribed = found
    assert world.mend() is True
    assert world.smartday.subscribed == Subscription(OURS, is_active=True)
    assert world.smartday.webhook_secret == webhook_secret(KEY, AGREEMENT, 3)
    assert world.mend() is False


@pytest.mark.parametrize("state", [one for one in IntegrationState if one is not IntegrationState.ACTIVE])
def test_that_of_an_integration_that_is_not_active_is_left_alone(
    world: World, state: IntegrationState
) -> None:
    stored = world.integrations.integrations[AGREEMENT]
    world.integrations.save(replace(stored, state=state))
    assert world.mend() is False
    assert not world.smartday.calls


def test_an_agreement_without_integration_has_none(world: World) -> None:
    world.integrations.integrations.clear()
    assert world.mend() is False


@pytest.mark.parametrize(
    "shown",
    [
        OURS.replace("?", "/?"),
        OURS.replace("https://api.eksempel", "HTTPS://API.Eksempel"),
        OURS.replace("smartday", "smart%64ay"),
    ],
)
def test_one_whose_address_is_only_written_otherwise_is_as_it_should_be(world: World, shown: str) -> None:
    world.smartday.subscribed = Subscription(shown, is_active=True)
    assert world.mend() is False


@pytest.mark.parametrize("method", ["subscription", "subscribe"])
def test_who_may_not_subscribe_goes_on_by_the_poll_alone(world: World, method: str) -> None:
    world.smartday.fail(method, CredentialsRejected(Side.SMARTDAY, "feature_missing"))
    with pytest.raises(CredentialsRejected):
        world.mend()
    assert world.integrations.integrations[AGREEMENT].is_active


@pytest.mark.parametrize("method", ["subscription", "subscribe"])
@pytest.mark.parametrize("error", [RetryLater("smartday_unreachable"), Refused(Side.SMARTDAY, "malformed")])
def test_what_smartday_answers_else_is_the_next_polls_matter(
    world: World, method: str, error: Exception
) -> None:
    world.smartday.fail(method, error)
    with pytest.raises(type(error)):
        world.mend()
    assert world.mend() is True
