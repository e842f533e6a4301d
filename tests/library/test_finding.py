"""Finding: what each search finds, in which order, and that no page reads the table from end to end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rushes.library.finding import count_statement, page_statement
from rushes.library.library import Library
from rushes.library.search import SearchProblem, parse
from rushes.task import Status
from tests.library.shelf import home_in, library_of, task

QUERIES = ["", "fox", "fox ne", "provider:luma", "model:ray-2", "status:failed", "tag:keeper", "tag:a tag:b fox"]
QUERIES += ["rating:>=3", "rating:5 provider:runway", "after:2026", "before:2026-11 cost:<1", "has:loop", "from:01KA"]
QUERIES += ["sort:rating", "sort:cost provider:luma", "sort:length", "sort:oldest", "is:trashed", "mode:text"]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    made = library_of(home_in(tmp_path))
    yield made
    made.close()


def prompts(library: Library, query: str) -> list[str]:
    return [each.shot.prompt for each in library.page(query).tasks]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("behind", [False, True])
def test_no_page_scans_the_table_or_sorts_more_than_itself(library: Library, query: str, behind: bool) -> None:
    library.add(task())
    keyed = "sort:" in query and "oldest" not in query
    cursor = ("3:7" if keyed else "7") if behind else None
    statement = page_statement(library.connection, parse(query), cursor=cursor, limit=50)
    plan = [row[3] for row in library.connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)]
    assert plan[0] == "SEARCH tasks USING INTEGER PRIMARY KEY (rowid=?)"
    assert [line for line in plan if line == "SCAN tasks"] == []
    sorts = [line for line in plan if "TEMP B-TREE" in line]
    few = "after:" in query or "before:" in query
    assert few or sorts == ([] if not keyed else [plan[-1]]), "only the page itself may be sorted"


@pytest.mark.parametrize("query", QUERIES)
def test_no_count_scans_the_table(library: Library, query: str) -> None:
    statement = count_statement(library.connection, parse(query))
    plan = [row[3] for row in library.connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)]
    assert "SCAN tasks" not in plan


def test_words_are_looked_for_wherever_people_write_them(library: Library) -> None:
    library.add(task(1, "harbour", notes="for the titles"))
    library.add(task(2, "glacier", params={"negative_prompt": "blurry"}))
    library.add(task(3, "lantern", tags=("keeper",)))
    library.add(task(4, "orchard", model="veo3.1", provider="runway"))
    assert prompts(library, "titl") == ["harbour"]
    assert prompts(library, "blurry") == ["glacier"]
    assert prompts(library, "keep") == ["lantern"]
    assert prompts(library, "runway") == ["orchard"]
    assert prompts(library, "notes:titles") == ["harbour"]
    assert prompts(library, "prompt:titles") == []


def test_filters_narrow_and_join(library: Library) -> None:
    library.add(task(1, "one", rating=2, cost=Decimal("0.20")))
    library.add(task(2, "two", rating=4, provider="runway", params={"loop": True}))
    library.add(task(3, "three", rating=5, tags=("Keeper",), status=Status.FAILED))
    assert prompts(library, "rating:>=4") == ["three", "two"]
    assert prompts(library, "rating:<3") == ["one"]
    assert prompts(library, "provider:run rating:4") == ["two"]
    assert prompts(library, "has:loop") == ["two"]
    assert prompts(library, "tag:keeper") == ["three"]
    assert prompts(library, "status:fail") == ["three"]
    assert prompts(library, "cost:<0.5") == ["one"]
    assert prompts(library, "on:2026-10-01") == ["three", "two", "one"]
    assert prompts(library, "on:2026-10") == ["three", "two", "one"]
    assert prompts(library, "on:2026-11") == []
    assert prompts(library, "before:2026-10") == []
    assert library.count("rating:>=4") == 2


@pytest.mark.parametrize("order", ["newest", "oldest", "rating", "cost", "length"])
def test_pages_of_every_order_hold_each_take_once(library: Library, order: str) -> None:
    for number in range(23):
        library.add(task(number, rating=number % 6 or None, cost=Decimal(number % 4)))
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = library.page(f"fox sort:{order}", cursor=cursor, limit=5)
        seen += [each.id for each in page.tasks]
        if (cursor := page.next) is None:
            break
    assert len(seen) == len(set(seen)) == 23


def test_the_best_come_first_and_the_unrated_last(library: Library) -> None:
    for number, stars in enumerate((3, None, 5)):
        library.add(task(number, str(stars), rating=stars))
    assert prompts(library, "sort:rating") == ["5", "3", "None"]


@pytest.mark.parametrize(
    "query",
    ["rating:many", "status:odd", "after:soon", "has:wings", "from:x", "sort:size", "raitng:3", "nope:", "boat:red"],
)
def test_a_wrong_filter_is_named_with_what_is_allowed(query: str) -> None:
    with pytest.raises(SearchProblem, match=r"takes|there is no|knows"):
        parse(query)


@pytest.mark.parametrize(
    "query",
    ["fox provider:luma", "fox provider:l", "fox model:ray-2", "fox has:notes", "fox has:tag", "fox has:negative"],
)
def test_words_and_filters_go_together_whatever_they_are_called(library: Library, query: str) -> None:
    library.add(task(1, "a fox", provider="luma", notes="n", tags=("t",), params={"negative_prompt": "blurry"}))
    library.add(task(2, "a boat", provider="luma"))
    assert prompts(library, query) == ["a fox"]
    assert library.count(query) == 1


def test_a_span_of_many_takes_is_walked_and_one_of_few_is_looked_up(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(8):
        library.add(task(number * 1440, f"day {number + 1}"))
    few = prompts(library, "after:2026-10-04 before:2026-10-07")
    assert few == ["day 6", "day 5", "day 4"]
    monkeypatch.setattr("rushes.library.finding.FEW", 2)
    statement = page_statement(library.connection, parse("after:2026-10-02"), cursor=None, limit=50)
    plan = [row[3] for row in library.connection.execute(f"EXPLAIN QUERY PLAN {statement.sql}", statement.values)]
    assert [line for line in plan if "TEMP B-TREE" in line] == []
    assert prompts(library, "after:2026-10-04 before:2026-10-07") == few


def test_a_cursor_of_another_order_is_refused(library: Library) -> None:
    library.add(task())
    with pytest.raises(LookupError):
        library.page("sort:rating", cursor="7")
    with pytest.raises(LookupError):
        library.page("", cursor="3:7")


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet='fox"*():^-+{}[]<>=$\0\u202e\n\tAND rating:tagsort', max_size=80))
def test_nothing_that_is_typed_reaches_sqlite_as_syntax(text: str) -> None:
    library = _shared()
    with contextlib.suppress(SearchProblem):
        library.page(text)
        library.count(text)


def test_a_filter_that_is_still_typed_narrows_nothing_and_one_left_without_a_value_is_named(library: Library) -> None:
    assert parse("fox rating:") == parse("fox ")
    for text in ("rating: fox", "fox rating: "):
        with pytest.raises(SearchProblem, match="rating: needs a value"):
            parse(text)


def test_signs_without_letters_are_looked_for_themselves(library: Library) -> None:
    library.add(task(1, "a fox 🦊 (red)"))
    library.add(task(2, "a fox"))
    assert [prompts(library, text) for text in ("🦊", "fox 🦊", "(", "*")] == [*[["a fox 🦊 (red)"]] * 3, []]
    assert len(prompts(library, "fox (")) == 2, "a sign beside words is passed over"
    assert library.count("🦊") == 1


def test_a_search_of_ten_thousand_characters_is_answered(library: Library) -> None:
    library.add(task(1, "a fox"))
    assert prompts(library, "fox " * 2500) == ["a fox"]
    assert prompts(library, "x" * 10_000) == []


_kept: list[Library] = []


def _shared() -> Library:
    """One library in memory for all examples."""
    if not _kept:
        from tests.library.shelf import START

        _kept.append(Library(Path(":memory:"), now=lambda: START))
        _kept[0].add(task())
    return _kept[0]
