package admin

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"

	"weir/health/outcome"
	"weir/proxy/admin/api"
)

func fakeMetrics() Metrics {
	up := UpstreamMetrics{Name: "api", Revision: 7, Drift: true, Rollout: api.RolloutHolding}
	users := outcome.NewUsers()
	for _, d := range []time.Duration{time.Second / 4, time.Second, time.Second + 1, time.Hour} {
		users.Done(0, 200, false, d)
	}
	users.Totals(&up.Users)
	up.Users.Classes = [outcome.NumClasses]uint64{0, 0, 20, 0, 4, 1}
	up.Users.Errors = 1
	waiting, sessions := 6, 8
	up.Queued, up.Sessions = &waiting, &sessions

	up.Retries[outcome.Connect], up.Shielded[outcome.Error], up.Unretried = 21, 22, 23
	up.Ended, up.Judged = map[string]uint64{api.RolloutReverted: 24}, map[string]uint64{api.RolloutAborted: 25}
	up.Held = &HeldMetrics{Waiting: 14, Released: 15, Expired: 16, Refused: 17}
	up.Schema = &SchemaMetrics{Version: 42, Heard: true}

	v1 := VersionMetrics{Name: "v1", Share: 0.9, Endpoints: []EndpointMetrics{
		{Address: "127.0.0.1:3001", Up: true, Inflight: 3, Checked: true, Care: outcome.CareTotals{Ejections: 26, Passed: 27, Failed: 28}},
		{Address: "127.0.0.1:3002"},
	}}
	v1.Attempts.First[outcome.OK] = 20
	v1.Attempts.Later[outcome.OK] = 2
	v1.Attempts.First[outcome.Reset] = 1
	v2 := VersionMetrics{Name: "v2", Share: 0.1, Guard: api.RolloutReverted, Shield: &ShieldMetrics{OK: 29, Failed: 30}, Evidence: &EvidenceMetrics{Combined: -0.5, Threshold: 2}}
	up.Versions = []VersionMetrics{v1, v2}
	return Metrics{
		Version: "v1.2", Generation: 9, Inflight: 3, Connections: 8, Tunnels: 2, Panics: 1, StateOK: true, AuditOK: true, AuditLost: 14, TokensOK: true,
		Answered: map[string]uint64{"redirect": 3},
		Rejected: map[string]uint64{"no_route": 5, "bad_host": 1}, AccessLog: AccessLogMetrics{Lines: 11, Dropped: 12, Lost: 13, OK: true},
		ReloadAt: time.UnixMilli(1_700_000_000_250), Upstreams: []UpstreamMetrics{up},
		Notify: []NotifyMetrics{{Name: "chat", Waiting: 4, Delivered: 5, Failed: 6, Dropped: 7}},
	}
}

// gathered is what /metrics says in the text format, Weir's own metrics only.
func gathered(t *testing.T, read func() Metrics) string {
	t.Helper()
	r := newRig(t, func(o *Options) { o.Metrics = read })
	a := r.send("GET", "/metrics", "")
	if a.status != 200 || !strings.HasPrefix(a.header.Get("Content-Type"), "text/plain; version=0.0.4") {
		t.Fatalf("/metrics: %d, %s: %s", a.status, a.header.Get("Content-Type"), a.body)
	}
	var own strings.Builder
	for line := range strings.Lines(a.body) {
		if strings.Contains(line, "weir_") {
			own.WriteString(line)
		}
	}
	return own.String()
}

func TestExposition(t *testing.T) {
	const want = `
# HELP weir_requests_total Users' requests that ended, each once, by class of the status they got.
# TYPE weir_requests_total counter
weir_requests_total{code="1xx",upstream="api"} 0
weir_requests_total{code="2xx",upstream="api"} 20
weir_requests_total{code="3xx",upstream="api"} 0
weir_requests_total{code="4xx",upstream="api"} 4
weir_requests_total{code="5xx",upstream="api"} 1
weir_requests_total{code="other",upstream="api"} 0
# HELP weir_request_errors_total Users' requests that failed: status 5xx, or an answer cut off.
# TYPE weir_request_errors_total counter
weir_request_errors_total{upstream="api"} 1
# HELP weir_attempts_total Attempts that ended, retries included, by outcome.
# TYPE weir_attempts_total counter
weir_attempts_total{outcome="canceled",upstream="api",version="v1"} 0
weir_attempts_total{outcome="canceled",upstream="api",version="v2"} 0
weir_attempts_total{outcome="connect",upstream="api",version="v1"} 0
weir_attempts_total{outcome="connect",upstream="api",version="v2"} 0
weir_attempts_total{outcome="error",upstream="api",version="v1"} 0
weir_attempts_total{outcome="error",upstream="api",version="v2"} 0
weir_attempts_total{outcome="ok",upstream="api",version="v1"} 22
weir_attempts_total{outcome="ok",upstream="api",version="v2"} 0
weir_attempts_total{outcome="overdue",upstream="api",version="v1"} 0
weir_attempts_total{outcome="overdue",upstream="api",version="v2"} 0
weir_attempts_total{outcome="reset",upstream="api",version="v1"} 1
weir_attempts_total{outcome="reset",upstream="api",version="v2"} 0
weir_attempts_total{outcome="timeout",upstream="api",version="v1"} 0
weir_attempts_total{outcome="timeout",upstream="api",version="v2"} 0
# HELP weir_split_share Share of new requests that the split gives to the version, 0 to 1.
# TYPE weir_split_share gauge
weir_split_share{upstream="api",version="v1"} 0.9
weir_split_share{upstream="api",version="v2"} 0.1
# HELP weir_endpoint_up Whether the endpoint is usable: 1 yes, 0 no.
# TYPE weir_endpoint_up gauge
weir_endpoint_up{address="127.0.0.1:3001",upstream="api",version="v1"} 1
weir_endpoint_up{address="127.0.0.1:3002",upstream="api",version="v1"} 0
# HELP weir_endpoint_inflight Attempts the endpoint is serving now.
# TYPE weir_endpoint_inflight gauge
weir_endpoint_inflight{address="127.0.0.1:3001",upstream="api",version="v1"} 3
weir_endpoint_inflight{address="127.0.0.1:3002",upstream="api",version="v1"} 0
# HELP weir_ejections_total How often its outcomes have taken the endpoint out.
# TYPE weir_ejections_total counter
weir_ejections_total{address="127.0.0.1:3001",upstream="api",version="v1"} 26
weir_ejections_total{address="127.0.0.1:3002",upstream="api",version="v1"} 0
# HELP weir_probes_total Active checks of the endpoint that ended, by how: pass or fail.
# TYPE weir_probes_total counter
weir_probes_total{address="127.0.0.1:3001",outcome="fail",upstream="api",version="v1"} 28
weir_probes_total{address="127.0.0.1:3001",outcome="pass",upstream="api",version="v1"} 27
# HELP weir_shield_attempts_total Failed first attempts of a judged version that were repeated on stable, by how that ended: ok or failed.
# TYPE weir_shield_attempts_total counter
weir_shield_attempts_total{outcome="failed",upstream="api",version="v2"} 30
weir_shield_attempts_total{outcome="ok",upstream="api",version="v2"} 29
# HELP weir_evidence_log10 Decimal logarithm of the e-value that the judged version is worse than stable.
# TYPE weir_evidence_log10 gauge
weir_evidence_log10{upstream="api",version="v2"} -0.5
# HELP weir_evidence_threshold_log10 What weir_evidence_log10 has to reach for a revert.
# TYPE weir_evidence_threshold_log10 gauge
weir_evidence_threshold_log10{upstream="api",version="v2"} 2
# HELP weir_rollouts_ended_total Rollouts, and guards of splits that nobody started one for, that have ended, by how.
# TYPE weir_rollouts_ended_total counter
weir_rollouts_ended_total{kind="guard",state="aborted",upstream="api"} 25
weir_rollouts_ended_total{kind="rollout",state="reverted",upstream="api"} 24
# HELP weir_retries_refused_total Further attempts that were wanted and not made: the budget was spent, or no endpoint had room.
# TYPE weir_retries_refused_total counter
weir_retries_refused_total{upstream="api"} 23
# HELP weir_retries_total Further attempts of requests, by who makes them, retry or shield, and the outcome of the attempt before; after ok it was for the status.
# TYPE weir_retries_total counter
weir_retries_total{by="retry",reason="ok",upstream="api"} 0
weir_retries_total{by="retry",reason="error",upstream="api"} 0
weir_retries_total{by="retry",reason="connect",upstream="api"} 21
weir_retries_total{by="retry",reason="timeout",upstream="api"} 0
weir_retries_total{by="retry",reason="reset",upstream="api"} 0
weir_retries_total{by="retry",reason="overdue",upstream="api"} 0
weir_retries_total{by="retry",reason="canceled",upstream="api"} 0
weir_retries_total{by="shield",reason="ok",upstream="api"} 0
weir_retries_total{by="shield",reason="error",upstream="api"} 22
weir_retries_total{by="shield",reason="connect",upstream="api"} 0
weir_retries_total{by="shield",reason="timeout",upstream="api"} 0
weir_retries_total{by="shield",reason="reset",upstream="api"} 0
weir_retries_total{by="shield",reason="overdue",upstream="api"} 0
weir_retries_total{by="shield",reason="canceled",upstream="api"} 0
# HELP weir_affinity_sessions Sessions whose endpoints are remembered; one in two versions counts twice.
# TYPE weir_affinity_sessions gauge
weir_affinity_sessions{upstream="api"} 8
# HELP weir_queue_length Requests that wait for room at the upstream's endpoints.
# TYPE weir_queue_length gauge
weir_queue_length{upstream="api"} 6
# HELP weir_write_hold_total Writes that a write hold kept waiting or away, by what became of them: released, expired (refused at its end), refused (no room).
# TYPE weir_write_hold_total counter
weir_write_hold_total{outcome="expired",upstream="api"} 16
weir_write_hold_total{outcome="refused",upstream="api"} 17
weir_write_hold_total{outcome="released",upstream="api"} 15
# HELP weir_write_hold_waiting Writes that wait for the end of a write hold, or for their turn after it.
# TYPE weir_write_hold_waiting gauge
weir_write_hold_waiting{upstream="api"} 14
# HELP weir_schema_known Whether the version of the database's schema is known now: 1 yes, 0 no, and the last one heard of may be another.
# TYPE weir_schema_known gauge
weir_schema_known{upstream="api"} 0
# HELP weir_schema_version Version of the database's schema that was last heard of; none before the first answer.
# TYPE weir_schema_version gauge
weir_schema_version{upstream="api"} 42
# HELP weir_rollout_state State of the running or last rollout: 1 for the present one, 0 for the others; all 0 before the first.
# TYPE weir_rollout_state gauge
weir_rollout_state{state="aborted",upstream="api"} 0
weir_rollout_state{state="baking",upstream="api"} 0
weir_rollout_state{state="holding",upstream="api"} 1
weir_rollout_state{state="paused",upstream="api"} 0
weir_rollout_state{state="progressing",upstream="api"} 0
weir_rollout_state{state="reverted",upstream="api"} 0
weir_rollout_state{state="reverting",upstream="api"} 0
weir_rollout_state{state="succeeded",upstream="api"} 0
weir_rollout_state{state="waiting_gate",upstream="api"} 0
# HELP weir_guard_state State of the guard that judges a version outside a rollout: 1 for the present one, 0 for the others.
# TYPE weir_guard_state gauge
weir_guard_state{state="aborted",upstream="api",version="v2"} 0
weir_guard_state{state="baking",upstream="api",version="v2"} 0
weir_guard_state{state="holding",upstream="api",version="v2"} 0
weir_guard_state{state="paused",upstream="api",version="v2"} 0
weir_guard_state{state="progressing",upstream="api",version="v2"} 0
weir_guard_state{state="reverted",upstream="api",version="v2"} 1
weir_guard_state{state="reverting",upstream="api",version="v2"} 0
weir_guard_state{state="succeeded",upstream="api",version="v2"} 0
weir_guard_state{state="waiting_gate",upstream="api",version="v2"} 0
# HELP weir_config_reload_success Whether the latest load of the configuration file succeeded: 1 yes, 0 no.
# TYPE weir_config_reload_success gauge
weir_config_reload_success 0
# HELP weir_config_reload_time_seconds When the configuration file was last loaded with success, in seconds since 1970.
# TYPE weir_config_reload_time_seconds gauge
weir_config_reload_time_seconds 1.70000000025e+09
# HELP weir_config_drift Whether the configuration file disagrees with what serves: 1 yes, 0 no.
# TYPE weir_config_drift gauge
weir_config_drift{upstream="api"} 1
# HELP weir_upstream_revision Number of the revision in force.
# TYPE weir_upstream_revision gauge
weir_upstream_revision{upstream="api"} 7
# HELP weir_access_log_lines_total Lines of the access log that were written.
# TYPE weir_access_log_lines_total counter
weir_access_log_lines_total 11
# HELP weir_access_log_dropped_total Lines of the access log that are missing: full, there was no room for them; write, they could not be written.
# TYPE weir_access_log_dropped_total counter
weir_access_log_dropped_total{reason="full"} 12
weir_access_log_dropped_total{reason="write"} 13
# HELP weir_access_log_ok Whether the access log's lines go where they should: 1 yes, 0 no.
# TYPE weir_access_log_ok gauge
weir_access_log_ok 1
# HELP weir_state_ok Whether changes can be kept: 1 yes, 0 no.
# TYPE weir_state_ok gauge
weir_state_ok 1
# HELP weir_audit_ok Whether the audit log is written: 1 yes or it is in memory, 0 no.
# TYPE weir_audit_ok gauge
weir_audit_ok 1
# HELP weir_audit_lost_total Entries of the audit log that will never be written: too many waited for the disk.
# TYPE weir_audit_lost_total counter
weir_audit_lost_total 14
# HELP weir_tokens_ok Whether the tokens in force are those of their file, which nobody else can read: 1 yes or there are none, 0 no.
# TYPE weir_tokens_ok gauge
weir_tokens_ok 1
# HELP weir_snapshot_generation Number of the snapshot that serves.
# TYPE weir_snapshot_generation gauge
weir_snapshot_generation 9
# HELP weir_requests_inflight Users' requests being served now.
# TYPE weir_requests_inflight gauge
weir_requests_inflight 3
# HELP weir_answered_requests_total Requests that got an answer their route gives itself, by what it is: redirect or respond. They have no upstream.
# TYPE weir_answered_requests_total counter
weir_answered_requests_total{answer="redirect"} 3
# HELP weir_connections Client connections open now, those that are being refused too.
# TYPE weir_connections gauge
weir_connections 8
# HELP weir_panics_total Client connections that a fault in Weir has ended; the log has it.
# TYPE weir_panics_total counter
weir_panics_total 1
# HELP weir_tunnels Upgraded connections, like WebSockets, open now.
# TYPE weir_tunnels gauge
weir_tunnels 2
# HELP weir_rejected_requests_total Requests that were not passed on, by the reason: refused by the gate, without a route, over a limit.
# TYPE weir_rejected_requests_total counter
weir_rejected_requests_total{reason="bad_host"} 1
weir_rejected_requests_total{reason="no_route"} 5
# HELP weir_notifications_total Notifications that the target has taken, has not taken after all tries, or was never sent.
# TYPE weir_notifications_total counter
weir_notifications_total{outcome="delivered",target="chat"} 5
weir_notifications_total{outcome="dropped",target="chat"} 7
weir_notifications_total{outcome="failed",target="chat"} 6
# HELP weir_notifications_waiting Notifications that the target has not taken yet.
# TYPE weir_notifications_waiting gauge
weir_notifications_waiting{target="chat"} 4
# HELP weir_build_info Always 1; the label has the version of Weir.
# TYPE weir_build_info gauge
weir_build_info{version="v1.2"} 1
`
	// The histograms are too long to be shown here; they have a test of their own.
	var got []string
	for line := range strings.Lines(gathered(t, fakeMetrics)) {
		if !strings.Contains(line, "_seconds_") && !strings.Contains(line, "request_duration_seconds ") && !strings.Contains(line, "first_byte_seconds ") {
			got = append(got, line)
		}
	}
	wanted := slices.Collect(strings.Lines(strings.TrimPrefix(want, "\n")))
	slices.Sort(got)
	slices.Sort(wanted)
	if diff := cmp.Diff(wanted, got); diff != "" {
		t.Errorf("exposition (-want +got), sorted:\n%s", diff)
	}
}

func TestDurationHistogram(t *testing.T) {
	r := newRig(t, nil)
	a := r.send("GET", "/metrics", "")
	if a.status != 200 {
		t.Fatalf("status %d: %s", a.status, a.body)
	}
	for _, line := range []string{
		`weir_request_duration_seconds_bucket{upstream="api",le="0.125"} 0`,
		`weir_request_duration_seconds_bucket{upstream="api",le="0.25"} 1`,
		`weir_request_duration_seconds_bucket{upstream="api",le="1"} 2`,
		`weir_request_duration_seconds_bucket{upstream="api",le="2"} 3`,
		`weir_request_duration_seconds_bucket{upstream="api",le="128"} 3`,
		`weir_request_duration_seconds_bucket{upstream="api",le="+Inf"} 4`,
		`weir_request_duration_seconds_count{upstream="api"} 4`,
		`weir_request_duration_seconds_sum{upstream="api"} 3602.250000001`,
		`weir_attempt_first_byte_seconds_count{upstream="api",version="v2"} 0`,
	} {
		if !strings.Contains(a.body, line+"\n") {
			t.Errorf("no line %s in\n%s", line, a.body)
		}
	}
	for _, name := range []string{"go_goroutines ", "process_start_time_seconds "} {
		if !strings.Contains(a.body, "\n"+name) {
			t.Errorf("no metric %s", name)
		}
	}
	r.refused(r.send("POST", "/metrics", ""), 405, "want GET, HEAD")
}

func TestMetricsAreClean(t *testing.T) {
	problems, err := promlint.New(strings.NewReader(gathered(t, fakeMetrics))).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
}

func TestWithoutRolloutNoState(t *testing.T) {
	got := gathered(t, func() Metrics { return Metrics{Upstreams: []UpstreamMetrics{{Name: "api"}}} })
	for _, state := range api.RolloutStates {
		if line := `weir_rollout_state{state="` + state + `",upstream="api"} 0` + "\n"; !strings.Contains(got, line) {
			t.Errorf("no line %s in\n%s", line, got)
		}
	}
}

func TestWithoutReloadNoReloadTime(t *testing.T) {
	got := gathered(t, func() Metrics { return Metrics{} })
	if strings.Contains(got, "weir_config_reload_time_seconds") {
		t.Errorf("a time of a load that never was:\n%s", got)
	}
	if !strings.Contains(got, "weir_config_reload_success 0\n") {
		t.Errorf("no weir_config_reload_success in\n%s", got)
	}
}
