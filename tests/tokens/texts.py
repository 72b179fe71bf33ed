"""Texts on which tokenizers go wrong, and the bytes that an encoding of them must spell."""

from __future__ import annotations

from hypothesis import strategies as st

MARK = "\u2581"

_SPACES = [" ", "  ", " " * 8, "\t", "\n", "\r\n", "\n\n\n", "\u00a0", "\u3000", "\u200b", "\u2028", "\ufeff"]
_CONTROLS = ["\x00", "\x1b", "\x7f", "\ufffd", "\U0010ffff"]
_CODE = ["0", "123456789012", "3.14e-10", "\u0663", "def f(x):\n    return x**2\n", '{"a": [1, null]}']
_WORDS = ["Hello world", " the", "don't", "na\u00efve", "cafe\u0301", "\u0130", "\ufb01", "\u01c5", "\u1e9e", "\u00c3\u00a9"]
_SCRIPTS = ["\u65e5\u672c\u8a9e", "\ud55c\uad6d\uc5b4", "\u0627\u0644\u0639", "\u0939\u093f\u0928"]
_EMOJI = ["\U0001f600", "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f1eb\U0001f1f7"]
_NOTATION = ["</s>x", "<0x0A>", "<0x41>", "<|x|>", "\u0120", "\u010a", MARK]
_fragments = st.sampled_from(_SPACES + _CONTROLS + _CODE + _WORDS + _SCRIPTS + _EMOJI + _NOTATION)
texts = st.lists(st.one_of(_fragments, st.text(max_size=8)), max_size=12).map("".join)
"""Any text: code, numbers, scripts, emoji, runs of white space, control characters, and what resembles a token's spelling."""


def spelled(text: str, *, mark: bool, prefix: str = "no") -> bytes:
    """What the ids of `text` must spell.

    Args:
        mark: the tokenizer writes a space as U+2581, and so takes that character for a space.
        prefix: "no", "always", or "unless space" for a dummy prefix that a text with a space in front does not get.
    """
    text = text.replace(MARK, " ") if mark else text
    add = text and (prefix == "always" or (prefix == "unless space" and not text.startswith(" ")))
    return (" " + text if add else text).encode()
