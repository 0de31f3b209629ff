package flag

import (
	"encoding/json"
	"strconv"
)

// Kind is what a value is, in a definition as in a context.
type Kind uint8

// The kinds, those of JSON.
const (
	Null Kind = iota
	Bool
	Number
	Text
	List
	Object
)

// String is a kind in a message.
func (k Kind) String() string {
	return [...]string{"null", "true or false", "a number", "a text", "a list", "an object"}[k]
}

// Node is one value of a file of definitions, and where it stands. Parse makes nodes of
// JSON; who reads another syntax makes its own.
type Node struct {
	Kind      Kind
	Line, Col int      // both count from 1
	Bool      bool     // of Bool
	Number    float64  // of Number
	Text      string   // of Text
	Items     []*Node  // of List
	Members   []Member // of Object, as the file has them: a name that stands there twice is two
}

// Member is one name of an object with its value, and where the name stands.
type Member struct {
	Name      string
	Line, Col int
	Value     *Node
}

// File is a file of definitions as it was read.
type File struct {
	Name string // as problems have it
	Root *Node
}

// appendJSON writes a node without spaces.
func (n *Node) appendJSON(to []byte) []byte {
	switch n.Kind {
	case Bool:
		return strconv.AppendBool(to, n.Bool)
	case Number:
		return appendNumber(to, n.Number)
	case Text:
		return appendText(to, n.Text)
	case List:
		to = append(to, '[')
		for i, item := range n.Items {
			if i > 0 {
				to = append(to, ',')
			}
			to = item.appendJSON(to)
		}
		return append(to, ']')
	case Object:
		to = append(to, '{')
		for i, m := range n.Members {
			if i > 0 {
				to = append(to, ',')
			}
			to = append(appendText(to, m.Name), ':')
			to = m.Value.appendJSON(to)
		}
		return append(to, '}')
	}
	return append(to, "null"...)
}

// appendText writes s as JSON does.
func appendText(to []byte, s string) []byte {
	quoted, err := json.Marshal(s)
	if err != nil {
		panic("BUG: a text that is no JSON: " + err.Error())
	}
	return append(to, quoted...)
}
