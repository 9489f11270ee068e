"""A setting that decides what imports write counts for all records at once."""

from collections.abc import Collection, Mapping
from dataclasses import replace

from connector.domain.integration import Integration
from connector.domain.stream import Stream
from connector.ports import StreamQueue
from connector.stores import CursorStore
from connector.usecases.import_turn import amend
from connector.usecases.request_import import IMPORT_STREAMS

DECIDES: Mapping[str, Stream] = {
    "import_suppliers": Stream.CUSTOMERS,
    "import_leads": Stream.CUSTOMERS,
    "product_types": Stream.PRODUCTS,
}
"""Settings → whose records are written otherwise when they change."""


def import_anew(
    cursors: CursorStore, queue: StreamQueue, integration: Integration, names: Collection[str]
) -> None:
    """Queue a full pass of each stream that is read otherwise since the settings of these names were stored.

    By the version before, so that it may be repeated. What was set at activation is read by the imports
    that it queued itself; while the integration is paused, the next pass is the full one.
    """
    former = integration.settings_history[-1] if integration.settings_history else None
    if former is None or former.until <= integration.activated_at:
        return
    changed = {
        DECIDES[name]
        for name in DECIDES.keys() & names
        if getattr(former.settings, name) != getattr(integration.settings, name)
    }
    for stream in IMPORT_STREAMS:
        if stream in changed:
            # A full pass that is under way has read a part by the former settings: it doesn't count.
            amend(cursors, integration.agreement_number, stream, lambda one: replace(one, basis=None))
            if integration.is_active:
                queue.send(integration.agreement_number, stream, full=True)
