"""A type's schema says which values are its instances, and the reader makes them."""

import enum
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, NewType, NotRequired, Optional, Required, TypedDict, Union
from uuid import UUID

import annotated_types as limits
import jsonschema
import pydantic
import pytest

from fsmgen.errors import InputError
from fsmgen.frontends.json_schema.models import described
from tests.frontends.json_schema.twin import accepts, value


class Colour(enum.Enum):
    RED = "red"
    NONE = None
    ONE = 1


class Size(enum.StrEnum):
    SMALL = "s"
    LARGE = "l"


@dataclass
class Point:
    x: int
    y: float = 0.5
    computed: int = field(init=False, default=7)


@dataclass(frozen=True)
class Tree:
    name: str
    children: "list[Tree]" = field(default_factory=list)


class Movie(TypedDict):
    title: str
    year: NotRequired[int]


class Partial(TypedDict, total=False):
    name: Required[str]
    movies: list[Movie]


class Person(pydantic.BaseModel):
    name: Annotated[str, pydantic.Field(min_length=1, max_length=5)]
    born: date | None = None
    friends: "list[Person]" = []


@dataclass
class Team:
    lead: Person
    others: dict[str, Person]


Even = NewType("Even", int)
ID = "12345678-1234-5678-1234-567812345678"
CASES = [
    (int, ["4", "4.0", "1e2", "-0"], ["4.5", "true", '"4"', "null"], 4),
    (float, ["4.5", "4"], ["true", '"x"'], 4.5),
    (bool, ["true"], ["1", "0"], True),
    (None, ["null"], ["false", "0"], None),
    (str, ['"a\\n"'], ["1"], "a\n"),
    (Decimal, ["1.10"], ['"1"'], Decimal("1.10")),
    (date, ['"2024-02-29"'], ["20240229"], date(2024, 2, 29)),
    (time, ['"12:30:00Z"'], ["1"], time(12, 30, tzinfo=UTC)),
    (datetime, ['"2024-02-29T12:30:00+00:00"'], ["1"], datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
    (UUID, [f'"{ID}"'], ["1"], UUID(ID)),
    (Literal["a", 1, None], ['"a"', "1", "1.0", "null"], ["true", '"b"'], "a"),
    (Literal[True, 2], ["true", "2"], ["1", "false"], True),
    (Colour, ['"red"', "null", "1"], ['"RED"', "true"], Colour.RED),
    (list[int], ["[1, 2]", "[]"], ['["a"]', "{}", "1"], [1, 2]),
    (Sequence[bool], ["[true]"], ["[1]"], [True]),
    (list, ['[1, "a", {"b": null}]'], ["{}"], [1, "a", {"b": None}]),
    (set[int], ["[1, 2]"], ["[1, 1.0]"], {1, 2}),
    (frozenset[str], ['["a"]'], ['["a", "a"]'], frozenset({"a"})),
    (tuple[int, str], ['[1, "a"]'], ["[1]", '[1, "a", 2]', '["a", 1]'], (1, "a")),
    (tuple[int, ...], ["[1, 2, 3]", "[]"], ['["a"]'], (1, 2, 3)),
    (tuple[()], ["[]"], ["[1]"], ()),
    (dict[str, int], ['{"a": 1}', "{}"], ['{"a": "b"}', "[]"], {"a": 1}),
    (dict[Literal["a", "b"], bool], ['{"a": true}'], ['{"c": true}', '{"a": 1}'], {"a": True}),
    (Mapping[Size, int], ['{"s": 1}'], ['{"SMALL": 1}'], {Size.SMALL: 1}),
    (Any, ['{"a": [1.5]}', "null"], [], {"a": [1.5]}),
    (Optional[int], ["null", "3"], ['"x"'], None),  # noqa: UP045
    (Union[int, str], ['"3"', "3"], ["null", "1.5"], "3"),  # noqa: UP007
    (int | float, ["1", "1.5"], ['"x"'], 1),
    (Annotated[int, limits.Ge(3)] | Annotated[float, limits.Lt(0)], ["3", "-1", "-0.5"], ["2", "0"], 3),
    (Even, ["4"], ['"a"'], 4),
    (Annotated[int, limits.Interval(ge=1, lt=5)], ["1", "4"], ["0", "5"], 1),
    (Annotated[str, limits.Len(2, 3)], ['"ab"', '"abc"'], ['"a"', '"abcd"'], "ab"),
    (Annotated[list[int], limits.MinLen(1)], ["[1]"], ["[]"], [1]),
    (Annotated[dict[str, int], limits.MaxLen(1)], ['{"a": 1}'], ['{"a": 1, "b": 2}'], {"a": 1}),
    (Annotated[Decimal, limits.MultipleOf(Decimal("0.1"))], ["0.3"], ["0.35"], Decimal("0.3")),
    (Annotated[str, {"pattern": "^a+$"}], ['"aa"'], ['"b"'], "aa"),
    (Annotated[str, pydantic.Field(pattern="^a+$", description="as")], ['"aa"'], ['"b"'], "aa"),
    (Annotated[Annotated[int, limits.Ge(1)], limits.Ge(3)], ["3"], ["2"], 3),
    (Annotated[int, "a comment", limits.Unit("m")], ["3"], ['"a"'], 3),
    (Point, ['{"x": 1}', '{"y": 2, "x": 1}'], ['{"y": 2}', '{"x": 1, "z": 2}', '{"x": "a"}', '{"x": 1, "computed": 3}'], Point(1)),
    (Tree, ['{"name": "a", "children": [{"name": "b"}]}'], ['{"name": "a", "children": [{}]}'], Tree("a", [Tree("b")])),
    (Movie, ['{"title": "a"}', '{"title": "a", "year": 1}'], ["{}", '{"title": "a", "x": 1}'], {"title": "a"}),
    (Partial, ['{"name": "a"}', '{"name": "a", "movies": []}'], ["{}", '{"name": "a", "movies": [{}]}'], {"name": "a"}),
    (list[Point | Movie], ['[{"x": 1}, {"title": "a"}]'], ['[{"y": 1}]'], [Point(1), {"title": "a"}]),
    (Person, ['{"name": "a", "born": "2000-01-01", "friends": [{"name": "b"}]}'], ['{"name": ""}', '{"name": "a", "friends": [{}]}'],
     Person(name="a", born=date(2000, 1, 1), friends=[Person(name="b")])),
    (Team, ['{"lead": {"name": "a"}, "others": {"x": {"name": "b"}}}'], ['{"lead": {"name": ""}, "others": {}}'],
     Team(Person(name="a"), {"x": Person(name="b")})),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "instances", "others", "first"), CASES, ids=[str(case[0]) for case in CASES])
def test_a_type_is_a_schema_and_its_instances_are_read(kind, instances, others, first):
    found = described(kind)
    jsonschema.Draft202012Validator.check_schema(json.loads(json.dumps(found.schema, default=float)))
    assert found.read(instances[0]) == first and type(found.read(instances[0])) is type(first)
    for text in instances:
        assert accepts(found.schema, value(text)), text
        found.read(text)
    for text in others:
        assert not accepts(found.schema, value(text)), text


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        (complex, "no schema can be made of <class 'complex'>"),
        (dict[int, str], "no schema can be made of dict"),
        (Annotated[int, limits.Predicate(bool)], "cannot be said"),
        (Annotated[date, limits.Ge(date(2020, 1, 1))], "cannot be said"),
        (Annotated[int, limits.MinLen(2)], "integer has no length"),
        (Literal[b"a"], "a schema cannot list it"),
        ("Nowhere", "no schema"),
    ],
)
def test_what_is_no_schema_is_refused(kind, fault):
    with pytest.raises(InputError, match=fault):
        described(kind)


def test_unreadable_annotations_are_named():
    @dataclass
    class Broken:
        part: "Missing"  # noqa: F821

    with pytest.raises(InputError, match="'Missing' is not defined"):
        described(Broken)


def test_classes_of_one_name_are_told_apart():
    def made(kind):
        @dataclass
        class Same:
            part: kind

        return Same

    found = described(tuple[made(int), made(str)])
    assert [part.part for part in found.read('[{"part": 1}, {"part": "a"}]')] == [1, "a"]
    assert not accepts(found.schema, [{"part": "a"}, {"part": 1}])


@pytest.mark.parametrize("text", ['{"name": "a", "born": "0000-01-01"}'])
def test_dates_that_a_model_cannot_hold_are_no_instances(text):
    with pytest.raises(pydantic.ValidationError):
        described(Person).read(text)
    assert not accepts(described(Person).schema, value(text))
