"""Floor 6: models become scores that can be compared.

```
task x prompt x shots x arm x seed -> Trial -> generate -> Record        running.run
records -> outcomes -> statistics -> Comparison -> report                comparison.compare, report.markdown
```

| module | what it holds |
|---|---|
| `tasks`, `prompts`, `arms` | what is asked, how it is put, how the answer is obtained |
| `experiment`, `running` | all trials of a study; run into a folder, resumable |
| `records` | the facts of each trial as JSON Lines, and the study's manifest |
| `extraction`, `outcomes` | from a text to a value, and what that says about the trial |
| `statistics` | pure functions: intervals, tests, spread over prompts |
| `effects` | what a constraint does: masses, interventions, ends; averages only over draws |
| `scores`, `evidence`, `ranking`, `calibrating` | studies side by side; equivalence and permutations; models in order; confidence |
| `conditions` | what `--fail-if` takes |
| `comparison` | arms against the reference arm, recomputed from records |
| `tables`, `rank_tables`, `effect_tables`, `report` | all of it as plain tables; the comparison as Markdown |
| `demo` | the study behind `fsmgen demo` |

Only `arms`, `experiment`, `running` and `demo` import the decoding room, and torch with it: records are scored without a model.
"""
