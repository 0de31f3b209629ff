package control

import (
	"fmt"
	"time"

	"weir/balancer/rollout"
)

// leastRoom says of a candidate that has nothing yet that it can take nothing: 0 would be
// "not known". Percent.
const leastRoom = 1e-3

// demand is what the upstream has to do now: attempts in flight, upgraded
// connections among them, and requests that wait for room.
func (u *upstream) demand() int64 {
	n := int64(u.shared.Queue.Len())
	for _, v := range u.versions {
		for i := range v.endpoints {
			n += v.endpoints[i].live.live.Inflight()
		}
	}
	return n
}

// room is how many requests in flight the version's endpoints can take that are
// usable now, and how many endpoints these are; known is false where nobody has said.
// Of what is said of the version as a whole they take their part, of what is said of
// them the sum. Backups count while they serve: when no other endpoint does.
func (v *version) room() (most, usable int, known bool) {
	for _, backup := range []bool{false, true} {
		sum, all, bounded := 0, 0, true
		for i := range v.endpoints {
			e := &v.endpoints[i]
			if e.backup != backup {
				continue
			}
			all++
			if e.live.live.Usable() {
				usable++
				sum += e.most
				bounded = bounded && e.most > 0
			}
		}
		switch {
		case usable == 0:
		case v.most == 0:
			return sum, usable, bounded
		case bounded:
			return min(sum, v.part(usable, all)), usable, true
		default:
			return v.part(usable, all), usable, true
		}
	}
	return 0, 0, true
}

// part is what some of the endpoints take of the version's max_conns.
func (v *version) part(usable, all int) int { return max(1, v.most*usable/all) }

// capacity says what stable and a candidate can take of what they have to do
// together, by the most that was in flight in the last seconds.
func (u *upstream) capacity(stable, candidate *version, now time.Time) rollout.Capacity {
	s := u.record.Split
	peak := u.live.peak.see(now, u.demand())
	traffic := max(1, float64(peak)*(s.share(stable.name)+s.share(candidate.name)))
	percent := func(v *version) (float64, string) {
		most, usable, known := v.room()
		if !known || usable == 0 {
			return 0, ""
		}
		room := 100 * float64(most) / traffic
		if room >= 100 {
			return room, ""
		}
		return room, fmt.Sprintf("%d usable endpoints of %s take %d requests in flight, and there were %.0f", usable, v.name, most, traffic)
	}
	var out rollout.Capacity
	out.Candidate, out.Why = percent(candidate)
	out.Stable, _ = percent(stable)
	// With fewer endpoints than a rollout wants it keeps what it has and gets no more.
	if run := u.record.running(); run != nil && run.Plan.To == candidate.name && run.Plan.BlueGreen == nil && run.Plan.Rolling == nil {
		if short := candidate.short(u.config.Rollout.MinUsable, "rollout.min_usable"); short != "" && (out.Candidate == 0 || out.Candidate > run.Percent) {
			out.Candidate, out.Why = max(run.Percent, leastRoom), short
		}
	}
	return out
}
