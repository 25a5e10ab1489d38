# SPDX-License-Identifier: GPL-2.0
"""Runs one command on a QMP socket and prints what it returns, as JSON.

usage: qmp.py SOCKET COMMAND [ARGUMENTS-AS-JSON]
"""

import json
import socket
import sys


def main():
    path, command = sys.argv[1:3]
    arguments = json.loads(sys.argv[3]) if len(sys.argv) > 3 else {}
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(60)
        connection.connect(path)
        stream = connection.makefile("rw")
        json.loads(stream.readline())
        for request in ({"execute": "qmp_capabilities"},
                        {"execute": command, "arguments": arguments}):
            stream.write(json.dumps(request) + "\n")
            stream.flush()
            # Events may come in between.
            answer = next(a for a in map(json.loads, stream) if "return" in a or "error" in a)
            if "error" in answer:
                sys.exit(f"{command}: {answer['error']['desc']}")
        print(json.dumps(answer["return"]))


main()
