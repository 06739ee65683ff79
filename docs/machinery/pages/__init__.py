"""Fills in what a page asks for in `{{ }}`: code, exercises, tables, minutes."""

from docs.machinery.pages.figures import figures
from docs.machinery.pages.include import code, step
from docs.machinery.pages.ladder import figure, ladder
from docs.machinery.pages.minutes import minutes
from docs.machinery.pages.parts import exercises, mistakes, projects, section

DIRECTIVES = {
    function.__name__: function
    for function in (
        code,
        exercises,
        figure,
        figures,
        ladder,
        minutes,
        mistakes,
        projects,
        section,
        step,
    )
}
