"""Who can log in to the stand-in: made-up users, companies ("clients") and the integration's application id.

Decision: constants, the same in every run. The second user reaches two companies and one identity that is
blocked, so choosing an identity (contract 24sevenoffice 2.1, 2.4) can be tried.
"""

from dataclasses import dataclass

APPLICATION_ID = "7b1f3c52-9a40-4d7e-8c65-2f0e4b9d1a36"

USERNAME = "integrasjon@nordlys-service.example"
PASSWORD = "Blåbær-på-Sørøya-77"
IDENTITY_ID = "3e9a1d04-5b72-4c18-9f6d-a1c0e7d25b48"
CLIENT_ID = 184220
CLIENT_NAME = "Nordlys Service AS"

SECOND_USERNAME = "regnskap@fjordbyra.example"
SECOND_PASSWORD = "Åtte-ærfugl-øver-3"
SECOND_IDENTITY_ID = "91c6d5e2-0f3b-4a87-b2d4-6e8f1a7c3059"
SECOND_CLIENT_ID = 184301
THIRD_IDENTITY_ID = "c27e08b1-4d96-4f5a-8e13-90b5d3f7a462"
THIRD_CLIENT_ID = 184302
BLOCKED_IDENTITY_ID = "f05d4a93-7e21-4b6c-a8f0-1d2c9e5b8374"


@dataclass(frozen=True, slots=True)
class Client:
    """A company with its own customers, products and orders in the ERP."""

    id: int
    name: str
    organization_number: str


@dataclass(frozen=True, slots=True)
class Identity:
    """One user's access to one client."""

    id: str
    client: Client
    default: bool = False
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class User:
    """A community user, known by e-mail address."""

    id: str
    username: str
    password: str
    name: str
    identities: tuple[Identity, ...]


CLIENTS = (
    Client(CLIENT_ID, CLIENT_NAME, "310884220"),
    Client(SECOND_CLIENT_ID, "Fjordbyrå Elektro AS", "310884301"),
    Client(THIRD_CLIENT_ID, "Fjordbyrå Rør AS", "310884302"),
)

USERS = (
    User(
        "5d7c2e19-8b34-4f60-a1d5-c3e9f0b72648",
        USERNAME,
        PASSWORD,
        "Sølvi Ålgård",
        (Identity(IDENTITY_ID, CLIENTS[0], default=True),),
    ),
    User(
        "a84f6b03-1c5d-4e97-b260-d7f3e5a9081c",
        SECOND_USERNAME,
        SECOND_PASSWORD,
        "Bjørnar Ås",
        (
            Identity(SECOND_IDENTITY_ID, CLIENTS[1], default=True),
            Identity(THIRD_IDENTITY_ID, CLIENTS[2]),
            Identity(BLOCKED_IDENTITY_ID, CLIENTS[0], blocked=True),
        ),
    ),
)

DEPARTMENTS = {1: "Service", 2: "Prosjekt"}
EMPLOYEES = {4: "Bjørg Ånensen", 12: "Åse Bjørnø", 17: "Øyvind Sæther"}
PROJECTS = frozenset({118, 119, 204})
CATEGORIES = {1: "Arbeid", 2: "Kjøring", 3: "Varer", 4: "Gebyr"}
