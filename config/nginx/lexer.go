package nginx

import "unicode/utf8"

// longestWord is how many bytes NGINX keeps of a file at once: a word or a comment
// that does not end within them is refused.
const longestWord = 4096

// Word is one word of a directive, quotes and escapes taken off.
type Word struct {
	Place
	Text   string
	Quoted bool // it was written in quotes
}

// ending is what ended a directive, or stands in its place.
type ending uint8

const (
	semicolon ending = iota // ";" behind at least one word
	opening                 // "{" behind at least one word
	closing                 // "}" without a word
	endOfFile               // without a word
)

// lexer takes one file apart into directives.
type lexer struct {
	file string
	data []byte
	pos  int // of the next byte

	line, col int // of the next byte

	remark     string // the first comment since remarkLine was set to 0
	remarkLine int
}

func newLexer(file string, data []byte) *lexer {
	return &lexer{file: file, data: data, line: 1, col: 1}
}

func (l *lexer) place() Place { return Place{File: l.file, Line: l.line, Col: l.col} }

// lastPlace is where the byte stands that ended a directive.
func (l *lexer) lastPlace() Place { return Place{File: l.file, Line: l.line, Col: max(l.col-1, 1)} }

// next consumes a byte.
func (l *lexer) next() byte {
	c := l.data[l.pos]
	l.pos++
	switch {
	case c == '\n':
		l.line, l.col = l.line+1, 1
	case utf8.RuneStart(c):
		l.col++ // a character counts once, at its first byte
	}
	return c
}

// wordState is what the lexer is in the middle of.
type wordState uint8

const (
	between  wordState = iota // words
	inWord                    // without quotes
	inQuotes                  // double or single ones
	behind                    // the end of a word in quotes, which a space, ";" or "{" must follow
	inRemark                  // "#" to the end of the line
)

// words reads to the end of one directive. It follows NGINX's reader step by step,
// oddities included: a quote counts at a word's beginning only, "}" and "#" do not
// end a word, "${" is part of one, and ")" may follow a closing quote.
func (l *lexer) words() (words []Word, end ending, err error) {
	var (
		state   = between
		quote   byte
		start   = l.pos // of the word or remark
		at      Place   // of the word
		dollar  bool    // the byte before was "$", or "{" behind it
		escaped bool    // the byte before was "\"
	)
	for {
		if l.pos == len(l.data) {
			return words, endOfFile, l.atEnd(state, words)
		}
		if l.pos-start == longestWord {
			return nil, 0, l.tooLong(state, at)
		}
		here := l.place()
		c := l.next()

		switch {
		case state == inRemark:
			if c == '\n' {
				if l.remarkLine == 0 {
					l.remark, l.remarkLine = string(l.data[start+1:l.pos-1]), here.Line
				}
				state = between
			}
			continue
		case escaped:
			escaped = false
			continue
		}

		if state == behind {
			switch {
			case isBlank(c):
				state = between
				continue
			case c == ';':
				return words, semicolon, nil
			case c == '{':
				return words, opening, nil
			case c != ')':
				return nil, 0, here.errorf("%q behind a closing quote: want a space, ; or {", c)
			}
			state = between
		}

		if state == between {
			start, at = l.pos-1, here
			switch c {
			case ' ', '\t', '\r', '\n':
			case ';', '{':
				if len(words) == 0 {
					return nil, 0, here.errorf("%q without a directive before it", c)
				}
				return words, endingOf(c), nil
			case '}':
				if len(words) > 0 {
					return nil, 0, here.errorf("%q in the middle of a directive: want ; or {", c)
				}
				return nil, closing, nil
			case '#':
				state = inRemark
			case '"', '\'':
				state, quote = inQuotes, c
				start++
			default:
				state, escaped, dollar = inWord, c == '\\', c == '$'
			}
			continue
		}

		switch {
		case c == '{' && dollar:
			continue
		case c == '\\' || c == '$':
			escaped, dollar = c == '\\', c == '$'
			continue
		}
		dollar = false
		switch {
		case state == inQuotes && c == quote:
			words = append(words, Word{Place: at, Text: unescape(l.data[start : l.pos-1]), Quoted: true})
			state = behind
		case state == inWord && (isBlank(c) || c == ';' || c == '{'):
			words = append(words, Word{Place: at, Text: unescape(l.data[start : l.pos-1])})
			if !isBlank(c) {
				return words, endingOf(c), nil
			}
			state = between
		}
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\r' || c == '\n' }

func endingOf(c byte) ending {
	if c == '{' {
		return opening
	}
	return semicolon
}

// atEnd is the fault of a file that ends here, nil where it may.
func (l *lexer) atEnd(state wordState, words []Word) error {
	if len(words) == 0 && (state == between || state == inRemark) {
		return nil
	}
	return l.place().errorf("end of the file in the middle of a directive: want ; or {")
}

func (l *lexer) tooLong(state wordState, at Place) error {
	if state == inQuotes {
		return at.errorf("a word of more than %d bytes: want a closing quote", longestWord)
	}
	return at.errorf("a word or comment of more than %d bytes: want a shorter one", longestWord)
}

// unescape is a word without the backslashes that mean something: those of quotes
// and of the backslash itself, and of line ends and tabs. All others stay, for the
// expressions that are full of them.
func unescape(raw []byte) string {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c == '\\' && i+1 < len(raw) {
			switch raw[i+1] {
			case '"', '\'', '\\':
				i++
				c = raw[i]
			case 't':
				i++
				c = '\t'
			case 'r':
				i++
				c = '\r'
			case 'n':
				i++
				c = '\n'
			}
		}
		out = append(out, c)
	}
	return string(out)
}
