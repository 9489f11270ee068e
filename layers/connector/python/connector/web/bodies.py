"""What may be sent: one model per body, unknown names refused, so that a slip of the pen is never ignored."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, Field, ValidationError

from connector.domain.stream import Stream
from connector.usecases.activate_integration import LOGIN_FIELDS, Wish
from connector.usecases.declined import Declined, FieldError
from connector.usecases.steer_tasks import MANY
from connector.web.settings_body import STRICT, SettingsBody

AGREEMENT_NUMBER = r"^[A-Za-z0-9][A-Za-z0-9-]{0,31}$"
"""It becomes part of a header, of keys and of a parameter's name."""

Login = Annotated[str, Field(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
"""Without control characters: neither XML nor a header can carry them."""

IdentityId = Annotated[str, Field(pattern=r"^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$")]
Words = Annotated[str, Field(min_length=1, max_length=300, pattern=r"\S")]
TaskId = Annotated[str, Field(min_length=1, max_length=200)]
Day = Annotated[date, Field(ge=date(2000, 1, 1), le=date(2100, 1, 1))]


class ActivationBody(BaseModel):
    """`PUT /integrations/{agreement_number}`."""

    model_config = STRICT

    active: bool
    bridge_user: Login | None = None
    bridge_password: Login | None = None
    erp_username: Login | None = None
    erp_password: Login | None = None
    erp_identity_id: IdentityId | None = None
    settings: SettingsBody | None = None
    start_date: Day | None = None

    def wish(self, agreement_number: str, check: bool, has_session: bool) -> Wish:
        """The same in the words of the use case."""
        return Wish(
            agreement_number,
            self.active,
            **{name: getattr(self, name) for name in LOGIN_FIELDS},
            settings=self.settings.model_dump(exclude_unset=True) if self.settings else {},
            start_date=self.start_date,
            check=check,
            has_session=has_session,
        )


class SessionBody(BaseModel):
    """`POST /sessions`."""

    model_config = STRICT

    agreement_number: Annotated[str, Field(pattern=AGREEMENT_NUMBER)]
    bridge_user: Login
    bridge_password: Login


class ImportBody(BaseModel):
    """`POST …/imports`."""

    model_config = STRICT

    stream: Literal[Stream.CUSTOMERS, Stream.PRODUCTS]
    full: bool = False


class DecisionBody(BaseModel):
    """`POST …/tasks/{task_id}/do-not-send`, `…/send-again`, `…/new-order`: who decided, and why."""

    model_config = STRICT

    who: Words
    why: Words


class TasksBody(BaseModel):
    """`POST …/tasks/resend` and `…/tasks/approve`."""

    model_config = STRICT

    task_ids: Annotated[list[TaskId], Field(min_length=1, max_length=MANY)]


class FinishedBody(BaseModel):
    """`POST …/tasks/resend-finished`: a day in Oslo."""

    model_config = STRICT

    finished_since: Day


class ConfirmBody(BaseModel):
    """`POST …/matches:confirm` and `…/imports/{run_id}/confirm`: who has seen what is confirmed."""

    model_config = STRICT

    who: Words


Body = TypeVar("Body", bound=BaseModel)

CODES: Mapping[str, str] = {
    "missing": "missing",
    "extra_forbidden": "unknown_field",
    "enum": "not_a_choice",
    "literal_error": "not_a_choice",
    "string_too_short": "too_short",
    "string_too_long": "too_long",
    "too_short": "too_short",
    "too_long": "too_long",
    "unknown_template_field": "unknown_template_field",
}
"""pydantic's error type → code of the field; any other is `invalid`."""


ERRORS_TOLD = 20
NAME_LIMIT = 100
"""A body of wrong names only must not make an answer that is too large to be given."""


def is_agreement_number(text: str) -> bool:
    """True for what may be an agreement number; whether there is such an agreement, only Smartday knows."""
    return re.fullmatch(AGREEMENT_NUMBER.strip("^$"), text) is not None


def is_run_id(text: str) -> bool:
    """True for what may be the id of an import run: 1 to 100 URL-safe characters."""
    return re.fullmatch("[A-Za-z0-9-]{1,100}", text) is not None


def read_body(model: type[Body], text: str) -> Body:
    """The body. Raises `Declined`: `malformed` (no JSON object), `validation` with the fields."""
    try:
        return model.model_validate_json(text)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
    if any(not one["loc"] for one in found):
        raise Declined("malformed")
    raise Declined("validation", [_field_error(one["loc"], one["type"]) for one in found[:ERRORS_TOLD]])


def _field_error(place: tuple[Any, ...], kind: str) -> FieldError:
    names = [str(one) for one in place if one != "[key]"]
    return FieldError(".".join(names)[:NAME_LIMIT], CODES.get(kind, "invalid"))
