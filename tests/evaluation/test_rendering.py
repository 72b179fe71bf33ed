"""Templates: what they can say, and that they can neither run code nor go on for long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from fsmgen.errors import InvalidPrompt
from fsmgen.evaluation.prompts.rendering import TEXT_LIMIT, names, render, require_known, value

VALUES = {"question": "2 + 2?", "gold": "4", "choices": ["3", "4"], "row": {"deep": {"er": "x"}}, "text": "a<<b>>c #### d\n"}


@pytest.mark.parametrize(
    "template",
    [
        "Q: {{ question }}\nA: {{ gold }}\n",
        "{% for choice in choices %}{{ loop.index }}. {{ choice }}{% if not loop.last %}, {% endif %}{% endfor %}",
        "{{ row.deep.er }}{{ row['deep'].er ~ gold }}{{ 'b' if gold == '4' else 'c' }}{{ choices | join('/') | upper }}",
        "{{ question.split('+')[0] | trim }}{{ question.removesuffix('?') }}{{ choices | length + 1 }}",
        "{% raw %}{{ not }}{% endraw %}{# comment #}",
    ],
)
def test_what_is_allowed_reads_as_in_jinja2(template):
    assert render(template, VALUES) == Environment(keep_trailing_newline=True).from_string(template).render(VALUES)


@given(st.text(max_size=40))
def test_values_are_never_read_as_templates(text):
    assert render("[{{ question }}]", {"question": text}) == f"[{text}]"


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("{{ question", "line 1"),
        ("{{ quesion }}", "did you mean 'question'"),
        ("{{ question | trm }}", "did you mean 'trim'"),
        ("{{ row.deap.er }}", "deap"),
        ("{{ choices[7] }}", "7"),
        ("{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}", "macro"),
        ("{% set x = 'a' %}", "assign"),
        ("{% include 'x' %}", "include"),
        ("{{ range(10) }}", "can be called"),
        ("{{ question.format(1) }}", "can be called"),
        ("{{ 'a' * 1000000000 }}", "mul"),
        ("{{ 'a' | center(1000000000) }}", "no filter 'center'"),
        ("{{ '%0999999999d' % 1 }}", "mod"),
        ("{{ question.__class__.__mro__ }}", "__class__"),
        ("{{ ''.join.__globals__ }}", "__globals__"),
        ("{% for a in question %}{{ a }}{% endfor %}", "for goes over lists"),
        ("{% for a in choices recursive %}{{ loop(a) }}{% endfor %}", "recursive"),
        ("{% for a in choices %}{% for b in choices %}{% for c in choices %}{% endfor %}{% endfor %}{% endfor %}", "at most 2 deep"),
        ("{{ " + "(" * 4000 + "1" + ")" * 4000 + " }}", "nested too deeply"),
    ],
)
def test_everything_else_is_refused_with_its_place_or_name(template, reason):
    with pytest.raises(InvalidPrompt) as caught:
        render(template, VALUES)
    assert reason in str(caught.value)
    assert caught.value.template == template


def test_no_template_takes_long_or_grows_without_bound():
    many = {"choices": ["x" * 100] * 1000, "question": "y" * 10_000}
    started = time.process_time()
    for template in (
        "{% for a in choices %}{% for b in choices %}{{ a }}{{ b }}{% endfor %}{% endfor %}",
        "{{ question | replace('y', question) | replace('y', question) }}",
    ):
        with pytest.raises(InvalidPrompt, match=f"{TEXT_LIMIT:,}"):
            render(template, many)
    with pytest.raises(InvalidPrompt, match="1,001"):
        render("{% for a in choices %}{% endfor %}", {"choices": ["x"] * 1001})
    assert time.process_time() - started < 60


def test_the_filters_of_tasks():
    assert render("{{ text | after('####') }}|{{ text | before('####') }}", VALUES) == "d|a<<b>>c"
    assert render("{{ text | after('!') }}|{{ 'x' | before('!') }}", VALUES) == "a<<b>>c #### d|x"
    assert render("{{ 'a<<b>>c<<d' | without('<<', '>>') }}", {}) == "ac<<d"
    assert [render("{{ x | letter }}", {"x": x}) for x in (0, "3", "b")] == ["A", "D", "B"]
    listed = "Which?\nOptions:\n(A) one\n(B) two words \n"
    assert value("{{ x | options }}", {"x": listed}) == ["one", "two words"]
    assert value("{{ x | option_labels }}", {"x": listed}) == ["(A)", "(B)"]
    assert value("{{ x | options }}", {"x": "Valid?\nOptions:\n- valid \n- invalid"}) == ["valid", "invalid"]
    assert value("{{ x | option_labels }}", {"x": "Valid?\nOptions:\n- valid \n- invalid"}) == []


def test_a_single_expression_keeps_its_value_and_a_text_is_a_text():
    assert value("{{ choices }}", VALUES) == ["3", "4"]
    assert value("{{ choices }} {{ gold }}", VALUES) == "['3', '4'] 4"
    with pytest.raises(InvalidPrompt):
        value("{{ nothing }}", VALUES)
    assert names("{{ a }}{% for b in c %}{{ b }}{% endfor %}") == {"a", "c"}
    with pytest.raises(InvalidPrompt, match="did you mean 'gold'"):
        require_known("{{ question }}{{ golds }}", VALUES)
