package balancer

import (
	"hash/crc32"
	"strings"

	"github.com/cespare/xxhash/v2"
)

// ring is NGINX's consistent hash, which is that of Cache::Memcached::Fast (ketama):
// points on a circle, each of one node, and a key belongs to the first point at or
// behind it.
type ring struct {
	points []point // by hash, each once
	guide  []int32 // the first point of each part of 1<<shift hashes; then how many there are
	shift  uint
	shared [][]sharer // the endpoints of nodes that have several
}

// point is a place on the ring. to is an endpoint, or the complement of a place in
// shared.
type point struct {
	hash uint32
	to   int32
}

// sharer is one of several endpoints of a node, with the hash of its own address.
type sharer struct {
	hash     uint64
	endpoint int32
}

const (
	pointsPerWeight = 160
	mostPoints      = 1 << 22 // where NGINX's number would be more, weights get fewer points each
)

func newRing(endpoints []Endpoint, members []int32) *ring {
	r := &ring{}
	// Endpoints of one node, like the addresses of one name, have its points together.
	var order []string
	nodes := make(map[string][]int32, len(members))
	for _, m := range members {
		name := endpoints[m].node()
		if nodes[name] == nil {
			order = append(order, name)
		}
		nodes[name] = append(nodes[name], m)
	}
	weights := uint64(0)
	for _, of := range nodes {
		weights += uint64(endpoints[of[0]].Weight)
	}
	all := make([]uint64, 0, min(weights*pointsPerWeight, mostPoints+uint64(len(nodes))))
	for _, name := range order {
		of := nodes[name]
		to := of[0]
		if len(of) > 1 {
			to = ^int32(len(r.shared))
			r.shared = append(r.shared, sharers(endpoints, of))
		}
		n := uint64(endpoints[of[0]].Weight) * pointsPerWeight
		if weights*pointsPerWeight > mostPoints {
			n = max(1, n*mostPoints/(weights*pointsPerWeight))
		}
		all = appendPoints(all, name, to, int(n))
	}
	// NGINX keeps one of two points with the same hash, that of the node before.
	for _, p := range byHash(all) {
		if n := len(r.points); n == 0 || r.points[n-1].hash != uint32(p>>32) {
			r.points = append(r.points, point{hash: uint32(p >> 32), to: int32(uint32(p))})
		}
	}
	r.makeGuide()
	return r
}

// appendPoints appends the points of a node, hash above to: each is the CRC-32 of
// host, NUL, port and the point before.
func appendPoints(dst []uint64, node string, to int32, n int) []uint64 {
	host, port := hostPort(node)
	base := crc32.ChecksumIEEE([]byte(host + "\x00" + port))
	var last [4]byte
	for range n {
		hash := crc32.Update(base, crc32.IEEETable, last[:])
		dst = append(dst, uint64(hash)<<32|uint64(uint32(to)))
		last = [4]byte{byte(hash), byte(hash >> 8), byte(hash >> 16), byte(hash >> 24)}
	}
	return dst
}

// hostPort takes a server apart as NGINX does here: a port is digits behind a colon
// at the end, and a socket's path has none.
func hostPort(server string) (host, port string) {
	if path, ok := strings.CutPrefix(server, "unix:"); ok {
		return path, ""
	}
	digits := len(server) - len(strings.TrimRight(server, "0123456789"))
	if at := len(server) - digits - 1; at >= 0 && server[at] == ':' {
		return server[:at], server[at+1:]
	}
	return server, ""
}

// byHash sorts by the upper half, and leaves equal ones in their order. Half of the
// bits at a time: there may be millions.
func byHash(points []uint64) []uint64 {
	const digit = 1 << 16
	from, to := points, make([]uint64, len(points))
	for _, shift := range []uint{32, 48} {
		var next [digit + 1]int
		for _, p := range from {
			next[p>>shift%digit+1]++
		}
		for i := range digit {
			next[i+1] += next[i]
		}
		for _, p := range from {
			at := &next[p>>shift%digit]
			to[*at] = p
			*at++
		}
		from, to = to, from
	}
	return from
}

// makeGuide cuts the circle into parts of about a point each: CRC-32 spreads them
// evenly, so what is left to search in a part does not grow with their number.
func (r *ring) makeGuide() {
	r.shift = 32
	for n := 1; n < len(r.points); n *= 2 {
		r.shift--
	}
	r.guide = make([]int32, 0, 1<<(32-r.shift)+1)
	at := int32(0)
	for part := range uint64(1) << (32 - r.shift) {
		for int(at) < len(r.points) && uint64(r.points[at].hash) < part<<r.shift {
			at++
		}
		r.guide = append(r.guide, at)
	}
	r.guide = append(r.guide, int32(len(r.points)))
}

// find returns the first point at or behind the hash; the number of points when it is
// behind all, which is the first one again.
func (r *ring) find(hash uint32) int {
	at := int(r.guide[uint64(hash)>>r.shift])
	for at < len(r.points) && r.points[at].hash < hash {
		at++
	}
	return at
}

func (r *ring) place(f *fit) int32 {
	hash := crc32.ChecksumIEEE(f.ask.Key)
	f.chance = uint64(hash)
	at := r.find(hash)
	for range 1 + misses {
		if at >= len(r.points) {
			at = 0
		}
		to := r.points[at].to
		if to < 0 {
			to = oneOf(r.shared[^to], f)
		} else if !f.ok(to) {
			to = -1
		}
		if to >= 0 {
			return to
		}
		at++
	}
	return -1
}

func sharers(endpoints []Endpoint, of []int32) []sharer {
	out := make([]sharer, len(of))
	for i, m := range of {
		out[i] = sharer{hash: xxhash.Sum64String(endpoints[m].Address), endpoint: m}
	}
	return out
}

// oneOf picks among the endpoints of one node. NGINX does so by round robin; here a
// key keeps its endpoint, too, also when others come and go (rendezvous hashing), for
// often one name stands for all endpoints.
func oneOf(node []sharer, f *fit) int32 {
	best, most := int32(-1), uint64(0)
	for i := range node {
		if !f.ok(node[i].endpoint) {
			continue
		}
		if h := mix(f.chance ^ node[i].hash); best < 0 || h > most {
			best, most = node[i].endpoint, h
		}
	}
	return best
}
