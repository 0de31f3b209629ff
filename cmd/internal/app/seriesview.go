package app

import (
	"math"

	"weir/proxy/admin/api"
	"weir/proxy/control"
	"weir/proxy/control/series"
)

func (b backend) Series(upstream string, since int64) (api.Series, error) {
	v, err := b.control.Series(upstream, since)
	if err != nil {
		return api.Series{}, refusal(err)
	}
	return seriesView(&v), nil
}

// seriesView only renames.
func seriesView(v *series.View) api.Series {
	out := api.Series{
		IntervalMS: control.SampleEvery.Milliseconds(), At: v.At,
		Users:    api.UserLines{Requests: v.Requests, Errors: v.Errors, P50: v.P50, P99: v.P99},
		Versions: make([]api.VersionLines, len(v.Versions)),
		Evidence: []api.EvidenceLine{},
	}
	for i := range v.Versions {
		version := &v.Versions[i]
		out.Versions[i] = api.VersionLines{
			Name: version.Name, Share: version.Share, Requests: version.Requests, Errors: version.Errors,
			P50: version.P50, P90: version.P90, P99: version.P99,
		}
		if !version.Judged() {
			continue
		}
		line := api.EvidenceLine{Version: version.Name, Log10E: version.Evidence}
		if !math.IsNaN(version.Threshold) {
			line.Threshold = &version.Threshold
		}
		out.Evidence = append(out.Evidence, line)
	}
	return out
}
