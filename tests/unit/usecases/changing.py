"""A task that has its order, and ways to change it in Smartday."""

from dataclasses import replace
from decimal import Decimal

from connector.domain.task import Registration
from connector.domain.task_record import TaskState
from tests.builders import registration
from tests.unit.usecases.ordering import World

ORDER = "5001"
NEW = registration(id="r-new", description="Ekstra klemme", quantity=Decimal(4), net_amount=Decimal(400))


def ordered_world() -> World:
    """The example task has its order, and Smartday its receipt: version 8, lines exported."""
    world = World()
    world.hear()
    assert world.state() is TaskState.ORDERED
    return world


def lines(world: World) -> tuple[Registration, ...]:
    """The task's registrations as Smartday has them now."""
    return world.smartday.tasks["48213"].registrations


def change(world: World, *registrations: Registration, version: int = 9, **changes: object) -> None:
    """The task changes in Smartday and a message tells of it."""
    now = world.smartday.tasks["48213"]
    changed = replace(now, version=version, registrations=registrations or now.registrations, **changes)  # type: ignore[arg-type]
    world.smartday.put_task(changed)
    world.hear(version=version)


def with_change(world: World, registration_id: str, **changes: object) -> tuple[Registration, ...]:
    return tuple(
        replace(one, **changes) if one.id == registration_id else one  # type: ignore[arg-type]
        for one in lines(world)
    )


def names(world: World, order_id: str = ORDER) -> list[str]:
    return [row.name for row in world.erp.rows(order_id)]
