"""Runs the real programs for the stories: free ports, temporary folders, waits on conditions, ends only what it started."""
from .api import Api
from .link import Link
from .program import Failure, Program, Skip, free_port, wait_until
from .socket import WebSocket
from .story import story
from .world import World

__all__ = ["Api", "Failure", "Link", "Program", "Skip", "WebSocket", "World", "free_port", "story", "wait_until"]
