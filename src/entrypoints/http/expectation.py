"""What a field must be, in words for the person who filled it in; made from the field's type."""

from collections.abc import Iterator

from msgspec import inspect

ID_MOST = 2**63 - 1

_LIST = "a list"


def expectation(annotation: object, *, nullable: bool = True) -> str:
    """Say what a field of this type must be.

    Args:
        annotation: the field's type.
        nullable: whether the sender has a way to say null; a query has none.
    """
    kinds = list(_describe(inspect.type_info(annotation)))
    if not nullable:
        kinds = [said.replace(_LIST, "a list separated by commas") for said in kinds if said != "null"]
    return f"must be {' or '.join(kinds)}"


def _describe(kind: inspect.Type) -> Iterator[str]:
    match kind:
        case inspect.Metadata(type=inner):
            yield from _describe(inner)
        case inspect.UnionType(types=members):
            for member in sorted(members, key=lambda member: not isinstance(member, inspect.NoneType)):
                yield from _describe(member)
        case inspect.StrType(min_length=least, max_length=most):
            if least is not None and most is not None:
                yield f"text of {least} to {most:,} characters"
            elif most is not None:
                yield f"text of at most {most:,} characters"
            else:
                yield "text"
        case inspect.IntType(ge=least, le=most):
            if most is None:
                yield "a whole number"
            elif most == ID_MOST:
                yield "an id, a positive whole number"
            else:
                yield f"a whole number from {least} to {most:,}"
        case inspect.BoolType():
            yield "true or false"
        case inspect.DateTimeType():
            yield "a time with its offset, like 2026-01-31T17:00:00Z"
        case inspect.DateType():
            yield "a day, like 2026-01-31"
        case inspect.EnumType(cls=choices):
            yield f"one of {', '.join(str(choice.value) for choice in choices)}"
        case inspect.LiteralType(values=(only,)):
            yield str(only)
        case inspect.LiteralType(values=choices):
            yield f"one of {', '.join(map(str, choices))}"
        case inspect.NoneType():
            yield "null"
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            yield f"{_LIST}, each of them {' or '.join(_describe(item))}"
        case _:
            yield "of another type"
