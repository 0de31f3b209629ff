package control

import (
	"weir/balancer"
	"weir/config"
)

var algorithms = map[string]balancer.Algorithm{
	"round_robin": balancer.RoundRobin,
	"least_conn":  balancer.LeastConn,
	"random":      balancer.Random,
	"random_two":  balancer.RandomTwo,
	"least_time":  balancer.LeastTime,
	"peak_ewma":   balancer.PeakEWMA,
	"first":       balancer.First,
	"hash":        balancer.Hash,
	"ip_hash":     balancer.IPHash,
	"maglev":      balancer.Maglev,
}

// balanceOf is the file's algorithm as the balancer has it.
func balanceOf(cfg *config.Balance) balancer.Balance {
	return balancer.Balance{
		Algorithm:   algorithms[cfg.Algorithm],
		Consistent:  cfg.Consistent,
		BoundedLoad: cfg.BoundedLoad,
		ByTime:      cfg.RandomTwo == "least_time",
		LastByte:    cfg.LeastTime.Until == "last_byte",
		Inflight:    cfg.LeastTime.Inflight,
	}
}
