package api

import (
	"bufio"
	"io"
	"iter"
	"strings"
)

// maxEventLine bounds one line of an event stream, in bytes.
const maxEventLine = 1 << 20

// eventBlock is what stands between two empty lines of an event stream. A block
// of comments has no data.
type eventBlock struct{ id, data string }

// eventBlocks splits a text/event-stream (HTML standard §9.2.6) whose lines end
// in LF or CRLF, as every server writes them. Fields other than id and data are
// not needed here: the type is in the data, too. A block that the end of the
// stream cuts off is dropped, as the standard says.
func eventBlocks(r io.Reader) iter.Seq2[eventBlock, error] {
	return func(yield func(eventBlock, error) bool) {
		lines := bufio.NewScanner(r)
		lines.Buffer(nil, maxEventLine)
		var b eventBlock
		for lines.Scan() {
			line := lines.Text()
			if line == "" {
				b.data = strings.TrimSuffix(b.data, "\n")
				if !yield(b, nil) {
					return
				}
				b = eventBlock{}
				continue
			}
			field, value, _ := strings.Cut(line, ":")
			value = strings.TrimPrefix(value, " ")
			switch field {
			case "id":
				b.id = value
			case "data":
				b.data += value + "\n"
			}
		}
		if err := lines.Err(); err != nil {
			yield(eventBlock{}, err)
		}
	}
}
