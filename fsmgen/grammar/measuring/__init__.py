"""What a network is as a whole, before any state of its automaton is built."""

from fsmgen.grammar.measuring._kernels import Parts, close, longest, measure, partition_labels, reach, stand_ins, write_nearer

__all__ = ["Parts", "close", "longest", "measure", "partition_labels", "reach", "stand_ins", "write_nearer"]
