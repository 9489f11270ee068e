"""What the answer to a save of one record means (design 4.4, Outcomes)."""

from datetime import datetime

from connector.adapters.twentyfoursevenoffice import reading
from connector.adapters.twentyfoursevenoffice.errors import Verdict, judge_answer, judge_words
from connector.errors import Refused, Side, UnknownOutcome

_WORDS_KEPT = 1000


def saved_item(
    result: reading.Element | None, item: str, id_name: str, now: datetime, sent_id: int | None = None
) -> tuple[int, reading.Fields]:
    """The id of the one record that was saved, and what else the answer tells of it.

    `sent_id` is the record that was to change: a refused one comes back as it was sent, with its id. An id
    that wasn't sent contradicts an exception beside it.

    Raises `Refused` (an exception on the item: not saved), `Trouble` when that exception is about the
    session or the limit, `UnknownOutcome` for any answer that says neither.
    """
    items = reading.children(result, item)
    if len(items) != 1:
        raise UnknownOutcome(Side.ERP, "erp_no_result")
    given = reading.fields(items[0])
    failure = reading.fields(given.get("APIException"))
    code, words = reading.text(failure, "Type"), reading.text(failure, "Message")
    try:
        saved_id = reading.whole(given, id_name) or 0
    except reading.Unreadable as error:
        raise UnknownOutcome(Side.ERP, "erp_unreadable") from error
    if not (code or words) and saved_id > 0 and sent_id in (None, saved_id):
        return saved_id, given
    if not (code or words) or saved_id not in (0, sent_id):
        raise UnknownOutcome(Side.ERP, "erp_no_result")
    if judge_words(words) in (Verdict.NOT_AUTHENTICATED, Verdict.THROTTLED):
        raise judge_answer(200, words, {}, now)
    raise Refused(Side.ERP, code or "exception", words[:_WORDS_KEPT])
