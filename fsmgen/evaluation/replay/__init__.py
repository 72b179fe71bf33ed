"""Answers that others recorded, read by the extraction of a task: no model is needed.

| module | what it holds |
|---|---|
| `outputs` | an output, and the item that it answers |
| `rescoring` | `replay` of outputs and `rescore` of a study, on any rung |
| `recordings` | the recorded outputs that a task declares |
| `lm_eval`, `inspect_logs` | sample logs of lm-evaluation-harness and inspect_ai |
| `studies` | outputs as a study: its manifest and its records |
"""

from fsmgen.evaluation.replay.inspect_logs import inspect_facts, read_inspect
from fsmgen.evaluation.replay.lm_eval import lm_eval_filters, read_lm_eval
from fsmgen.evaluation.replay.outputs import Output, identified, matched, task_of
from fsmgen.evaluation.replay.recordings import read_recorded, recorded_names
from fsmgen.evaluation.replay.rescoring import Replay, replay, rescore
from fsmgen.evaluation.replay.studies import study_of, write_study

__all__ = [
    "Output",
    "Replay",
    "identified",
    "inspect_facts",
    "lm_eval_filters",
    "matched",
    "read_inspect",
    "read_lm_eval",
    "read_recorded",
    "recorded_names",
    "replay",
    "rescore",
    "study_of",
    "task_of",
    "write_study",
]
