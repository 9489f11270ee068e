"""One process: how fast the details of customers are read, by our stream and by zeep's objects.

Both get the same bytes of one answer with 1,000 companies, in turns, and make the domain's records of them;
the fastest round of each counts, since whatever else runs only makes a round slower.

`python -m bench.import_reading <places>` prints one line of JSON: microseconds of processor time a record.
"""

import json
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any

import httpx

from bench.import_plainly import customer_of
from bench.import_ports import LOGINS
from bench.straightforward import HttpxTransport, client_of, service
from bench.surroundings import Places, places_given
from connector.adapters.twentyfoursevenoffice import reading, records
from sandbox import seed
from sandbox.twentyfoursevenoffice import demo as erp_demo

COMPANIES = 1000
ROUNDS = 25
PIECE = 65_536
"""Bytes that arrive at a time."""


def main() -> None:
    """Read in turns and print."""
    content = _answer(places_given())
    client = client_of("CompanyService", HttpxTransport())
    ours = partial(_stream, content)
    theirs = partial(_objects, client, content)
    counts = {ours(), theirs()}  # once before, so that everything is loaded
    if len(counts) != 1:
        raise RuntimeError(f"the two ways read different numbers of companies: {counts}")
    (count,) = counts
    rounds = [(_spent(ours), _spent(theirs)) for _ in range(ROUNDS)]
    stream, objects = (min(times) / count * 1_000_000 for times in zip(*rounds, strict=True))
    print(json.dumps({"stream_us": stream, "zeep_us": objects}))


def _answer(places: Places) -> bytes:
    """What the ERP says when asked for the details of 1,000 companies."""
    transport = HttpxTransport()
    login = {
        "ApplicationId": erp_demo.APPLICATION_ID,
        "IdentityId": erp_demo.IDENTITY_ID,
        "Username": LOGINS.erp_username,
        "Password": LOGINS.erp_password,
    }
    session_id = service("Authenticate", places.erp_url, transport).Login(login)
    request = records.companies_request([one["Id"] for one in seed.companies(COMPANIES)])
    headers = {**request.headers, "Cookie": f"ASP.NET_SessionId={session_id}"}
    answer = httpx.post(
        places.erp_url + request.path, content=request.content, headers=headers, timeout=60, trust_env=False
    )
    return answer.raise_for_status().content


def _stream(content: bytes) -> int:
    pieces = (content[start : start + PIECE] for start in range(0, len(content), PIECE))
    read = map(records.customer, reading.items(pieces, "GetCompanies", "Company"))
    last = deque(enumerate(read, 1), maxlen=1)
    return last[0][0]


def _objects(client: Any, content: bytes) -> int:
    binding = client.service._binding  # noqa: SLF001 (zeep has no other way to read an answer without a call)
    answer = httpx.Response(200, headers={"Content-Type": "text/xml; charset=utf-8"}, content=content)
    return len(
        [customer_of(one) for one in binding.process_reply(client, binding.get("GetCompanies"), answer)]
    )


def _spent(read: Callable[[], int]) -> float:
    begun = time.process_time()
    read()
    return time.process_time() - begun


if __name__ == "__main__":
    main()
