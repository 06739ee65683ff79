"""Two tracks: the picture shows what Twisted does with a program's Deferreds."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import twisted.internet
from twisted.internet.defer import Deferred
from twisted.logger import globalLogPublisher

from docs.machinery.diagrams.draw_tracks import X, draw_tracks
from docs.machinery.diagrams.picture import CHARACTER, PHONE
from docs.machinery.diagrams.scene import SceneError
from docs.machinery.diagrams.tracks import PROGRAMS, Row, Run, Track, play, record
from tests import ROOT

HEAD = """
from twisted.internet import defer, reactor, task
from twisted.internet.defer import Deferred
def fail(value):
    raise ValueError(value)
def say(value):
    return "said"
"""


@pytest.fixture
def ran(tmp_path: Path) -> "Ran":
    """Runs programs."""
    return Ran(tmp_path / "program.py")


class Ran:
    """Runs the text of a program."""

    def __init__(self, file: Path) -> None:
        """Takes a file to write it to."""
        self.file = file

    def __call__(self, text: str) -> Run:
        """Returns the record of a program."""
        self.file.write_text(HEAD + text)
        return record(self.file)

    def rows(self, text: str) -> list[str]:
        """Returns its rows, each as a line."""
        return [shown(row) for row in self(text).rows]


def shown(row: Row) -> str:
    """Returns a row as a line: `<` is the callbacks' side, `>` the errbacks'."""
    side = ">" if row.track == "errback" else "<"
    match row.kind:
        case "pair":
            return f"{side} {row.callback or '-'} | {row.errback or '-'}"
        case "never":
            return f"never {row.callback or '-'} | {row.errback or '-'}"
        case "time":
            return f"{row.seconds:g} s"
        case _:
            return f"{side} {row.kind} {row.label}".strip()


def test_a_callback_gets_what_the_one_before_returned(ran: Ran) -> None:
    """The value runs down, and each function's result is the next one's."""
    rows = ran.rows("Deferred().addCallback(str).addCallback(len).callback(12)")
    assert rows == ["< value 12", "< str | -", "< value '12'", "< len | -", "< value 2"]


def test_an_error_changes_sides_and_comes_back(ran: Ran) -> None:
    """What a function raises is an error, what an errback returns is a result."""
    rows = ran.rows(
        "d = Deferred().addCallback(fail).addCallback(len)\n"
        "d.addErrback(say).addErrback(fail).callback(1)"
    )
    assert rows == [
        "< value 1",
        "< fail | -",
        "> value ValueError: 1",
        "> len | -",
        "> - | say",
        "< value 'said'",
        "< - | fail",
    ]


def test_a_pair_that_was_added_at_once_is_one_row(ran: Ran) -> None:
    """Of `addCallbacks`, one function is called; of `addBoth`, the same."""
    rows = ran.rows(
        "d = Deferred().addCallbacks(fail, say).addBoth(say)\nd.callback(1)"
    )
    assert rows == [
        "< value 1",
        "< fail | say",
        "> value ValueError: 1",
        "> say | say",
        "< value 'said'",
    ]


def test_a_chain_waits_for_a_deferred(ran: Ran) -> None:
    """If a callback returns one, the next gets its result, when there is one."""
    rows = ran.rows(
        "def later(_):\n    return task.deferLater(reactor, 2, str, 'tea')\n"
        "d = Deferred().addCallback(later).addCallback(len)\n"
        "reactor.callLater(1, d.callback, 0)\n"
        "reactor.run()"
    )
    assert rows == [
        *("1 s", "< value 0", "< later | -", "< waits", "2 s"),
        *("< value 'tea'", "< len | -", "< value 3"),
    ]


def test_a_deferred_that_has_fired_is_not_waited_for(ran: Ran) -> None:
    """Its result is taken at once."""
    rows = ran.rows(
        "d = Deferred().addCallback(defer.succeed).addCallback(len)\nd.callback('tea')"
    )
    assert rows == [
        *("< value 'tea'", "< succeed | -", "< len | -", "< value 3"),
    ]
    rows = ran.rows("d = Deferred()\nd.addCallback(print, 1).callback(1)")
    assert rows == ["< value 1", "< print | -", "< value None"]


def test_await_is_a_function_on_both_sides(ran: Ran) -> None:
    """It shows in which function, and a pause in another one's `await`, too."""
    source = (
        "async def ask():\n    return await task.deferLater(reactor, 1, fail, 1)\n"
        "async def main(reactor):\n    try:\n        await ask()\n"
        "    except ValueError:\n        await task.deferLater(reactor, 1)\n"
        "task.react(main)"
    )
    assert ran.rows(source) == [
        *("1 s", "> value ValueError: 1", "> await in ask | await in ask"),
        *("1 s", "< value None", "< await in main | await in main"),
    ]
    assert ran(source).makers == ["ask", "deferLater"]


def test_yield_is_the_same_in_old_code(ran: Ran) -> None:
    """A generator with `inlineCallbacks` pauses as a coroutine does."""
    rows = ran.rows(
        "@defer.inlineCallbacks\ndef main(reactor):\n"
        "    yield task.deferLater(reactor, 1)\ntask.react(main)"
    )
    assert rows == ["1 s", "< value None", "< yield in main | yield in main"]


def test_a_time_limit_cancels(ran: Ran) -> None:
    """The cancelling is shown, and what `addTimeout` makes of the error."""
    rows = ran.rows(
        "d = Deferred().addTimeout(2, reactor).addErrback(say)\nreactor.run()"
    )
    assert rows == [
        *("2 s", "< cancel", "> value CancelledError", "> addTimeout | addTimeout"),
        *("> value TimeoutError: (2, 'Deferred')", "> - | say", "< value 'said'"),
    ]


def test_several_deferreds_are_told_apart(ran: Ran) -> None:
    """Each has a number and the name of what has made it; none else is shown."""
    run = ran(
        "Deferred().addCallback(say)\n"
        "def ask(n):\n    return task.deferLater(reactor, n, str, n)\n"
        "async def main(reactor):\n"
        "    await defer.gatherResults([ask(2), ask(1)])\ntask.react(main)"
    )
    assert run.makers == ["Deferred", "ask", "ask", "gatherResults"]
    assert [row.deferred for row in run.rows] == [0, 3, 3, 0, 2, 2, 4, 4, 1]
    assert shown(run.rows[2]) == "< gatherResults | gatherResults"


def test_an_error_that_is_asked_for_later_is_handled(ran: Ran) -> None:
    """`react` logs the error of a Deferred that `main` returns: it isn't lost."""
    rows = ran.rows("task.react(lambda _: defer.fail(ValueError()).addCallback(say))")
    assert rows == ["> value ValueError", "> say | -"]


def test_time_in_which_nothing_is_shown_is_one_row(ran: Ran) -> None:
    """However many delayed calls there are in it."""
    rows = ran.rows(
        "d = Deferred().addCallback(say)\nreactor.callLater(1, print)\n"
        "reactor.callLater(3, d.callback, 0)\nreactor.run()"
    )
    assert rows[:2] == ["3 s", "< value 0"]


def test_what_is_never_reached_is_shown(ran: Ran) -> None:
    """A Deferred that nobody fires has all its functions left."""
    assert ran.rows("Deferred().addCallback(say).addErrback(fail)") == [
        "never say | -",
        "never - | fail",
    ]


def test_an_error_that_nobody_handles_is_shown_and_logged(ran: Ran) -> None:
    """With the lines of the program, and of no other file."""
    run = ran("Deferred().addCallback(fail).callback(1)\nprint('on')")
    assert shown(run.rows[-1]) == "> unhandled"
    assert run.printed == "on\n"
    assert "Unhandled error in Deferred:" in run.logged
    assert run.logged.count("File ") == 1
    assert "raise ValueError(value)" in run.logged
    assert run.good


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("1 / 0", "ZeroDivisionError"),
        ("def (", "SyntaxError"),
        ("import sys; sys.exit(3)", ""),
        ("task.react(lambda _: defer.fail(ValueError('x')))", "main function"),
    ],
)
def test_a_program_that_ends_with_an_error_is_not_good(
    ran: Ran, text: str, logged: str
) -> None:
    """What was wrong is logged, and nothing is raised."""
    run = ran(text)
    assert not run.good
    assert logged in run.logged


def test_an_error_in_a_delayed_call_is_logged_and_the_rest_goes_on(ran: Ran) -> None:
    """As the real reactor does it."""
    run = ran(
        "reactor.callLater(1, fail, 1)\nreactor.callLater(2, print, 2)\nreactor.run()"
    )
    assert "Unhandled Error" in run.logged
    assert run.printed == "2\n"


def test_a_program_without_an_end_is_stopped(ran: Ran) -> None:
    """After a minute, of which nobody notices anything."""
    run = ran("task.LoopingCall(print).start(20)\nreactor.run()")
    assert run.printed == "\n" * 4
    assert "still runs after 60 s" in run.logged


def test_nothing_is_watched_afterwards(ran: Ran) -> None:
    """Deferreds, the log and the reactor are as they were."""
    before = [Deferred.__init__, Deferred.cancel, list(globalLogPublisher._observers)]  # noqa: SLF001 - what is put back
    installed = getattr(twisted.internet, "reactor", None)
    modules = set(sys.modules)
    ran("1 / 0")
    after = [Deferred.__init__, Deferred.cancel, list(globalLogPublisher._observers)]  # noqa: SLF001 - as above
    assert before == after
    assert getattr(twisted.internet, "reactor", None) is installed
    assert modules <= set(sys.modules)
    assert type(Deferred()._callbacks) is list  # noqa: SLF001 - as above


def test_a_picture_is_always_the_same(ran: Ran) -> None:
    """No address of an object is in it, and no value is too long."""
    rows = ran.rows("Deferred().addCallback(say).callback([object(), 'x' * 200])")
    assert rows[0].startswith("< value [<object object>, 'xxx")
    assert len(rows[0]) < 90
    rows = ran.rows(
        "Deferred().addCallback(say).callback([defer.Failure(KeyError(1))])"
    )
    assert rows[0] == "< value [<Failure KeyError>]"


def test_a_fence_names_a_program() -> None:
    """It is run; anything else is an error."""
    title, run = play("title: A chain\nprogram: docs/deferreds/chain.py\n")
    assert title == "A chain"
    assert run.printed == "Requests: 7\n"
    assert shown(run.rows[2]) == "< number_in | -"
    for wrong in ("title: A chain", "title: x\nprogram: docs/deferreds/nope.py"):
        with pytest.raises(SceneError, match="tracks are"):
            play(wrong)


@pytest.mark.parametrize("file", sorted(PROGRAMS.glob("*.py")), ids=lambda f: f.stem)
def test_each_program_is_short_and_on_the_page(file: Path) -> None:
    """At most 25 lines, shown whole, and run by a console block."""
    name = file.relative_to(ROOT).as_posix()
    page = (ROOT / "docs" / "deferreds.md").read_text("utf-8")
    assert len(file.read_text("utf-8").splitlines()) <= 25
    assert re.search(rf"\{{\{{ (code|step \S+) {name} \}}\}}", page)
    assert f"$ python {name}" in page


def figure(*rows: Row, makers: list[str] | None = None) -> ET.Element:
    """Returns a drawn figure, which must be well-formed to be returned."""
    run = Run(list(rows), makers or ["ask"])
    return ET.fromstring(draw_tracks(run, "A & B", "d1"))  # noqa: S314 (our own)


ROWS = [
    Row("time", seconds=1),
    Row("value", 1, label="'<tea>'"),
    Row("pair", 1, callback="say", errback="cry"),
    Row("waits", 1),
    Row("value", 1, "errback", label="ValueError"),
    Row("pair", 1, "errback", callback="jump"),
    Row("unhandled", 1, "errback"),
]


def test_a_picture_can_be_read_aloud() -> None:
    """Its description has a sentence for each row."""
    drawn = figure(
        *ROWS, Row("cancel", 2), Row("never", 2, callback="f"), makers=["ask", "say"]
    )
    assert drawn.findtext("figcaption") == "A & B"
    assert drawn.findtext(".//desc[@id='d1-desc']") == (
        "1. 1 second passes."
        " 2. Deferred 1, made by ask: the result is '<tea>'."
        " 3. Deferred 1, made by ask: the callback say is called, cry is passed over."
        " 4. Deferred 1, made by ask: it waits for another Deferred."
        " 5. Deferred 1, made by ask: the error is ValueError."
        " 6. Deferred 1, made by ask: jump is passed over."
        " 7. Deferred 1, made by ask: nobody handles this error."
        " 8. Deferred 2, made by say: cancel() is called."
        " 9. Deferred 2, made by say: f: never reached."
    )


def test_a_function_stands_on_its_own_track() -> None:
    """Called or not is told by more than its color: each has a class of its own."""
    groups = {g.findtext("text"): g for g in figure(*ROWS).iter("g")}
    expected: list[tuple[str, Track, str]] = [
        ("say", "callback", "server"),
        ("cry", "errback", "passed"),
        ("jump", "callback", "passed"),
    ]
    for name, track, style in expected:
        assert groups[name].get("class") == style
        box = groups[name].find("rect")
        assert box is not None
        middle = int(box.get("x") or 0) + int(box.get("width") or 0) // 2
        assert middle == X[track]
        text = groups[name].find("text")
        assert text is not None
        assert text.get("x") == str(X[track])


def test_a_line_leads_from_track_to_track() -> None:
    """It waits with dashes, and passes what is passed over without a stop."""
    lines = [
        (g.get("class"), (g[0].get("d") or ""), len(g))
        for g in figure(*ROWS).iter("g")
        if g[0].tag == "path"
    ]
    assert [(kind, heads) for kind, _, heads in lines] == [
        *(("call", 2), ("call", 2), ("act", 2), ("call", 1), ("call", 2)),
        *[("act", 1)],  # the legend's
    ]
    across = re.findall(r"[ML](\d+) ", lines[2][1])
    assert across == [str(X["callback"]), str(X["errback"])]
    on = Row("pair", 1, "errback", errback="catch")
    paths = [
        g[0].get("d") for g in figure(*ROWS[:-1], on).iter("g") if g[0].tag == "path"
    ]
    passed, caught = [str(line) for line in paths[3:5]]
    assert passed.partition("L")[2] == caught.partition("L")[0].removeprefix("M")


def test_the_legend_explains_what_is_in_the_picture() -> None:
    """And nothing else."""
    for rows, keys in [
        (ROWS[:2], []),
        ([Row("pair", 1, callback="f")], ["called"]),
        ([Row("never", 1, callback="f")], ["passed"]),
        (ROWS, ["called", "passed", "waits"]),
    ]:
        meanings = ["".join(li.itertext()) for li in figure(*rows).iter("li")]
        assert [meaning.split()[0] for meaning in meanings] == keys


def test_only_several_deferreds_have_names() -> None:
    """One needs none; of several, each has a heading whenever its turn comes."""
    bands = [t.text for t in figure(*ROWS).iter("text") if t.get("class") == "turn"]
    assert bands == ["1 second passes"]
    drawn = figure(*ROWS[:3], Row("value", 2, label="1"), makers=["ask", "say"])
    bands = [t.text for t in drawn.iter("text") if t.get("class") == "turn"]
    assert bands[1:] == ["Deferred 1, made by ask", "Deferred 2, made by say"]


@pytest.mark.parametrize("length", [1, 40, 300])
def test_nothing_leaves_the_picture(length: int) -> None:
    """However long a value or a name is, it keeps to its half of a phone."""
    drawn = figure(
        Row("value", 1, label="x" * length),
        Row("pair", 1, callback="f" * length, errback="g" * length),
        Row("value", 1, "errback", label="word " * (length // 5)),
    )
    picture = drawn.find("div/svg")
    assert picture is not None
    width, height = map(int, (picture.get("viewBox") or "").split()[2:])
    assert width == PHONE
    for text in picture.iter("text"):
        half = len(text.text or "") * CHARACTER / 2
        x = float(text.get("x") or 0)
        side = 0 if x < PHONE / 2 else PHONE / 2
        assert side <= x - half
        assert x + half <= side + PHONE / 2
        assert int(text.get("y") or 0) < height
