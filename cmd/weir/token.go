package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"weir/proxy/admin/api"
)

// maxTokenFile is the largest file with a token that is read, in bytes.
const maxTokenFile = 64 << 10

// readToken is the token in a file: alone in a line, or as admin.tokens_file has it, with
// its role and perhaps a name. Empty lines and those that begin with # say nothing. A
// token is never said on a command line, which everybody on the machine can read. "" for
// no file.
func readToken(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	f, err := os.Open(path)
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		err = e.Err
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxTokenFile))
	if err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	if len(lines) != 1 {
		return "", fmt.Errorf("%s: %d lines: want one, with a token", path, len(lines))
	}
	token := lines[0]
	for _, role := range api.Roles {
		if rest, ok := strings.CutPrefix(token, string(role)+":"); ok {
			token, _, _ = strings.Cut(rest, ":")
		}
	}
	if token == "" || strings.ContainsFunc(token, func(c rune) bool { return c <= ' ' || c >= 0x7f }) {
		return "", fmt.Errorf("%s: want a token of visible ASCII, without spaces", path)
	}
	return token, nil
}
