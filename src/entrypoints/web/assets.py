"""What pages load: files under addresses that change with their content, so that browsers may keep them."""

import hashlib
import mimetypes
from pathlib import Path
from typing import Any, Final

from litestar import Request, get
from litestar.params import FromPath
from litestar.response import File

from domain.errors import NotFound
from entrypoints.http.authentication import PUBLIC
from entrypoints.http.rate_limits import UNCOUNTED

_STATIC: Final = Path(__file__).parent / "static"
_HASHES: Final = {
    path.relative_to(_STATIC).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    for path in _STATIC.rglob("*")
    if path.is_file()
}


def asset(name: str) -> str:
    """Return the address of a file in `static`; templates call it, too.

    Raises:
        KeyError: there is no such file.
    """
    return f"/static/{name}?v={_HASHES[name]}"


@get("/static/{file_path:path}", opt=PUBLIC | UNCOUNTED, include_in_schema=False)
async def static_file(request: Request[Any, Any, Any], file_path: FromPath[Path]) -> File:
    """Return one of the files that pages load.

    Raises:
        NotFound: it is none of ours. Other names do not reach the file system, which has its own ways to fail.
    """
    name = str(file_path).lstrip("/")
    if name not in _HASHES:
        raise NotFound("There is no such file.")
    is_this_very_content = request.query_params.get("v") == _HASHES[name]
    return File(
        _STATIC / name,
        content_disposition_type="inline",
        media_type=mimetypes.guess_type(name)[0] or "text/plain",
        headers={"Cache-Control": "public, max-age=31536000, immutable" if is_this_very_content else "no-cache"},
    )
