"""Makes a figure of recorded events: a title, a sequence diagram, and its legend."""

from collections.abc import Sequence
from html import escape

from docs.machinery.diagrams.picture import PHONE, Picture, arrow
from docs.machinery.diagrams.scene import Event

LEGEND = {
    "call": "the reactor calls your protocol",
    "act": "your protocol calls its transport",
    "wire": "the reactor calls the operating system",
}


def draw(
    events: Sequence[Event], parties: Sequence[str], server: str, title: str, name: str
) -> str:
    """Returns the figure; `name` makes its ids unique on the page."""
    picture = Picture(parties, server)
    for event in events:
        picture.add(event)
    shapes = picture.shapes()
    told = " ".join(f"{number}. {tell(e)}" for number, e in enumerate(events, 1))
    size, region = f"max-width:{picture.width * 1.25:.0f}px", ""
    if picture.width > PHONE:
        size += f";min-width:{picture.width}px"
        region = f' tabindex="0" role="region" aria-label="{escape(title)}"'
    keys = "".join(
        f'<li><svg viewBox="0 0 32 10" aria-hidden="true"><g class="{kind}">'
        f"{arrow(1, 31, 5)}</g></svg>{meaning}</li>"
        for kind, meaning in LEGEND.items()
        if any(event.kind == kind for event in events)
    )
    return (
        '<figure class="diagram" data-search-exclude="">'
        f"<figcaption>{escape(title)}</figcaption><div{region}>"
        f'<svg viewBox="0 0 {picture.width} {picture.y}" style="{size}" role="img"'
        f' aria-labelledby="{name}-title" aria-describedby="{name}-desc">'
        f'<title id="{name}-title">{escape(title)}</title>'
        f'<desc id="{name}-desc">{escape(told)}</desc>'
        f"{shapes}</svg></div><ul>{keys}</ul></figure>"
    )


def tell(event: Event) -> str:
    """Returns an event as a sentence, for those who cannot see the picture."""
    if event.kind in ("note", "turn"):
        return f"{event.label}."
    return f"{event.source} to {event.target}, {LEGEND[event.kind]}: {event.label}."
