"""Bugs of the import that the simulation must find, as `tests.sequences.planted_bugs`."""

from tests.sequences.planted_bugs import PlantedBug

_PASS = "usecases/import_pass.py"
_RUN = "usecases/import_master_data.py"
_TURN = "usecases/import_turn.py"
_WRITE = "usecases/import_write.py"

_LEASE = "return replace(cursor, lease_owner=owner, lease_until=deadline + LEASE_MARGIN)"
_WANTED = "if cursor is not None and cursor.wanted is not None and not _waits_for_run(cursor):"

PLANTED_BUGS = (
    PlantedBug(
        "a checkpoint is stored before its parts are written",
        _RUN,
        "left = list(parts)",
        "left = list(parts)\none.run = replace(one.run, checkpoint=parts[-1].checkpoint)\none.store()",
    ),
    PlantedBug(
        "a fingerprint is stored before the write",
        _WRITE,
        "return (one.stored if one.stored.active else one.binding).without_fingerprint()",
        "return one.binding",
    ),
    PlantedBug(
        "what is new is not remembered before it is sent",
        _WRITE,
        "writing.sending([one.binding for one in candidates if one.stored is None])",
        "pass",
    ),
    PlantedBug(
        "a rejected record is bound with its fingerprint",
        _WRITE,
        "return [_refused(one) if one.binding.number in refused else one.binding for one in part.fresh]",
        "return [one.binding for one in part.fresh]",
    ),
    PlantedBug(
        "a batch without answer counts as written",
        _WRITE,
        "return []",
        "return [one.binding for one in part.fresh]",
    ),
    PlantedBug(
        "the watermark is our own clock",
        _PASS,
        "read_to = min(run.largest_change, run.source_clock)",
        "read_to = run.updated_at or run.started_at",
    ),
    PlantedBug(
        "the watermark follows what was listed later in the run",
        _PASS,
        "read_to = min(run.largest_change, run.source_clock)",
        "read_to = run.largest_change",
    ),
    PlantedBug(
        "the next pass doesn't look back",
        _TURN,
        "since = None if full else cursor.since()",
        "since = None if full else cursor.watermark",
        first_seed=539,
    ),
    PlantedBug(
        "a pass that was stopped counts as read to its end",
        _RUN,
        "except Stopped:",
        "except Stopped:\n    one.finish_whole(RunState.FINISHED)",
        first_seed=381,
    ),
    PlantedBug(
        "what is absent is computed from an incomplete list",
        _RUN,
        "for page in register.changes(one.erp, one.run.since):",
        "from itertools import islice\nfor page in islice(register.changes(one.erp, one.run.since), 1):",
    ),
    PlantedBug(
        "what is absent is made inactive before the list's end",
        _RUN,
        "worklist.add_listed(page.entries)",
        "worklist.add_listed(page.entries)\nif one.run.full:\n    _retire_absent(one, register, worklist)",
    ),
    PlantedBug(
        "results are stored at the end only",
        _PASS,
        "if self._results or (self._is_redone and is_left):",
        "if self._results and self.run.state is not RunState.RUNNING:",
    ),
    PlantedBug(
        "a part that is done again leaves the results of the first time",
        _PASS,
        "if self._results or (self._is_redone and is_left):",
        "if self._results:",
        first_seed=105,
    ),
    PlantedBug(
        "the lease is shorter than the process",
        _TURN,
        _LEASE,
        _LEASE.replace("deadline + LEASE_MARGIN", "clock() + timedelta(seconds=20)"),
    ),
    PlantedBug(
        "a pass that was asked for doesn't wait for the one that has to stay away",
        _TURN,
        _WANTED,
        _WANTED.replace(" and not _waits_for_run(cursor)", ""),
        first_seed=408,
    ),
)
