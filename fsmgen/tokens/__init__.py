"""Floor 3b: a tokenizer as exact bytes by token id. Never sees a grammar.

`Vocabulary` is the value that the rest of the house uses; `readers` know the families of tokenizers; `Trie` is the form in which masks
are computed; `bitmask` is the layout of a mask row.

    >>> from fsmgen.tokens import Vocabulary
    >>> vocabulary = Vocabulary.from_tokens([b"a", b"ab", b" a", None], eos_ids=[3])
    >>> vocabulary.decode([1, 2, 3])
    b'ab a'
    >>> len(vocabulary.trie().nodes)
    4
"""

from fsmgen.tokens.bitmask import allowed_ids, is_allowed, mask_words, new_rows, row_of
from fsmgen.tokens.fragments import Fragment
from fsmgen.tokens.trie import Trie
from fsmgen.tokens.vocabulary import Vocabulary

__all__ = ["Fragment", "Trie", "Vocabulary", "allowed_ids", "is_allowed", "mask_words", "new_rows", "row_of"]
