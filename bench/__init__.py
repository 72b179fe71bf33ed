"""Measurements of fsmgen beside the strongest other engines, in one run on one pinned core. See README.md here.

The peers are development-only: nothing outside this folder knows them.
"""
