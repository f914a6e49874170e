"""Servers with a made-up model: the interfaces of llama-server, llama-cpp-python, vLLM.

The model has a token for each byte and the control tokens of the echo backend. What it
writes is given as segments.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

from app.domain.generation import Segment
from app.engine.backends.echo import CONTROL_TOKENS
from tests.fakes.http_server import Answer, Script, ScriptedServer

BYTES = 256
CONTEXT = 4096
Scripts = Mapping[str, Script]
"""What replaces a part of a server's interface, by path."""
NAME = "moss-moon-003-sft-plugin"


def control_id(text: str) -> int:
    return BYTES + CONTROL_TOKENS.index(text)


def ids(text: str, *, controls: bool) -> list[int]:
    """Token ids of a text; with `controls`, control tokens in it are read."""
    tokens: list[int] = []
    while text:
        name = next((c for c in CONTROL_TOKENS if controls and text.startswith(c)), "")
        if name:
            tokens.append(control_id(name))
        else:
            tokens += text[0].encode()
        text = text[len(name) or 1 :]
    return tokens


def piece(token: int) -> str | list[int]:
    """A token's text, or its bytes where they are no whole character."""
    if token >= BYTES:
        return CONTROL_TOKENS[token - BYTES]
    return chr(token) if token < BYTES // 2 else [token]


def plain_text(tokens: Sequence[int]) -> str:
    """The text of tokens, control tokens left out."""
    return bytes(token for token in tokens if token < BYTES).decode()


@dataclass
class FakeModel:
    """What a fake server's model writes, and what it was asked.

    Attributes:
        reply: What it writes, word by word; it then ends by itself.
        template: Its chat template.
        start: What its file wants in front of every text.
        prompts: The prompts of all completions.
        settings: The last completion's other settings.
    """

    reply: Sequence[Segment] = (Segment("Hello"), Segment("<eom>", control=True))
    template: str = ""
    start: Sequence[int] = ()
    prompts: list = field(default_factory=list)
    settings: dict = field(default_factory=dict)

    def asked(self, answer: Answer) -> dict:
        body = dict(answer.request.json)
        self.prompts.append(body.pop("prompt"))
        self.settings = body
        return body


def llama_server(model: FakeModel, scripts: Scripts = MappingProxyType({})):
    """A server with llama-server's interface; `scripts` replace parts of it."""

    def tokenize(answer: Answer) -> None:
        body = answer.request.json
        tokens = list(model.start) if body.get("add_special", False) else []
        for part in body["content"]:
            special = body.get("parse_special", True)
            tokens += [part] if isinstance(part, int) else ids(part, controls=special)
        if body.get("with_pieces", False):
            tokens = [{"id": token, "piece": piece(token)} for token in tokens]
        answer.json({"tokens": tokens})

    def detokenize(answer: Answer) -> None:
        [token] = answer.request.json["tokens"]
        answer.json({"content": piece(token)})

    def completion(answer: Answer) -> None:
        body = model.asked(answer)
        total = len(model.prompts[-1])
        answer.begin_events()
        progress = {"total": total, "cache": 3, "processed": total // 2}
        answer.event({"content": "", "tokens": [0], "prompt_progress": progress})
        for piece in model.reply:
            shown = not piece.control or piece.text in body["preserved_tokens"]
            token = control_id(piece.text) if piece.control else ord(piece.text[-1])
            content = piece.text if shown else ""
            answer.event({"content": content, "tokens": [token], "stop": False})
        answer.event({"content": "", "tokens": [], "stop": True, "stop_type": "eos"})
        answer.end_events()

    settings = {
        "default_generation_settings": {"n_ctx": CONTEXT},
        "chat_template": model.template,
        "eos_token": CONTROL_TOKENS[-1],
    }
    meta = {"n_params": 16, "size": 32, "n_vocab": 262, "ftype": "Q4_0"}
    return ScriptedServer(
        {
            "/v1/models": lambda answer: answer.json(
                {"data": [{"id": NAME, "aliases": ["moss"], "meta": meta}]}
            ),
            "/props": lambda answer: answer.json(settings),
            "/tokenize": tokenize,
            "/detokenize": detokenize,
            "/completion": completion,
            **scripts,
        }
    )


def llama_cpp_python(
    model: FakeModel, scripts: Scripts = MappingProxyType({}), *, window: int = CONTEXT
):
    """A server with the interface of llama-cpp-python's."""

    def tokenize(answer: Answer) -> None:
        answer.json({"tokens": ids(answer.request.json["input"], controls=True)})

    def detokenize(answer: Answer) -> None:
        answer.json({"text": plain_text(answer.request.json["tokens"])})

    def completion(answer: Answer) -> None:
        body = model.asked(answer)
        if not body.get("stream"):
            said = f"This model's maximum context length is {window} tokens, however"
            answer.json({"error": {"message": said, "type": "invalid"}}, 400)
            return
        answer.begin_events()
        for piece in model.reply:
            text = "" if piece.control else piece.text
            answer.event({"choices": [{"text": text, "finish_reason": None}]})
        answer.event({"choices": [{"text": "", "finish_reason": "stop"}]})
        answer.event(b"[DONE]")
        answer.end_events()

    return ScriptedServer(
        {
            "/v1/models": lambda answer: answer.json({"data": [{"id": NAME}]}),
            "/extras/tokenize": tokenize,
            "/extras/detokenize": detokenize,
            "/v1/completions": completion,
            **scripts,
        }
    )


def vllm(
    model: FakeModel, scripts: Scripts = MappingProxyType({}), *, listed: bool = True
):
    """A server with vLLM's interface, written after its documentation."""
    *named, last = CONTROL_TOKENS
    about = {
        "tokenizer_class": "Fake",
        "eos_token": last,
        "chat_template": model.template,
        "added_tokens_decoder": {str(control_id(name)): name for name in named},
    }

    def tokenize(answer: Answer) -> None:
        body = answer.request.json
        tokens = list(model.start) if body["add_special_tokens"] else []
        tokens += ids(body["prompt"], controls=True)
        answer.json({"tokens": tokens, "count": 1, "max_model_len": CONTEXT})

    def completion(answer: Answer) -> None:
        body = model.asked(answer)
        answer.begin_events()
        for piece in model.reply:
            token = control_id(piece.text) if piece.control else ord(piece.text[-1])
            stops = token in body["stop_token_ids"]
            answer.event(
                {
                    "choices": [
                        {
                            "text": "" if stops else piece.text,
                            "token_ids": [token],
                            "finish_reason": "stop" if stops else None,
                        }
                    ]
                }
            )
            if stops:
                break
        else:
            end = {"text": "", "token_ids": [], "finish_reason": "stop"}
            answer.event({"choices": [end]})
        answer.event(b"[DONE]")
        answer.end_events()

    server = ScriptedServer(
        {
            "/v1/models": lambda answer: answer.json({"data": [{"id": NAME}]}),
            "/tokenize": tokenize,
            "/v1/completions": completion,
            **scripts,
        }
    )
    if listed:
        server.scripts["/tokenizer_info"] = lambda answer: answer.json(about)
    return server
