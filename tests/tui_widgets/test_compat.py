"""The private parts of Textual that are used do what they are used for, in a real terminal."""

from __future__ import annotations

import signal
import sys
import termios
import time
from pathlib import Path

import pytest
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual._compositor import ChopsUpdate
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.strip import Strip

from tests.pty_screen import Answers, PtyScreen
from tui import compat, repaint

DEMO = [sys.executable, str(Path(__file__).with_name("demo_picture.py"))]


def keys(parser: XTermParser, *data: str) -> list[str]:
    """The keys that the parser makes of what arrives in these pieces."""
    found = [event for piece in data for event in parser.feed(piece)]
    return [event.key for event in found if isinstance(event, events.Key)]


# -- keys --------------------------------------------------------------------------------------------------------------


def test_ctrl_enter_and_its_relatives_arrive_from_tmux_as_from_kitty() -> None:
    assert keys(compat.FixedParser(), "\x1b[27;5;13~", "\x1b[27;2;13~", "\x1b[13;5u") == [
        "ctrl+enter",
        "shift+enter",
        "ctrl+enter",
    ]


def test_textual_alone_still_needs_the_fix() -> None:
    assert "ctrl+enter" not in keys(XTermParser(), "\x1b[27;5;13~")
    assert keys(XTermParser(), "\x1b[<35;NaN;NaNM", "\x1b[<35;NaN;NaNM") != []


def test_a_modified_key_is_understood_when_it_arrives_in_pieces() -> None:
    assert keys(compat.FixedParser(), "a\x1b[27;", "5;13", "~b") == ["a", "ctrl+enter", "b"]


def test_a_mouse_report_with_nan_types_nothing() -> None:
    assert keys(compat.FixedParser(), "a\x1b[<35;NaN;NaNMb", "\x1b[<0;12.5;NaNm") == ["a", "b"]


def test_a_real_mouse_report_still_moves_the_mouse() -> None:
    assert [type(event) for event in compat.FixedParser().feed("\x1b[<35;10;5M")] == [events.MouseMove]


@pytest.mark.parametrize(
    "answer",
    [
        "\x1b[?62;22c",
        "\x1b]11;rgb:1e1e/1e1e/2e2e\x1b\\",
        "\x1b]11;rgb:1e1e/1e1e/2e2e\x07",
        "\x1bP1$r48:2::1:2:3m\x1b\\",
        "\x1bP>|XTerm(379)\x1b\\",
        "\x1b_Gi=31;OK\x1b\\",
    ],
)
def test_an_answer_that_comes_late_types_nothing_however_it_is_cut(answer: str) -> None:
    assert keys(compat.FixedParser(), f"a{answer}b") == ["a", "b"]
    for cut in range(5, len(answer)):
        assert keys(compat.FixedParser(), "a" + answer[:cut], answer[cut:] + "b") == ["a", "b"], cut


def test_pasted_text_and_alt_keys_pass_the_filter() -> None:
    parser = compat.FixedParser()
    found = list(parser.feed("\x1b[200~a prompt\x1b[201~"))
    assert [event.text for event in found if isinstance(event, events.Paste)] == ["a prompt"]
    assert keys(parser, "z", "\x1ba", "") == ["z", "alt+a"]


def pasted(*chunks: str) -> list[events.Event]:
    """What arrives as these chunks; a letter behind them, since the parser tells of a paste with the next character."""
    parser = compat.FixedParser()
    found = [event for chunk in (*chunks, "z") for event in parser.feed(chunk)]
    return [event for event in found if isinstance(event, events.Key | events.Paste)]


def test_a_paste_with_escapes_in_it_is_text_to_its_end_and_presses_nothing() -> None:
    text = "hello \x1b[31mred\x1b[0m world\nsecond\x07\rline \x1b"
    whole = f"\x1b[200~{text}\x1b[201~"
    for cut in (0, *range(4, len(whole))):  # cut in its first three characters it looks like a key, and stays one
        paste, behind = pasted(whole[:cut], whole[cut:]) if cut else pasted(whole)
        assert isinstance(paste, events.Paste)
        assert paste.text == text.replace("\x1b", "␛"), cut
        assert isinstance(behind, events.Key)
        assert behind.key == "z"


def test_an_escape_alone_and_keys_that_begin_like_a_paste_are_keys_as_ever() -> None:
    assert [event.key for event in pasted("\x1b[2", "0~") if isinstance(event, events.Key)] == ["f9", "z"]
    assert keys(compat.FixedParser(), "\x1b", "") == ["escape"]


# -- partial updates ---------------------------------------------------------------------------------------------------

ROW = Strip([Segment("0123456789" * 8, Style(color="red")), Segment("x" * 20, Style(color="blue"))])


def written(strip: Strip, start: int, stop: int) -> str:
    """What an update of columns `start` to `stop` of one row sends."""
    update = ChopsUpdate([{0: strip}], [(0, start, stop)], [[strip.cell_length]])
    return update.render_segments(Console(color_system="truecolor", force_terminal=True))


def test_a_change_far_right_sends_its_own_cells_only(monkeypatch: pytest.MonkeyPatch) -> None:
    before = written(ROW, 82, 86)
    monkeypatch.setattr(ChopsUpdate, "render_segments", repaint._render_spans)
    after = written(ROW, 82, 86)
    assert "0123456789" in before
    assert after.startswith("\x1b[1;83H")
    assert after.count("x") == 4
    assert len(after) * 4 < len(before), (len(before), len(after))


def test_a_span_never_cuts_a_wide_character(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChopsUpdate, "render_segments", repaint._render_spans)
    sent = written(Strip([Segment("ab漢字cd")]), 3, 5)
    assert sent == "\x1b[1;3H漢字"


def test_chops_beside_the_span_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ChopsUpdate, "render_segments", repaint._render_spans)
    chops = {0: Strip([Segment("left")]), 4: Strip([Segment("middle")]), 10: None, 14: Strip([Segment("right")])}
    sent = ChopsUpdate([chops], [(0, 4, 14)], [[4, 10, 14, 19]]).render_segments(Console())
    assert sent == "\x1b[1;5Hmiddle"


# -- strips and the clipboard ------------------------------------------------------------------------------------------


class Counting(compat.LateStrip):
    """A strip that shows how often it was asked."""

    __slots__ = ("asked",)

    def __init__(self) -> None:
        super().__init__(1)
        self.asked = 0

    def late_segments(self) -> list[Segment]:
        self.asked += 1
        return [Segment(str(self.asked))]


def test_a_late_strip_is_asked_each_time_that_textual_wants_its_segments() -> None:
    strip = Counting()
    assert strip.cell_length == 1
    assert [strip.text, strip.text] == ["1", "2"]


def test_what_was_copied_is_what_textual_pastes() -> None:
    app: App[None] = App()
    compat.set_clipboard(app, "a kite")
    assert app.clipboard == "a kite"


# -- leaving -----------------------------------------------------------------------------------------------------------


def settled(screen: PtyScreen) -> PtyScreen:
    """The demo, ready."""
    screen.wait_text("ready")
    screen.settle()
    assert "1049" in screen.changed_modes
    return screen


def left_as_found(screen: PtyScreen) -> bool:
    """No mode is set, and the tty's attributes are the ones from before."""
    assert screen.slave is not None
    return not screen.changed_modes and termios.tcgetattr(screen.slave) == screen.attributes_before


def test_quitting_leaves_the_terminal_as_it_was() -> None:
    with PtyScreen(DEMO) as screen:
        settled(screen).send("\x11")
        assert screen.wait_exit() == 0
        assert left_as_found(screen)


def test_sigterm_leaves_the_terminal_as_it_was_and_says_so_by_its_status() -> None:
    with PtyScreen(DEMO) as screen:
        settled(screen).signal(signal.SIGTERM)
        assert screen.wait_exit() == 128 + signal.SIGTERM
        assert left_as_found(screen)


def test_sighup_leaves_the_terminal_as_it_was() -> None:
    with PtyScreen(DEMO) as screen:
        settled(screen).signal(signal.SIGHUP)
        assert screen.wait_exit() == 128 + signal.SIGHUP
        assert left_as_found(screen)


def test_after_a_real_hang_up_the_process_is_gone_within_its_limit() -> None:
    with PtyScreen(DEMO) as screen:
        settled(screen).hang_up()
        began = time.monotonic()
        screen.process.wait(timeout=5)
        assert time.monotonic() - began < compat.HANG_UP_LIMIT + 1.0


def test_an_exception_leaves_the_terminal_as_it_was_and_a_status_of_one() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import demo_picture as demo\n"
        "from tui import compat\n"
        "demo.Demo.action_clear = lambda self: 1 / 0\n"
        "app = demo.Demo(); compat.prepare(app)\n"
        "app.run(); compat.restore(); sys.exit(compat.exit_code(app))\n"
    )
    with PtyScreen([sys.executable, "-c", code]) as screen:
        settled(screen).send("c")
        assert screen.wait_exit() == 1
        assert left_as_found(screen)
        assert "ZeroDivisionError" in screen.text()


def test_sigterm_before_the_app_is_mounted_leaves_the_terminal_as_it_was() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import demo_picture as demo, os, signal\n"
        "from tui import compat\n"
        "demo.Demo.on_mount = lambda self: os.kill(os.getpid(), signal.SIGTERM)\n"
        "app = demo.Demo(); compat.prepare(app); app.run()\n"
    )
    with PtyScreen([sys.executable, "-c", code]) as screen:
        assert screen.wait_exit() == 128 + signal.SIGTERM
        assert not screen.changed_modes


def test_suspending_takes_every_mode_back_and_resuming_paints_the_picture_again() -> None:
    with PtyScreen(DEMO) as screen:
        settled(screen).send("n")
        screen.wait_text("frame 1")
        screen.settle()
        shown = screen.cells()
        screen.suspend()
        screen.settle()
        assert not screen.changed_modes
        screen.signal(signal.SIGCONT)
        screen.wait(lambda: "1049" in screen.changed_modes, what="the app again")
        screen.settle()
        assert screen.cells() == shown


def test_in_tmux_modified_keys_are_asked_for_and_taken_back() -> None:
    with PtyScreen(DEMO, env={"TMUX": "/tmp/none,1,0"}) as screen:
        settled(screen)
        assert screen.modes["modifyOtherKeys"]
        screen.send("\x11")
        screen.wait_exit()
        assert left_as_found(screen)


def test_outside_tmux_modified_keys_are_not_touched() -> None:
    with PtyScreen(DEMO) as screen:
        settled(screen)
        assert "modifyOtherKeys" not in screen.modes


def test_mouse_pixels_are_switched_off_again() -> None:
    code = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); import demo_picture as demo\n"
        "from tui import compat\n"
        "def on_mount(self): self._driver._enable_mouse_pixels(); self.query_one('#side').update('ready')\n"
        "demo.Demo.on_mount = on_mount\n"
        "app = demo.Demo(); compat.prepare(app); app.run()\n"
    )
    with PtyScreen([sys.executable, "-c", code], answers=Answers()) as screen:
        settled(screen)
        assert "1016" in screen.changed_modes
        screen.send("\x11")
        screen.wait_exit()
        assert not screen.changed_modes


def test_the_exit_status_is_what_the_app_said() -> None:
    app: App[None] = App()
    assert compat.exit_code(app) == 0
    app.exit(return_code=7)
    assert compat.exit_code(app) == 7
