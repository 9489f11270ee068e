"""Why a task isn't an order: one code each, with the words that a bookkeeper reads.

Bokmål first, English second; each sentence says what is the matter and what to do.
"""

from enum import StrEnum


class Reason(StrEnum):
    """A reason code and its sentences."""

    nb: str
    en: str

    def __new__(cls, code: str, nb: str, en: str) -> "Reason":
        """Make the member equal to its code and hang the sentences on it."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.nb = nb
        member.en = en
        return member

    NOT_FINISHED = (
        "not_finished",
        "Oppgaven er ikke avsluttet i Smartday.",
        "The task isn't finished in Smartday.",
    )
    ABORTED = (
        "aborted",
        "Oppgaven er avbrutt og har ingen fakturerbare linjer.",
        "The task was aborted and has no billable lines.",
    )
    FINISHED_BEFORE_START = (
        "finished_before_start",
        "Oppgaven ble avsluttet før integrasjonens startdato.",
        "The task was finished before the integration's start date.",
    )
    TASK_GONE = (
        "task_gone",
        "Oppgaven finnes ikke lenger i Smartday.",
        "The task no longer exists in Smartday.",
    )
    TASK_UNREADABLE = (
        "task_unreadable",
        "Oppgaven fra Smartday kan ikke leses. Lagre den på nytt i Smartday, og send den på nytt.",
        "The task from Smartday can't be read. Save it again in Smartday and resend it.",
    )
    ABORTED_WITH_BILLABLE = (
        "aborted_with_billable",
        "Oppgaven er avbrutt, men har fakturerbare linjer. Fullfør den i Smartday, eller velg «ikke send».",
        "The task was aborted but has billable lines. Complete it in Smartday, or choose 'do not send'.",
    )
    FINISH_TIME_MISSING = (
        "finish_time_missing",
        "Oppgaven mangler tidspunkt for når den ble avsluttet. Sett det i Smartday.",
        "The task has no time of finishing. Set it in Smartday.",
    )
    CUSTOMER_WITHOUT_NUMBER = (
        "customer_without_number",
        "Kunden mangler kundenummer. Opprett kunden i 24SevenOffice og koble den i Smartday.",
        "The customer has no number. Create it in 24SevenOffice and link it in Smartday.",
    )
    CUSTOMER_UNKNOWN = (
        "customer_unknown",
        "Kundenummeret finnes ikke i 24SevenOffice. Opprett kunden der, eller rett den i Smartday.",
        "The customer number isn't in 24SevenOffice. Create it there, or correct it in Smartday.",
    )
    CUSTOMER_INACTIVE = (
        "customer_inactive",
        "Kunden er ikke aktiv i 24SevenOffice. Gjør den aktiv, og send oppgaven på nytt.",
        "The customer isn't active in 24SevenOffice. Make it active and resend the task.",
    )
    PRODUCT_MISSING = (
        "product_missing",
        "En linje mangler vare, og ingen reservevare er valgt. Rett linjen, eller velg reservevare.",
        "A line has no product and no fallback product is set. Correct the line, or choose a fallback.",
    )
    PRODUCT_UNKNOWN = (
        "product_unknown",
        "En vare på oppgaven finnes ikke i 24SevenOffice. Opprett den der, eller rett linjen i Smartday.",
        "A product on the task isn't in 24SevenOffice. Create it there, or correct the line in Smartday.",
    )
    PRODUCT_EXPIRED = (
        "product_expired",
        "En vare på oppgaven er utgått i 24SevenOffice. Gjør den aktiv, eller rett linjen i Smartday.",
        "A product on the task has expired in 24SevenOffice. Make it active, or correct the line.",
    )
    UNKNOWN_KIND = (
        "unknown_kind",
        "Oppgaven har en linje av ukjent type. Rett linjen i Smartday, eller velg «ikke send».",
        "The task has a line of unknown kind. Correct the line in Smartday, or choose 'do not send'.",
    )
    INCOMPLETE_LINE = (
        "incomplete_line",
        "En linje mangler pris eller beløp. Rett linjen i Smartday.",
        "A line has no price or amount. Correct the line in Smartday.",
    )
    AMOUNTS_DIFFER = (
        "amounts_differ",
        "Antall × pris stemmer ikke med beløpet på en linje. Rett linjen i Smartday.",
        "Quantity × price doesn't match the amount on a line. Correct the line in Smartday.",
    )
    NOTHING_TO_INVOICE = (
        "nothing_to_invoice",
        "Oppgaven har ingen fakturerbare linjer. Registrer dem i Smartday, eller velg «ikke send».",
        "The task has no billable lines. Register them in Smartday, or choose 'do not send'.",
    )
    ZERO_VALUE = (
        "zero_value",
        "Oppgavens sum er 0. Rett linjene i Smartday, eller velg «ikke send».",
        "The task's total is 0. Correct the lines in Smartday, or choose 'do not send'.",
    )
    NEGATIVE_TOTAL = (
        "negative_total",
        "Oppgavens sum er negativ, og kreditordre er ikke tillatt i innstillingene.",
        "The task's total is negative, and the settings don't allow credit orders.",
    )
    TASK_CHANGED = (
        "task_changed",
        "Oppgaven er endret etter at ordren ble laget. Rett ordren i 24SevenOffice, og velg «ikke send».",
        "The task changed after its order. Correct the order in 24SevenOffice, then choose 'do not send'.",
    )
    ERP_REFUSED = (
        "erp_refused",
        "24SevenOffice avviste ordren. Rett det som står i meldingen, og send oppgaven på nytt.",
        "24SevenOffice refused the order. Correct what its message says and resend the task.",
    )
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        "Det er uvisst om ordren ble laget i 24SevenOffice. Se etter den der før du går videre.",
        "It is unknown whether the order was made in 24SevenOffice. Look for it there before going on.",
    )
    DUPLICATE_IN_ERP = (
        "duplicate_in_erp",
        "To ordrer i 24SevenOffice har samme oppgavenøkkel. Slett den ene der.",
        "Two orders in 24SevenOffice carry the same task key. Remove one of them there.",
    )
    BY_PERSON = (
        "by_person",
        "En person har bestemt at oppgaven ikke skal sendes.",
        "A person decided that the task shall not be sent.",
    )
