"""Draws a recorded run as an SVG that grows by one row for each event.

It is laid out for a phone first: two or three parties share 360 units, and more of
them make it wider. The colors and dashes are in course.css.
"""

import re
from collections.abc import Sequence
from html import escape
from itertools import pairwise

from docs.machinery.diagrams.scene import Event

# All lengths are in units, each of which is a pixel on a phone.
PHONE = 360  # the width of a phone's screen
TALL = 700  # a taller picture has the names at its foot, too
EDGE = 4  # kept free beside a label
CHARACTER = 6.96  # the width of one; monospaced fonts have up to 0.605 of their size
LINE = 14  # from one line of a label to the next
HEADER = 30  # the height of the boxes with the names
BAR = 4  # half the width of the bar where the protocol is at work
ASCENT, DESCENT = 10, 4  # of a line of text, above and below its baseline


class Picture:
    """A picture that grows downwards, one event at a time."""

    def __init__(self, parties: Sequence[str], server: str) -> None:
        """Places the lifelines: evenly, and with room for the names above them."""
        self.server = server
        self.boxes = {party: max(72, 8 * len(party) + 18) for party in parties}
        widths = list(self.boxes.values())
        apart = max(120, *((a + b) // 2 + 8 for a, b in pairwise(widths)))
        sides = (widths[0] + widths[-1]) / 2 + 2
        self.width = max(PHONE, round(sides + apart * (len(parties) - 1)))
        step = (self.width - sides) / (len(parties) - 1)
        self.x = {p: round(widths[0] / 2 + 1 + i * step) for i, p in enumerate(parties)}
        # Where each lifeline begins, stops above a label, begins again, and so on.
        self.lives = {x: [HEADER] for x in self.x.values()}
        self.y = HEADER  # where the next row begins
        self.rows: list[str] = []
        self.bars: list[tuple[int, int]] = []

    def add(self, event: Event) -> None:
        """Draws one row, and moves down by its height."""
        if event.kind == "turn":
            self.y += 14
            self.rows.append(
                f'<rect class="turn" y="{self.y}" width="{self.width}" height="22"/>'
            )
            self.write(event, self.width / 2, 0, self.width)
            self.y += 5
            return
        self.y += 14 if event.kind == "call" else 8  # a call begins something new
        left, right = sorted((self.x[event.source], self.x[event.target]))
        # A label keeps to its side of the server's lifeline, where the bars are.
        server = self.x[self.server]
        if right <= server:
            self.write(event, (left + right) / 2, 0, server - BAR)
        else:
            self.write(event, (left + right) / 2, server + BAR, self.width)
        if event.kind != "note":
            self.y += 8
            self.connect(event)

    def write(self, event: Event, middle: float, left: float, right: float) -> None:
        """Writes a label near `middle`, wrapped, and not beyond `left` or `right`."""
        span = abs(self.x[event.source] - self.x[event.target])
        room = right - left - 2 * EDGE
        if event.kind not in ("note", "turn"):
            room = min(room, max(span - 2 * BAR, 30 * CHARACTER))
        lines = wrap(event.label, int(room / CHARACTER))
        half = max(map(len, lines)) * CHARACTER / 2
        middle = min(max(middle, left + EDGE + half), right - EDGE - half)
        aligned = len(lines) > 1 and event.kind != "note"
        style = f"{event.kind} lines" if aligned else event.kind
        x = middle - half if aligned else middle
        for line in lines:
            self.y += LINE
            wide = len(line) * CHARACTER
            begin = x if aligned else x - wide / 2
            self.interrupt(begin, begin + wide)
            self.rows.append(
                f'<text class="{style}" x="{x:.0f}" y="{self.y}">'
                f"{escape(line, quote=False)}</text>"
            )

    def interrupt(self, left: float, right: float) -> None:
        """Stops the lifelines behind a line of text."""
        top, bottom = self.y - ASCENT, self.y + DESCENT
        for x, ends in self.lives.items():
            if left - EDGE < x < right + EDGE:
                if ends[-1] == top:  # it did not begin again between two lines
                    ends[-1] = bottom
                else:
                    ends += [top, bottom]

    def connect(self, event: Event) -> None:
        """Draws the arrow of an event, and the bar while the protocol is at work."""
        start, end = self.x[event.source], self.x[event.target]
        inwards = BAR if start < end else -BAR
        start += inwards if event.source == self.server else 0
        end -= inwards if event.target == self.server else 0
        self.rows.append(f'<g class="{event.kind}">{arrow(start, end, self.y)}</g>')
        if event.kind == "call":
            self.bars.append((self.y - 4, self.y + 8))
        elif event.kind == "act" and self.bars:
            self.bars[-1] = (self.bars[-1][0], self.y + 8)

    def shapes(self) -> str:
        """Returns everything drawn: lifelines, bars, rows, and the names."""
        self.y += 20
        lives = ""
        for x, ends in self.lives.items():
            for start, end in zip(ends[::2], [*ends[1::2], self.y], strict=True):
                lives += f"M{x} {start}V{end}"
        shapes = [f'<path class="life" d="{lives}"/>']
        x = self.x[self.server] - BAR
        for top, bottom in self.bars:
            shapes.append(
                f'<rect class="bar" x="{x}" y="{top}" width="{2 * BAR}"'
                f' height="{bottom - top}" rx="2"/>'
            )
        shapes += self.rows + self.names(0)
        if self.y > TALL:
            shapes += self.names(self.y)
            self.y += HEADER
        return "".join(shapes)

    def names(self, y: int) -> list[str]:
        """Returns the boxes with the names of the parties."""
        return [
            f'<g class="{"server" if party == self.server else "party"}">'
            f'<rect x="{x - self.boxes[party] / 2:.0f}" y="{y + 1}" rx="4"'
            f' width="{self.boxes[party]}" height="{HEADER - 2}"/>'
            f'<text x="{x}" y="{y + 20}">{escape(party)}</text></g>'
            for party, x in self.x.items()
        ]


def arrow(start: int, end: int, y: int) -> str:
    """Returns an arrow; its class says how the line and the head look."""
    back = -8 if start < end else 8
    head = f"M{end + back} {y - 4}L{end} {y}L{end + back} {y + 4}"
    return f'<path d="M{start} {y}H{end}"/><path class="head" d="{head}"/>'


def wrap(label: str, limit: int) -> list[str]:
    r"""Cuts a label into lines: after a bracket, a dot and each `\n`, not inside."""
    if len(label) <= limit:
        return [label]
    call = re.match(r"[\w.]+\((?=.+\)$)|\w+\.", label)
    lines, indent = ([call[0]], "  ") if call else ([], "")
    line, before = indent, ""
    for unit in re.findall(r"\\x..|\\.|.", label[len("".join(lines)) :]):
        if before == r"\n" and unit not in ("'", '"'):
            lines.append(line)
            line = indent
        line, before = line + unit, unit
        if len(line) > limit:
            cut = max(line.rfind(" "), line.rfind(",", 0, limit)) + 1
            cut = cut if cut > limit // 3 else len(line) - len(unit)
            lines.append(line[:cut].rstrip())
            line = indent + line[cut:].lstrip()
    return [*lines, line]
