"""An account on the local engine with the template's tables, as the store suites and the matrix use it."""

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config

from connector.adapters import aws
from sandbox.toolchain import REGION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource, Table

SCHEMA = ("AttributeDefinitions", "BillingMode", "GlobalSecondaryIndexes", "KeySchema")


@dataclass(frozen=True)
class Account:
    """An account on the engine that nobody else uses; `tables` are the template's resources."""

    engine_url: str
    session: boto3.session.Session
    tables: dict[str, Any]

    def client(self, service: Any, tries: int = 4) -> Any:
        return self.session.client(service, endpoint_url=self.engine_url, config=_config(tries))

    def create_table(self, concept: str) -> None:
        """Make one of the connector's tables, empty."""
        self.dynamodb().create_table(TableName=concept, **self.schema(concept))

    def schema(self, concept: str) -> Any:
        """What the template says of one of the connector's tables."""
        properties = self.tables[f"{concept.capitalize()}Table"]["Properties"]
        return {name: properties[name] for name in SCHEMA if name in properties}

    def table(self, concept: str, tries: int = 4) -> "Table":
        """The table, through a connection of its own: boto3's resources aren't for several threads."""
        return self.dynamodb(tries).Table(concept)

    def dynamodb(self, tries: int = 4) -> "DynamoDBServiceResource":
        """A connection of its own to all tables."""
        return self.session.resource("dynamodb", endpoint_url=self.engine_url, config=_config(tries))


def _config(tries: int) -> Config:
    return aws.config().merge(Config(retries={"total_max_attempts": tries}))


_accounts = count(100_000_000_001)


def new_account(engine_url: str, tables: dict[str, Any]) -> Account:
    """An empty account on the engine; `tables` are the template's resources."""
    session = boto3.session.Session(str(next(_accounts)), "local", region_name=REGION)
    return Account(engine_url, session, tables)
