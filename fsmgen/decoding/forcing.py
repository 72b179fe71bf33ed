"""The tokens of forced text: what a row appends without asking the model, under its policy and inside its budget."""

from __future__ import annotations

from collections.abc import Iterator
from weakref import WeakKeyDictionary

from fsmgen.decoding.rows import Row, Settings
from fsmgen.tokens import Vocabulary, new_rows


def forced_ahead(row: Row, settings: Settings) -> list[int]:
    """The tokens that come next in any case; none for a row that does not coalesce.

    They end where the forced text ends, and before a token that the budget forbids: from there on the model chooses again.
    """
    if row.policy is None or row.matcher is None:
        return []
    text = row.matcher.forced()
    if not text:
        return []
    wanted = _longest(text, settings.vocabulary) if row.policy == "longest" else _canonical(text, settings)
    return list(_allowed(wanted, row, settings))


def _allowed(tokens: list[int], row: Row, settings: Settings) -> Iterator[int]:
    """The tokens up to the first one that may not come."""
    assert row.matcher is not None
    matcher, [words] = row.matcher.fork(), new_rows(1, settings.vocabulary.size)
    for place, token in enumerate(tokens, len(row.ids)):
        matcher.write_mask(words, budget=settings.max_tokens - place)
        if not words[token // 32] >> (token % 32) & 1:
            return
        matcher.advance(token)
        yield token


_BY_BYTES: WeakKeyDictionary[Vocabulary, dict[bytes, int]] = WeakKeyDictionary()


def _longest(text: bytes, vocabulary: Vocabulary) -> list[int]:
    """The longest token that the rest of the text begins with, again and again; the lowest id of those with the same bytes."""
    if vocabulary not in _BY_BYTES:
        spelled = ((vocabulary.token_bytes(token), token) for token in reversed(range(vocabulary.size)))
        _BY_BYTES[vocabulary] = {piece: token for piece, token in spelled if piece and token not in vocabulary.eos_ids}
    known = _BY_BYTES[vocabulary]
    most, found = max(map(len, known)), []
    while text:
        length = next((n for n in range(min(most, len(text)), 0, -1) if text[:n] in known), 0)
        if not length:
            break
        found.append(known[text[:length]])
        text = text[length:]
    return found


def _canonical(text: bytes, settings: Settings) -> list[int]:
    """What the tokenizer makes of the text, if that is the text again; a character that is cut off at its end is left to the model."""
    whole = text.decode(errors="ignore")
    if not whole or not text.startswith(whole.encode()) or settings.canonical is None:
        return []
    tokens = list(settings.canonical(whole))
    return tokens if settings.vocabulary.decode(tokens) == whole.encode() else []
