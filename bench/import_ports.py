"""The connector's import on these surroundings, put together as `bootstrap` does, and counted.

Decision: bindings and cursors are real tables on the engine, for they are what an import costs; the other
stores are in memory.
"""

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from bench.store_calls import counted
from bench.surroundings import Places
from connector.adapters.dynamodb.bindings import DynamoBindingStore
from connector.adapters.dynamodb.cursors import DynamoCursorStore
from connector.adapters.http import PaceKeeper
from connector.adapters.smartday.client import BridgeFieldService
from connector.adapters.twentyfoursevenoffice.client import connect
from connector.bootstrap.parts import clock, together, wait
from connector.domain.integration import Credentials, ErpCompany, Integration, IntegrationState
from connector.errors import Side
from connector.ports import Erp, FieldService
from connector.usecases.import_pass import ImportPorts
from sandbox.smartday import demo as smartday_demo
from sandbox.twentyfoursevenoffice import demo as erp_demo
from tests.fakes.import_stores import MemoryImportResultStore, MemoryMatchStore
from tests.fakes.queues import MemoryStreamQueue, MemoryTaskQueue
from tests.fakes.session_stores import MemorySecretStore, MemorySessionStore
from tests.fakes.stores import MemoryIntegrationStore, MemoryTaskStore

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.service_resource import DynamoDBServiceResource

AGREEMENT = smartday_demo.AGREEMENT_NUMBER
LOGINS = Credentials(
    smartday_demo.BRIDGE_USER,
    smartday_demo.BRIDGE_PASSWORD,
    erp_demo.USERNAME,
    erp_demo.PASSWORD,
    erp_demo.IDENTITY_ID,
)


def import_ports(places: Places, tables: "DynamoDBServiceResource", store_calls: Counter[str]) -> ImportPorts:
    """What `import_master_data` needs; the demo customer is active, with nothing imported. Calls of the
    stores in memory are added to `store_calls`.
    """
    start = datetime(2026, 1, 1, tzinfo=UTC)
    company = ErpCompany(str(erp_demo.CLIENT_ID), erp_demo.CLIENT_NAME)
    integrations, secrets, sessions = MemoryIntegrationStore(), MemorySecretStore(), MemorySessionStore()
    integrations.save(
        Integration(AGREEMENT, smartday_demo.AGREEMENT_NAME, IntegrationState.ACTIVE, company, start, start)
    )
    secrets.put_credentials(AGREEMENT, LOGINS)
    for store, name in ((integrations, "integrations"), (secrets, "secrets"), (sessions, "sessions")):
        counted(store, name, store_calls)

    def field_service(agreement_number: str) -> FieldService:
        pace = PaceKeeper(sessions, agreement_number, Side.SMARTDAY, clock)
        login = (LOGINS.bridge_user, LOGINS.bridge_password)
        return BridgeFieldService(agreement_number, f"{places.smartday_url}/v1", lambda _: login, pace, clock)

    def erp(agreement_number: str) -> Erp:
        return connect(
            places.erp_url, erp_demo.APPLICATION_ID, agreement_number, sessions, secrets, clock, wait
        )

    return ImportPorts(
        clock=clock,
        wait=wait,
        together=together,
        integrations=integrations,
        bindings=DynamoBindingStore(tables.Table("bindings")),
        cursors=DynamoCursorStore(tables.Table("cursors")),
        results=counted(MemoryImportResultStore(clock), "results", store_calls),
        queue=MemoryStreamQueue(),
        erp=erp,
        field_service=field_service,
        tasks=counted(MemoryTaskStore(), "tasks", store_calls),
        task_queue=MemoryTaskQueue(),
        matches=counted(MemoryMatchStore(), "matches", store_calls),
    )


class TableCalls:
    """Calls to tables as `table.Operation`, and the items that were written as `table.items`."""

    def __init__(self, tables: "DynamoDBServiceResource") -> None:
        self._counted: Counter[str] = Counter()
        tables.meta.client.meta.events.register("before-parameter-build.dynamodb", self._count)

    def take(self) -> Counter[str]:
        """What came since the last time."""
        taken, self._counted = self._counted, Counter()
        return taken

    def _count(self, params: dict[str, Any], model: Any, **_others: Any) -> None:
        name = model.name
        for table, asked in params.get("RequestItems", {params.get("TableName"): ()}).items():
            self._counted[f"{table}.{name}"] += 1
            if name in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
                self._counted[f"{table}.items"] += len(asked) if name == "BatchWriteItem" else 1
