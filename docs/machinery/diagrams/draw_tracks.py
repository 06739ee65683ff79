"""Draws what has become of a program's Deferreds: two tracks, and time downwards.

A value runs down the left track, and an error down the right one. The functions of a
pair stand beside each other, each on its own track. It is laid out for a phone. What
the colours and dashes are is said in course.css.
"""

from html import escape

from docs.machinery.diagrams.draw import figure
from docs.machinery.diagrams.picture import CHARACTER, EDGE, HEADER, LINE, PHONE, wrap
from docs.machinery.diagrams.tracks import Row, Run, Track, play

X: dict[Track, int] = {"callback": PHONE // 4, "errback": PHONE * 3 // 4}
BOX = PHONE // 2 - 4 * EDGE  # the width of a function's box
SAMPLE = '<rect x="1" y="1" width="30" height="8" rx="4"/>'
LEGEND = {
    "called": ("called", f'<g class="server">{SAMPLE}</g>'),
    "passed": ("passed over, or never reached", f'<g class="passed">{SAMPLE}</g>'),
    "waits": (
        "waits for another Deferred",
        '<g class="act"><path d="M1 5H31"/></g>',
    ),
}


class TracksPicture:
    """A picture that grows downwards, one row at a time."""

    def __init__(self, run: Run) -> None:
        """Draws all that has happened."""
        self.run = run
        self.y = HEADER
        # Where a track is drawn, as it is interrupted by what is written on it.
        self.lives = {track: f"M{x} {HEADER}" for track, x in X.items()}
        self.shapes: list[str] = []
        self.used: set[str] = set()  # of the legend
        self.last: tuple[Track, int, str] | None = None  # the end of the line so far
        self.deferred = 0
        for row in run.rows:
            if row.deferred not in (0, self.deferred) and len(run.makers) > 1:
                self.band(heading(row.deferred, run))
                self.last = None
            self.deferred = row.deferred or self.deferred
            self.add(row)
        self.y += LINE

    def add(self, row: Row) -> None:
        """Draws one row."""
        match row.kind:
            case "time" | "cancel":
                self.band(tell(row))
            case "value":
                self.reach(row.track)
                self.write(row.track, row.label, "call")
            case "unhandled":
                self.reach(row.track)
                self.write(row.track, tell(row), "note")
            case "waits":
                self.used.add("waits")
                self.last = row.track, self.y, "act"
            case "pair" | "never":
                self.pair(row)

    def band(self, text: str) -> None:
        """Writes what concerns no track across the picture."""
        self.y += 10
        self.shapes += [
            f'<rect class="turn" y="{self.y}" width="{PHONE}" height="22"/>',
            text_at(PHONE // 2, self.y + 15, text, "turn"),
        ]
        self.y += 22

    def pair(self, row: Row) -> None:
        """Draws the functions of a pair beside each other."""
        names = {"callback": row.callback, "errback": row.errback}
        lines = {t: wrap(names[t], int((BOX - 16) / 8)) for t in X if names[t]}
        height = 10 + LINE * max(map(len, lines.values()), default=1)
        reached = row.kind == "pair"
        if reached:
            self.reach(row.track, head=row.track in lines)
        else:
            self.y += 14
        for track, texts in lines.items():
            called = reached and track == row.track
            self.used.add("called" if called else "passed")
            self.shapes.append(
                f'<g class="{"server" if called else "passed"}">'
                f'<rect x="{X[track] - BOX // 2}" y="{self.y}" width="{BOX}"'
                f' height="{height}" rx="12"/>'
            )
            self.shapes += [
                text_at(X[track], self.y + 3 + LINE * n, text)
                for n, text in enumerate(texts, 1)
            ]
            self.shapes.append("</g>")
        if reached and row.track in lines:
            self.last = row.track, self.y + height, "call"
        self.y += height

    def reach(self, track: Track, *, head: bool = True) -> None:
        """Draws the line from where it ended to the next thing on a track."""
        self.y += 18
        before, y, style = self.last or (track, self.y - 12, "call")
        line = f'<path d="M{X[before]} {y}L{X[track]} {self.y}"/>'
        tip = f"M{X[track] - 4} {self.y - 7}l4 7l4 -7"
        arrow = f'<path class="head" d="{tip}"/>' * head
        self.shapes.append(f'<g class="{style}">{line}{arrow}</g>')
        self.last = track, self.y, "call"

    def write(self, track: Track, text: str, style: str) -> None:
        """Writes a value on its track."""
        self.lives[track] += f"V{self.y}"
        for line in wrap(text, int((PHONE // 2 - 2 * EDGE) / CHARACTER)):
            self.y += LINE
            self.shapes.append(text_at(X[track], self.y, line, style))
        self.y += 4
        self.lives[track] += f"M{X[track]} {self.y}"
        self.last = track, self.y, "call"

    def svg(self) -> str:
        """Returns everything drawn: the two tracks, their names, and the rows."""
        lives = "".join(f"{life}V{self.y}" for life in self.lives.values())
        heads = "".join(
            f'<g class="party"><rect x="{x - 50}" y="1" width="100"'
            f' height="{HEADER - 2}" rx="4"/>{text_at(x, 20, f"{track}s")}</g>'
            for track, x in X.items()
        )
        return f'<path class="life" d="{lives}"/>{"".join(self.shapes)}{heads}'


def draw_program(text: str, name: str) -> str:
    """Runs the program that a fence names, and draws what becomes of its Deferreds."""
    title, run = play(text)
    return draw_tracks(run, title, name)


def draw_tracks(run: Run, title: str, name: str) -> str:
    """Returns the figure; `name` makes its ids unique on the page."""
    picture = TracksPicture(run)
    keys = dict(LEGEND[key] for key in LEGEND if key in picture.used)
    told = []
    for number, row in enumerate(run.rows, 1):
        who = f"{heading(row.deferred, run)}: " if row.deferred else ""
        told.append(f"{number}. {who}{tell(row)}.")
    size = (PHONE, picture.y)
    return figure(picture.svg(), size, keys, " ".join(told), title, name)


def text_at(x: int, y: int, text: str, style: str = "") -> str:
    """Returns one line of text."""
    kind = f' class="{style}"' * bool(style)
    return f'<text{kind} x="{x}" y="{y}">{escape(text, quote=False)}</text>'


def heading(number: int, run: Run) -> str:
    """Returns what tells one of the program's Deferreds from the others."""
    return f"Deferred {number}, made by {run.makers[number - 1]}"


def tell(row: Row) -> str:
    """Returns a row as a sentence, for those who cannot see the picture."""
    name, other = row.callback, row.errback
    if row.track == "errback":
        name, other = other, name
    called = f"the {row.track} {name} is called" if name else ""
    passed = f"{other} is passed over" if other else ""
    match row.kind:
        case "pair":
            told = ", ".join(filter(None, [called, passed]))
        case "never":
            names = filter(None, [row.callback, row.errback])
            told = f"{' and '.join(names)}: never reached"
        case "value":
            kind = "error" if row.track == "errback" else "result"
            told = f"the {kind} is {row.label}"
        case "time":
            told = (
                f"{row.seconds:g} second{' passes' if row.seconds == 1 else 's pass'}"
            )
        case "cancel":
            told = "cancel() is called"
        case "waits":
            told = "it waits for another Deferred"
        case "unhandled":
            told = "nobody handles this error"
    return told
