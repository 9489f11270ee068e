"""Small builders of domain values; each takes what the test is about and fills in the rest."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from connector.domain.binding import Binding, Kind
from connector.domain.integration import ErpCompany, Integration, IntegrationState
from connector.domain.order import OrderKey
from connector.domain.order_mapping import Bindings
from connector.domain.settings import Settings
from connector.domain.task import Place, Reference, Registration, Task
from connector.ports import Changes

AGREEMENT = "104477"
START = datetime(2026, 9, 1, tzinfo=UTC)
KEY = OrderKey(AGREEMENT, "48213")

PRODUCT_IDS = {"T100": 501, "T150": 502, "T020": 503, "KM": 504, "1042210": 505, "1533870": 506, "OPPM": 507}
"""The example's product numbers and the ids that the ERP has for them."""

_HARSTAD = Place("Sjøgata", "14 B", "2. etasje", "9405", "Harstad", "NO")
_ASE, _OYVIND = "Åse Bjørnø", "Øyvind Sæther"


def heard(pages: Iterable[Changes]) -> Changes:
    """All pages of a list as one."""
    told = list(pages)
    return Changes(tuple(one for page in told for one in page.entries), told[0].source_clock)


def registration(**changes: Any) -> Registration:
    """An approved, billable line of 2 pieces at 100.00, with whatever the test changes."""
    line = Registration(
        id="r-1",
        kind="item",
        status="approved",
        product_number="1042210",
        has_product=True,
        description="Varmekabel",
        product_name="Varmekabel 10 W/m, 50 m",
        employee_name=_ASE,
        quantity=Decimal(2),
        unit_price=Decimal("100.00"),
        billable=True,
        day=date(2026, 9, 14),
    )
    return replace(line, **changes)


def note(text: str, **changes: Any) -> Registration:
    """An approved note."""
    line = Registration(id="r-9", kind="note", status="approved", day=date(2026, 9, 14), text=text)
    return replace(line, **changes)


def task(*registrations: Registration, **changes: Any) -> Task:
    """The example's task with these registrations only."""
    return replace(example_task(), registrations=registrations, **changes)


def bindings(
    without: Iterable[str] = (), inactive: Iterable[str] = (), blocked: Iterable[str] = ()
) -> Bindings:
    """Bindings of the example's customer and products, less some, or with some out of use or blocked."""
    customer = Binding(
        Kind.CUSTOMERS, "10021", 10021, active="10021" not in inactive, blocked="10021" in blocked
    )
    products = {
        number: Binding(
            Kind.PRODUCTS, number, erp_id, active=number not in inactive, blocked=number in blocked
        )
        for number, erp_id in PRODUCT_IDS.items()
        if number not in without
    }
    return Bindings({} if "10021" in without else {"10021": customer}, products)


def integration(**settings: Any) -> Integration:
    """An active integration that takes tasks from September 2026 on, with these settings."""
    return Integration(
        agreement_number=AGREEMENT,
        agreement_name="Eksempel Elektro AS",
        state=IntegrationState.ACTIVE,
        erp_company=ErpCompany("2f1d7c2e", "Eksempel Elektro AS"),
        start=START,
        activated_at=START,
        settings=Settings(**settings),
    )


def example_task() -> Task:
    """The task of contract smartday 4.4, with all its registrations."""
    customer = Reference("c-7001", "10021")
    return Task(
        id="48213",
        number="48213",
        version=7,
        title="Bytte varmekabel på bad",
        status=7,
        outcome="completed",
        customer=customer,
        billing_customer=customer,
        customer_reference="Bestilling 4471 / v/ Kjærsti Øygård",
        status_web="Utført – klar for fakturering",
        started_at=datetime(2026, 9, 14, 5, 30, tzinfo=UTC),
        planned_start=datetime(2026, 9, 14, 5, 30, tzinfo=UTC),
        finished_at=datetime(2026, 9, 14, 10, 45, tzinfo=UTC),
        minutes_spent=315,
        place=_HARSTAD,
        registrations=_example_registrations(),
    )


def _example_registrations() -> tuple[Registration, ...]:
    return (
        _line("1", "hours", "T100", "Montørtime, ordinær", "Demontering og montering", "3.5", "950", "3325"),
        _line(
            "2",
            "hours",
            "T150",
            "Montørtime, overtid 50 %",
            "Feilsøking på jordfeil",
            "1",
            "1425",
            "1425",
            employee_name=_OYVIND,
        ),
        _line("3", "hours", "T020", "Reisetid", "Kjøretid tur/retur", "0.75", "750", "562.50"),
        _line(
            "4", "distance", "KM", "Kjøring servicebil", "Harstad – Sørvik – Harstad", "42.6", "8", "340.80"
        ),
        _line(
            "5",
            "item",
            "1042210",
            "Varmekabel 10 W/m, 50 m",
            "Varmekabel 10 W/m, 50 m",
            "2",
            "1249",
            "2248.20",
            discount_percent=Decimal(10),
        ),
        _line(
            "6",
            "item",
            "1533870",
            "Koblingsboks IP65",
            "Koblingsboks IP65, grå",
            "3",
            "89.50",
            "268.50",
            employee_name=_OYVIND,
        ),
        _line("7", "supplement", "OPPM", "Oppmøte servicebil", "Oppmøte sone 1", "1", "350", "350"),
        _line(
            "8",
            "hours",
            "PAUSE",
            "Pause, ikke fakturerbar",
            "Lunsj",
            "0.5",
            "0",
            "0",
            status="used",
            billable=False,
        ),
        note(
            "Kunden ønsker ettersyn av varmtvannsbereder før påske. "
            "Nøkkel ligger i nøkkelboks – kode oppgis på forespørsel.",
            id="r-900109",
            employee_name=_ASE,
        ),
    )


def _line(
    digit: str,
    kind: str,
    number: str,
    product: str,
    description: str,
    quantity: str,
    price: str,
    net: str,
    **changes: Any,
) -> Registration:
    line = registration(
        id=f"r-90010{digit}",
        kind=kind,
        product_number=number,
        product_name=product,
        description=description,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        net_amount=Decimal(net),
    )
    return replace(line, **changes)
