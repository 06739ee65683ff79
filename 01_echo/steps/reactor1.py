"""Inside the reactor, step 1: wait for one client at a time."""

import socket


def main():
    listening = socket.create_server(("127.0.0.1", 1234))
    print("Listening on 127.0.0.1:1234")
    while True:
        client, _ = listening.accept()
        while data := client.recv(65536):
            client.sendall(data)
        client.close()


if __name__ == "__main__":
    main()
