package balancer

import (
	"testing"
)

// algorithms are all that there are, by their names in the file.
var algorithms = map[string]Balance{
	"round_robin":          {},
	"least_conn":           {Algorithm: LeastConn},
	"random":               {Algorithm: Random},
	"random_two":           {Algorithm: RandomTwo},
	"random_two by time":   {Algorithm: RandomTwo, ByTime: true, Inflight: true},
	"least_time":           {Algorithm: LeastTime},
	"least_time, inflight": {Algorithm: LeastTime, LastByte: true, Inflight: true},
	"peak_ewma":            {Algorithm: PeakEWMA},
	"first":                {Algorithm: First},
	"hash":                 {Algorithm: Hash},
	"hash, consistent":     {Algorithm: Hash, Consistent: true},
	"ip_hash":              {Algorithm: IPHash},
	"maglev":               {Algorithm: Maglev},
	"hash, bounded":        {Algorithm: Hash, BoundedLoad: 1.25},
	"ring, bounded":        {Algorithm: Hash, Consistent: true, BoundedLoad: 1.25},
	"maglev, bounded":      {Algorithm: Maglev, BoundedLoad: 1.5},
}

func eachAlgorithm(t *testing.T, f func(t *testing.T, b Balance)) {
	t.Helper()
	for name, b := range algorithms {
		t.Run(name, func(t *testing.T) { f(t, b) })
	}
}

// balanced returns a group of so many endpoints.
func balanced(b Balance, weights ...int) *Group {
	return NewGroup(group(weights...).Endpoints(), b, &Cursor{})
}
