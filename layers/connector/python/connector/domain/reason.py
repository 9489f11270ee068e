"""Why a task isn't an order, or not any more: one code each, with the words that a bookkeeper reads.

Bokmål first, English second: what is the matter, and what to do. `docs/reasons.md` is made from this.
"""

from enum import StrEnum


class Reason(StrEnum):
    """A reason code; `nb` and `en` say what is the matter, `todo_nb` and `todo_en` what to do."""

    nb: str
    en: str
    todo_nb: str
    todo_en: str

    def __new__(cls, code: str, nb: str, en: str, todo_nb: str, todo_en: str) -> "Reason":
        """Make the member equal to its code and hang the sentences on it."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.nb, member.en = nb, en
        member.todo_nb, member.todo_en = todo_nb, todo_en
        return member

    NOT_FINISHED = (
        "not_finished",
        "Oppgaven er ikke avsluttet i Smartday.",
        "The task isn't finished in Smartday.",
        "Ingenting: den ses på igjen når den avsluttes.",
        "Nothing: it is looked at again when it is finished.",
    )
    ABORTED = (
        "aborted",
        "Oppgaven er avbrutt og har ingen fakturerbare linjer.",
        "The task was aborted and has no billable lines.",
        "Ingenting å gjøre.",
        "Nothing to do.",
    )
    FINISHED_BEFORE_START = (
        "finished_before_start",
        "Oppgaven ble avsluttet før integrasjonens startdato.",
        "The task was finished before the integration's start date.",
        "Sett en tidligere startdato hvis den skal bli ordre.",
        "Set an earlier start date if it shall become an order.",
    )
    ZERO_VALUE_LEFT_OUT = (
        "zero_value_left_out",
        "Oppgavens sum er 0, og slike oppgaver utelates i innstillingene.",
        "The task's total is 0, and the settings leave such tasks out.",
        "Endre innstillingen og send oppgaven på nytt hvis den skal bli ordre.",
        "Change the setting and resend the task if it shall become an order.",
    )
    TASK_GONE = (
        "task_gone",
        "Oppgaven finnes ikke lenger i Smartday.",
        "The task no longer exists in Smartday.",
        "Ingenting å gjøre; en ordre som finnes, blir stående.",
        "Nothing to do; an order that exists stays.",
    )
    REOPENED = (
        "reopened",
        "Oppgaven er åpnet igjen i Smartday etter at ordren ble laget.",
        "The task was opened again in Smartday after its order.",
        "Ingenting: ordren blir stående, og ses på når oppgaven avsluttes.",
        "Nothing: the order stays, and is looked at when the task is finished.",
    )
    TASK_UNREADABLE = (
        "task_unreadable",
        "Oppgaven fra Smartday kan ikke leses.",
        "The task from Smartday can't be read.",
        "Lagre den på nytt i Smartday, og send den på nytt.",
        "Save it again in Smartday and resend it.",
    )
    ABORTED_WITH_BILLABLE = (
        "aborted_with_billable",
        "Oppgaven er avbrutt, men har fakturerbare linjer.",
        "The task was aborted but has billable lines.",
        "Fullfør den i Smartday, eller velg «ikke send».",
        "Complete it in Smartday, or choose 'do not send'.",
    )
    FINISH_TIME_MISSING = (
        "finish_time_missing",
        "Oppgaven mangler tidspunkt for når den ble avsluttet.",
        "The task has no time of finishing.",
        "Sett det i Smartday.",
        "Set it in Smartday.",
    )
    CUSTOMER_WITHOUT_NUMBER = (
        "customer_without_number",
        "Kunden mangler kundenummer.",
        "The customer has no number.",
        (
            "Opprett kunden i 24SevenOffice og koble den i Smartday, eller velg i innstillingene "
            "at integrasjonen oppretter kunder fra felt."
        ),
        (
            "Create it in 24SevenOffice and link it in Smartday, or let the integration create "
            "customers from the field in the settings."
        ),
    )
    CUSTOMER_AMBIGUOUS = (
        "customer_ambiguous",
        "Flere kunder i 24SevenOffice har kundens organisasjonsnummer eller Smartday-id.",
        "Several customers in 24SevenOffice carry the customer's organisation number or Smartday id.",
        "Velg riktig kunde i Smartday, eller slå dem sammen i 24SevenOffice, og send oppgaven på nytt.",
        "Choose the right customer in Smartday, or merge them in 24SevenOffice, and resend the task.",
    )
    CUSTOMER_REFUSED = (
        "customer_refused",
        "24SevenOffice ville ikke opprette kunden.",
        "24SevenOffice refused to create the customer.",
        "Rett det som står i meldingen, og send oppgaven på nytt.",
        "Correct what its message says and resend the task.",
    )
    CUSTOMER_UNKNOWN = (
        "customer_unknown",
        "Kundenummeret finnes ikke i 24SevenOffice.",
        "The customer number isn't in 24SevenOffice.",
        (
            "Opprett kunden der, eller rett den i Smartday. Oppgaven går videre av seg selv når "
            "kunden er importert."
        ),
        (
            "Create it there, or correct it in Smartday. The task goes on by itself when the "
            "customer is imported."
        ),
    )
    CUSTOMER_INACTIVE = (
        "customer_inactive",
        "Kunden er ikke aktiv i 24SevenOffice.",
        "The customer isn't active in 24SevenOffice.",
        "Gjør den aktiv der. Oppgaven går videre av seg selv ved neste import.",
        "Make it active there. The task goes on by itself at the next import.",
    )
    CUSTOMER_BLOCKED = (
        "customer_blocked",
        "Kunden er sperret for fakturering, eller ute av bruk, i 24SevenOffice.",
        "The customer is blocked for invoicing, or out of use, in 24SevenOffice.",
        (
            "Opphev sperren eller gjør kunden aktiv der, eller velg «ikke send». Oppgaven går videre av seg "
            "selv ved neste import."
        ),
        (
            "Lift the block or make the customer active there, or choose 'do not send'. The task goes on by "
            "itself at the next import."
        ),
    )
    REGISTER_NOT_READ = (
        "register_not_read",
        "Kundene eller varene fra 24SevenOffice er ikke importert ennå.",
        "The customers or products of 24SevenOffice aren't imported yet.",
        "Ingenting: oppgaven går videre av seg selv. Venter importen på at rapporten bekreftes, bekreft den.",
        "Nothing: the task goes on by itself. If the import waits for its report, confirm the report.",
    )
    PRODUCT_MISSING = (
        "product_missing",
        "En linje mangler vare, og ingen reservevare er valgt.",
        "A line has no product and no fallback product is set.",
        (
            "Rett linjen i Smartday, eller velg reservevare i innstillingene; da går oppgaven "
            "videre av seg selv."
        ),
        (
            "Correct the line in Smartday, or choose a fallback in the settings; then the task "
            "goes on by itself."
        ),
    )
    PRODUCT_UNKNOWN = (
        "product_unknown",
        "En vare på oppgaven finnes ikke i 24SevenOffice.",
        "A product on the task isn't in 24SevenOffice.",
        (
            "Opprett den der, eller rett linjen i Smartday (reservevaren i innstillingene, hvis det "
            "er den). Oppgaven går videre av seg selv når "
            "varen er importert."
        ),
        (
            "Create it there, or correct the line in Smartday. The task goes on by itself when "
            "the product is imported."
        ),
    )
    PRODUCT_EXPIRED = (
        "product_expired",
        "En vare på oppgaven er utgått i 24SevenOffice.",
        "A product on the task has expired in 24SevenOffice.",
        "Gjør den aktiv der, eller rett linjen i Smartday. Oppgaven går videre av seg selv ved neste import.",
        "Make it active there, or correct the line. The task goes on by itself at the next import.",
    )
    UNKNOWN_KIND = (
        "unknown_kind",
        "Oppgaven har en linje av ukjent type.",
        "The task has a line of unknown kind.",
        "Rett linjen i Smartday, eller velg «ikke send».",
        "Correct the line in Smartday, or choose 'do not send'.",
    )
    INCOMPLETE_LINE = (
        "incomplete_line",
        "En linje mangler pris eller beløp.",
        "A line has no price or amount.",
        "Rett linjen i Smartday.",
        "Correct the line in Smartday.",
    )
    DISCOUNT_INVALID = (
        "discount_invalid",
        "Rabatten på en linje er ikke mellom 0 og 100 prosent.",
        "The discount on a line isn't between 0 and 100 per cent.",
        "Rett linjen i Smartday.",
        "Correct the line in Smartday.",
    )
    AMOUNTS_DIFFER = (
        "amounts_differ",
        "Antall × pris stemmer ikke med beløpet på en linje.",
        "Quantity × price doesn't match the amount on a line.",
        "Rett linjen i Smartday.",
        "Correct the line in Smartday.",
    )
    NOTHING_TO_INVOICE = (
        "nothing_to_invoice",
        "Oppgaven har ingen fakturerbare linjer.",
        "The task has no billable lines.",
        "Registrer dem i Smartday, eller velg «ikke send».",
        "Register them in Smartday, or choose 'do not send'.",
    )
    TOO_MANY_ROWS = (
        "too_many_rows",
        "Oppgaven gir flere linjer enn en ordre kan ha.",
        "The task gives more rows than an order can have.",
        "Del opp oppgaven i Smartday, eller grupper linjene per vare i innstillingene og send den på nytt.",
        "Divide the task in Smartday, or group the lines by product in the settings and resend it.",
    )
    ZERO_VALUE = (
        "zero_value",
        "Oppgavens sum er 0.",
        "The task's total is 0.",
        "Rett linjene i Smartday, endre innstillingen for oppgaver uten verdi, eller velg «ikke send».",
        "Correct the lines in Smartday, change the setting for tasks of no value, or choose 'do not send'.",
    )
    NEGATIVE_TOTAL = (
        "negative_total",
        "Oppgavens sum er negativ, og kreditordre er ikke tillatt i innstillingene.",
        "The task's total is negative, and the settings don't allow credit orders.",
        "Rett linjene i Smartday, eller tillat kreditordre i innstillingene.",
        "Correct the lines in Smartday, or allow credit orders in the settings.",
    )
    WAITING_FOR_APPROVAL = (
        "waiting_for_approval",
        "Oppgaven venter på godkjenning.",
        "The task waits for approval.",
        "Godkjenn den, eller velg «ikke send». Slås godkjenning av, sendes den av seg selv.",
        "Approve it, or choose 'do not send'. When approval is turned off it is sent by itself.",
    )
    TASK_CHANGED = (
        "task_changed",
        "Oppgaven er endret etter at ordren ble laget, og innstillingene lar ordren stå.",
        "The task changed after its order, and the settings leave the order alone.",
        (
            "Rett ordren i 24SevenOffice, og velg «ikke send»; eller la integrasjonen oppdatere "
            "ordrer og send på nytt."
        ),
        (
            "Correct the order in 24SevenOffice, then choose 'do not send'; or let the "
            "integration update orders and resend."
        ),
    )
    ABORTED_AFTER_ORDER = (
        "aborted_after_order",
        "Oppgaven ble avbrutt etter at ordren ble laget.",
        "The task was aborted after its order.",
        "Rett ordren i 24SevenOffice, og velg «ikke send»; eller fullfør oppgaven i Smartday.",
        "Correct the order in 24SevenOffice, then choose 'do not send'; or complete the task in Smartday.",
    )
    ORDER_INVOICED = (
        "order_invoiced",
        "Oppgaven er endret, men ordren er allerede fakturert.",
        "The task changed, but its order is already invoiced.",
        (
            "Lag en kreditnota eller tilleggsordre i 24SevenOffice, og velg «ikke send»; eller "
            "tillat tilleggsordre i innstillingene."
        ),
        (
            "Make a credit note or a supplementary order in 24SevenOffice, then choose 'do not "
            "send'; or allow supplementary orders in the settings."
        ),
    )
    ROWS_CHANGED_IN_ERP = (
        "rows_changed_in_erp",
        (
            "Linjer på ordren er andre enn dem integrasjonen skrev, så oppgavens endring kan ikke føres inn "
            "uten å overskrive dem."
        ),
        (
            "Rows of the order aren't those that the integration wrote, so the task's change can't be "
            "entered without overwriting them."
        ),
        "Rett ordren i 24SevenOffice, og send oppgaven på nytt; eller velg «ikke send».",
        "Correct the order in 24SevenOffice and resend the task; or choose 'do not send'.",
    )
    ORDER_GONE = (
        "order_gone",
        "Ordren finnes ikke lenger i 24SevenOffice.",
        "The order no longer exists in 24SevenOffice.",
        "Velg «ny ordre» hvis den skal lages igjen, ellers «ikke send».",
        "Choose 'new order' if it shall be made again, else 'do not send'.",
    )
    TOTAL_DIFFERS = (
        "total_differs",
        "Ordrens sum i 24SevenOffice er en annen enn oppgavens.",
        "The order's total in 24SevenOffice isn't the task's.",
        "Se på ordren i 24SevenOffice før den faktureres, og send oppgaven på nytt når den er riktig.",
        "Look at the order in 24SevenOffice before it is invoiced, and resend the task when it is right.",
    )
    ERP_REFUSED = (
        "erp_refused",
        "24SevenOffice avviste ordren.",
        "24SevenOffice refused the order.",
        "Rett det som står i meldingen, og send oppgaven på nytt.",
        "Correct what its message says and resend the task.",
    )
    OUTCOME_UNKNOWN = (
        "outcome_unknown",
        "Det er uvisst om ordren ble laget i 24SevenOffice.",
        "It is unknown whether the order was made in 24SevenOffice.",
        "Se etter den der. Finnes den ikke, velg «ny ordre»; ellers «send på nytt», så blir den funnet.",
        "Look for it there. If it isn't there choose 'new order'; otherwise 'resend', and it will be found.",
    )
    DUPLICATE_IN_ERP = (
        "duplicate_in_erp",
        "Flere ordrer i 24SevenOffice har samme oppgavenøkkel.",
        "Several orders in 24SevenOffice carry the same task key.",
        "Gjør den som ikke skal brukes, inaktiv der, og send oppgaven på nytt.",
        "Make the one that isn't wanted inactive there, and resend the task.",
    )
    ORDER_BY_HAND = (
        "order_by_hand",
        "En person har bestemt at ordren ikke lenger skal følge oppgaven.",
        "A person decided that the order shall not follow the task any more.",
        "Ordren blir stående. Velg «send likevel» hvis den skal følge oppgaven igjen.",
        "The order stays. Choose 'send after all' if it shall follow the task again.",
    )
    BY_PERSON = (
        "by_person",
        "En person har bestemt at oppgaven ikke skal sendes.",
        "A person decided that the task shall not be sent.",
        "Velg «send likevel» hvis den skal sendes.",
        "Choose 'send after all' if it shall be sent.",
    )
