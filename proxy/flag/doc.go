// Package flag decides flags: it reads definitions in flagd's format (flags, shared rules
// under $evaluators, metadata; rules are JsonLogic with flagd's own operators and ip_in of
// Weir's), compiles them to closures, and says for a Context which variant somebody gets,
// and why. Over what a file says lies a Layer: what operators and rollouts have set.
//
// A definition is read strictly. What could never work as it is written is a Problem with
// its place: flagd would find out when somebody is asked about, and give them the default.
//
// A decision takes no lock, and no memory unless a rule builds a text or a list.
//
// It must not know HTTP, YAML, the clock, the log or where attributes come from: those who
// ask bring a View of them, and the time.
package flag
