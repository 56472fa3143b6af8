"""Who looks at a shared terminal asks for another size; who shares it takes it, or not."""
from harness import Failure, World, story, wait_until
from harness.window import Window
from story_accounts import same
from story_terminal import COMMAND, all_watch, own, two_people

ASK = COMMAND, "z"


def size(agent, name="build"):
    one = own(agent, name)
    return one["cols"], one["rows"]


def asked(agent, name="build"):
    return [(one["viewer"], one["cols"], one["rows"]) for one in own(agent, name)["sizes"]]


def press(window, *keys):
    for key in keys:
        window.type(key)
    return window


@story("a viewer asks for another size: the window of the sharer shows it, and only the sharer's own window changes it")
def asked_of_a_window():
    with World() as w:
        _, _, laptop, _, _, ana, ben, third = all_watch(w)
        same("the size of ana's window, without its last line", size(laptop), (100, 29))
        ben.resize(120, 45)
        ben.wait_for("for commands")
        press(ben, *ASK)
        wait_until("his wish has come", lambda: asked(laptop) == [("ben", 120, 44)])
        ana.wait_for("ben asks for 120x44 (100x29 now)")
        ben.wait_for("asked for 120x44")
        same("the size", size(laptop), (100, 29))
        if "(ben asks for 120x44)" not in laptop.command("terminal", "list", check=True).stdout:
            raise Failure("the list does not show it")
        press(ana, COMMAND, "d")
        ben.wait_for("the size stays")
        same("refused", asked(laptop), [])
        # He insists at once, and is not heard.
        press(ben, *ASK)
        ana.type("echo aft''er\r")
        ben.wait_for("after")
        same("not heard", asked(laptop), [])
        third.resize(110, 41)
        press(third, *ASK)
        wait_until("eve's has come", lambda: asked(laptop) == [("eve", 110, 40)])
        ana.wait_for("eve asks for 110x40")
        press(ana, COMMAND, "z")
        # The window is asked to grow, as terminals can be; this one does not, and ana pulls at it, nearly as far.
        wait_until("the window is asked", lambda: b"\x1b[8;41;110t" in ana.raw)
        same("until then nothing", size(laptop), (100, 29))
        ana.resize(111, 40)
        wait_until("the size is there", lambda: size(laptop) == (111, 39))
        wait_until("her wish is over", lambda: asked(laptop) == [])
        ana.type("stty size\r").wait_for("39 111")
        third.wait_for("39 111")


@story("a terminal without a window, or of a size of its own, takes the size that its sharer takes, and goes back")
def asked_of_a_terminal_without_a_window():
    with World() as w:
        server, room, laptop, desk = two_people(w)
        laptop.command("terminal", "share", "--room", room["name"], "--name", "build", "--detach", check=True)
        wait_until("it is shared", lambda: own(laptop, "build"))
        ben = Window(desk, "terminal", "view", "laptop/build", cols=132, rows=44)
        wait_until("ben looks", lambda: own(laptop, "build")["watching"] == ["ben"])
        same("nobody asks", laptop.command("terminal", "fit", "build").returncode, 1)
        same("nobody asks", laptop.command("terminal", "keep", "build").returncode, 1)
        press(ben, *ASK)
        wait_until("his wish has come", lambda: asked(laptop) == [("ben", 132, 43)])
        same("the size", size(laptop), (80, 24))
        same("somebody else", laptop.command("terminal", "fit", "build", "--viewer", "eve").returncode, 1)
        laptop.command("terminal", "fit", "build", "--viewer", "ben", check=True)
        wait_until("it has the size", lambda: size(laptop) == (132, 43))
        same("his wish is over", asked(laptop), [])
        # The shell has it, too.
        there = Window(laptop, "terminal", "attach", "build", cols=132, rows=44)
        there.wait_for("watched by ben")
        there.type("stty size\r").wait_for("43 132")
        ben.wait_for("43 132")
        laptop.command("terminal", "fit", "build", "--cols", 90, "--rows", 20, check=True)
        wait_until("back", lambda: size(laptop) == (90, 20))
        there.type("stty size; exit\r").wait_for("20 90")
        # A window in which the terminal has a size of its own: taken as long as it fits.
        ana = Window(laptop, "terminal", "share", "--room", room["name"], "--name", "small", "--cols", 60, "--rows", 12)
        ana.wait_for("nobody watches")
        ben = Window(desk, "terminal", "view", "laptop/small", cols=70, rows=21)
        wait_until("ben looks", lambda: own(laptop, "small")["watching"] == ["ben"])
        press(ben, *ASK)
        ana.wait_for("ben asks for 70x20 (60x12 now)")
        press(ana, COMMAND, "z")
        wait_until("it has the size", lambda: size(laptop, "small") == (70, 20))
        ana.type("stty size\r").wait_for("20 70")
