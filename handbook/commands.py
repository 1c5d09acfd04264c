"""The reference of the command line, made of the commands' own help."""

from collections.abc import Iterator

import click

from entrypoints.cli.main import main


def commands_page() -> str:
    """Return the page: what each command says of itself."""
    lines = [
        "# Every command and option",
        "",
        "For those who want to look an option up: what each command says with `--help`. [The command",
        "line](../command-line.md) tells them at more length, with what they print.",
        "",
    ]
    for context in _contexts(click.Context(main, info_name="satchel", **main.context_settings)):
        lines += [f"## {context.command_path}", "", "```text", context.get_help(), "```", ""]
    return "\n".join(lines)


def _contexts(context: click.Context) -> Iterator[click.Context]:
    """Yield a command and, after it, those below it."""
    yield context
    if isinstance(context.command, click.Group):
        for name in context.command.list_commands(context):
            command = context.command.get_command(context, name)
            if command is not None:
                width = context.max_content_width
                yield from _contexts(
                    click.Context(command, info_name=name, parent=context, max_content_width=width)
                )
