"""Shot files as text: what they mean, and how each fault is named with its line. No home, no provider."""

from __future__ import annotations

from pathlib import Path

import pytest

from providers.shot import Input, Role
from rushes.shots.shotfile import MOST_SHOTS, Entry, Fault, read, same_names

FILE = Path("/film/shots.toml")
TEMPLATES = {"slow pan": "a slow pan over {place}, {light}"}


def entries(text: str) -> list[Entry]:
    """The shots of a text without faults."""
    found, faults = read(FILE, text, TEMPLATES)
    assert [each.words() for each in faults] == []
    return found


def faults(text: str) -> list[Fault]:
    """What is wrong with a text."""
    return read(FILE, text, TEMPLATES)[1]


def test_a_shot_says_what_it_wants_and_the_defaults_say_the_rest() -> None:
    (shot,) = entries(
        """
        [defaults]
        provider = "luma"
        model = "ray-2"
        params = { duration = "5s", loop = true }
        [[shot]]
        name = "opening"
        prompt = "a boat"
        params = { duration = 9 }
        start_image = "stills/a.png"
        references = ["https://example.com/b.png", "/c.png"]
        count = 3
        """
    )
    assert (shot.name, shot.count) == ("opening", 3)
    wish = shot.wish
    assert (wish.provider, wish.model, wish.prompt) == ("luma", "ray-2", "a boat")
    assert dict(wish.params) == {"duration": "9", "loop": "true"}
    assert wish.inputs == (
        Input(Role.START_IMAGE, "/film/stills/a.png"),
        Input(Role.REFERENCE, "https://example.com/b.png"),
        Input(Role.REFERENCE, "/c.png"),
    )


def test_variables_stand_for_words_in_every_text_and_a_value_is_looked_through_for_no_more() -> None:
    (shot,) = entries(
        """
        variables = { hero = "a {fox}", file = "x" }
        [[shot]]
        name = "{file}"
        prompt = "{hero} by {place}"
        variables = { place = "a harbour", file = "y" }
        model = "m-{file}"
        params = { ratio = "{file}:1" }
        video = "{file}.mp4"
        """
    )
    assert (shot.name, shot.wish.prompt, shot.wish.model) == ("y", "a {fox} by a harbour", "m-y")
    assert shot.wish.params == (("ratio", "y:1"),)
    assert shot.wish.inputs == (Input(Role.VIDEO, "/film/y.mp4"),)


def test_a_template_is_filled_in_and_a_prompt_of_the_shot_puts_the_default_one_aside() -> None:
    first, second = entries(
        """
        [defaults]
        template = "slow pan"
        [[shot]]
        name = "a"
        variables = { place = "a quay", light = "dusk" }
        [[shot]]
        name = "b"
        prompt = "something else"
        """
    )
    assert (first.wish.prompt, second.wish.prompt) == ("a slow pan over a quay, dusk", "something else")


def test_a_matrix_makes_a_shot_of_each_combination_with_a_name_of_its_own() -> None:
    found = entries(
        """
        [[shot]]
        name = "boat {size}"
        prompt = "a boat in {weather}"
        matrix = { weather = ["rain", "snow"], size = [1, 2.5] }
        params = { duration = "{size}" }
        """
    )
    assert [(each.name, each.wish.prompt, each.wish.params[0][1]) for each in found] == [
        ("boat 1/rain", "a boat in rain", "1"),
        ("boat 2.5/rain", "a boat in rain", "2.5"),
        ("boat 1/snow", "a boat in snow", "1"),
        ("boat 2.5/snow", "a boat in snow", "2.5"),
    ]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[[shot]\n", 1, "is not TOML"),
        ('[[shot]]\nname = "a"\nprompt = "x\n', 3, "is not TOML"),
        ("", 0, "there is no [[shot]]"),
        ('[[shots]]\nname = "a"', 1, "did you mean shot?"),
        ('[shot]\nname = "a"', 1, "must be written [[shot]]"),
        ('[[shot]]\nprompt = "x"', 1, "name: is missing"),
        ('[[shot]]\nname = "a"\nprompt = "x"\npromt = "y"', 4, "a: promt: there is no 'promt' here; did you"),
        ('[[shot]]\nname = "a"\nprompt = 5', 3, "prompt: must be text"),
        ('[[shot]]\nname = "two\\nlines"\nprompt = "x"', 2, "name: must be text"),
        ('[[shot]]\nname = "a"\ncount = true', 3, "count: must be a whole number from 1 to 100"),
        ('[[shot]]\nname = "a"\ncount = 0', 3, "from 1 to 100"),
        ('[[shot]]\nname = "a"\nreferences = "a.png"', 3, "must be a list of texts"),
        ('[[shot]]\nname = "a"\nparams = { d = [1] }', 3, "params: must be a table"),
        ('[[shot]]\nname = "a"\n[shot.params]\nwhen = 2026-01-01', 3, "params: must be a table"),
        ('[[shot]]\nname = "a"\nmatrix = { w = "rain" }', 3, "matrix: must be a table of lists"),
        ('[[shot]]\nname = "a"\nmatrix = { w = [] }', 3, "matrix: must be a table of lists"),
        ('[[shot]]\nname = "a"\nprompt = "x"\nmatrix = { w = ["r"] }', 4, "w: is used nowhere"),
        ('[[shot]]\nname = "a"\nprompt = "x {w}"', 1, "no value for w"),
        ('[[shot]]\nname = "a"\ntemplate = "slow pann"', 3, "did you mean slow pan?"),
        ('[[shot]]\nname = "a"\nprompt = "x"\ntemplate = "slow pan"', 4, "either a prompt or a template"),
        ('[defaults]\nname = "a"\n[[shot]]\nname = "b"\nprompt = "x"', 2, "there is no 'name' here"),
        (f'[[shot]]\nname = "a"\nprompt = "{{w}}"\nmatrix = {{ w = {list(range(MOST_SHOTS + 1))} }}', 4, "more than"),
    ],
)
def test_a_fault_is_named_with_its_line(text: str, line: int, words: str) -> None:
    found = faults(text)
    assert words in found[0].words()
    assert found[0].line == line


def test_every_fault_is_named_in_one_go() -> None:
    text = '[defaults]\ncolour = "red"\n\n[[shot]]\nname = "a"\ncount = "2"\n\n[[shot]]\nprompt = "x"\nmodle = "y"\n'
    assert [(each.line, each.problem.param) for each in faults(text)] == [
        (2, "colour"),
        (6, "count"),
        (10, "modle"),
        (8, "name"),
    ]


def test_two_shots_of_one_name_are_named_with_both_lines() -> None:
    made = entries('[[shot]]\nname = "a"\nprompt = "x"\n\n[[shot]]\nname = "a"\nprompt = "y"\n')
    (fault,) = same_names(made)
    assert (fault.line, "(shots.toml, line 2)" in fault.words()) == (6, True)


def test_lines_are_right_behind_texts_of_many_lines_and_quoted_brackets() -> None:
    text = '[[shot]]\nname = "a"\nprompt = """\n[[shot]]\nx = 1\n"""\nreferences = [\n  "[a]", # ]\n]\nmodell = "x"\n'
    (fault,) = faults(text)
    assert fault.line == 10
