package main

import (
	"bytes"
	"strconv"
)

// answerSize is how long the answer is whose first bytes these are; false as long
// as its head is not complete.
func answerSize(in []byte) (int, bool) {
	head := bytes.Index(in, []byte("\r\n\r\n"))
	if head < 0 {
		return 0, false
	}
	_, rest, ok := bytes.Cut(in[:head+2], []byte("ontent-Length: "))
	if !ok {
		_, rest, _ = bytes.Cut(in[:head+2], []byte("ontent-length: "))
	}
	value, _, _ := bytes.Cut(rest, []byte("\r"))
	n, _ := strconv.Atoi(string(value)) // no length, no body
	return head + 4 + n, true
}
