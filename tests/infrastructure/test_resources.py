"""Rules of the house for queues, tables, secrets, logs and alarms (design 3, 4.5-4.7)."""

from collections.abc import Callable
from typing import Any

Find = Callable[[str], dict[str, dict[str, Any]]]

QUEUES = {"OrderQueue": "CreateOrder", "ImportQueue": "ImportMasterData", "ReconcileQueue": "ReconcileTasks"}

TABLES = {
    "IntegrationsTable": ["agreement_number"],
    "TasksTable": ["agreement_number", "task_id"],
    "BindingsTable": ["agreement_number", "binding_key"],
    "CursorsTable": ["agreement_number", "stream"],
    "SessionsTable": ["agreement_number", "session_key"],
}

INDEXES = {
    "by_state": ["agreement_state", "changed_at"],
    "by_order": ["agreement_number", "order_id"],
    "by_due": ["due", "due_at"],
    "by_wait": ["agreement_number", "waits_for"],
}


def _keys(properties: dict[str, Any]) -> list[str]:
    assert [key["KeyType"] for key in properties["KeySchema"]] == ["HASH", "RANGE"][
        : len(properties["KeySchema"])
    ]
    return [key["AttributeName"] for key in properties["KeySchema"]]


def test_every_queue_gives_up_to_its_own_dead_letter_queue(of_type: Find) -> None:
    queues = of_type("AWS::SQS::Queue")
    assert set(queues) == {*QUEUES, *(name.replace("Queue", "DeadLetterQueue") for name in QUEUES)}
    for name in QUEUES:
        dead_letters = name.replace("Queue", "DeadLetterQueue")
        assert queues[name]["RedrivePolicy"] == {
            "deadLetterTargetArn": {"Fn::GetAtt": [dead_letters, "Arn"]},
            "maxReceiveCount": 10,
        }
        assert queues[dead_letters]["MessageRetentionPeriod"] == 14 * 24 * 3600
        assert queues[name]["MessageRetentionPeriod"] < queues[dead_letters]["MessageRetentionPeriod"]


def test_every_queue_is_encrypted(of_type: Find) -> None:
    assert all(queue["SqsManagedSseEnabled"] is True for queue in of_type("AWS::SQS::Queue").values())


def test_a_retry_never_meets_a_running_attempt(of_type: Find) -> None:
    queues, functions = of_type("AWS::SQS::Queue"), of_type("AWS::Lambda::Function")
    for queue, function in QUEUES.items():
        assert queues[queue]["VisibilityTimeout"] >= 6 * functions[f"{function}Function"]["Timeout"]


def test_every_queue_is_read_with_partial_batch_answers(of_type: Find) -> None:
    read = {}
    for source in of_type("AWS::Lambda::EventSourceMapping").values():
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        # more than 10 without a window is refused by AWS, and accepted by the engine
        assert 1 <= source["BatchSize"] <= 10
        assert source["ScalingConfig"]["MaximumConcurrency"] >= 2
        read[source["EventSourceArn"]["Fn::GetAtt"][0]] = source["FunctionName"]["Ref"]
    assert read == {queue: f"{function}Function" for queue, function in QUEUES.items()}


def test_orders_are_made_one_an_invocation(of_type: Find) -> None:
    assert of_type("AWS::Lambda::EventSourceMapping")["CreateOrderFunctionOrders"]["BatchSize"] == 1


def test_alarms_on_our_own_metrics_watch_what_the_functions_emit(of_type: Find) -> None:
    emits = next(iter(of_type("AWS::Lambda::Function").values()))["Environment"]["Variables"]
    alarms = [one for one in of_type("AWS::CloudWatch::Alarm").values() if one["Namespace"] != "AWS/SQS"]
    assert {one["MetricName"] for one in alarms} == {"ReasonDuplicateInErp", "TasksDue"}
    for alarm in alarms:
        assert alarm["Namespace"] == emits["POWERTOOLS_METRICS_NAMESPACE"]
        assert alarm["Dimensions"] == [{"Name": "service", "Value": emits["POWERTOOLS_SERVICE_NAME"]}]


def test_every_dead_letter_raises_an_alarm(of_type: Find) -> None:
    watched = set()
    alarms = of_type("AWS::CloudWatch::Alarm").values()
    for alarm in (one for one in alarms if one["Namespace"] == "AWS/SQS"):
        assert alarm["MetricName"] == "ApproximateNumberOfMessagesVisible"
        assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("GreaterThanOrEqualToThreshold", 1)
        assert alarm["AlarmActions"] == [{"Ref": "AlarmTopic"}]
        watched.add(alarm["Dimensions"][0]["Value"]["Fn::GetAtt"][0])
    assert watched == {name.replace("Queue", "DeadLetterQueue") for name in QUEUES}


def test_tables_have_one_concept_each_and_the_agreement_number_first(of_type: Find) -> None:
    tables = of_type("AWS::DynamoDB::Table")
    assert {name: _keys(table) for name, table in tables.items()} == TABLES
    assert all(table["BillingMode"] == "PAY_PER_REQUEST" for table in tables.values())
    for table in tables.values():
        assert {one["AttributeType"] for one in table["AttributeDefinitions"]} == {"S"}


def test_tasks_are_found_by_state_order_due_time_and_what_they_wait_for(of_type: Find) -> None:
    indexes = of_type("AWS::DynamoDB::Table")["TasksTable"]["GlobalSecondaryIndexes"]
    assert {index["IndexName"]: _keys(index) for index in indexes} == INDEXES


def test_what_cannot_be_made_anew_is_kept(template: dict[str, Any]) -> None:
    for name in {*TABLES, "MasterKey"} - {"SessionsTable"}:
        resource = template["Resources"][name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
        if name in TABLES:
            assert resource["Properties"]["DeletionProtectionEnabled"] is True
            recovery = resource["Properties"]["PointInTimeRecoverySpecification"]
            assert recovery == {"PointInTimeRecoveryEnabled": True}


def test_sessions_and_results_of_imports_expire(of_type: Find) -> None:
    expiring = {
        name: table["TimeToLiveSpecification"]
        for name, table in of_type("AWS::DynamoDB::Table").items()
        if "TimeToLiveSpecification" in table
    }
    by_attribute = {"AttributeName": "expires_at", "Enabled": True}
    assert expiring == dict.fromkeys(("CursorsTable", "SessionsTable"), by_attribute)


def test_the_master_key_is_random_and_in_no_parameter(of_type: Find) -> None:
    (key,) = of_type("AWS::SecretsManager::Secret").values()
    assert key["GenerateSecretString"]["PasswordLength"] == 64
    assert "SecretString" not in key


def test_every_log_group_forgets(of_type: Find) -> None:
    groups = of_type("AWS::Logs::LogGroup")
    assert len(groups) == len(of_type("AWS::Lambda::Function")) + 1
    assert all(0 < group["RetentionInDays"] <= 90 for group in groups.values())


def test_the_access_log_holds_nothing_personal(of_type: Find) -> None:
    (stage,) = of_type("AWS::ApiGatewayV2::Stage").values()
    logged = stage["AccessLogSettings"]["Format"]
    assert not any(word in logged for word in ("sourceIp", "userAgent", "path", "header"))
    assert stage["DefaultRouteSettings"]["ThrottlingRateLimit"] > 0
