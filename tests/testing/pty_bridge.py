"""Runs a command in a terminal of its own and carries bytes to and from it.

Ends the command when its own standard input ends.

Usage: pty_bridge.py COLUMNS ROWS COMMAND ARGUMENT...
"""

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios

columns, rows, *command = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    os.execvp(command[0], command)

fcntl.ioctl(
    terminal, termios.TIOCSWINSZ, struct.pack("HHHH", int(rows), int(columns), 0, 0)
)
sources = [terminal, sys.stdin.fileno()]
while terminal in sources:
    for source in select.select(sources, [], [])[0]:
        try:
            data = os.read(source, 65536)
        except OSError:  # The command has ended.
            data = b""
        if not data:
            sources.remove(source)
            if source != terminal:
                os.kill(child, signal.SIGKILL)
        elif source == terminal:
            os.write(sys.stdout.fileno(), data)
        else:
            os.write(terminal, data)
status = os.waitpid(child, 0)[1]
sys.exit(os.waitstatus_to_exitcode(status) & 0xFF)
