"""Chats as one HTML file that needs nothing else and fetches nothing.

What was said is Markdown, rendered; everything in it that is HTML stays text. Pictures
that a text links to become links: a page that was kept must not tell a stranger's
server that it is read, which its content security policy forbids as well. Pictures that
a tool made are part of the file.
"""

import base64
from collections.abc import Callable, Iterable, Iterator, MutableMapping, Sequence
from functools import cache
from html import escape
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from app.domain.archived import ArchivedChat
from app.domain.attachments import Attachment, plain_name
from app.domain.conversation import Message, Role
from app.domain.tools import ToolCall
from app.interchange.labels import Labels, call_line

Pictures = Callable[[str], bytes | None]
"""What the picture of a name holds; None where there is none."""

_STYLE: Final = """\
:root{color-scheme:light dark;--page:#fff;--text:#1d1f23;--faint:#5b616b;
--line:#d9dce1;--code:#f4f5f7;--user:#eef3fb;--link:#0b57c2}
@media (prefers-color-scheme:dark){:root{--page:#17181b;--text:#e6e7ea;
--faint:#a3a8b1;--line:#34373d;--code:#222429;--user:#202a3a;--link:#8ab4f8}}
body{margin:0 auto;padding:2rem 1rem;max-width:48rem;background:var(--page);
color:var(--text);font:16px/1.6 system-ui,sans-serif;overflow-wrap:anywhere}
h1{line-height:1.3}a{color:var(--link)}section+section{margin-top:4rem}
article{margin:1.5rem 0;padding:0 1rem}article.user{background:var(--user);
border-radius:.5rem;padding:.5rem 1rem}header{font-weight:600}
time,summary{color:var(--faint);font-weight:400;font-size:.875rem}
pre,code{font-family:ui-monospace,monospace;font-size:.875em;background:var(--code)}
pre{padding:.75rem 1rem;border-radius:.5rem;overflow-x:auto}
pre code{padding:0}code{padding:.1em .3em;border-radius:.25rem}
blockquote{margin-left:0;padding-left:1rem;border-left:3px solid var(--line);
color:var(--faint)}table{border-collapse:collapse;display:block;overflow-x:auto}
td,th{border:1px solid var(--line);padding:.3rem .6rem}img{max-width:100%}
"""
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_KINDS: Final = {"png": "image/png", "jpg": "image/jpeg"}


def pieces(
    chats: Iterable[ArchivedChat], labels: Labels, pictures: Pictures
) -> Iterator[bytes]:
    """The file, a chat at a time, in UTF-8.

    Args:
        chats: In the order in which they shall be there.
        labels: The words beside messages.
        pictures: Where pictures are; one that is not there is left out.
    """
    head = _head(escape(labels.untitled))
    for number, chat in enumerate(chats):
        title = escape(labels.title(chat.conversation.title))
        head = "" if number else _head(title)
        messages = "".join(
            _message(message, labels, pictures) for message in chat.conversation.path()
        )
        body = f"<section>\n<h1>{title}</h1>\n{messages}</section>\n"
        yield (head + body).encode("utf-8", "replace")
        head = ""
    yield head.encode() + b"</body>\n</html>\n"


def _head(title: str) -> str:
    return (
        '<!DOCTYPE html>\n<html>\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{title}</title>\n<style>\n{_STYLE}</style>\n</head>\n<body>\n"
    )


def _message(message: Message, labels: Labels, pictures: Pictures) -> str:
    kind = "user" if message.role is Role.USER else "assistant"
    time = escape(labels.time(message.created))
    stamp = message.created.isoformat()
    header = f'{escape(labels.name(message))} <time datetime="{stamp}">{time}</time>'
    parts = [f'<article class="{kind}">\n<header>{header}</header>\n']
    if message.thoughts.strip():
        thoughts = rendered(message.thoughts)
        summary = escape(labels.thoughts)
        parts.append(f"<details><summary>{summary}</summary>\n{thoughts}</details>\n")
    parts += (_call(call, pictures) for call in message.calls)
    parts += map(_file, message.attachments)
    parts += (rendered(message.text), "</article>\n")
    return "".join(parts)


def _file(attachment: Attachment) -> str:
    """A file that went along, folded, as it was sent."""
    name, text = escape(plain_name(attachment.name)), escape(attachment.text)
    return f"<details><summary>{name}</summary>\n<pre>{text}</pre></details>\n"


def _call(call: ToolCall, pictures: Pictures) -> str:
    line = f"<p><code>{escape(call_line(call))}</code></p>\n"
    # Only calls of tools that make pictures know the field.
    name = str(getattr(call, "picture", ""))
    data = pictures(name) if name else None
    kind = _KINDS.get(name.rpartition(".")[2])
    if data is None or kind is None:
        return line
    source = f"data:{kind};base64,{base64.b64encode(data).decode()}"
    about = escape(call.command.argument)
    return f'{line}<p><img src="{source}" alt="{about}"></p>\n'


def rendered(text: str) -> str:
    """A message's Markdown as HTML."""
    return str(_parser().render(text))


@cache
def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False})
    parser.enable(["table", "strikethrough"])
    parser.add_render_rule("image", _picture)
    return parser


def _picture(  # noqa: PLR0917 -- as markdown-it calls it
    renderer: RendererHTML,
    tokens: Sequence[Token],
    index: int,
    options: OptionsDict,
    env: MutableMapping[str, Any],
) -> str:
    """A link in the place of a picture."""
    token = tokens[index]
    source = str(token.attrs.get("src", ""))
    words = renderer.renderInlineAsText(token.children or [], options, env) or source
    return f'<a href="{escape(source)}">{escape(words)}</a>'
