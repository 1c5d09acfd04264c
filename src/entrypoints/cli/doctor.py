"""`satchel doctor`: whether everything is fit for the service, and how to mend what is not."""

import asyncio
import json
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

import click

from application.diagnosis.database import DiagnoseDatabase
from application.diagnosis.findings import Finding, Verdict
from application.ports.store import Store
from domain.errors import Unavailable
from entrypoints.cli.database import in_store
from entrypoints.cli.help import examples
from entrypoints.cli.messages import program
from entrypoints.cli.surroundings import surroundings
from entrypoints.container import Container
from entrypoints.operations import Operations
from entrypoints.settings import Settings, SettingsError
from entrypoints.settings_reading import read_settings

_WIDTH: Final = 80
_COLUMN: Final = 21


@click.command(epilog=examples("satchel doctor", "satchel doctor --json | jq '.findings[] | select(.advice)'"))
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object, for programs.")
@click.pass_context
def doctor(context: click.Context, as_json: bool) -> None:
    """Look whether all is fit for the service, and how to mend it.

    Nothing is changed, and no service needs to run. If something fails, the exit code is 1.
    """
    findings = list(_findings())
    failed = sum(finding.verdict is Verdict.FAIL for finding in findings)
    if as_json:
        click.echo(json.dumps(_document(findings), ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(_lines(finding))
        warned = sum(finding.verdict is Verdict.WARN for finding in findings)
        click.echo(f"\n{len(findings)} looked at: {failed} failed, {warned} to think about.")
    context.exit(1 if failed else 0)


def _findings() -> Iterable[Finding]:
    try:
        settings = read_settings()
    except SettingsError as error:
        for fault in error.faults:
            yield Finding("settings", Verdict.FAIL, fault.field, fault.message)
        yield Finding("others", Verdict.WARN, "were not looked at", "First put the settings right.")
        return
    yield from surroundings(settings, Path.cwd() / ".env")
    yield from _of_database(settings)


def _of_database(settings: Settings) -> Sequence[Finding]:
    if settings.store_kind == "memory":
        found = "memory://: everything is forgotten when the service ends"
        return [
            Finding("database", Verdict.WARN, found, "Fine for a demo. Else set DATABASE_URL, or leave it out.")
        ]
    if settings.store_kind == "foreign":
        return [_of_foreign(settings)]
    url = settings.database_url or Container(settings=settings).running_database_url()
    if url is None:
        advice = f'Run "{program()} serve" and look again, from another terminal.'
        return [Finding("database", Verdict.WARN, "Satchel's own PostgreSQL does not run", advice)]
    container = Operations(settings=replace(settings, database_url=url))
    diagnose: DiagnoseDatabase = container.diagnose_database(is_own_server=settings.database_url is None)
    return asyncio.run(diagnose())


def _of_foreign(settings: Settings) -> Finding:
    """Return all that a store of another package can be asked."""

    async def is_current(container: Operations) -> bool:
        store: Store = container.store()
        await store.ping()
        return await store.is_current()

    try:
        if in_store(settings, is_current):
            return Finding("database", Verdict.OK, "is another package's store, and answers")
        advice = "Bring it up to date as that package says."
        return Finding("database", Verdict.FAIL, "does not fit this version of Satchel", advice)
    except Unavailable as error:
        return Finding(
            "database", Verdict.FAIL, error.reason or error.detail, "Start it, or correct DATABASE_URL."
        )


def _document(findings: Sequence[Finding]) -> dict[str, object]:
    return {
        "ok": all(finding.verdict is not Verdict.FAIL for finding in findings),
        "findings": [
            {
                "subject": finding.subject,
                "verdict": finding.verdict.lower(),
                "found": finding.found,
                "advice": finding.advice or None,
            }
            for finding in findings
        ],
    }


def _lines(finding: Finding) -> str:
    head = f"{finding.verdict:<4}  {finding.subject:<{_COLUMN - 8}}  "
    blank = " " * _COLUMN
    told = textwrap.fill(finding.found, _WIDTH, initial_indent=head, subsequent_indent=blank)
    if not finding.advice:
        return told
    return f"{told}\n" + textwrap.fill(finding.advice, _WIDTH, initial_indent=blank, subsequent_indent=blank)
