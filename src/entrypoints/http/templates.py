"""The templates of paths as they are shown to people and programs."""

import re
from functools import cache

_PARAMETER = re.compile(r"(\w*)/\{(\w+)\}")


@cache
def shown(template: str) -> str:
    """Return the template of a path with its parameters named as fields are: `/api/v1/tasks/{taskId}`."""
    return _PARAMETER.sub(lambda match: f"{match[1]}/{{{_camel(match[2], before=match[1])}}}", template)


def _camel(name: str, *, before: str) -> str:
    # One controller serves both kinds of tags; a path of the API is of one of them.
    kind = before.removesuffix("s") if name == "tag_id" and before else ""
    first, *rest = f"{kind}_id".split("_") if kind else name.split("_")
    return first + "".join(word.capitalize() for word in rest)
