"""Client: who the company is, its departments, users and VAT rates (contract 24sevenoffice 7)."""

from decimal import Decimal

from sandbox.twentyfoursevenoffice import demo
from sandbox.twentyfoursevenoffice.state import Call
from sandbox.twentyfoursevenoffice.values import Record

_VAT_TYPES = (
    (3, "Utgående mva., høy sats", "25"),
    (31, "Utgående mva., middels sats", "15"),
    (5, "Fritatt", "0"),
)


def get_client_information(call: Call) -> Record:
    """The company that the session works in."""
    client = call.state.sessions[call.session_id].identity.client
    return {
        "Country": "NO",
        "IsUsingFactoring": False,
        "Name": client.name,
        "ReminderDays": 14,
        "ReminderDays2": 14,
        "ReminderDays3": 14,
        "UserId": client.id,
        "OrganizationNumber": client.organization_number,
        "DefaultCurrency": "NOK",
    }


def get_department_list(_call: Call) -> list[Record]:
    """The departments that an order or row can name."""
    return [{"Id": number, "Name": name} for number, name in demo.DEPARTMENTS.items()]


def get_users(_call: Call) -> list[Record]:
    """The employees that `OurReference` can name."""
    return [
        {"ContactId": number, "Name": name, "EmployeeId": number} for number, name in demo.EMPLOYEES.items()
    ]


def get_vat_type_list(_call: Call) -> list[Record]:
    """VAT codes and rates in percent."""
    return [{"No": number, "Name": name, "Rate": Decimal(rate)} for number, name, rate in _VAT_TYPES]
