"""How a question is put to the model. A prompt is a value that names itself; it gives a text, or the turns of a conversation.

| prompt | what it is |
|---|---|
| `TemplatePrompt` | jinja2 templates over an item, sandboxed (`rendering`) |
| `PromptGrid` | a template prompt with every combination of the variants of its atoms |
| `FormatPrompt` | a format of the embedded models, which knows how often their training showed it |
| `WordingPrompt` | a wording of the embedded family, likewise |
| `Reordered` | any prompt, its solved examples in the order of a seed |
| `ChatPrompt` | any prompt, in a model's own chat template |
"""

from fsmgen.evaluation.prompts.formats import FormatPrompt
from fsmgen.evaluation.prompts.prompt import ChatPrompt, Message, Prompt, Reordered, reordered, shot_order
from fsmgen.evaluation.prompts.templates import PromptGrid, TemplatePrompt
from fsmgen.evaluation.prompts.wordings import WordingPrompt

__all__ = [
    "ChatPrompt",
    "FormatPrompt",
    "Message",
    "Prompt",
    "PromptGrid",
    "Reordered",
    "TemplatePrompt",
    "WordingPrompt",
    "reordered",
    "shot_order",
]
