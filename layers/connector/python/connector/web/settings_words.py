"""What each setting is and what its choices mean, by name: bokmål first, English second.

Kept apart from `settings_body`, which hangs the words on its fields; `docs/settings.md` is made from those.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

Words = tuple[str, str]
"""Bokmål, English."""


@dataclass(frozen=True, slots=True)
class Said:
    """A setting in words; `choices` has its values, or what may be named in it."""

    nb: str
    en: str
    choices: Mapping[str, Words] = field(default_factory=dict)


SETTINGS: Mapping[str, Said] = {
    "order_status": Said(
        "Statusen en ny ordre får i 24SevenOffice.",
        "The status that a new order gets in 24SevenOffice.",
        {
            "ForInvoicing": ("Klar til fakturering.", "Ready to be invoiced."),
            "Web": ("Webordre; noen ser på den først.", "Web order; somebody looks first."),
            "Draft": ("Kladd.", "Draft."),
        },
    ),
    "release": Said(
        "Om en avsluttet oppgave blir ordre av seg selv.",
        "Whether a finished task becomes an order by itself.",
        {
            "automatic": ("Av seg selv.", "By itself."),
            "approval": (
                "Først når noen har godkjent oppgaven; en endret oppgave godkjennes på nytt.",
                "Only when somebody has approved the task; a changed task is approved anew.",
            ),
        },
    ),
    "lines": Said(
        "Hva som står på ordren.",
        "What stands on the order.",
        {
            "priced": ("Linjer med pris, og tekstlinjer.", "Rows with prices, and text rows."),
            "text_only": (
                "Alt som tekstlinjer; antall, pris og beløp står i teksten.",
                "Everything as text rows; quantity, price and amount stand in the words.",
            ),
        },
    ),
    "grouping": Said(
        "Hvordan registreringene blir til linjer.",
        "How registrations become rows.",
        {
            "registration": ("Én linje per registrering.", "One row per registration."),
            "product": (
                "Én linje per vare, pris og rabatt; antallene legges sammen.",
                "One row per product, price and discount; quantities are summed.",
            ),
        },
    ),
    "prices": Said(
        "Hvor prisene kommer fra.",
        "Where prices come from.",
        {
            "smartday": ("Fra Smartday.", "From Smartday."),
            "erp": (
                "Fra 24SevenOffice: pris og avtaler for kunden der gjelder.",
                "From 24SevenOffice: its own price and agreements for the customer.",
            ),
        },
    ),
    "zero_value": Said(
        "Hva som skjer med en oppgave der summen er 0.",
        "What becomes of a task that sums to 0.",
        {
            "hold": ("Den holdes tilbake til noen ser på den.", "It is held until somebody looks."),
            "send": ("Den blir ordre.", "It becomes an order."),
            "ignore": ("Den utelates.", "It is left out."),
        },
    ),
    "credit_orders": Said(
        "Om en oppgave med negativ sum blir ordre.",
        "Whether a task with a negative total becomes an order.",
        {
            "false": ("Nei, den holdes tilbake.", "No, it is held."),
            "true": ("Ja, som kreditordre.", "Yes, as a credit order."),
        },
    ),
    "open_order_changed": Said(
        "Når oppgaven endres og ordren ikke er fakturert.",
        "When the task changes and its order isn't invoiced.",
        {
            "update": (
                "Ordren oppdateres; linjer som er skrevet i 24SevenOffice, får stå.",
                "The order is updated; rows typed in 24SevenOffice are left alone.",
            ),
            "hold": ("Oppgaven holdes tilbake.", "The task is held."),
        },
    ),
    "invoiced_order_changed": Said(
        "Når oppgaven endres og ordren er fakturert.",
        "When the task changes and its order is invoiced.",
        {
            "hold": ("Oppgaven holdes tilbake.", "The task is held."),
            "supplement": (
                "En tilleggsordre med bare de nye registreringene.",
                "A supplementary order with the new registrations only.",
            ),
        },
    ),
    "field_customers": Said(
        "Når kunden er opprettet i felt og mangler kundenummer.",
        "When the customer was made in the field and has no number.",
        {
            "hold": ("Oppgaven holdes tilbake.", "The task is held."),
            "create": (
                "Kunden opprettes i 24SevenOffice, med mindre den finnes der fra før.",
                "The customer is created in 24SevenOffice, unless it is there already.",
            ),
        },
    ),
    "employee_names": Said(
        "Om ansattes navn står på linjene.",
        "Whether names of employees stand on the rows.",
        {
            "false": ("Nei.", "No."),
            "true": ("Ja.", "Yes."),
        },
    ),
    "text_template": Said(
        "Teksten på ordren; feltnavn i krøllparenteser fylles ut. 1–2000 tegn.",
        "The text on the order; field names in braces are filled in. 1–2000 characters.",
        {
            "{number}": ("Oppgavens nummer.", "The task's number."),
            "{title}": ("Oppgavens tittel.", "The task's title."),
            "{place}": ("Stedet der arbeidet ble gjort.", "Where the work was done."),
            "{start}": ("Dato og klokkeslett for start.", "Date and time of the start."),
            "{finished}": ("Dato og klokkeslett da oppgaven ble avsluttet.", "Date and time of finishing."),
            "{time_spent}": ("Tidsbruk.", "Time spent."),
            "{status_web}": ("Status web.", "Status web."),
            "{customer_reference}": ("Kundens referanse.", "The customer's reference."),
            "{notes}": (
                "Notatene, én ordrelinje per notatlinje.",
                "The notes, a row for each of their lines.",
            ),
        },
    ),
    "reference_field": Said(
        "Feltet som får oppgavens nøkkel, slik at ordren alltid kan finnes igjen.",
        "The field that gets the task's key, so that the order can always be found again.",
        {
            "reference_number": ("Referansenummer.", "Reference number."),
            "invoice_title": (
                "Først i fakturatittelen, når referansenummeret er kundens eget.",
                "First in the invoice title, when the reference number is the customer's own.",
            ),
        },
    ),
    "fallback_products": Said(
        "Varenummeret som brukes når en linje av den typen mangler vare.",
        "The product number that stands in when a line of that kind has no product.",
        {
            "hours": ("Timer.", "Hours."),
            "distance": ("Kjøring.", "Distance."),
            "item": ("Varer.", "Items."),
            "supplement": ("Tillegg.", "Supplements."),
        },
    ),
    "projects": Said(
        "Prosjekt (eksternt nummer, ellers id; ikke navn) → id i 24SevenOffice. Høyst 100; tomt = av.",
        "Project (external number, else id; no name) → id in 24SevenOffice. At most 100; empty = off.",
    ),
    "departments": Said(
        "Avdeling (eksternt nummer, ellers id) → id i 24SevenOffice. Høyst 100; tomt = av.",
        "Department (external number, else id) → id in 24SevenOffice. At most 100; empty = off.",
    ),
    "our_references": Said(
        "Ansvarlig (eksternt nummer, ellers id) → ansattes id i 24SevenOffice. Høyst 100; tomt = av.",
        "Responsible (external number, else id) → employee id in 24SevenOffice. At most 100; empty = off.",
    ),
    "import_customers": Said(
        "Om kunder fra 24SevenOffice skrives i Smartday.",
        "Whether customers of 24SevenOffice are written in Smartday.",
        {
            "true": ("Ja.", "Yes."),
            "false": ("Nei, de slås bare opp for ordrene.", "No, they are only looked up for orders."),
        },
    ),
    "import_suppliers": Said(
        "Om leverandører i 24SevenOffice blir kunder. Endres det, leses alle kunder på nytt.",
        "Whether suppliers in 24SevenOffice become customers. When it changes, all customers are read anew.",
        {
            "true": ("Ja.", "Yes."),
            "false": (
                "Nei, de settes til side; de som er skrevet før, blir stående.",
                "No, they are set aside; those written before stay.",
            ),
        },
    ),
    "import_leads": Said(
        "Om leads i 24SevenOffice blir kunder. Endres det, leses alle kunder på nytt.",
        "Whether leads in 24SevenOffice become customers. When it changes, all customers are read anew.",
        {
            "true": ("Ja.", "Yes."),
            "false": (
                "Nei, de settes til side; de som er skrevet før, blir stående.",
                "No, they are set aside; those written before stay.",
            ),
        },
    ),
    "import_products": Said(
        "Om varer fra 24SevenOffice skrives i Smartday.",
        "Whether products of 24SevenOffice are written in Smartday.",
        {
            "true": ("Ja.", "Yes."),
            "false": ("Nei, de slås bare opp for ordrene.", "No, they are only looked up for orders."),
        },
    ),
    "product_types": Said(
        "Varekategori (id i 24SevenOffice) → varetype i Smartday. Høyst 100; andre varer er `goods`. "
        "Endres det, leses alle varer på nytt.",
        "Product category (id in 24SevenOffice) → product type in Smartday. At most 100; others are `goods`. "
        "When it changes, all products are read anew.",
        {
            "goods": ("Varer.", "Goods."),
            "hours": ("Timer.", "Hours."),
            "distance": ("Kjøring.", "Distance."),
            "supplement": ("Tillegg.", "Supplements."),
            "text": ("Tekst.", "Text."),
        },
    ),
    "confirm_matches": Said(
        "Når den første importen venter til noen har sett hvordan kunder og varer passer sammen.",
        "When the first import waits until somebody has seen how customers and products match.",
        {
            "always": ("Alltid.", "Always."),
            "conflicts": ("Bare når noe er i konflikt.", "Only when there are conflicts."),
            "never": ("Aldri.", "Never."),
        },
    ),
}
