"""What a JSON schema says, in words for people."""

from collections.abc import Iterator

from handbook.operations import Json


def name_of(schema: Json) -> str:
    """Return what a body is called: a schema of the page, as a link, or an array of them."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name.lower()})"
    if schema.get("type") == "array":
        return f"array of {name_of(schema['items'])}"
    return kind_of(schema)


def kind_of(schema: Json) -> str:
    """Return what a value may be, in a few words."""
    if "$ref" in schema:
        return name_of(schema)
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(kind_of(each) for each in schema[word]) + _bounds(schema)
    if "const" in schema:
        return f"`{schema['const']}`"
    if "enum" in schema:
        return ", ".join(f"`{each}`" for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {kind_of(schema['items'])}"
    kind: str = schema.get("type", "anything")
    return f"{kind}, {schema['format']}{_bounds(schema)}" if "format" in schema else f"{kind}{_bounds(schema)}"


def members_of(schema: Json) -> Iterator[str]:
    """Yield the lines that tell a schema: a table of its members, or what it may be."""
    if description := schema.get("description"):
        yield from (description, "")
    if not schema.get("properties"):
        yield f"One of {kind_of(schema)}." if "enum" in schema else f"{kind_of(schema).capitalize()}."
        return
    required = schema.get("required", [])
    yield from ("| member | what | |", "| --- | --- | --- |")
    for name, member in schema["properties"].items():
        default = f"default `{member['default']}`" if member.get("default") not in (None, "", []) else ""
        yield f"| `{name}`{'' if name in required else ' (optional)'} | {kind_of(member)} | {default} |"


def _bounds(schema: Json) -> str:
    least = schema.get("minimum", schema.get("minLength"))
    most = schema.get("maximum", schema.get("maxLength"))
    if least is None and most is None:
        return ""
    unit = " characters" if "maxLength" in schema or "minLength" in schema else ""
    if least is None:
        return f", at most {most}{unit}"
    return f", {least} or more{unit}" if most is None else f", {least} to {most}{unit}"
