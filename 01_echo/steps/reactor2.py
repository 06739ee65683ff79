"""Inside the reactor, step 2: wait for all clients at once."""

import socket
from selectors import EVENT_READ, DefaultSelector


def main():
    listening = socket.create_server(("127.0.0.1", 1234))
    selector = DefaultSelector()
    selector.register(listening, EVENT_READ)
    print("Listening on 127.0.0.1:1234")
    while True:
        for ready, _ in selector.select():
            client = ready.fileobj
            if client is listening:
                client, _ = listening.accept()
                selector.register(client, EVENT_READ)
            elif data := client.recv(65536):
                client.sendall(data)
            else:
                selector.unregister(client)
                client.close()


if __name__ == "__main__":
    main()
