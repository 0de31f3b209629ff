package nginx

import (
	"bytes"
	"strings"
)

// skipLua leaves out a block of Lua, whose "{" has been read, up to its "}". Braces
// in Lua's strings and comments are none of it.
func (l *lexer) skipLua() error {
	at := l.place()
	for depth := 1; l.pos < len(l.data); {
		rest := l.data[l.pos:]
		switch c := rest[0]; {
		case c == '{':
			depth++
			l.next()
		case c == '}':
			l.next()
			if depth--; depth == 0 {
				return nil
			}
		case c == '"' || c == '\'':
			l.skipLuaString(c)
		case bytes.HasPrefix(rest, []byte("--")):
			l.skipLuaComment()
		case c == '[' && longBracket(rest) != "":
			l.skipPast(longBracket(rest))
		default:
			l.next()
		}
	}
	return at.errorf("end of the file within a block of Lua: want }")
}

// skipLuaString skips a string in quotes, which ends at its line at the latest.
func (l *lexer) skipLuaString(quote byte) {
	l.next()
	for l.pos < len(l.data) {
		switch c := l.next(); {
		case c == quote || c == '\n':
			return
		case c == '\\' && l.pos < len(l.data):
			l.next()
		}
	}
}

func (l *lexer) skipLuaComment() {
	l.next()
	l.next()
	if end := longBracket(l.data[l.pos:]); end != "" {
		l.skipPast(end)
		return
	}
	l.skipPast("\n")
}

// skipPast skips everything to the end of a text, or of the file.
func (l *lexer) skipPast(text string) {
	end := len(l.data)
	if i := bytes.Index(l.data[l.pos:], []byte(text)); i >= 0 {
		end = l.pos + i + len(text)
	}
	for l.pos < end {
		l.next()
	}
}

// longBracket is what ends the long string that begins here, "[[" or "[==["; "" when
// none does.
func longBracket(data []byte) string {
	if len(data) == 0 || data[0] != '[' {
		return ""
	}
	level := 1
	for level < len(data) && data[level] == '=' {
		level++
	}
	if level == len(data) || data[level] != '[' {
		return ""
	}
	return "]" + strings.Repeat("=", level-1) + "]"
}
