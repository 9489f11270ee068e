"""Rules of the house for functions: what each has, may do and is called by (design 1, 3)."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.toolchain import ROOT

Find = Callable[[str], dict[str, dict[str, Any]]]

COMMON = {"STAGE", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE", "POWERTOOLS_LOG_LEVEL"}
VENDORS = {"SMARTDAY_BASE_URL", "TWENTYFOURSEVENOFFICE_BASE_URL", "TWENTYFOURSEVENOFFICE_APPLICATION_ID"}
STREAM_QUEUES = {"IMPORT_QUEUE_URL", "RECONCILE_QUEUE_URL"}

ENVIRONMENT = {
    "IntakeWebhook": {"ORDER_QUEUE_URL", "MASTER_KEY_SECRET_ID"},
    "CreateOrder": VENDORS
    | {"SETTLE_SECONDS", "INTEGRATIONS_TABLE", "TASKS_TABLE", "BINDINGS_TABLE", "SESSIONS_TABLE"}
    | {"CURSORS_TABLE", "ORDER_QUEUE_URL", "SECRETS_PREFIX"},
    "ImportMasterData": VENDORS
    | STREAM_QUEUES
    | {"INTEGRATIONS_TABLE", "TASKS_TABLE", "BINDINGS_TABLE", "CURSORS_TABLE", "SESSIONS_TABLE"}
    | {"ORDER_QUEUE_URL", "SECRETS_PREFIX"},
    "ActivateIntegration": VENDORS
    | STREAM_QUEUES
    | {"INTEGRATIONS_TABLE", "TASKS_TABLE", "BINDINGS_TABLE", "CURSORS_TABLE", "SESSIONS_TABLE"}
    | {"ORDER_QUEUE_URL", "MASTER_KEY_SECRET_ID", "SECRETS_PREFIX", "API_URL_PARAMETER"},
    "Dispatch": STREAM_QUEUES | {"INTEGRATIONS_TABLE", "TASKS_TABLE", "ORDER_QUEUE_URL"},
    "ReconcileTasks": VENDORS
    | STREAM_QUEUES
    | {"INTEGRATIONS_TABLE", "TASKS_TABLE", "CURSORS_TABLE", "SESSIONS_TABLE"}
    | {"ORDER_QUEUE_URL", "MASTER_KEY_SECRET_ID", "SECRETS_PREFIX", "API_URL_PARAMETER"},
}

TIMEOUTS = {
    "IntakeWebhook": 10,
    "CreateOrder": 120,
    "ImportMasterData": 300,
    "ActivateIntegration": 29,
    "Dispatch": 55,
    "ReconcileTasks": 120,
}

ROUTES = {
    "POST /webhooks/smartday/{agreement_number}": "IntakeWebhook",
    "GET /": "ActivateIntegration",
    "POST /sessions": "ActivateIntegration",
    "DELETE /sessions": "ActivateIntegration",
    "PUT /integrations/{agreement_number}": "ActivateIntegration",
    "GET /integrations/{agreement_number}": "ActivateIntegration",
    "POST /integrations/{agreement_number}/imports": "ActivateIntegration",
    "GET /integrations/{agreement_number}/tasks": "ActivateIntegration",
    "GET /integrations/{agreement_number}/tasks/{task_id}": "ActivateIntegration",
    "POST /integrations/{agreement_number}/tasks/{task_id}/resend": "ActivateIntegration",
    "POST /integrations/{agreement_number}/tasks/{task_id}/do-not-send": "ActivateIntegration",
    "POST /integrations/{agreement_number}/tasks/resend": "ActivateIntegration",
    "POST /integrations/{agreement_number}/tasks/resend-finished": "ActivateIntegration",
    "POST /integrations/{agreement_number}/tasks/approve": "ActivateIntegration",
    "POST /integrations/{agreement_number}/tasks/{task_id}/approve": "ActivateIntegration",
    "POST /integrations/{agreement_number}/tasks/{task_id}/send-again": "ActivateIntegration",
    "POST /integrations/{agreement_number}/tasks/{task_id}/new-order": "ActivateIntegration",
    "GET /integrations/{agreement_number}/settings": "ActivateIntegration",
    "GET /integrations/{agreement_number}/imports/{run_id}/rejected": "ActivateIntegration",
    "POST /integrations/{agreement_number}/imports/{run_id}/confirm": "ActivateIntegration",
    "GET /integrations/{agreement_number}/matches": "ActivateIntegration",
    "POST /integrations/{agreement_number}/matches:confirm": "ActivateIntegration",
}

DEFAULTS = {
    "Stage": None,
    "SmartdayBaseUrl": None,
    "TwentyFourSevenOfficeBaseUrl": None,
    "TwentyFourSevenOfficeApplicationId": None,
    "SettleSeconds": 900,
    "PollMinutes": 15,
    "PythonRuntime": "python3.13",
    "Architecture": "arm64",
}


def _statements(document: dict[str, Any]) -> Iterator[tuple[list[str], list[Any]]]:
    for statement in document["Statement"]:
        actions, resources = statement["Action"], statement.get("Resource", [])
        yield (
            actions if isinstance(actions, list) else [actions],
            resources if isinstance(resources, list) else [resources],
        )


def test_parameters_are_the_agreed_ones(template: dict[str, Any]) -> None:
    parameters = template["Parameters"]
    assert {name: one.get("Default") for name, one in parameters.items()} == DEFAULTS
    assert parameters["TwentyFourSevenOfficeApplicationId"]["NoEcho"] is True
    assert parameters["PythonRuntime"]["AllowedValues"] == [f"python3.{minor}" for minor in range(11, 15)]
    assert set(template["Outputs"]) == {"ApiUrl"}


def test_every_function_has_the_time_it_needs(of_type: Find) -> None:
    functions = of_type("AWS::Lambda::Function")
    assert {name.removesuffix("Function"): one["Timeout"] for name, one in functions.items()} == TIMEOUTS


def test_every_function_gets_only_the_environment_it_reads(of_type: Find) -> None:
    for name, function in of_type("AWS::Lambda::Function").items():
        variables = set(function["Environment"]["Variables"])
        assert variables == COMMON | ENVIRONMENT[name.removesuffix("Function")], name


def test_runtime_and_processor_follow_the_parameters(of_type: Find) -> None:
    for function in of_type("AWS::Lambda::Function").values():
        assert function["Runtime"] == {"Ref": "PythonRuntime"}
        assert function["Architectures"] == [{"Ref": "Architecture"}]
        assert function["Handler"] == "handler.handler"
        assert function["TracingConfig"] == {"Mode": "Active"}
        assert len(function["Layers"]) == 2


def test_every_function_has_a_role_and_a_log_group_of_its_own(of_type: Find) -> None:
    for name, function in of_type("AWS::Lambda::Function").items():
        own = name.removesuffix("Function")
        assert function["Role"] == {"Fn::GetAtt": [f"{own}Role", "Arn"]}
        assert function["LoggingConfig"] == {"LogGroup": {"Ref": f"{own}LogGroup"}}
    assert set(of_type("AWS::IAM::Role")) == {f"{name}Role" for name in TIMEOUTS}


def test_no_role_may_do_anything_unnamed(of_type: Find) -> None:
    for name, role in of_type("AWS::IAM::Role").items():
        assert role["ManagedPolicyArns"] == [{"Ref": "TracingPolicy"}]
        for policy in role["Policies"]:
            for actions, resources in _statements(policy["PolicyDocument"]):
                assert not [action for action in actions if "*" in action], name
                unnamed = [str(one) for one in resources if "*" in str(one)]
                # The logins of integrations are made at run time: the folder is the narrowest name.
                assert all(one.endswith("/${Stage}/integrations/*'}") for one in unnamed), (name, unnamed)


def test_only_tracing_is_for_all_resources(of_type: Find) -> None:
    (policy,) = of_type("AWS::IAM::ManagedPolicy").values()
    ((actions, resources),) = _statements(policy["PolicyDocument"])
    assert resources == ["*"]
    assert all(action.startswith("xray:Put") for action in actions)


def test_intake_reaches_the_master_key_and_the_order_queue_only(of_type: Find) -> None:
    (policy,) = of_type("AWS::IAM::Role")["IntakeWebhookRole"]["Policies"]
    allowed = {action for actions, _ in _statements(policy["PolicyDocument"]) for action in actions}
    assert allowed == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "secretsmanager:GetSecretValue",
        "sqs:SendMessage",
    }


def test_only_who_subscribes_or_proves_webhooks_reads_the_master_key(of_type: Find) -> None:
    reading = {name for name, role in of_type("AWS::IAM::Role").items() if "secretsmanager:" in str(role)}
    assert reading == {"IntakeWebhookRole", "ActivateIntegrationRole", "ReconcileTasksRole"}


def test_the_poll_may_do_what_a_login_that_is_taken_again_sets_going(of_type: Find) -> None:
    (policy,) = of_type("AWS::IAM::Role")["ReconcileTasksRole"]["Policies"]
    allowed = [(set(actions), str(resources)) for actions, resources in _statements(policy["PolicyDocument"])]
    (queues,) = (resources for actions, resources in allowed if "sqs:SendMessage" in actions)
    assert all(queue in queues for queue in ("OrderQueue", "ImportQueue", "ReconcileQueue"))
    assert [resources for actions, resources in allowed if "dynamodb:Query" in actions] == [
        str([{"Fn::Sub": "${TasksTable.Arn}/index/by_state"}])
    ]


def test_what_an_import_keeps_of_single_records_can_be_shown(of_type: Find) -> None:
    roles = of_type("AWS::IAM::Role")
    for name, action in (("ImportMasterData", "PutItem"), ("ActivateIntegration", "Query")):
        (policy,) = roles[f"{name}Role"]["Policies"]
        cursors = {"Fn::GetAtt": ["CursorsTable", "Arn"]}
        allowed = [actions for actions, on in _statements(policy["PolicyDocument"]) if cursors in on]
        assert any(f"dynamodb:{action}" in actions for actions in allowed), name


def test_only_activation_stores_logins(of_type: Find) -> None:
    storing = [name for name, role in of_type("AWS::IAM::Role").items() if "ssm:PutParameter" in str(role)]
    assert storing == ["ActivateIntegrationRole"]


def test_only_dispatch_scans(of_type: Find) -> None:
    scanning = [name for name, role in of_type("AWS::IAM::Role").items() if "dynamodb:Scan" in str(role)]
    assert scanning == ["DispatchRole"]


def test_routes_are_the_agreed_ones(template: dict[str, Any]) -> None:
    found = {}
    for path, operations in template["Resources"]["HttpApi"]["Properties"]["Body"]["paths"].items():
        for method, operation in operations.items():
            integration = operation["x-amazon-apigateway-integration"]
            assert integration["payloadFormatVersion"] == "2.0"
            named = re.search(r"\$\{(\w+)Function\.Arn\}", str(integration["uri"]))
            assert named is not None
            found[f"{method.upper()} {path}"] = named[1]
    assert found == ROUTES


def test_dispatch_runs_every_minute_and_polls_by_parameter(of_type: Find) -> None:
    rules = of_type("AWS::Events::Rule")
    every_minute, poll = rules["DispatchFunctionEveryMinute"], rules["DispatchFunctionPoll"]
    assert every_minute["ScheduleExpression"] == "rate(1 minute)"
    assert "Input" not in every_minute["Targets"][0]
    assert poll["ScheduleExpression"] == {
        "Fn::If": ["PollsEveryMinute", "rate(1 minute)", {"Fn::Sub": "rate(${PollMinutes} minutes)"}]
    }
    assert poll["Targets"][0]["Input"] == '{"poll": true}'


@pytest.mark.parametrize(
    "handler", sorted((ROOT / "functions").glob("*/handler.py")), ids=lambda path: path.parent.name
)
def test_handlers_leave_adapters_to_bootstrap(handler: Path) -> None:
    assert not re.search(r"(from|import) connector\.adapters", handler.read_text(encoding="utf-8"))
