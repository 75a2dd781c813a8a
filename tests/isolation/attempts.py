"""What a confined process is made to try, as source text that runs inside it."""

from __future__ import annotations

ATTEMPTS = """
import json, os, resource, socket, sys
from pathlib import Path

def tried(action):
    try:
        action()
        return "done"
    except MemoryError:
        return "no memory"
    except OSError as error:
        return error.__class__.__name__

def connect(port):
    with socket.socket() as one:
        one.settimeout(5)
        one.connect(("127.0.0.1", int(port)))

def run_program():
    pid = os.fork()
    if not pid:
        try:
            os.execv("/bin/true", ["true"])
        finally:
            os._exit(13)
    if os.waitpid(pid, 0)[1]:
        raise PermissionError

def attempts(own, foreign, port):
    return {
        "own read": tried(lambda: open(own + "/own.txt").read()),
        "foreign read": tried(lambda: open("/etc/passwd").read()),
        "foreign list": tried(lambda: os.listdir("/")),
        "home": tried(lambda: os.listdir(os.path.expanduser("~"))),
        "foreign write": tried(lambda: open(foreign + "/written", "w")),
        "foreign folder": tried(lambda: os.mkdir(foreign + "/folder")),
        "foreign truncation": tried(lambda: os.truncate(foreign + "/kept", 0)),
        "foreign removal": tried(lambda: os.unlink(foreign + "/kept")),
        "own write": tried(lambda: open(own + "/new.txt", "w")),
        "exec": tried(run_program),
        "connect": tried(lambda: connect(port)),
        "core": resource.getrlimit(resource.RLIMIT_CORE),
    }
"""
REFUSED = (
    "foreign read", "foreign list", "home", "foreign write", "foreign folder", "foreign removal",
    "foreign truncation", "exec", "connect",
)  # fmt: skip
