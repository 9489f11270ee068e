"""Tie the company in the ERP to the agreement, and untie the one it had.

A company belongs to one agreement. Ids of customers and products mean nothing in another company, so a
change pauses the integration, takes the former bindings out of use and forgets who created which customer
before anything new is written.
"""

from dataclasses import dataclass, replace
from itertools import islice

from connector.domain.binding import Kind
from connector.domain.integration import ErpCompany, Integration, IntegrationState
from connector.errors import Stale
from connector.ports import Clock
from connector.stores import BindingStore, CursorStore, CustomerClaimStore, IntegrationStore
from connector.usecases.declined import Declined
from connector.usecases.import_turn import amend
from connector.usecases.request_import import IMPORT_STREAMS

BINDINGS_AT_ONCE = 1000


@dataclass(frozen=True, slots=True)
class CompanyPorts:
    """What tying a company needs."""

    clock: Clock
    integrations: IntegrationStore
    bindings: BindingStore
    claims: CustomerClaimStore
    cursors: CursorStore


def claim_company(
    ports: CompanyPorts,
    agreement_number: str,
    before: Integration | None,
    agreement_name: str,
    company: ErpCompany,
) -> bool:
    """Make the company the agreement's own; True when everything must be imported anew.

    Leaves an integration that isn't active unless it was with this company, so that a request that breaks
    off here can be repeated. Raises `Declined`: `company_tied`, `changed_meanwhile`.
    """
    if ports.integrations.claim_company(company.id, agreement_number) != agreement_number:
        raise Declined("company_tied")
    if before is None:
        now = ports.clock()
        begun = Integration(agreement_number, agreement_name, IntegrationState.INACTIVE, company, now, now)
        _save(ports, begun)
        return True
    if before.erp_company.id != company.id:
        _leave_company(ports, before, company)
        return True
    return before.state is IntegrationState.INACTIVE


def _leave_company(ports: CompanyPorts, before: Integration, company: ErpCompany) -> None:
    is_begun = before.state is not IntegrationState.INACTIVE
    state = IntegrationState.PAUSED if is_begun else IntegrationState.INACTIVE
    paused = _save(ports, replace(before, state=state, rejection=None, is_resuming=False))
    for stream in IMPORT_STREAMS:
        # Should this break off: whichever company is worked for next, everything is read anew.
        amend(ports.cursors, before.agreement_number, stream, lambda one: replace(one, basis=None))
    for kind in Kind:
        _retire_bindings(ports, before.agreement_number, kind)
    ports.claims.forget_all(before.agreement_number)
    ports.integrations.release_company(before.erp_company.id, before.agreement_number)
    _save(ports, replace(paused, erp_company=company))


def _retire_bindings(ports: CompanyPorts, agreement_number: str, kind: Kind) -> None:
    """Out of use, and without fingerprint: the next import writes whatever it finds."""
    in_use = (one for one in ports.bindings.all(agreement_number, kind) if one.active)
    while retired := [replace(one, active=False, fingerprint="") for one in islice(in_use, BINDINGS_AT_ONCE)]:
        ports.bindings.put(agreement_number, retired)


def _save(ports: CompanyPorts, integration: Integration) -> Integration:
    try:
        return ports.integrations.save(integration)
    except Stale as error:
        raise Declined("changed_meanwhile") from error
