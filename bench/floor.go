package main

import (
	"fmt"
	"io"
	"net"
)

// relayBytes is the floor: what it costs in Go to bring bytes from one socket to
// another and back, without looking at them. One connection to the backend per
// client connection, two goroutines, plain reads and writes.
func relayBytes(address, backend string) error {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Print(ready)
	for {
		client, err := ln.Accept()
		if err != nil {
			return err
		}
		go func() {
			up, err := net.Dial("tcp", backend)
			if err != nil {
				client.Close()
				return
			}
			go pass(up, client)
			pass(client, up)
		}()
	}
}

// pass copies until either side ends, and ends both.
func pass(to, from net.Conn) {
	defer to.Close()
	defer from.Close()
	// Hidden behind plain interfaces, or io would splice, which is slow for small answers.
	_, _ = io.CopyBuffer(struct{ io.Writer }{to}, struct{ io.Reader }{from}, make([]byte, 32<<10))
}
