"""Tests of the whole front end wait for its door."""

import fsmgen

collect_ignore = [] if hasattr(fsmgen, "json_schema") else ["test_cases.py", "test_maskbench.py", "test_official_suite.py", "test_sizes.py"]
