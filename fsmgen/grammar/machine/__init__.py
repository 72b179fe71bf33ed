"""The tables of an automaton, as kernels and Python see them."""
