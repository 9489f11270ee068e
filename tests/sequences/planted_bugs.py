"""Bugs that the simulation must find: each is one line of the connector, and what it becomes.

`first_seed` is where looking begins, so that finding each takes about a second; when the simulation changes,
others fail first. Without the bugs the same seeds pass (`test_sequences`).
"""

from dataclasses import dataclass
from pathlib import Path

FOUND_WITHIN = 1500
"""Seeds from the first one on."""


@dataclass(frozen=True, slots=True)
class PlantedBug:
    """What is wrong; the module, under `connector/`; its line, without indentation, and what it becomes.

    Further lines of `becomes` are indented as the first.
    """

    name: str
    module: str
    line: str
    becomes: str
    first_seed: int = 1


def plant(bug: PlantedBug, module: Path) -> None:
    """Change the one line of the copy."""
    lines = module.read_text(encoding="utf-8").splitlines()
    places = [place for place, line in enumerate(lines) if line.strip() == bug.line]
    assert len(places) == 1, f"{bug.module} has this line {len(places)} times, not once: {bug.line}"
    old = lines[places[0]]
    indent = old[: len(old) - len(old.lstrip())]
    lines[places[0]] = "\n".join(indent + line for line in bug.becomes.split("\n"))
    module.write_text("\n".join(lines) + "\n", encoding="utf-8")


_LOOK = "return work.erp.find_orders(work.key(attempt.ordinal), attempt.customer_id, since)"
_CLAIM = (
    "claim = claim_task(ports.tasks, agreement_number, task_id, version, owner, deadline + LEASE_MARGIN, now)"
)
_QUEUE = "queued += _queue_unheard(ports, integration.agreement_number, page.tasks)"

PLANTED_BUGS = (
    PlantedBug(
        "the reservation is not stored before the create",
        "usecases/place_order.py",
        "work.write(lambda record: order_attempts.reserve(record, order, contents, version, now))",
        "work.claim.record = order_attempts.reserve(work.record, order, contents, version, now)",
    ),
    PlantedBug(
        "no look before the second create",
        "usecases/resolve_outcome.py",
        "found = _look(work, attempt)",
        "found: list[str] = []",
    ),
    PlantedBug(
        "a look that failed means not found",
        "usecases/resolve_outcome.py",
        _LOOK,
        f"try:\n    {_LOOK}\nexcept Exception:\n    return []",
        first_seed=440,
    ),
    PlantedBug(
        "the settle time is ignored",
        "usecases/resolve_outcome.py",
        "if settle_at is None or now >= settle_at:",
        "if True:",
        first_seed=25,
    ),
    PlantedBug(
        "creates are not counted",
        "usecases/resolve_outcome.py",
        "if attempt.creates >= CREATES_ALLOWED:",
        "if attempt.creates > 99:",
        first_seed=205,
    ),
    PlantedBug(
        "a supplementary order adopts the original",
        "usecases/resolve_outcome.py",
        _LOOK,
        _LOOK.replace("attempt.ordinal", "1"),
        first_seed=55,
    ),
    PlantedBug(
        "what a lost change added is added again",
        "usecases/resolve_outcome.py",
        "rows, is_done = after_lost_change(present, attempt.contents.rows, planned.rows)",
        "rows, is_done = attempt.contents.rows, False",
        first_seed=110,
    ),
    PlantedBug(
        "no look after a day",
        "domain/order_attempts.py",
        "lost = replace(record.attempts[-1], was_unknown=True, verify_at=now + VERIFY_AFTER)",
        "lost = replace(record.attempts[-1], was_unknown=True, verify_at=None)",
        first_seed=620,
    ),
    PlantedBug(
        "the lease is shorter than the process",
        "usecases/create_order.py",
        _CLAIM,
        _CLAIM.replace("deadline + LEASE_MARGIN", "now + timedelta(seconds=40)"),
        first_seed=18,
    ),
    PlantedBug(
        "a message is acknowledged though the record was not written",
        "usecases/create_order.py",
        _CLAIM,
        f"try:\n    {_CLAIM}\nexcept RetryLater:\n    return None",
    ),
    PlantedBug(
        "a version behind is taken for the one heard of",
        "usecases/create_order.py",
        "if task.version < version:",
        "if False:",
    ),
    PlantedBug(
        "a stale writer overwrites what was heard",
        "usecases/claim.py",
        "self.record = fresh",
        "from dataclasses import replace; self.record = replace(self.record, revision=fresh.revision)",
        first_seed=80,
    ),
    PlantedBug(
        "our own receipt empties the order",
        "domain/order_mapping.py",
        'registration.status == "exported" and registration.id in own',
        'registration.status == "nothing" and registration.id in own',
    ),
    PlantedBug(
        "the cursor follows our own clock",
        "usecases/reconcile_tasks.py",
        "return ports.cursors.save(replace(cursor, watermark=newest))",
        "return ports.cursors.save(replace(cursor, watermark=ports.clock()))",
        first_seed=12,
    ),
    PlantedBug(
        "the cursor passes what the queue refused",
        "usecases/reconcile_tasks.py",
        _QUEUE,
        f"try:\n    {_QUEUE}\nexcept Exception:\n    pass",
        first_seed=70,
    ),
    PlantedBug(
        "what was queued once is never due again",
        "usecases/dispatch.py",
        "ports.tasks.save(replace(record, due_at=ports.clock() + again))",
        "ports.tasks.save(replace(record, due_at=None))",
        first_seed=1220,
    ),
    PlantedBug(
        "resuming leaves behind what waits",
        "usecases/look_again.py",
        "for state in sorted(WAITING):",
        "for state in ():",
    ),
    PlantedBug(
        "a receipt that failed is forgotten",
        "usecases/report_back.py",
        "except (Refused, NotFound) as error:",
        "except Exception as error:",
        first_seed=110,
    ),
)
