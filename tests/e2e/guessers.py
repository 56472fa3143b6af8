"""Guesses passwords as fast as answers come, in many threads, until its standard input ends.

usage: guessers.py PORT THREADS
Says one line when it was told to wait for both reasons (429, 503) or something is wrong; at its end a JSON object:
answers by status, the slowest in seconds, problems.
"""
import json
import sys
import threading
import time

from harness import Api


class Guessers:
    def __init__(self, port):
        self.port = port
        self.seen, self.slowest, self.problems = {}, 0.0, []
        self.changed, self.stopped = threading.Condition(), False

    def guess(self, number):
        index = 0
        while not self.stopped and not self.problems:
            name = "ana" if number < 10 else f"nobody{number}x{index}"
            index += 1
            began = time.monotonic()
            try:
                reply = Api(self.port).call("POST", "/api/auth/login", {"username": name, "password": "wrong-guess"}, seconds=30)
            except OSError as error:
                self.told(0, time.monotonic() - began, f"no answer: {error}")
                return
            told = reply.status in (429, 503) and "retry-after" not in reply.headers
            self.told(reply.status, time.monotonic() - began, f"{reply.status} without Retry-After" if told else None)

    def told(self, status, seconds, problem):
        with self.changed:
            self.seen[status] = self.seen.get(status, 0) + 1
            self.slowest = max(self.slowest, seconds)
            if problem:
                self.problems.append(problem)
            self.changed.notify()

    def met(self):
        return 429 in self.seen and 503 in self.seen or self.problems


def main():
    port, count = map(int, sys.argv[1:])
    crowd = Guessers(port)
    threads = [threading.Thread(target=crowd.guess, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    with crowd.changed:
        met = crowd.changed.wait_for(crowd.met, 20)
    print("told to wait, by the account and by the pool" if met else "not told to wait", flush=True)
    sys.stdin.read()
    crowd.stopped = True
    for thread in threads:
        thread.join()
    print(json.dumps({"seen": crowd.seen, "slowest": crowd.slowest, "problems": crowd.problems[:3]}))


main()
