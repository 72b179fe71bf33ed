"""What a network is as a whole, before any state of its automaton is built."""

from fsmgen.grammar.measuring._kernels import close, measure, partition_labels, reach

__all__ = ["close", "measure", "partition_labels", "reach"]
