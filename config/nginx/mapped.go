package nginx

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// mapped are the values that a map gives to its variable.
func (v variables) mapped(d *Directive) ([]choice, error) {
	source := parseVariables(d.Arg(0)).only()
	if source == "" {
		return nil, v.unknown(d, "a map of several variables is not known")
	}
	if inner, ok := v.set[source]; ok && len(inner) > 0 {
		return nil, v.unknown(d, "a map of a variable that is set is not known")
	}
	var exact, standard []choice
	absent, hasAbsent := choice{}, false
	v.honour(d)
	for _, line := range d.Block {
		value := parseVariables(line.Arg(0))
		key := line.Name
		switch {
		case key == "hostnames" && len(line.Args) == 0, key == "volatile" && len(line.Args) == 0:
			continue
		case len(line.Args) != 1:
			return nil, v.unknown(d, "a line that is no pair")
		case key == "default":
			standard = []choice{{shares: certain(value)}}
			continue
		case key == "":
			absent, hasAbsent = choice{shares: certain(value)}, true
			continue
		}
		how := "="
		if pattern, ok := strings.CutPrefix(key, "~*"); ok {
			how, key = "~*", pattern
		} else if pattern, ok := strings.CutPrefix(key, "~"); ok {
			how, key = "~", pattern
		} else {
			key = strings.TrimPrefix(key, `\`)
		}
		when, why, ok := conditionOf(source, how, key)
		if !ok {
			return nil, v.unknown(d, why)
		}
		if why == "" && how == "=" && strings.ToLower(key) != strings.ToUpper(key) && when.host == "" && when.scheme == "" {
			why = "values are compared as written, not in any case"
		}
		if why != "" {
			v.say.approximate(d, why)
		}
		exact = append(exact, choice{when: when, shares: certain(value)})
	}
	if standard == nil {
		standard = []choice{{shares: certain(nil)}}
	}
	if !hasAbsent {
		return append(exact, standard...), nil
	}
	when, why, ok := conditionIs(source, "*")
	if !ok {
		return nil, v.unknown(d, why)
	}
	standard[0].when = when
	return append(append(exact, standard...), absent), nil
}

func (v variables) honour(d *Directive) { v.say.honour(d) }

// unknown refuses a block whose variable decides where requests go.
func (v variables) unknown(d *Directive, why string) error {
	v.say.refuseRouting(d, why)
	return fmt.Errorf("%s decides: %s", d.text(), why)
}

// split are the shares that split_clients gives its variable.
func (v variables) split(d *Directive) ([]choice, error) {
	var c choice
	left := 100.0
	for _, line := range d.Block {
		value := parseVariables(line.Arg(0))
		if line.Name == "*" {
			c.shares = append(c.shares, share{left, value})
			left = 0
			break
		}
		digits, ok := strings.CutSuffix(line.Name, "%")
		percent, err := strconv.ParseFloat(digits, 64)
		if !ok || err != nil || !(percent >= 0 && percent <= left+1e-9) || len(line.Args) != 1 {
			return nil, v.unknown(d, fmt.Sprintf("%q is no share: want percentages of 100 together", line.Name))
		}
		left = math.Round((left-percent)*1e6) / 1e6
		c.shares = append(c.shares, share{percent, value})
	}
	if left > 0 {
		c.shares = append(c.shares, share{left, nil})
	}
	v.say.approximate(d, "the shares hold, but each request is chosen anew: a client is not bound to its part; and one that fails more than stable loses its share (guard: off leaves it)")
	return []choice{c}, nil
}
