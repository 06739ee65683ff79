"""Names the slips that can happen in every exercise, by a look at an answer's text.

Each check looks for something that Twisted, or the tests, cannot do what was meant
with. They are asked only about an answer that fails.
"""

import ast
import re
from collections.abc import Iterator
from difflib import get_close_matches

CALLBACKS = [
    "buildProtocol",
    "clientConnectionFailed",
    "clientConnectionLost",
    "connectionLost",
    "connectionMade",
    "connectionRefused",
    "dataReceived",
    "datagramReceived",
    "doStart",
    "doStop",
    "getChild",
    "lineLengthExceeded",
    "lineReceived",
    "pauseProducing",
    "rawDataReceived",
    "readConnectionLost",
    "render_GET",
    "render_HEAD",
    "render_POST",
    "render_PUT",
    "render_DELETE",
    "render_OPTIONS",
    "resumeProducing",
    "startFactory",
    "startProtocol",
    "stopFactory",
    "stopProducing",
    "stopProtocol",
    "stringReceived",
    "timeoutConnection",
    "writeConnectionLost",
]
ASYNCIO = {
    "connection_made": "connectionMade",
    "data_received": "dataReceived",
    "connection_lost": "connectionLost",
    "eof_received": "readConnectionLost",
}
ANSWERS = {"write", "writeSequence", "sendLine"}  # what sends something to a client
RETURNS = {"buildProtocol", "getChild"}  # and what begins with render_

Function = ast.FunctionDef | ast.AsyncFunctionDef


def slips_in(answer: str, told: str) -> list[str]:
    """Returns the slips in an answer of which something has been told."""
    try:
        tree = ast.parse(answer.removeprefix("\ufeff"))
    except SyntaxError:
        return []
    found = [
        *slips_of_reactor(tree),
        *slips_of_self(tree, told),
        *slips_of_async(tree),
    ]
    for kind in ast.walk(tree):
        if isinstance(kind, ast.ClassDef) and kind.bases:
            found += slips_of_class(kind, told)
    return found


def slips_of_reactor(tree: ast.Module) -> Iterator[str]:
    """Yields a use of the global reactor, and of asyncio's protocols."""
    if any(isinstance(n, Function) and n.name == "main" for n in tree.body):
        why = "Use the one that `main` is given."
    else:
        why = (
            "An exercise needs none: the tests connect the clients, and let time pass"
            " on the clock that they hand over."
        )
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom | ast.Import):
            continue
        names = {alias.name for alias in node.names}
        module = node.module if isinstance(node, ast.ImportFrom) else ""
        if module == "twisted.internet" and "reactor" in names:
            yield f"Line {node.lineno} imports the global reactor. {why}"


def slips_of_self(tree: ast.Module, told: str) -> Iterator[str]:
    """Yields a name that is an attribute, and was written without `self`."""
    if not (unknown := re.search(r"NameError: name '(\w+)' is not defined", told)):
        return
    name = unknown[1]
    attributes = {n.attr for n in ast.walk(tree) if isinstance(n, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            attributes |= {n.name for n in node.body if isinstance(n, Function)}
    if name in attributes | {"transport", "factory"}:
        yield (
            f"`{name}` alone is a variable. What belongs to an object is"
            f" `self.{name}` in its methods."
        )


def slips_of_async(tree: ast.Module) -> Iterator[str]:
    """Yields a call that makes a coroutine, and drops it."""
    nodes = list(ast.walk(tree))
    names = {n.name for n in nodes if isinstance(n, ast.AsyncFunctionDef)}
    names -= {n.name for n in nodes if isinstance(n, ast.FunctionDef)}
    for node in nodes:
        if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
            continue
        call = ast.unparse(node.value.func)
        if call.removeprefix("self.") in names:
            yield (
                f"`{call}` is an `async def`. Line {node.lineno} calls it, which only"
                " makes a coroutine. Who starts that? `await` does, or"
                " `Deferred.fromCoroutine(…)`."
            )


def slips_of_class(kind: ast.ClassDef, told: str) -> Iterator[str]:
    """Yields the slips in a class that is based on another."""
    methods = {node.name: node for node in kind.body if isinstance(node, Function)}
    called = {
        n.attr for n in ast.walk(kind) if isinstance(n, ast.Attribute)
    }  # a helper is called by somebody in the class
    bases = [ast.unparse(base) for base in kind.bases]
    if any(base.startswith("asyncio.") for base in bases) or ASYNCIO.keys() & methods:
        names = ", ".join(f"`{theirs}`" for theirs in ASYNCIO.values())
        yield (
            f"{kind.name} is written for asyncio. Twisted's Protocol is another class,"
            f" and its methods are called {names}."
        )
        return
    if any(base.endswith("TestCase") for base in bases):
        yield from slips_of_tests(methods, called)
        return
    lowered = {callback.lower(): callback for callback in CALLBACKS}
    for name, method in methods.items():
        near = get_close_matches(name.lower(), lowered, 1, 0.85)
        if near and name not in CALLBACKS and name not in called:
            yield (
                f"Nothing calls `{name}` (line {method.lineno}). Did you mean"
                f" `{lowered[near[0]]}`?"
            )
        if name in CALLBACKS:
            yield from slips_of_callback(method, methods)
    init = methods.get("__init__")
    lacks = re.search(rf"'{kind.name}' object has no attribute '(\w+)'", told)
    if init and lacks and "__init__" not in names_in(init) and lacks[1] not in called:
        yield (
            f"`{kind.name}.__init__` takes the place of {bases[0]}'s, which would have"
            f" set `{lacks[1]}`. Call `super().__init__(…)` in it."
        )


def slips_of_callback(method: Function, methods: dict[str, Function]) -> Iterator[str]:
    """Yields the slips in a method that Twisted calls."""
    name = method.name
    results = [
        node
        for node in ast.walk(method)
        if isinstance(node, ast.Return | ast.Yield | ast.YieldFrom) and node.value
    ]
    if isinstance(method, ast.AsyncFunctionDef):
        yield (
            f"`{name}` is an `async def` (line {method.lineno}). Twisted calls it and"
            " does not await it, so nothing in it happens. Write `def`."
        )
    elif name.startswith("render_") or name in RETURNS:
        raises = any(isinstance(node, ast.Raise) for node in ast.walk(method))
        if not results and not raises:
            yield (
                f"`{name}` (line {method.lineno}) has no `return`, so it returns None."
            )
    elif name in {"connectionMade", "dataReceived", "lineReceived"}:
        acts = names_in(method)
        if acts & (ANSWERS | methods.keys() | {"super"}):
            return
        if results:
            yield (
                f"`{name}` returns something (line {results[0].lineno}), and Twisted"
                " takes no notice. What a client should get is written:"
                " `self.transport.write(…)`."
            )
        elif "print" in acts:
            yield (
                f"`{name}` prints, and what is printed is seen only where the server"
                " runs. What a client should get is written: `self.transport.write(…)`."
            )


def slips_of_tests(methods: dict[str, Function], called: set[str]) -> Iterator[str]:
    """Yields the slips in tests that a learner has written."""
    asserts = {name for name, method in methods.items() if expects(method, set())}
    for name, method in methods.items():
        if name.startswith("test"):
            if not expects(method, asserts):
                yield (
                    f"`{name}` (line {method.lineno}) has no assertion, so it"
                    " can only fail by accident."
                )
            elif isinstance(method, ast.AsyncFunctionDef):
                yield f"`{name}` is an `async def`, and nobody awaits it. Write `def`."
        elif name in asserts and name not in called:
            yield (
                f"`{name}` (line {method.lineno}) is not run: the name of a test begins"
                " with `test_`."
            )


def expects(method: Function, helpers: set[str]) -> bool:
    """Whether a test's method can fail by an assertion, its own or a helper's."""
    names = names_in(method)
    return (
        any(isinstance(node, ast.Assert) for node in ast.walk(method))
        or any(name.startswith("assert") for name in names)
        or not names.isdisjoint({"fail", "failureException"} | helpers)
    )


def names_in(method: Function) -> set[str]:
    """Returns all names and attributes that a method mentions."""
    return {
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(method)
        if isinstance(node, ast.Name | ast.Attribute)
    }
