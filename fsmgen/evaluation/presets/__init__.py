"""Published protocols as frozen declarations, run by the ordinary machinery of studies on any model.

| module | what it holds |
|---|---|
| `declaration` | a preset as data: studies, contrasts, published figures; the TOML files are in `declared` |
| `running` | its studies as experiments, each in a folder of its own |
| `workers` | several models side by side, each in a process of its own |
| `answers`, `views`, `knowledge` | scores of its answers, and the tables of a study over its models |
| `report` | its figures beside the published ones, with what they do not show |
"""

from fsmgen.evaluation.presets.declaration import Preset, load_preset, preset_names
from fsmgen.evaluation.presets.report import PresetReport, arm_labels, opening, preset_report
from fsmgen.evaluation.presets.running import PlannedStudy, Settings, check, claim, default_models, put
from fsmgen.evaluation.presets.workers import put_all

__all__ = [
    "PlannedStudy",
    "Preset",
    "PresetReport",
    "Settings",
    "arm_labels",
    "check",
    "claim",
    "default_models",
    "load_preset",
    "opening",
    "preset_names",
    "preset_report",
    "put",
    "put_all",
]
