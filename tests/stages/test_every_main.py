"""Tests each stage's server script: its endpoint, its announcement, its log."""

from importlib import import_module

from tests import STAGES, server_script

# A class for each stage, such as EchoServerTests for echo_server.py.
for stage in STAGES:
    [script] = stage.glob("*_server.py")
    name = f"{script.stem.title().replace('_', '')}Tests"
    its = {"module": import_module(script.stem), "__module__": __name__}
    globals()[name] = type(name, (server_script.ServerScriptCase,), its)
