"""What runs in a terminal whose input is watched: keeps every byte that reaches it and every size it gets, and asks the
questions that terminals answer by themselves. usage: record_input.py INPUT SIZES"""
import os
import signal
import sys
import tty

QUESTIONS = b"\x1b[c\x1b[>c\x1b[=c\x1b[5n\x1b[6n\x1b[?6n\x1b[?2026$p\x1b[4$p\x1bP$qm\x1b\\\x1b[>q\x1b[18t\x1b]11;?\x07\x1b]52;c;?\x07"


def main():
    into, sizes = (os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600) for path in sys.argv[1:3])
    tty.setraw(0)
    signal.signal(signal.SIGWINCH, lambda *_: os.write(sizes, b"%d %d\n" % tuple(os.get_terminal_size(0))))
    os.write(1, b"\x1b[?1004h\x1b[?1006h\x1b[?1003h" + QUESTIONS + b"\r\nrecording\r\n")
    while data := os.read(0, 65536):
        os.write(into, data)


main()
