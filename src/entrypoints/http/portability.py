"""Cheats out of Satchel and into it, over HTTP."""

from collections.abc import AsyncGenerator
from typing import Any

from litestar import Controller, Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import JSONBody, SkipValidation
from litestar.response import Stream

from application.auth import Identity
from application.importing import IMPORTED_MOST, ImportCheats, ImportOutcome
from application.portability import ExportCheats
from entrypoints.formats.catalogue import FORMATS
from entrypoints.formats.json import CheatRecord
from entrypoints.http.answers import Answer
from entrypoints.http.arrays import ELEMENTS_MOST, JsonArrayRequest
from entrypoints.http.cheat_structs import CheatExportQuery, CheatImportQuery, ImportOutcomeOut, wanted_cheats
from entrypoints.http.edge import wants_body
from entrypoints.http.idempotency import Once
from entrypoints.http.input import read_query
from entrypoints.http.time_limit import ANSWER_SECONDS, LONG_SECONDS


def _export_query(request: Request[Any, Any, Any]) -> CheatExportQuery:
    return read_query(request, CheatExportQuery)


def _import_query(request: Request[Any, Any, Any]) -> CheatImportQuery:
    return read_query(request, CheatImportQuery)


class PortabilityController(Controller):
    """`/cheats`, as files."""

    path = "/cheats"
    tags = ("Cheats",)

    @get(
        "/export",
        summary="Export cheats",
        dependencies={"export_query": Provide(_export_query, sync_to_thread=False)},
        opt={"query": CheatExportQuery},
    )
    async def export_cheats(
        self,
        request: Request[Any, Any, Any],
        identity: NamedDependency[SkipValidation[Identity]],
        export_query: NamedDependency[SkipValidation[CheatExportQuery]],
        export_cheats: NamedDependency[SkipValidation[ExportCheats]],
    ) -> Stream:
        """Return all cheats that meet every condition as one file, by title. It can be imported anywhere.

        It holds nothing that belongs to this installation: no ids, owners or times. However large it is, it
        comes as it is read.
        """
        return await cheat_file(request, identity, export_query, export_cheats)

    @post(
        "/import",
        summary="Import cheats",
        status_code=200,
        dependencies={"import_query": Provide(_import_query, sync_to_thread=False)},
        opt={"query": CheatImportQuery, ANSWER_SECONDS: LONG_SECONDS, ELEMENTS_MOST: IMPORTED_MOST},
        request_class=JsonArrayRequest,
    )
    async def import_cheats(
        self,
        request: Request[Any, Any, Any],
        data: JSONBody[list[CheatRecord]],
        identity: NamedDependency[SkipValidation[Identity]],
        import_query: NamedDependency[SkipValidation[CheatImportQuery]],
        import_cheats: NamedDependency[SkipValidation[ImportCheats]],
        once: NamedDependency[SkipValidation[Once]],
    ) -> Response[ImportOutcomeOut]:
        """Take in the cheats of an exported JSON file, all or none. The same file again changes nothing.

        A cheat whose key is known here becomes what the file says, if it is one's own, or one is a manager or
        admin. One without a key is taken for one's own of the same title. All others are new, one's own, and in
        one's bag. Platforms and topics that do not exist are made. At most 10,000 cheats, platforms and topics are
        taken in at once, and two files at a time.
        """
        records = (record.record(n) for n, record in enumerate(data))
        return await once(
            request,
            lambda keep: import_cheats(identity.user, records, dry_run=import_query.dry_run, keep=keep),
            _outcome,
        )


def _outcome(outcome: ImportOutcome) -> Answer[ImportOutcomeOut]:
    return Answer(ImportOutcomeOut(len(outcome.created), len(outcome.updated), outcome.unchanged))


async def cheat_file(
    request: Request[Any, Any, Any], identity: Identity, query: CheatExportQuery, export_cheats: ExportCheats
) -> Stream:
    """Return the file of the cheats that a query wants, as it is read.

    Raises:
        Invalid: there are too many words in `q`.
    """
    format_ = FORMATS[query.format]
    pieces = format_.written(export_cheats(identity.user, wanted=wanted_cheats(query, identity.user)))
    # Before the answer begins, it can still become a refusal.
    first = await anext(pieces)
    if not wants_body(request.scope):
        await pieces.aclose()
    return Stream(
        _from(first, pieces),
        media_type=format_.media_type,
        headers={"Content-Disposition": f'attachment; filename="cheats{format_.suffixes[0]}"'},
    )


async def _from(first: bytes, others: AsyncGenerator[bytes]) -> AsyncGenerator[bytes]:
    yield first
    async for piece in others:
        yield piece
