package config

import "slices"

// Balance is how the endpoints of a version take turns. What an algorithm is not
// told keeps its zero value.
type Balance struct {
	Algorithm   string    // one of algorithms. Default round_robin
	HashKey     Text      // of hash and maglev: what requests with the same endpoint have in common; no default
	Consistent  bool      // of hash: NGINX's ring instead of its modulo. Default false
	BoundedLoad float64   // of hash and maglev: how many times the mean in flight an endpoint may have, above 1 to 10; 0, the default, is no bound
	RandomTwo   string    // of random_two: how the two are compared, least_conn, which is the default, or least_time
	LeastTime   LeastTime // of least_time, and of random_two by that
}

// LeastTime is what the time of an answer is.
type LeastTime struct {
	Until    string // header, which is the default, or last_byte
	Inflight bool   // the time that requests have waited by now counts, too. Default false
}

// algorithms are the values of balance.
var algorithms = []string{
	"round_robin", "least_conn", "random", "random_two", "least_time", "peak_ewma", "hash", "ip_hash", "maglev", "first",
}

func defaultBalance() Balance {
	return Balance{Algorithm: "round_robin", RandomTwo: "least_conn", LeastTime: LeastTime{Until: "header"}}
}

const wantHashKey = `a text with a variable that tells requests apart, like "$target", "$cookie_sid" or "$header_x_user_id"`

// keys adds the keys to those of an upstream, and returns the check for when all of
// them have been read.
func (b *Balance) keys(f fields) (check func(upstream value)) {
	written := make(map[string]value)
	add := func(key string, read func(value)) {
		f[key] = may(func(v value) {
			written[key] = v
			read(v)
		})
	}
	known := true // what is written as balance
	add("balance", func(v value) {
		problems := len(v.in.problems)
		choice(&b.Algorithm, algorithms)(v)
		known = len(v.in.problems) == problems
	})
	add("hash_key", b.readHashKey)
	add("consistent", boolean(&b.Consistent))
	add("bounded_load", number(&b.BoundedLoad, "a number above 1, to 10, like 1.25", above(1, 10)))
	add("random_two", choice(&b.RandomTwo, []string{"least_conn", "least_time"}))
	add("least_time", func(v value) {
		v.object(fields{
			"until":    may(choice(&b.LeastTime.Until, []string{"header", "last_byte"})),
			"inflight": may(boolean(&b.LeastTime.Inflight)),
		})
	})
	return func(upstream value) {
		if known {
			b.check(upstream, written)
		}
	}
}

func (b *Balance) readHashKey(v value) {
	problems := len(v.in.problems)
	textOf(&b.HashKey, ownVariables, wantHashKey, isFieldValue)(v)
	constant := !slices.ContainsFunc(b.HashKey, func(p Part) bool { return p.Variable != "" })
	if constant && len(v.in.problems) == problems {
		v.refuse(v.node.Value, wantHashKey)
	}
}

// check refuses keys of other algorithms, which would do nothing.
func (b *Balance) check(upstream value, written map[string]value) {
	of := func(key string, algorithms ...string) {
		if at, ok := written[key]; ok && !slices.Contains(algorithms, b.Algorithm) {
			at.failKey("balance is %s: want this key with %s", b.Algorithm, alternatives(algorithms))
		}
	}
	of("hash_key", "hash", "maglev")
	of("consistent", "hash")
	of("bounded_load", "hash", "maglev")
	of("random_two", "random_two")
	of("least_time", "least_time", "random_two")
	if at, ok := written["least_time"]; ok && b.Algorithm == "random_two" && b.RandomTwo != "least_time" {
		at.failKey("the two are compared by %s: want this key with random_two: least_time", b.RandomTwo)
	}
	if _, ok := written["hash_key"]; !ok && (b.Algorithm == "hash" || b.Algorithm == "maglev") {
		upstream.lacks("hash_key", wantHashKey)
	}
}

// alternatives is a few words in a sentence.
func alternatives(words []string) string {
	if len(words) == 1 {
		return words[0]
	}
	return words[0] + " or " + words[1]
}

// document adds what is in force, in the shape of the file.
func (b *Balance) document(doc map[string]any) {
	doc["balance"] = b.Algorithm
	switch b.Algorithm {
	case "hash", "maglev":
		doc["hash_key"] = b.HashKey.String()
		if b.Consistent {
			doc["consistent"] = true
		}
		if b.BoundedLoad > 0 {
			doc["bounded_load"] = decimal(b.BoundedLoad)
		}
	case "random_two":
		doc["random_two"] = b.RandomTwo
		if b.RandomTwo == "least_time" {
			doc["least_time"] = b.LeastTime.document()
		}
	case "least_time":
		doc["least_time"] = b.LeastTime.document()
	}
}

func (l *LeastTime) document() map[string]any {
	return map[string]any{"until": l.Until, "inflight": l.Inflight}
}
