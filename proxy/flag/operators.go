package flag

import (
	"fmt"
	"slices"

	"weir/config/spell"
)

// operator is how an operator is compiled.
type operator struct {
	least, most int // operands; most -1: any number
	// build makes it of its operands. spread says that they are what the only one lists: a
	// rule that stands in their place, as in {"max": {"var": "prices"}}.
	build func(args []operand, spread bool) operand
	// special makes it of its operands as they are written.
	special func(c *compiler, p place, args []place) operand
}

// operands is how many operands there must be, in a message.
func (o operator) operands() string {
	switch {
	case o.most < 0:
		return counted(o.least) + " or more"
	case o.most == o.least:
		return counted(o.least)
	}
	return fmt.Sprintf("%d to %s", o.least, counted(o.most))
}

func counted(operands int) string {
	if operands == 1 {
		return "1 operand"
	}
	return fmt.Sprintf("%d operands", operands)
}

// operators are all there are, by name.
var operators map[string]operator

// operatorNames are their names, sorted.
var operatorNames []string

func init() { // operators compile their operands, which may be operators
	operators = map[string]operator{
		"var":          {least: 0, most: 2, special: variable},
		"missing":      {least: 0, most: -1, special: missing},
		"missing_some": {least: 2, most: 2, special: missingSome},

		"if":  {least: 2, most: -1, build: either},
		"and": {least: 1, most: -1, build: and},
		"or":  {least: 1, most: -1, build: or},
		"!":   {least: 1, most: 1, build: not},
		"!!":  {least: 1, most: 1, build: notNot},

		"==":  {least: 2, most: 2, build: equality(equal, true)},
		"!=":  {least: 2, most: 2, build: equality(equal, false)},
		"===": {least: 2, most: 2, build: equality(same, true)},
		"!==": {least: 2, most: 2, build: equality(same, false)},
		"<":   {least: 2, most: 3, build: order(func(n int) bool { return n < 0 })},
		"<=":  {least: 2, most: 3, build: order(func(n int) bool { return n <= 0 })},
		">":   {least: 2, most: 3, build: order(func(n int) bool { return n > 0 })},
		">=":  {least: 2, most: 3, build: order(func(n int) bool { return n >= 0 })},

		"+":   {least: 1, most: -1, build: sum},
		"-":   {least: 1, most: -1, build: difference},
		"*":   {least: 1, most: -1, build: product},
		"/":   {least: 2, most: -1, build: quotient},
		"%":   {least: 2, most: 2, build: remainder},
		"min": {least: 1, most: -1, build: least},
		"max": {least: 1, most: -1, build: greatest},

		"in":          {least: 2, most: 2, build: in},
		"cat":         {least: 1, most: -1, build: cat},
		"substr":      {least: 2, most: 3, build: substr},
		"starts_with": {least: 2, most: 2, special: startsWith},
		"ends_with":   {least: 2, most: 2, special: endsWith},

		"merge":  {least: 1, most: -1, build: merge},
		"map":    {least: 2, most: 2, special: mapped},
		"filter": {least: 2, most: 2, special: filtered},
		"reduce": {least: 2, most: 3, special: reduced},
		"all":    {least: 2, most: 2, special: allOf},
		"some":   {least: 2, most: 2, special: someOf},
		"none":   {least: 2, most: 2, special: noneOf},

		"fractional": {least: 1, most: -1, special: fractional},
		"sem_ver":    {least: 3, most: 3, special: semVer},
		"ip_in":      {least: 2, most: 2, special: ipIn},
	}
	for name := range operators {
		operatorNames = append(operatorNames, name)
	}
	slices.Sort(operatorNames)
}

// meantOperator ends a message about what is no operator.
func meantOperator(name string) string {
	const what = "want an operator of JsonLogic, $ref, fractional, ip_in, sem_ver, starts_with or ends_with"
	switch name {
	case "?:":
		return `, did you mean "if"? ` + what
	case "log", "method":
		return ", Weir has none of this name: " + what
	}
	if near := spell.Nearest(name, operatorNames); near != "" {
		return ", did you mean " + spell.Quote(near) + "? " + what
	}
	return ": " + what
}
