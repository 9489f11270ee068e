"""Held tasks go on by themselves when what they wait for has come: a customer, a product, another setting.

Driven by what is new: nothing polls held tasks. A hold that is written at the very moment when its reason
goes away is found by the look that ends each import pass.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from itertools import islice

from connector.domain.binding import Kind
from connector.domain.integration import Integration
from connector.domain.reason import Reason
from connector.domain.settings import Settings
from connector.domain.task_decisions import release
from connector.domain.task_record import TaskRecord, TaskState
from connector.domain.waiting import SETTING, for_binding, for_setting
from connector.errors import Stale
from connector.ports import Clock, TaskQueue
from connector.stores import BindingStore, TaskStore

AT_MOST = 500
"""Tasks that one call releases, so that it ends in seconds; the next import pass goes on."""

ROUNDS = 20
"""Of so many tasks, at the end of a pass over a whole register."""

UNDER_WAY = timedelta(minutes=5)
"""A task may be held under the former settings for as long as a worker's invocation goes on, and more."""


@dataclass(frozen=True, slots=True)
class ReleasePorts:
    """What releasing needs."""

    clock: Clock
    tasks: TaskStore
    queue: TaskQueue


def release_waiting(ports: ReleasePorts, agreement_number: str, keys: Collection[str]) -> int:
    """Run tasks again that wait for one of these keys (`connector.domain.waiting`); gives how many.

    Raises `RetryLater` when they are released but weren't queued: `dispatch` does that when they are due.
    """
    return _release(ports, agreement_number, ports.tasks.waiting(agreement_number, sorted(keys)))


def release_bound(ports: ReleasePorts, agreement_number: str, kind: Kind, numbers: Iterable[str]) -> int:
    """Run tasks again that wait for bindings of these numbers, which are stored and may be used by now."""
    bound = {for_binding(kind, number) for number in numbers}
    keys = bound and bound & ports.tasks.waited_for(agreement_number, for_binding(kind, ""))
    return release_waiting(ports, agreement_number, keys) if keys else 0


def release_all_bound(ports: ReleasePorts, bindings: BindingStore, agreement_number: str, kind: Kind) -> int:
    """Run tasks again that wait for any binding of this kind that may be used by now."""
    prefix = for_binding(kind, "")
    numbers = [key.removeprefix(prefix) for key in ports.tasks.waited_for(agreement_number, prefix)]
    found = bindings.get(agreement_number, kind, numbers) if numbers else {}
    keys = [for_binding(kind, number) for number, binding in found.items() if binding.is_usable]
    return release_waiting(ports, agreement_number, keys) if keys else 0


def release_unread(ports: ReleasePorts, agreement_number: str, kind: Kind) -> int:
    """Run tasks again that waited for the register to be read to its end; what isn't bound now is unknown."""
    count = 0
    for _ in range(ROUNDS):
        keys = sorted(ports.tasks.waited_for(agreement_number, for_binding(kind, "")))
        waiting = ports.tasks.waiting(agreement_number, keys) if keys else []
        unread = [one for one in waiting if one.reason == Reason.REGISTER_NOT_READ]
        released = _release(ports, agreement_number, unread)
        count += released
        if released < AT_MOST:
            break
    return count


def release_for_settings(
    ports: ReleasePorts, agreement_number: str, before: Settings, after: Settings
) -> int:
    """Run tasks again that wait for a setting that is another now; the new settings are stored by now."""
    keys = [for_setting(name) for name in _changed(before, after)]
    if before.fallback_products != after.fallback_products:
        # A fallback product that isn't in the ERP holds tasks as any other unknown product does.
        keys += [for_binding(Kind.PRODUCTS, number) for number in set(before.fallback_products.values())]
    return release_waiting(ports, agreement_number, keys) if keys else 0


def release_overlooked(ports: ReleasePorts, integration: Integration) -> int:
    """Run tasks again that were held under settings which were changed since."""
    number = integration.agreement_number
    waited_for = ports.tasks.waited_for(number, f"{SETTING}#")
    changed_at = _changed_at(integration) if waited_for else {}
    overlooked = [
        record
        for record in ports.tasks.waiting(number, sorted(waited_for & changed_at.keys()))
        if record.waits_for and record.changed_at < changed_at[record.waits_for] + UNDER_WAY
    ]
    return _release(ports, number, overlooked)


def _changed_at(integration: Integration) -> dict[str, datetime]:
    """When what is waited for was changed last, by key, as far as the history goes."""
    history = integration.settings_history
    settings = [*(one.settings for one in history), integration.settings]
    return {
        for_setting(name): version.until
        for version, after in zip(history, settings[1:], strict=True)
        for name in _changed(version.settings, after)
    }


def _changed(before: Settings, after: Settings) -> list[str]:
    names = (field.name for field in fields(Settings))
    return [name for name in names if getattr(before, name) != getattr(after, name)]


def _release(ports: ReleasePorts, agreement_number: str, waiting: Iterable[TaskRecord]) -> int:
    """What another process works on is its own matter: it looks at what holds the task anew."""
    now = ports.clock()
    held = (one for one in waiting if one.state is TaskState.HELD and not one.is_leased(now))
    released = {}
    for record in islice(held, AT_MOST):
        try:
            released[record.task_id] = ports.tasks.save(release(record, now)).wanted_version
        except Stale:
            continue
    if released:
        ports.queue.send(agreement_number, released)
    return len(released)
