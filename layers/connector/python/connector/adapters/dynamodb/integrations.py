"""Integrations in DynamoDB, and the claims of ERP companies, which live in the same table.

A claim's key is `company#<id>`; a claim has `claimed_by` and no state, so that neither is taken for
the other.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from connector.adapters.aws import translated
from connector.adapters.dynamodb import codec, tables
from connector.domain.integration import AT_WORK, Integration, IntegrationState
from connector.errors import Stale

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import Table


class DynamoIntegrationStore:
    """`IntegrationStore` on the table `integrations`."""

    def __init__(self, table: "Table") -> None:
        self._table = table

    def get(self, agreement_number: str) -> Integration | None:
        """See `IntegrationStore.get`."""
        item = tables.get(self._table, {"agreement_number": agreement_number})
        if not item or "claimed_by" in item:
            return None
        history = codec.unpack(item["packed_history"]) if "packed_history" in item else []
        return codec.load(Integration, {**item, "settings_history": history})

    def save(self, integration: Integration) -> Integration:
        """See `IntegrationStore.save`."""
        item = codec.dump(integration)
        if history := item.pop("settings_history"):
            # Twenty versions of the largest settings would take 1.4 MB, and an item holds 400 kB.
            item["packed_history"] = codec.pack(history)
        tables.put_next(self._table, item, integration.revision)
        return replace(integration, revision=integration.revision + 1)

    def at_work(self) -> Iterator[tuple[str, IntegrationState]]:
        """See `IntegrationStore.at_work`."""
        from boto3.dynamodb.conditions import Attr

        question: dict[str, Any] = {
            "ProjectionExpression": "agreement_number, #state",
            "ExpressionAttributeNames": {"#state": "state"},  # a reserved word
            "FilterExpression": Attr("state").is_in([str(state) for state in AT_WORK]),
            "ConsistentRead": True,
        }
        while True:
            with translated():
                page = self._table.scan(**question)
            for item in page["Items"]:
                yield str(item["agreement_number"]), IntegrationState(str(item["state"]))
            if "LastEvaluatedKey" not in page:
                return
            question["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def claim_company(self, company_id: str, agreement_number: str) -> str:
        """See `IntegrationStore.claim_company`."""
        from boto3.dynamodb.conditions import Attr

        with translated():
            try:
                self._table.put_item(
                    Item={**_claim_key(company_id), "claimed_by": agreement_number},
                    ConditionExpression=Attr("agreement_number").not_exists(),
                    ReturnValuesOnConditionCheckFailure="ALL_OLD",
                )
            except self._table.meta.client.exceptions.ConditionalCheckFailedException as error:
                return str(tables.stored_instead(error.response)["claimed_by"])
        return agreement_number

    def release_company(self, company_id: str, agreement_number: str) -> None:
        """See `IntegrationStore.release_company`."""
        from boto3.dynamodb.conditions import Attr

        try:
            with translated():
                self._table.delete_item(
                    Key=_claim_key(company_id), ConditionExpression=Attr("claimed_by").eq(agreement_number)
                )
        except Stale:
            return


def _claim_key(company_id: str) -> dict[str, str]:
    return {"agreement_number": f"company#{company_id}"}
