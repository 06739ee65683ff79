"""Diagrams are whole and legible, and they are described for readers who can't see."""

import re
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from docs.machinery.diagrams.draw import draw
from docs.machinery.diagrams.picture import CHARACTER, PHONE, wrap
from docs.machinery.diagrams.scene import Event

HELLO = [
    Event("call", "Alice", "Echo", "connectionMade()"),
    Event("call", "Alice", "Echo", r"dataReceived(b'<hello> & \n')"),
    Event("act", "Echo", "Alice", r"transport.write(b'<hello> & \n')"),
]


def figure(
    events: list[Event], *parties: str, server: str = "Echo", title: str = "A title"
) -> ET.Element:
    """Returns a drawn figure, which must be well-formed to be returned."""
    return ET.fromstring(draw(events, parties, server, title, "d1"))  # noqa: S314 (our own)


def svg(drawn: ET.Element) -> ET.Element:
    """Returns the picture in a figure."""
    found = drawn.find("div/svg")
    assert found is not None
    return found


def test_a_figure_has_a_caption_and_a_text_alternative() -> None:
    """Its title is read out, and so is a sentence for each event."""
    drawn = figure(HELLO, "Alice", "Echo", title="Alice & <hello>")
    picture = svg(drawn)
    assert drawn.findtext("figcaption") == "Alice & <hello>"
    assert picture.get("role") == "img"
    assert [picture.get("aria-labelledby"), picture.get("aria-describedby")] == [
        "d1-title",
        "d1-desc",
    ]
    assert picture.findtext("title[@id='d1-title']") == "Alice & <hello>"
    told = picture.findtext("desc[@id='d1-desc']") or ""
    assert told.startswith(
        "1. Alice to Echo, the reactor calls your protocol: connectionMade()."
    )
    assert r"3. Echo to Alice, your protocol calls its transport: transport.wri" in told


def test_a_date_is_the_same_in_every_build() -> None:
    """What a server says of the time would change the page with each build."""
    said = "write(b'Date: Sat, 28 Nov 2026 20:55:49 GMT\\r\\n')"
    figure = draw(
        [Event("act", "Room", "Ann", said)], ["Ann", "Room"], "Room", "x", "x"
    )
    assert "2026" not in figure
    assert "Date: Sun, 06 Nov 1994 08:49:37 GMT" in figure


def test_headers_that_every_answer_has_are_counted() -> None:
    """The picture shows what the program says; its description has all of it."""
    headers = r"Server: x\r\nDate: today\r\nAllow: GET\r\nContent-Length: 0\r\n"
    said = Event("act", "Echo", "Alice", rf"write(b'HTTP/1.1 405\r\n{headers}\r\n')")
    picture = svg(figure([said], "Alice", "Echo"))
    shown = [text.text or "" for text in picture.iter("text")]
    assert [line.strip() for line in shown[:5]] == [
        "write(",
        r"b'HTTP/1.1 405\r\n",
        r"Allow: GET\r\n",
        r"… 3 more headers\r\n",
        r"\r\n')",
    ]
    assert headers in (picture.findtext("desc") or "")


def test_the_legend_explains_what_is_there() -> None:
    """An arrow that the picture lacks is not explained."""
    meanings = [
        "".join(item.itertext())
        for item in figure(HELLO[:2], "Alice", "Echo").iter("li")
    ]
    assert meanings == ["the reactor calls your protocol"]


def test_calls_differ_by_class_and_not_by_color_alone() -> None:
    """The stylesheet can give each kind its own line and head."""
    groups = [g.get("class") for g in svg(figure(HELLO, "Alice", "Echo")).iter("g")]
    assert groups[:3] == ["call", "call", "act"]


def test_an_arrow_goes_from_its_source_to_its_target() -> None:
    """A call ends at the edge of the server's bar, and an act begins there."""
    picture = svg(figure(HELLO, "Alice", "Echo"))
    lines = [
        path.get("d") or ""
        for group in list(picture.iter("g"))[1:3]
        for path in group[:1]
    ]
    ends = [list(map(int, re.findall(r"\d+", line))) for line in lines]
    (call_start, _, call_end), (act_start, _, act_end) = ends
    assert call_start < call_end
    assert (act_start, act_end) == (call_end, call_start)
    bar = next(r for r in picture.iter("rect") if r.get("class") == "bar")
    assert call_end == int(bar.get("x") or 0)


def test_an_act_happens_within_the_call_before_it() -> None:
    """The bar on the server's lifeline reaches from a call to its last act."""
    picture = svg(figure(HELLO, "Alice", "Echo"))
    bars = [r for r in picture.iter("rect") if r.get("class") == "bar"]
    heights = [int(bar.get("height") or 0) for bar in bars]
    assert len(heights) == 2
    assert heights[0] < heights[1]


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("length", [1, 40, 200])
def test_every_label_stays_in_the_picture(count: int, length: int) -> None:
    """However long the labels and however many the parties, nothing is cut off."""
    clients = ["Alice", "Bob", "Carol", "Dave"][:count]
    events = [
        event
        for client in clients
        for text in ["x" * length, ("word " * length)[:length], r"\n" * (length // 2)]
        for event in [
            Event("call", client, "Echo", f"dataReceived(b'{text}')"),
            Event("act", "Echo", client, f"transport.write(b'{text}')"),
            Event("note", client, "Echo", text),
        ]
    ]
    middle = (count + 1) // 2
    picture = svg(figure(events, *clients[:middle], "Echo", *clients[middle:]))
    width, height = map(int, (picture.get("viewBox") or "").split()[2:])
    for text in picture.iter("text"):
        wide = len(text.text or "") * CHARACTER
        x, y = float(text.get("x") or 0), int(text.get("y") or 0)
        left = x if "lines" in (text.get("class") or "") else x - wide / 2
        assert left >= 0
        assert left + wide <= width
        assert y <= height


def test_a_label_keeps_off_the_bars() -> None:
    """With clients on both sides, a label never covers the server's lifeline."""
    events = [
        Event("call", client, "Echo", f"dataReceived({'x' * 60})")
        for client in ("Alice", "Bob")
    ]
    picture = svg(figure(events, "Alice", "Echo", "Bob"))
    bar = next(r for r in picture.iter("rect") if r.get("class") == "bar")
    start, wide = float(bar.get("x") or 0), float(bar.get("width") or 0)
    labels = [
        text for text in picture.iter("text") if text.get("class") == "call lines"
    ]
    half = len(labels) // 2
    for text in labels[:half]:
        assert float(text.get("x") or 0) + len(text.text or "") * CHARACTER <= start
    for text in labels[half:]:
        assert float(text.get("x") or 0) >= start + wide


def test_no_lifeline_is_behind_a_label() -> None:
    """Each stops above a line of text, and goes on below it to the foot."""
    labels = ["connectionMade()", "dataReceived(b'a long line and another one')"]
    events = [Event("call", "Alice", "Echo", label) for label in labels]
    events.append(Event("note", "Bob", "Echo", "nothing is sent yet"))
    picture = svg(figure(events, "Alice", "Bob", "Echo"))
    [path] = [
        p.get("d") or "" for p in picture.iter("path") if p.get("class") == "life"
    ]
    lives = [list(map(int, life)) for life in re.findall(r"M(\d+) (\d+)V(\d+)", path)]
    labelled = [t for t in picture.iter("text") if t.get("class")]
    for text in labelled:
        wide = len(text.text or "") * CHARACTER
        x, y = float(text.get("x") or 0), int(text.get("y") or 0)
        left = x if "lines" in (text.get("class") or "") else x - wide / 2
        for life, top, bottom in lives:
            assert not (left < life < left + wide and top < y and y - 8 < bottom)
    assert len(lives) > len({life for life, *_ in lives}) == 3
    feet = {life: max(b for x, _, b in lives if x == life) for life, *_ in lives}
    assert len(set(feet.values())) == 1


def test_three_parties_fit_a_phone_and_five_scroll() -> None:
    """Only a picture that is wider than a phone can be scrolled, by keyboard too."""
    narrow = figure(HELLO, "Alice", "Echo", "Bob")
    assert svg(narrow).get("viewBox", "").startswith(f"0 0 {PHONE} ")
    assert "tabindex" not in narrow[1].attrib
    wide = figure(HELLO, "Alice", "Bob", "Echo", "Carol", "Dave")
    assert int(svg(wide).get("viewBox", "").split()[2]) > PHONE
    assert wide[1].attrib == {
        "tabindex": "0",
        "role": "region",
        "aria-label": "A title",
    }


def test_names_do_not_overlap() -> None:
    """However long the names, their boxes stand beside each other."""
    names = ["Maximiliane" * 2, "Echo", "B", "Christopher" * 3]
    picture = svg(figure(HELLO[:0], *names))
    boxes = [r for g in picture.iter("g") for r in g.iter("rect")]
    spans = [(float(b.get("x") or 0), float(b.get("width") or 0)) for b in boxes]
    assert len(spans) == 4
    assert all(x + wide < following for (x, wide), (following, _) in pairwise(spans))


def test_a_tall_picture_repeats_its_names() -> None:
    """Far down on a phone, the names are there again."""
    drawn = draw(HELLO * 10, ["Alice", "Echo"], "Echo", "A title", "d1")
    assert drawn.count(">Alice</text>") == 2


def test_a_turn_begins_a_section() -> None:
    """What the reactor woke up for is a heading across the picture."""
    turn = Event("turn", "reactor", "reactor", "turn 1: a socket is readable")
    picture = svg(figure([turn, *HELLO], "Alice", "reactor", "Echo"))
    bands = [r for r in picture.iter("rect") if r.get("class") == "turn"]
    assert [band.get("width") for band in bands] == [str(PHONE)]
    assert "1. turn 1: a socket is readable." in (picture.findtext("desc") or "")


@pytest.mark.parametrize(
    ("label", "limit", "lines"),
    [
        ("write(b'hi')", 12, ["write(b'hi')"]),
        ("write(b'hello, you')", 13, ["write(", "  b'hello,", "  you')"]),
        ("close() now, or never", 12, ["close() now,", "or never"]),
        ("connectionMade()", 10, ["connection", "Made()"]),
        ("await in fetch_again", 18, ["await in", "fetch_again"]),
        ("its.loseConnection()", 19, ["its.", "  loseConnection()"]),
        (r"write(\x00\n\\nn)", 7, ["write(", r"  \x00", r"  \n", r"  \\nn)"]),
        (r"write(b'a\r\nb\n')", 14, ["write(", r"  b'a\r\n", r"  b\n')"]),
    ],
)
def test_a_long_label_is_cut_where_it_may_be(
    label: str, limit: int, lines: list[str]
) -> None:
    """After a bracket, a dot or a line's end, at spaces, and never inside an escape."""
    assert wrap(label, limit) == lines
