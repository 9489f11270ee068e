"""Claims on customers made in the field: beside the bindings they lead to, by Smartday's id."""

from dataclasses import replace
from typing import TYPE_CHECKING

from connector.adapters.aws import translated
from connector.adapters.dynamodb import codec, tables
from connector.domain.field_customer import CustomerClaim

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table

PREFIX = "field_customers#"


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

    def forget_all(self, agreement_number: str) -> None:
        """See `CustomerClaimStore.forget_all`."""
        from boto3.dynamodb.conditions import Key

        condition = Key("agreement_number").eq(agreement_number) & Key("binding_key").begins_with(PREFIX)
        claims = tables.query(self._table, KeyConditionExpression=condition, ConsistentRead=True)
        with translated(), self._table.batch_writer() as batch:
            for item in claims:
                batch.delete_item(Key=_key(agreement_number, item["smartday_id"]))


def _key(agreement_number: str, smartday_id: str) -> dict[str, str]:
    return {"agreement_number": agreement_number, "binding_key": f"{PREFIX}{smartday_id}"}
