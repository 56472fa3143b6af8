"""Runs the real programs for the stories: free ports, temporary folders, waits on conditions, ends only what it started."""
from .api import Api
from .program import Failure, Program, Skip, free_port, wait_until
from .socket import WebSocket
from .story import story
from .world import World

__all__ = ["Api", "Failure", "Program", "Skip", "WebSocket", "World", "free_port", "story", "wait_until"]
