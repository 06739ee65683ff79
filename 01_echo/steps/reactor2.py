"""Inside the reactor, step 2: wait for all clients at once."""

import socket
from selectors import EVENT_READ, DefaultSelector


def main():
    listening = socket.create_server(("127.0.0.1", 1234))
    selector = DefaultSelector()
    selector.register(listening, EVENT_READ)
    print("Listening on 127.0.0.1:1234")
    while True:
        for key, _ in selector.select():
            sock = key.fileobj
            if sock is listening:
                client, _ = listening.accept()
                selector.register(client, EVENT_READ)
            elif data := sock.recv(65536):
                sock.sendall(data)
            else:
                selector.unregister(sock)
                sock.close()


if __name__ == "__main__":
    main()
