"""Claims on customers made in the field: beside the bindings they lead to, by Smartday's id."""

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.adapters.dynamodb import codec, tables
from connector.domain.field_customer import CustomerClaim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DynamoCustomerClaimStore:
    """`CustomerClaimStore` on the table `bindings` (`field_customers#c-7001`)."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, agreement_number: str, smartday_id: str) -> CustomerClaim | None:
        """See `CustomerClaimStore.get`."""
        item = tables.get(self._table, _key(agreement_number, smartday_id))
        return codec.load(CustomerClaim, item) if item else None

    def save(self, claim: CustomerClaim) -> CustomerClaim:
        """See `CustomerClaimStore.save`."""
        key = _key(claim.agreement_number, claim.smartday_id)
        tables.put_next(self._table, {**codec.dump(claim), **key}, claim.revision)
        return replace(claim, revision=claim.revision + 1)


def _key(agreement_number: str, smartday_id: str) -> dict[str, str]:
    return {"agreement_number": agreement_number, "binding_key": f"field_customers#{smartday_id}"}
