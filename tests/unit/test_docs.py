"""What the documents say stands in the code: targets, links, log lines, metrics, resources, decisions."""

import ast
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from connector.domain.reason import Reason
from connector.domain.stream import RunState
from connector.domain.task_record import TaskState
from connector.observability import ALLOWED_FIELDS, camel
from connector.usecases.accept_webhook import Verdict
from connector.web.import_notes import NOTES
from docs import reference
from sandbox import template
from sandbox.toolchain import ROOT

PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
DECISIONS = sorted((ROOT / "docs" / "decisions").glob("*"))
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text("utf-8")
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
every_decision = pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.name)


@every_page
def test_make_targets_that_are_named_exist(page: Path) -> None:
    rules = re.findall(r"^([a-z -]+):", MAKEFILE, re.MULTILINE)
    targets = {target for rule in rules for target in rule.split()}
    assert named_in_code(page, r"\bmake ([a-z-]+)") <= targets


@every_page
def test_variables_that_are_given_to_make_are_known_to_it(page: Path) -> None:
    given = named_in_code(page, r"\b([A-Z][A-Z_]+)=")
    settings_of_the_shell = {"STACK", *(name for name in given if name.startswith("AWS_"))}
    assert {
        name for name in given - settings_of_the_shell if not re.search(rf"\b{name}\b", MAKEFILE)
    } == set()


@every_page
def test_links_between_documents_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8"))
    assert [link for link in links if not leads_somewhere(page, link)] == []


def test_the_runbook_lists_every_log_line_and_no_other() -> None:
    listed = re.findall(r"^\| `([a-z ]+)` \| [a-z_]+|^\| `(message failed)`", section("Logs"), re.MULTILINE)
    assert {one or other for one, other in listed} == set(first_arguments("log", "log_failure"))


def test_log_fields_in_the_runbook_may_be_logged() -> None:
    rows = re.findall(r"^\| `[a-z ]+` \| [^|]+ \| ([^|]+) \|$", section("Logs"), re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`([a-z_]+)`", row)} <= ALLOWED_FIELDS


def test_the_runbook_lists_every_metric_and_no_other() -> None:
    listed = {name for row in table_heads(section("Metrics")) for name in re.findall(r"`(\w+)`", row)}
    assert listed == emitted_metrics()


def test_resources_in_the_runbook_are_in_the_template() -> None:
    resources = template.source()["Resources"]
    events = {
        name + event
        for name, one in resources.items()
        for event in one.get("Properties", {}).get("Events", ())
    }
    named = set(re.findall(r"\bid (\w+)\)|`(\w+(?:Queue|Table|Alarm|Topic))`", RUNBOOK))
    assert {one or other for one, other in named} <= set(resources) | events


def test_the_architecture_page_says_of_every_use_case_on_which_path_it_is() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = page.partition("### Which use case is on which path")[2].partition("## ")[0]
    modules = {path.stem for path in (ROOT / "layers/connector/python/connector/usecases").glob("[!_]*.py")}
    assert set(re.findall(r"`([a-z_]+)`", table)) == modules


def test_the_changelog_has_a_place_for_what_comes_next() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[0] == "Unreleased"


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [re.fullmatch(r"(\d{4})-[a-z0-9-]+\.md", page.name) for page in DECISIONS]
    assert [found and int(found[1]) for found in numbers] == list(range(1, len(DECISIONS) + 1))


@every_decision
def test_a_decision_has_its_number_a_date_and_says_what_is_decided(page: Path) -> None:
    title, _, day, *rest = page.read_text("utf-8").splitlines()
    assert title.startswith(f"# {page.name[:4]} ")
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", day)
    assert date.fromisoformat(day) <= datetime.now(UTC).date()
    assert any(line.startswith("**Decided.**") for line in rest)


@pytest.mark.parametrize("name", reference.PAGES)
def test_a_page_that_is_made_of_the_code_is_as_new_as_it(name: str) -> None:
    written = (ROOT / "docs" / name).read_text("utf-8")
    assert written == reference.PAGES[name](), "make docs"


def test_every_note_of_an_import_is_on_the_page_of_customers_and_products() -> None:
    page = (ROOT / "docs" / "master-data.md").read_text("utf-8")
    assert set(NOTES) <= set(re.findall(r"`([a-z_]+)`", page))


def test_every_complaint_has_its_row() -> None:
    assert [int(row.split()[1]) for row in complaints()] == list(range(1, 24))


def test_every_complaint_names_tests_that_exist() -> None:
    named = [re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row) for row in complaints()]
    assert all(named)
    missing = [
        (path, test) for tests in named for path, test in tests if test not in known_tests(ROOT / path)
    ]
    assert missing == []


def complaints() -> list[str]:
    """The rows of the page on what users of such integrations complain about, by their number."""
    page = (ROOT / "docs" / "complaints.md").read_text("utf-8")
    return re.findall(r"^\| \d+ \|.+$", page, re.MULTILINE)


def known_tests(path: Path) -> set[str]:
    """The test functions of a module; none when there is no such file."""
    nodes = ast.walk(ast.parse(path.read_text("utf-8"))) if path.exists() else ()
    return {
        node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    }


def named_in_code(page: Path, pattern: str) -> set[str]:
    """What a pattern finds inside a page's code, in lines and in blocks."""
    text = page.read_text("utf-8")
    prose, *blocks = re.split(r"^ *```\w*$", text, flags=re.MULTILINE)
    prose, blocks = "".join([prose, *blocks[1::2]]), blocks[::2]
    spans = re.findall(r"`([^`]+)`", prose)
    return {name for code in (*blocks, *spans) for name in re.findall(pattern, code)}


def leads_somewhere(page: Path, link: str) -> bool:
    """True for addresses of others, and for files and headings of ours that exist."""
    if link.startswith("https://"):
        return True
    place, _, anchor = link.partition("#")
    target = (page.parent / place).resolve() if place else page
    if not target.exists():
        return False
    return not anchor or anchor in {slug(heading) for heading in headings_of(target)}


def headings_of(page: Path) -> list[str]:
    """The headings of a page, without their number signs."""
    return re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)


def slug(heading: str) -> str:
    """A heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def section(heading: str) -> str:
    """The runbook's part under a heading of the third level."""
    found = re.search(rf"^### {heading}$(.*?)^##", RUNBOOK, re.MULTILINE | re.DOTALL)
    assert found, heading
    return found[1]


def table_heads(text: str) -> list[str]:
    """The first cell of every row of the tables in a text."""
    return re.findall(r"^\| (`[^|]+) \|", text, re.MULTILINE)


def calls_of(*names: str) -> Iterator[ast.expr]:
    """The first argument of every call of these functions in the product, where it isn't a mere name."""
    for folder in ("functions", "layers/connector/python/connector"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names:
                    yield from node.args[:1]


def first_arguments(*names: str) -> Iterator[str]:
    """The literal first arguments of every call of these functions in the product."""
    return (one.value for one in calls_of(*names) if isinstance(one, ast.Constant))  # type: ignore[misc]


def emitted_metrics() -> set[str]:
    """Metrics with a literal name, and those whose name is made of a verdict or a state."""
    rooms: dict[str, Sequence[str]] = {
        "Webhook": list(Verdict),
        "Task": [*REACHED, "taken_by_another"],
        "Import": list(RunState),
        "Reason": [Reason.CUSTOMER_UNKNOWN],  # one stands for all
    }
    prefixes = [one.values[0].value for one in calls_of("count") if isinstance(one, ast.JoinedStr)]  # type: ignore[attr-defined]
    assert sorted(prefixes) == sorted(rooms)
    made = {prefix + camel(word) for prefix, words in rooms.items() for word in words}
    return made | set(first_arguments("count"))


REACHED = frozenset(TaskState) - {TaskState.CREATING, TaskState.UPDATING}
"""States that a message may leave a task in; the others only last while it is worked on."""
