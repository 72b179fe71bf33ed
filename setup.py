"""The packages, with the folder of grammars as one of them: pyproject.toml can find packages or list them, but not both."""

from setuptools import find_packages, setup

setup(
    packages=[*find_packages(include=["fsmgen*"]), "fsmgen.grammars"],
    package_dir={"fsmgen.grammars": "grammars"},
    package_data={
        "fsmgen": ["py.typed"],
        "fsmgen.embedded": ["checkpoints/*/*"],
        "fsmgen.evaluation.catalogue": ["tasks/*.toml"],
        "fsmgen.evaluation.presets": ["declared/*.toml"],
        "fsmgen.evaluation.reporting": ["*.css"],
        "fsmgen.grammars": ["*.gbnf", "*.lark", "*.network"],
    },
)
