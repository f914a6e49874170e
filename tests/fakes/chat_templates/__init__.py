"""Chat templates in the manner of published families, written for these tests.

Each does what the family's own does with a chat of user and assistant: the same marks,
the same white space, the same ways of using Jinja. None is a copy.
"""

from dataclasses import dataclass
from pathlib import Path

QUESTION, ANSWER, NEXT = " Hello\n", "Hi there", "Bye {{ x }}"
"""The chat of `Family.written`."""


@dataclass(frozen=True)
class Family:
    """One family.

    Attributes:
        name: Of the file with its template.
        written: The prompt for a question, an answer and another question.
        controls: Its marks that are control tokens.
        user_defined: Its marks that are user-defined tokens, as in published files.
        start: `bos_token`.
        end: `eos_token`.
        opened: The mark for thoughts that its prompts end with.
        calls: How its template wants calls of functions: "together", "one by one" or,
            where it has no use for them, not at all.
    """

    name: str
    written: str
    controls: tuple[str, ...]
    user_defined: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    opened: str = ""
    calls: str = ""

    @property
    def template(self) -> str:
        """Its template."""
        path = Path(__file__).with_name(f"{self.name}.jinja")
        return path.read_text("utf-8")

    @property
    def marks(self) -> tuple[str, ...]:
        """All marks that are one token."""
        return (*self.controls, *self.user_defined)

    @property
    def specials(self) -> dict[str, str]:
        """Special tokens by the names that templates have for them."""
        return {"bos_token": self.start, "eos_token": self.end}


_IM = ("<|im_start|>", "<|im_end|>")
_LLAMA_3 = ("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|begin|>")
_TURNS = ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>")
_MISTRAL = ("<s>", "</s>", "[INST]", "[/INST]")
_MISTRAL_TOOLS = ("[TOOL_CALLS]", "[TOOL_RESULTS]", "[/TOOL_RESULTS]")
_CHATML = (
    "<|im_start|>user\n Hello\n<|im_end|>\n<|im_start|>assistant\nHi there<|im_end|>\n"
    "<|im_start|>user\nBye {{ x }}<|im_end|>\n"
)
_GEMMA = (
    "<bos><start_of_turn>user\nHello<end_of_turn>\n<start_of_turn>model\nHi there"
    "<end_of_turn>\n<start_of_turn>user\nBye {{ x }}<end_of_turn>\n"
    "<start_of_turn>model\n"
)
_THREE = (
    "<|start_header_id|>user<|end_header_id|>\n\nHello<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\nHi there<|eot_id|>"
    "<|start_header_id|>user<|end_header_id|>\n\nBye {{ x }}<|eot_id|>"
    "<|start_header_id|>assistant<|end_header_id|>\n\n"
)

FAMILIES = (
    Family("chatml", f"{_CHATML}<|im_start|>assistant\n", _IM, end="<|im_end|>"),
    Family(
        "smollm2",
        f"<|im_start|>system\nYou help.<|im_end|>\n{_CHATML}<|im_start|>assistant\n",
        _IM,
        end="<|im_end|>",
    ),
    Family(
        "qwen2.5",
        "<|im_start|>system\nYou are an assistant.<|im_end|>\n"
        f"{_CHATML}<|im_start|>assistant\n",
        _IM,
        ("<tool_call>", "</tool_call>"),
        end="<|im_end|>",
        calls="together",
    ),
    Family(
        "qwen3",
        f"{_CHATML}<|im_start|>assistant\n",
        _IM,
        ("<think>", "</think>", "<tool_response>", "</tool_response>"),
        end="<|im_end|>",
        calls="together",
    ),
    Family(
        "llama2",
        "<s>[INST] Hello [/INST] Hi there </s><s>[INST] Bye {{ x }} [/INST]",
        ("<s>", "</s>"),
        start="<s>",
        end="</s>",
    ),
    Family(
        "llama3", f"<|begin|>{_THREE}", _LLAMA_3, start="<|begin|>", end="<|eot_id|>"
    ),
    Family(
        "llama3.2",
        "<|begin|><|start_header_id|>system<|end_header_id|>\n\n"
        f"Today Date: 26 Jul 2024\n\n<|eot_id|>{_THREE}",
        _LLAMA_3,
        start="<|begin|>",
        end="<|eot_id|>",
        calls="one by one",
    ),
    Family(
        "mistral-v1",
        "<s>[INST]  Hello\n [/INST]Hi there</s>[INST] Bye {{ x }} [/INST]",
        ("<s>", "</s>"),
        start="<s>",
        end="</s>",
    ),
    Family(
        "mistral-v3",
        "<s>[INST]  Hello\n[/INST] Hi there</s>[INST] Bye {{ x }}[/INST]",
        (*_MISTRAL, *_MISTRAL_TOOLS),
        start="<s>",
        end="</s>",
        calls="together",
    ),
    Family(
        "mistral-tekken",
        "<s>[INST] Hello\n[/INST]Hi there</s>[INST]Bye {{ x }}[/INST]",
        _MISTRAL,
        start="<s>",
        end="</s>",
    ),
    Family("gemma2", _GEMMA, _TURNS, start="<bos>", end="<end_of_turn>"),
    Family("gemma3", _GEMMA, _TURNS, start="<bos>", end="<end_of_turn>"),
    Family(
        "phi3",
        "<|user|>\n Hello\n<|end|>\n<|assistant|>\nHi there<|end|>\n"
        "<|user|>\nBye {{ x }}<|end|>\n<|assistant|>\n",
        ("<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>"),
        end="<|end|>",
    ),
    Family(
        "phi4",
        "<|im_start|>user<|im_sep|> Hello\n<|im_end|>"
        "<|im_start|>assistant<|im_sep|>Hi there<|im_end|>"
        "<|im_start|>user<|im_sep|>Bye {{ x }}<|im_end|>"
        "<|im_start|>assistant<|im_sep|>",
        (*_IM, "<|im_sep|>"),
        end="<|im_end|>",
    ),
    Family(
        "deepseek-r1",
        "<｜begin▁of▁sentence｜><｜User｜> Hello\n<｜Assistant｜>Hi there"
        "<｜end▁of▁sentence｜><｜User｜>Bye {{ x }}<｜Assistant｜><think>\n",
        ("<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"),
        ("<｜User｜>", "<｜Assistant｜>", "<think>", "</think>"),
        start="<｜begin▁of▁sentence｜>",
        end="<｜end▁of▁sentence｜>",
        opened="<think>",
    ),
    Family(
        "zephyr",
        "<|user|>\n Hello\n</s>\n<|assistant|>\nHi there</s>\n"
        "<|user|>\nBye {{ x }}</s>\n<|assistant|>\n",
        ("<s>", "</s>"),
        end="</s>",
    ),
    Family(
        "command-r",
        "<BOS_TOKEN><|START_OF_TURN_TOKEN|><|USER_TOKEN|>Hello<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>Hi there<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|USER_TOKEN|>Bye {{ x }}<|END_OF_TURN_TOKEN|>"
        "<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>",
        ("<BOS_TOKEN>", "<|END_OF_TURN_TOKEN|>"),
        ("<|START_OF_TURN_TOKEN|>", "<|USER_TOKEN|>", "<|CHATBOT_TOKEN|>"),
        start="<BOS_TOKEN>",
        end="<|END_OF_TURN_TOKEN|>",
    ),
    Family(
        "internlm2",
        f"<s>{_CHATML}<|im_start|>assistant\n",
        ("<s>", "</s>", *_IM),
        start="<s>",
        end="<|im_end|>",
    ),
    Family(
        "smollm3",
        f"{_CHATML}<|im_start|>assistant\n<think>\n\n</think>\n",
        _IM,
        ("<think>", "</think>"),
        end="<|im_end|>",
    ),
    Family(
        "harmony",
        "<|start|>system<|message|>Knowledge cutoff: 2024-06<|end|>"
        "<|start|>user<|message|> Hello\n<|end|>"
        "<|start|>assistant<|channel|>final<|message|>Hi there<|end|>"
        "<|start|>user<|message|>Bye {{ x }}<|end|><|start|>assistant",
        ("<|return|>",),
        ("<|start|>", "<|message|>", "<|channel|>", "<|end|>"),
        end="<|return|>",
    ),
    Family(
        "format",
        "<｜user:open｜>Hello<｜end｜><｜assistant:open｜>Hi there<｜end｜>"
        "<｜user:open｜>Bye {{ x }}<｜end｜><｜assistant:open｜>",
        ("<｜user:open｜>", "<｜assistant:open｜>", "<｜end｜>"),
        end="<｜end｜>",
    ),
)
