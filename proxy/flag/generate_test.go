package flag

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"
)

// any rule that a generator makes is a tree as encoding/json reads it.
type (
	tree   = any
	branch = map[string]any
)

// generator makes rules and contexts that make sense: an operator gets operands of the
// kind it is for. What implementations make of the rest differs from one to the next, and
// is in the tables; docs/flags.md says how Weir differs.
type generator struct {
	*rand.Rand
	custom bool // flagd's own operators too
}

// seeds are what generators start from: always the same, and one that nobody has tried.
func seeds(t *testing.T) []uint64 {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("WEIR_SEED"); s != "" {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		seed = n
	}
	t.Logf("WEIR_SEED=%d", seed)
	return []uint64{1, seed}
}

func newGenerator(seed uint64, custom bool) generator {
	return generator{rand.New(rand.NewPCG(seed, 7)), custom}
}

func pick[T any](g generator, of ...T) T { return of[g.IntN(len(of))] }

func (g generator) word() string { return pick(g, "a", "b", "ab", "beta", "pro", "x-1", "grün", "Z") }

func (g generator) digit() float64 { return pick(g, 0, 1, 2, 3, 7, 10, 18, 0.5, -1, -2.5, 1000) }

// context is attributes: n and m numbers, d digits as a text, s and t texts, yes a truth
// value, l a list of numbers, names one of texts, o an object, who somebody in ASCII, v and
// w versions; no is never there.
func (g generator) context() branch {
	out := branch{
		"n": g.digit(), "m": g.digit(), "d": strconv.Itoa(g.IntN(20)), "s": g.word(), "t": g.word(), "yes": g.IntN(2) == 0,
		"l": g.numbers(), "names": []any{g.word(), g.word(), g.word()}, "o": branch{"x": branch{"y": g.digit()}, "s": g.word()},
		"who": pick(g, "ann", "bob", "eve") + strconv.Itoa(g.IntN(100)), "v": g.version(), "w": g.version(), "color": pick(g, "red", "blue", "none"),
	}
	if g.IntN(4) > 0 {
		out["targetingKey"] = fmt.Sprintf("user-%d", g.IntN(1000))
	}
	return out
}

func (g generator) numbers() []any {
	out := []any{}
	for range g.IntN(5) {
		out = append(out, g.digit())
	}
	return out
}

func (g generator) version() string {
	v := fmt.Sprintf("%d.%d.%d", g.IntN(3), g.IntN(12), g.IntN(3))
	switch g.IntN(12) {
	case 0:
		return fmt.Sprint(g.IntN(3))
	case 1:
		return fmt.Sprintf("v%d.%d", g.IntN(3), g.IntN(3))
	case 2:
		return pick(g, "", "x", "1.2.3.4", "01.2.3", "1.2.3-", "1.2.3-01", "1.-2.3", "1.2.3-a_b", "1.2-a")
	case 3, 4, 5:
		v += "-" + pick(g, "alpha", "beta", "rc") + pick(g, "", ".1", ".2", ".11", ".x", "-1")
	case 6:
		v += "-" + strconv.Itoa(g.IntN(12))
	}
	return pick(g, "", "v", "V") + v + pick(g, "", "", "+build.1")
}

// truth is a rule that says true or false, or something that holds or not.
func (g generator) truth(depth int) tree {
	if depth == 0 {
		return pick[tree](g, branch{"var": "yes"}, true, false, branch{"var": []any{"no", true}})
	}
	d := depth - 1
	two := func(op string, a, b tree) tree { return branch{op: []any{a, b}} }
	switch g.IntN(pick(g, 12, 12+g.more())) {
	case 0:
		return branch{pick(g, "!", "!!"): []any{g.truth(d)}}
	case 1, 2:
		return branch{pick(g, "and", "or"): []any{g.truth(d), g.truth(d), g.truth(d)}[:1+g.IntN(3)]}
	case 3:
		return two(pick(g, "==", "!=", "===", "!=="), g.number(d), g.number(d))
	case 4:
		return two(pick(g, "==", "!=", "===", "!=="), g.text(d), g.text(d))
	case 5:
		// The number first: with the text first the library compares texts, and -0 is not 0.
		return two(pick(g, "==", "!="), branch{"+": []any{g.number(d)}}, branch{"var": "d"})
	case 6, 7:
		return two(pick(g, "<", "<=", ">", ">="), g.number(d), pick[tree](g, g.number(d), branch{"var": "d"}))
	case 8:
		return branch{pick(g, "<", "<="): []any{g.number(d), g.number(d), g.number(d)}}
	case 9:
		return two(pick(g, "<", ">"), g.text(d), g.text(d))
	case 10:
		return two("in", g.number(d), g.list(d))
	case 11:
		return two("in", g.text(d), pick[tree](g, branch{"var": "names"}, branch{"var": "s"}, []any{"a", "b", g.word()}))
	case 12:
		return two(pick(g, "all", "some", "none"), g.list(d), two(pick(g, ">", "<="), branch{"var": ""}, g.digit()))
	case 13:
		return branch{"!": []any{branch{"missing": []any{pick(g, "n", "no"), "s"}}}}
	case 14:
		return branch{"!!": []any{branch{"missing_some": []any{float64(1 + g.IntN(2)), []any{pick(g, "n", "no"), "no.x", "o.s"}}}}}
	case 15:
		return branch{"if": []any{g.truth(d), g.truth(d), g.truth(d)}}
	}
	switch g.IntN(3) {
	case 0:
		text := func() tree { return pick[tree](g, g.text(d), branch{"var": pick(g, "n", "no", "s")}) }
		return two(pick(g, "starts_with", "ends_with"), text(), text())
	case 1:
		return branch{"sem_ver": []any{branch{"var": "v"}, pick(g, "=", "!=", "<", "<=", ">", ">=", "^", "~"), branch{"var": pick(g, "w", "w", "no", "o.x.y")}}}
	}
	return branch{"fractional": []any{[]any{false, float64(g.IntN(9))}, []any{true, float64(1 + g.IntN(9))}}}
}

// more is how many of the rarer rules there are.
func (g generator) more() int {
	if g.custom {
		return 9
	}
	return 4
}

// number is a rule that says a number.
func (g generator) number(depth int) tree {
	if depth == 0 {
		return pick[tree](g, g.digit(), branch{"var": "n"}, branch{"var": "m"}, branch{"var": "o.x.y"}, branch{"var": []any{"no", g.digit()}})
	}
	d := depth - 1
	switch g.IntN(9) {
	case 0, 1:
		return branch{pick(g, "+", "*", "-", "min", "max"): []any{g.number(d), g.number(d), g.number(d)}[:2+g.IntN(2)]}
	case 2:
		return branch{"-": []any{g.number(d)}}
	case 3:
		return branch{pick(g, "/", "%"): []any{g.number(d), pick(g, 2.0, 3.0, 0.5, -4.0)}}
	case 4:
		return branch{"if": []any{g.truth(d), g.number(d), g.truth(d), g.number(d), g.number(d)}}
	case 5:
		return branch{"reduce": []any{g.list(d), branch{pick(g, "+", "max"): []any{branch{"var": "current"}, branch{"var": "accumulator"}}}, g.digit()}}
	case 6:
		return branch{"+": []any{branch{"var": "d"}, g.number(d)}}
	}
	return g.number(0)
}

// text is a rule that says a text, never an empty one.
func (g generator) text(depth int) tree {
	if depth == 0 {
		return pick[tree](g, g.word(), branch{"var": "s"}, branch{"var": "t"}, branch{"var": "o.s"}, branch{"var": []any{"no", g.word()}}, branch{"var": "names.1"})
	}
	d := depth - 1
	switch g.IntN(4) {
	case 0:
		return branch{"cat": []any{g.text(d), pick[tree](g, g.text(d), branch{"var": "n"}, "/"), g.text(d)}[:2+g.IntN(2)]}
	case 1:
		return branch{"substr": []any{branch{"cat": []any{"abcdef", g.text(d)}}, float64(g.IntN(5)), float64(1 + g.IntN(5))}}
	case 2:
		return branch{"if": []any{g.truth(d), g.text(d), g.text(d)}}
	}
	return g.text(0)
}

// list is a rule that says a list of numbers.
func (g generator) list(depth int) tree {
	if depth == 0 {
		return pick[tree](g, branch{"var": "l"}, g.numbers())
	}
	d := depth - 1
	switch g.IntN(5) {
	case 0:
		return branch{"merge": []any{g.list(d), g.list(d)}}
	case 1:
		return branch{"filter": []any{g.list(d), branch{pick(g, ">", "<", "!=="): []any{branch{"var": ""}, g.digit()}}}}
	case 2:
		return branch{"map": []any{g.list(d), branch{pick(g, "+", "*"): []any{branch{"var": ""}, g.digit()}}}}
	}
	return g.list(0)
}

// nodeOf is a tree as a reader of files would have it.
func nodeOf(v tree) *Node {
	n := &Node{Line: 1, Col: 1}
	switch v := v.(type) {
	case bool:
		n.Kind, n.Bool = Bool, v
	case float64:
		n.Kind, n.Number = Number, v
	case string:
		n.Kind, n.Text = Text, v
	case []any:
		n.Kind = List
		for _, item := range v {
			n.Items = append(n.Items, nodeOf(item))
		}
	case branch:
		n.Kind = Object
		for name, member := range v {
			n.Members = append(n.Members, Member{Name: name, Line: 1, Col: 1, Value: nodeOf(member)})
		}
	}
	return n
}

// shown is a tree in a message.
func shown(v tree) string {
	text, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
