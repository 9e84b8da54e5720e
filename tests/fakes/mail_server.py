"""A mail server on 127.0.0.1 that keeps what it is given, and refuses what it is told to."""

import contextlib
import email
import email.policy
import socket
import socketserver
import threading


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks the SMTP of RFC 5321 that a client without extensions needs.

    `messages` are those accepted. `answers` maps a command ("RCPT", "DATA", "END" for the message
    itself) to the line that is said instead of the usual one; `on_message` is called before the yes.
    """

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.messages, self.answers, self.on_message = [], {}, None
        self.answers_to_lose = 0

    @property
    def port(self) -> int:
        return self.server_address[1]


class _Conversation(socketserver.StreamRequestHandler):
    def handle(self):
        self._say("220 here")
        for line in self.rfile:
            command = line.decode().strip().upper()[:4]
            if command == "DATA":
                self._take(self.server.answers.get("DATA", "354 go on"))
            elif command == "QUIT":
                return self._say("221 bye")
            else:
                self._say(self.server.answers.get(command, "250 fine"))

    def _take(self, answer):
        self._say(answer)
        if not answer.startswith("3"):
            return
        lines = []
        for line in self.rfile:
            if line == b".\r\n":
                break
            lines.append(line.removeprefix(b"."))
        answer = self.server.answers.get("END", "250 taken")
        if answer.startswith("2"):
            self.server.messages.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
            if self.server.on_message:
                self.server.on_message()
            if self.server.answers_to_lose:
                self.server.answers_to_lose -= 1
                return self.connection.shutdown(socket.SHUT_RDWR)
        self._say(answer)

    def _say(self, line):
        with contextlib.suppress(OSError):
            self.wfile.write(line.encode() + b"\r\n")


@contextlib.contextmanager
def running():
    with MailServer() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
