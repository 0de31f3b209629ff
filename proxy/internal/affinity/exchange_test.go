package affinity

import "strings"

// message is an exchange in a test: lines as "Name: value".
type message struct {
	request, answer []string
	query           string
}

func (m *message) Header(name string, from int) ([]byte, int) { return find(m.request, name, from) }

func (m *message) AnswerHeader(name string, from int) ([]byte, int) {
	return find(m.answer, name, from)
}

func (m *message) Query() []byte { return []byte(m.query) }

func find(lines []string, name string, from int) ([]byte, int) {
	for i := from; i < len(lines); i++ {
		n, value, _ := strings.Cut(lines[i], ": ")
		if strings.EqualFold(n, name) {
			return []byte(value), i + 1
		}
	}
	return nil, 0
}
