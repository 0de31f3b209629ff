package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// bad is one file per rule, testdata/NAME.bad.yaml, with all its problems.
var bad = []struct {
	name  string
	lines []string // without the file's name
}{
	{"access_log", []string{
		`4:9: access_log.file: access_log.bad.yaml: want another file, this is the configuration`,
		`5:11: access_log.format: $statuss is no variable here, did you mean status? want one of attempts, bytes, client, duration, endpoint, host, method, path, protocol, reason, referer, request_length, route, scheme, status, target, time, time_local, trace_id, upstream, upstream_first_byte, upstream_time, user_agent, version`,
		`5:11: access_log.format: a $ without a variable: want one of attempts, bytes, client, duration, endpoint, host, method, path, protocol, reason, referer, request_length, route, scheme, status, target, time, time_local, trace_id, upstream, upstream_first_byte, upstream_time, user_agent, version, or $$ for the sign itself`,
		`5:11: access_log.format: $wonderful is no variable here: want one of attempts, bytes, client, duration, endpoint, host, method, path, protocol, reason, referer, request_length, route, scheme, status, target, time, time_local, trace_id, upstream, upstream_first_byte, upstream_time, user_agent, version`,
		`6:11: access_log.sample: 0%: want a percentage above 0%, to 100%, like 10%`,
		`7:18: access_log.only.status: 400-699: want statuses from 100 to 599, like 400-599`,
		`7:42: access_log.only.slower_than: 5: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`8:3: access_log.files: unknown key, did you mean file? want one of file, format, only, sample`,
		`9:8: trace: maybe: want on or off (also true or false)`,
	}},
	{"access_log_format", []string{
		`3:1: access_log.file: missing: want a file, stdout or stderr`,
		`4:11: access_log.format: jsn, did you mean json? want json, combined or a template with variables like $status`,
		`5:11: access_log.sample: 0.5: want a percentage above 0%, to 100%, like 10%`,
		`6:3: access_log.only: an empty mapping: want status, slower_than or both`,
	}},
	{"active", []string{
		`7:29: upstreams.api.health.active.path: health: want a path that begins with "/", without spaces and #, with %XX for other bytes, like /health`,
		`7:47: upstreams.api.health.active.interval: 9ms: want a duration of 10ms or more with its unit, like 500ms or 30s`,
		`7:61: upstreams.api.health.active.timeout: 0s: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`7:71: upstreams.api.health.active.rise: 0: want a whole number from 1 to 100`,
		`7:80: upstreams.api.health.active.fall: 101: want a whole number from 1 to 100`,
		`7:93: upstreams.api.health.active.status: 399-200: want statuses from 100 to 599, like 200,204,300-399`,
	}},
	{"active_keys", []string{
		`10:17: upstreams.api.health.active.method: get: want a method in capitals other than CONNECT and TRACE, like GET`,
		`11:15: upstreams.api.health.active.host: "a b": want a host, with a port or without`,
		`12:19: upstreams.api.health.active.headers.Host: Host: want a header's name of letters, digits and "-": not Host (there is "host"), framing or headers of one hop like Connection`,
		`12:28: upstreams.api.health.active.headers.X_A: X_A: want a header's name of letters, digits and "-": not Host (there is "host"), framing or headers of one hop like Connection`,
		`12:41: upstreams.api.health.active.headers.X-A: "a ": want the value to send, of visible ASCII with spaces within`,
		`12:47: upstreams.api.health.active.headers.x-a: x-a: want it once, it is already on line 12`,
		`13:15: upstreams.api.health.active.port: 65536: want a whole number from 0 to 65535`,
		`14:14: upstreams.api.health.active.tls: maybe: want on or off (also true or false)`,
		`15:24: upstreams.api.health.active.interval_down: 9ms: want 0s, or a duration of 10ms or more with its unit, like 500ms or 30s`,
		`16:17: upstreams.api.health.active.jitter: 51%: want a percentage from 0% to 50%, like 10%`,
		`17:20: upstreams.api.health.active.mandatory: yes: want on or off (also true or false)`,
		`18:9: upstreams.api.health.active.macth: unknown key, did you mean match? want one of fall, headers, host, interval, interval_down, jitter, mandatory, match, method, path, port, rise, status, tcp, timeout, tls`,
		`23:7: upstreams.web.health.active: a rule for the body of an answer to HEAD, which has none: want another method`,
	}},
	{"active_match", []string{
		`11:21: upstreams.api.health.active.match.headers[0]: "X-A == b": want a rule like "X-A = b", "X-A != b", "X-A ~ ^b", "X-A !~ b", "X-A" (it is there) or "!X-A" (it is not)`,
		`11:33: upstreams.api.health.active.match.headers[1]: "X-A=b": want a rule like "X-A = b", "X-A != b", "X-A ~ ^b", "X-A !~ b", "X-A" (it is there) or "!X-A" (it is not)`,
		`11:42: upstreams.api.health.active.match.headers[2]: "X-A ~* b": want a rule like "X-A = b", "X-A != b", "X-A ~ ^b", "X-A !~ b", "X-A" (it is there) or "!X-A" (it is not)`,
		`11:54: upstreams.api.health.active.match.headers[3]: "X-A =": want a rule like "X-A = b", "X-A != b", "X-A ~ ^b", "X-A !~ b", "X-A" (it is there) or "!X-A" (it is not)`,
		`11:63: upstreams.api.health.active.match.headers[4]: "(": missing closing ) at "(": want an expression in RE2's syntax of at most 1000 bytes`,
		`11:74: upstreams.api.health.active.match.headers[5]: "!X A": want a rule like "X-A = b", "X-A != b", "X-A ~ ^b", "X-A !~ b", "X-A" (it is there) or "!X-A" (it is not)`,
		`11:82: upstreams.api.health.active.match.headers[6]: "": want a rule like "X-A = b", "X-A != b", "X-A ~ ^b", "X-A !~ b", "X-A" (it is there) or "!X-A" (it is not)`,
		`11:86: upstreams.api.health.active.match.headers[7]: "! X-A = b": want a rule like "X-A = b", "X-A != b", "X-A ~ ^b", "X-A !~ b", "X-A" (it is there) or "!X-A" (it is not)`,
		`12:28: upstreams.api.health.active.match.body.contains: "": want a text of 1 to 1000 bytes, of control characters only those below \x20, like "\r\n"`,
		`12:41: upstreams.api.health.active.match.body.matches: "a(b": missing closing ) at "a(b": want an expression in RE2's syntax of at most 1000 bytes`,
		`12:61: upstreams.api.health.active.match.body.not_matches: "\\y": invalid escape sequence at "\\y": want an expression in RE2's syntax of at most 1000 bytes`,
		`12:75: upstreams.api.health.active.match.body.limit: 2MiB: want a size from 1 to 1MiB, like 64KiB`,
		`16:40: upstreams.web.health.active.match.headers: an empty list: want at least 1, each a rule like "X-A = b", "X-A != b", "X-A ~ ^b", "X-A !~ b", "X-A" (it is there) or "!X-A" (it is not)`,
		`16:53: upstreams.web.health.active.match.body: nothing to look for: want contains, matches or not_matches`,
	}},
	{"active_path", []string{
		`7:14: upstreams.api.health.active.path: missing: want a path that begins with "/", without spaces and #, with %XX for other bytes, like /health, or tcp instead`,
		`11:29: upstreams.www.health.active.path: /100%: want a path that begins with "/", without spaces and #, with %XX for other bytes, like /health`,
	}},
	{"active_status", []string{
		`7:29: upstreams.api.health.active.path: "/a b": want a path that begins with "/", without spaces and #, with %XX for other bytes, like /health`,
		`7:45: upstreams.api.health.active.status: "200,99": want statuses from 100 to 599, like 200,204,300-399`,
	}},
	{"active_tcp", []string{
		`8:25: upstreams.api.health.active.path: there is no HTTP in this check: want it without tcp`,
		`8:34: upstreams.api.health.active.method: there is no HTTP in this check: want it without tcp`,
		`8:47: upstreams.api.health.active.host: there is no HTTP in this check: want it without tcp`,
		`8:56: upstreams.api.health.active.headers: there is no HTTP in this check: want it without tcp`,
		`8:73: upstreams.api.health.active.status: there is no HTTP in this check: want it without tcp`,
		`8:86: upstreams.api.health.active.match: there is no HTTP in this check: want it without tcp`,
		`12:35: upstreams.web.health.active.tcp.send: "": want a text of 1 to 1000 bytes, of control characters only those below \x20, like "\r\n"`,
		`12:47: upstreams.web.health.active.tcp.expect: "\x7f": want a text of 1 to 1000 bytes, of control characters only those below \x20, like "\r\n"`,
		`12:55: upstreams.web.health.active.tcp.recv: unknown key: want one of expect, send`,
		`16:28: upstreams.www.health.active.tcp: a single value: want a mapping with expect, send`,
	}},
	{"admin", []string{
		`3:18: admin.address: 0.0.0.0:9900: want a loopback address like 127.0.0.1:9900 (127.0.0.0/8, ::1 or localhost), because tokens are not available in this version`,
	}},
	{"admin_everywhere", []string{
		`3:18: admin.address: :9900: want a loopback address like 127.0.0.1:9900 (127.0.0.0/8, ::1 or localhost), because tokens are not available in this version`,
	}},
	{"affinity", []string{
		`6:59: upstreams.both.versions.v1.endpoints[0].route: "a b": want 1 to 32 letters, digits, _ . : and -`,
		`6:102: upstreams.both.versions.v1.endpoints[1].route: "": want 1 to 32 letters, digits, _ . : and -`,
		`7:5: upstreams.both.affinity: cookie and route together: want one of them`,
		`11:5: upstreams.none.affinity: no way to know a client's endpoint: want one of cookie, learn, route`,
		`15:15: upstreams.word.affinity: a single value: want a mapping with cookie, learn, route`,
		`19:31: upstreams.cookie.affinity.cookie.name: "a;b": want a cookie's name`,
		`19:44: upstreams.cookie.affinity.cookie.path: api: want a path that begins with "/", in ASCII without spaces and semicolons, or ""`,
		`19:57: upstreams.cookie.affinity.cookie.domain: "a b": want a host name, or ""`,
		`19:73: upstreams.cookie.affinity.cookie.expires: 1500ms: want a duration in whole seconds with its unit, like 1h, or 0s for a session cookie`,
		`19:92: upstreams.cookie.affinity.cookie.http_only: 1: want on or off (also true or false)`,
		`19:103: upstreams.cookie.affinity.cookie.secure: maybe: want auto, on or off`,
		`19:121: upstreams.cookie.affinity.cookie.same_site: laxx, did you mean lax? want one of lax, strict, none, off`,
		`23:16: upstreams.nameless.affinity.cookie.name: missing: want a cookie's name`,
		`23:16: upstreams.nameless.affinity.cookie: same_site none without secure, which browsers refuse: want secure auto or on`,
		`27:24: upstreams.route.affinity.route[0]: "$arg_sid": did you mean "$query_sid"? want $cookie_NAME, $header_NAME or $query_NAME`,
		`27:34: upstreams.route.affinity.route[1]: cookie_a: want $cookie_NAME, $header_NAME or $query_NAME`,
		`27:44: upstreams.route.affinity.route[2]: "$cookie_": want $cookie_NAME, $header_NAME or $query_NAME`,
		`27:54: upstreams.route.affinity.route[3]: "$upstream_cookie_a": want $cookie_NAME, $header_NAME or $query_NAME`,
		`27:74: upstreams.route.affinity.route[4].variable: missing: want $cookie_NAME, $header_NAME or $query_NAME`,
		`27:82: upstreams.route.affinity.route[4].after: "": want what stands before the part that counts, like "."`,
		`27:87: upstreams.route.affinity.route[5]: "$cookie_a$query_a": want $cookie_NAME, $header_NAME or $query_NAME`,
		`31:16: upstreams.empty.affinity.route: an empty list: want at least 1, each a variable`,
		`35:16: upstreams.learn.affinity.learn.create: missing: want $upstream_cookie_NAME or $upstream_header_NAME (or one of the request)`,
		`35:32: upstreams.learn.affinity.learn.lookup: "$upstream_cookie_a": want $cookie_NAME, $header_NAME or $query_NAME`,
		`35:61: upstreams.learn.affinity.learn.timeout: 10ms: want a duration of 1s or more with its unit, like 500ms or 30s`,
		`35:73: upstreams.learn.affinity.learn.size: 10: want a whole number from 1000 to 10000000`,
		`35:77: upstreams.learn.affinity.learn.zone: unknown key: want one of create, lookup, size, timeout`,
	}},
	{"alias", []string{
		`8:5: upstreams.other.versions: an alias: want the value itself, aliases are not followed`,
	}},
	{"alias_bomb", []string{
		`1:16: listeners[0]: a single value: want a mapping with address, name, tls`,
		`1:19: listeners[1]: a single value: want a mapping with address, name, tls`,
		`1:22: listeners[2]: a single value: want a mapping with address, name, tls`,
		`1:25: listeners[3]: a single value: want a mapping with address, name, tls`,
		`1:28: listeners[4]: a single value: want a mapping with address, name, tls`,
		`1:31: listeners[5]: a single value: want a mapping with address, name, tls`,
		`1:34: listeners[6]: a single value: want a mapping with address, name, tls`,
		`1:37: listeners[7]: a single value: want a mapping with address, name, tls`,
		`2:1: upstreams: a list: want a mapping of upstreams`,
		`3:10: routes[0]: an alias: want the value itself, aliases are not followed`,
		`3:14: routes[1]: an alias: want the value itself, aliases are not followed`,
		`3:18: routes[2]: an alias: want the value itself, aliases are not followed`,
		`3:22: routes[3]: an alias: want the value itself, aliases are not followed`,
		`3:26: routes[4]: an alias: want the value itself, aliases are not followed`,
		`3:30: routes[5]: an alias: want the value itself, aliases are not followed`,
		`3:34: routes[6]: an alias: want the value itself, aliases are not followed`,
		`3:38: routes[7]: an alias: want the value itself, aliases are not followed`,
	}},
	{"balance", []string{
		`7:14: upstreams.a.balance: round-robin, did you mean round_robin? want one of round_robin, least_conn, random, random_two, least_time, peak_ewma, hash, ip_hash, maglev, first`,
		`11:5: upstreams.b.hash_key: balance is round_robin: want this key with hash or maglev`,
		`12:5: upstreams.b.consistent: balance is round_robin: want this key with hash`,
		`13:5: upstreams.b.bounded_load: balance is round_robin: want this key with hash or maglev`,
		`14:5: upstreams.b.random_two: balance is round_robin: want this key with random_two`,
		`15:5: upstreams.b.least_time: balance is round_robin: want this key with least_time or random_two`,
		`16:3: upstreams.c.hash_key: missing: want a text with a variable that tells requests apart, like "$target", "$cookie_sid" or "$header_x_user_id"`,
		`19:19: upstreams.c.bounded_load: 1.0: want a number above 1, to 10, like 1.25`,
		`20:3: upstreams.d.hash_key: missing: want a text with a variable that tells requests apart, like "$target", "$cookie_sid" or "$header_x_user_id"`,
		`22:67: upstreams.d.versions.v1.endpoints[0].node: "": want a name of 1 to 255 visible ASCII characters`,
		`24:5: upstreams.e.least_time: the two are compared by least_conn: want this key with random_two: least_time`,
		`24:25: upstreams.e.least_time.until: head, did you mean header? want one of header, last_byte`,
		`27:17: upstreams.f.hash_key: everything: want a text with a variable that tells requests apart, like "$target", "$cookie_sid" or "$header_x_user_id"`,
		`31:15: upstreams.g.hash_key: $arg_user is no variable here, did you mean query_NAME? want one of client, cookie_NAME, header_NAME, host, method, path, query, query_NAME, scheme, search, target`,
		`32:5: upstreams.g.consistent: balance is maglev: want this key with hash`,
	}},
	{"binary", []string{
		`2:5: not plain text: want UTF-8 without control characters and with LF or CR LF at the end of lines`,
	}},
	{"blue_green", []string{
		`6:23: upstreams.api.versions.v1.max_conns: -1: want a whole number from 0 to 1000000`,
		`8:19: upstreams.api.rollout.min_usable: 0%: want a percentage above 0% up to 100%, like 50%`,
		`10:27: upstreams.api.rollout.blue_green.preview.header: Cookie: want a header's name of letters, digits and "-" that the client says: not Host, Cookie, Forwarded, X-Forwarded-*, X-Real-IP or X-Weir-*`,
		`10:42: upstreams.api.rollout.blue_green.preview.value: "": want the value that the header must have, of visible ASCII with spaces within`,
		`10:53: upstreams.api.rollout.blue_green.preview.from[0]: 10.0.0.1/8: want a network like 10.0.0.0/8 or 2001:db8::/32, or one address`,
		`10:66: upstreams.api.rollout.blue_green.preview.listener: wbe does not exist, did you mean web? want web`,
		`11:21: upstreams.api.rollout.blue_green.min_usable: 101%: want a percentage above 0% up to 100%, like 50%`,
		`12:29: upstreams.api.rollout.blue_green.warm_up.requests: -1: want a whole number from 0 to 100000`,
		`12:39: upstreams.api.rollout.blue_green.warm_up.path: warm: want a path that begins with "/", without spaces and #, with %XX for other bytes, like /health`,
		`12:58: upstreams.api.rollout.blue_green.warm_up.connections: 10001: want a whole number from 0 to 10000`,
		`13:17: upstreams.api.rollout.blue_green.smoke[0].path: missing: want a path that begins with "/", without spaces and #, with %XX for other bytes, like /health`,
		`13:39: upstreams.api.rollout.blue_green.smoke[1].path: "/a b": want a path that begins with "/", without spaces and #, with %XX for other bytes, like /health`,
		`13:53: upstreams.api.rollout.blue_green.smoke[1].method: get: want a method in capitals other than CONNECT and TRACE, like GET`,
		`13:64: upstreams.api.rollout.blue_green.smoke[1].host: "a b": want a host, with a port or without`,
		`13:81: upstreams.api.rollout.blue_green.smoke[1].headers.Host: Host: want a header's name of letters, digits and "-": not Host (there is "host"), framing or headers of one hop like Connection`,
		`13:99: upstreams.api.rollout.blue_green.smoke[1].status: 99: want statuses from 100 to 599, like 200,204,300-399`,
		`13:112: upstreams.api.rollout.blue_green.smoke[1].timeout: 0s: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`13:116: upstreams.api.rollout.blue_green.smoke[1].matches: unknown key, did you mean match? want one of headers, host, match, method, path, status, timeout`,
		`14:19: upstreams.api.rollout.blue_green.approval: yes: want on or off (also true or false)`,
		`15:23: upstreams.api.rollout.blue_green.auto_promote: 5: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`16:28: upstreams.api.rollout.blue_green.progress_deadline: never: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`17:9: upstreams.api.rollout.blue_green.smokes: unknown key, did you mean smoke? want one of approval, auto_promote, min_usable, preview, progress_deadline, smoke, warm_up`,
		`23:9: upstreams.web.rollout.blue_green.preview: nobody would reach the candidate: want header and value, listener, or both`,
		`24:19: upstreams.web.rollout.blue_green.warm_up.path: no request is sent: want it with requests`,
		`25:17: upstreams.web.rollout.blue_green.smoke[0]: a rule for the body of an answer to HEAD, which has none: want another method`,
		`31:9: upstreams.www.rollout.blue_green.preview.value: missing: want the value that the header must have, of visible ASCII with spaces within`,
		`32:9: upstreams.www.rollout.blue_green.smoke: an empty list: want at least 1, each a request and what its answer must be`,
		`38:34: upstreams.wwx.rollout.blue_green.preview.from: of whom no header is taken: want it with header`,
	}},
	{"body", []string{
		`3:26: clients.limits.body: 10MB: want a size of 0 or more, like 64KiB or 10MiB`,
		`9:31: routes[0].max_body: -1: want a size of 0 or more, like 64KiB or 10MiB`,
		`10:31: routes[1].max_body: empty: want a size of 0 or more, like 64KiB or 10MiB`,
	}},
	{"boolean", []string{
		`7:12: upstreams.api.guard: 1: want on or off (also true or false)`,
		`8:21: upstreams.api.expose_version: maybe: want on or off (also true or false)`,
	}},
	{"certify", []string{
		`8:28: upstreams.api.rollout.certify.max_ratio: 1: want a number above 1 up to 100, like 2`,
		`8:47: upstreams.api.rollout.certify.max_error_rate: 100%: want a percentage above 0% and below 100%, like 1%`,
		`8:60: upstreams.api.rollout.certify.alpha: 0.6: want a number above 0 up to 0.5, like 0.05`,
		`8:65: upstreams.api.rollout.certify.beta: unknown key: want one of alpha, max_error_rate, max_ratio`,
		`9:21: upstreams.api.rollout.on_undecided: go: want one of hold, advance, revert`,
		`10:22: upstreams.api.rollout.revert.mode: slow: want one of instant, stepped`,
		`15:28: upstreams.empty.rollout.certify.max_ratio: 101: want a number above 1 up to 100, like 2`,
		`15:49: upstreams.empty.rollout.certify.max_error_rate: 0.01: want a percentage above 0% and below 100%, like 1%`,
		`15:62: upstreams.empty.rollout.certify.alpha: 0: want a number above 0 up to 0.5, like 0.05`,
	}},
	{"clients", []string{
		`4:22: clients.timeouts.header: 0s: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`4:32: clients.timeouts.body: 10: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`4:42: clients.timeouts.send: -1s: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`4:58: clients.timeouts.keepalive: soon: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`4:64: clients.timeouts.head: unknown key, did you mean header? want one of body, header, keepalive, send`,
		`6:11: clients.limits.head: 100B: want a size from 512 to 1MiB, like 64KiB`,
		`7:14: clients.limits.headers: 1001: want a whole number from 1 to 1000`,
		`8:13: clients.limits.target: 2MiB: want a size from 1 to 1MiB, like 64KiB`,
		`9:18: clients.limits.connections: -1: want a whole number from 0 to 1000000`,
		`10:25: clients.limits.connections_per_ip: many: want a whole number from 0 to 1000000`,
		`11:15: clients.limits.requests: 1.5: want a whole number from 0 to 1000000`,
		`12:5: clients.limits.conections: unknown key, did you mean connections? want one of body, connections, connections_per_ip, head, headers, requests, target`,
		`13:3: clients.timeout: unknown key, did you mean timeouts? want one of limits, timeouts, trusted_proxies`,
	}},
	{"buffer", []string{
		`7:23: upstreams.api.buffer.request: 17MiB: want a size from 0 to 16MiB, like 64KiB`,
		`7:30: upstreams.api.buffer.requests: unknown key, did you mean request? want request`,
		`11:13: upstreams.web.buffer: a single value: want a mapping with request`,
	}},
	{"comments", []string{
		`1:1: empty: want at least listeners, upstreams and routes`,
	}},
	{"complex_key", []string{
		`7:5: upstreams.api: a key that is not a plain word: want a plain word`,
	}},
	{"control_character", []string{
		`3:8: state: "a\x00b": want a value without control characters`,
	}},
	{"duplicate_key", []string{
		`8:5: upstreams.api.guard: duplicate key: want it once, it is already on line 7`,
	}},
	{"empty", []string{
		`1:1: empty: want at least listeners, upstreams and routes`,
	}},
	{"empty_blocks", []string{
		`1:1: listeners: an empty list: want at least 1, each a listener`,
		`2:1: upstreams: an empty mapping: want a mapping of upstreams, at least 1`,
		`3:1: routes: an empty list: want at least 1, each a route`,
	}},
	{"endpoint", []string{
		`8:13: upstreams.api.versions.v1.endpoints[0]: 127.0.0.1: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`9:13: upstreams.api.versions.v1.endpoints[1]: :3001: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`10:13: upstreams.api.versions.v1.endpoints[2]: 127.0.0.1:0: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`11:13: upstreams.api.versions.v1.endpoints[3]: 127.0.0.1:http: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`12:13: upstreams.api.versions.v1.endpoints[4]: ::1:3001: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`13:13: upstreams.api.versions.v1.endpoints[5]: [127.0.0.1]:3001: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`14:13: upstreams.api.versions.v1.endpoints[6]: 300.0.0.1:3001: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`15:13: upstreams.api.versions.v1.endpoints[7]: http://localhost:3001: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`16:13: upstreams.api.versions.v1.endpoints[8].address: missing: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`17:49: upstreams.api.versions.v1.endpoints[9].weight: 0: want a whole number from 1 to 1000`,
		`18:49: upstreams.api.versions.v1.endpoints[10].weight: 1001: want a whole number from 1 to 1000`,
		`19:13: upstreams.api.versions.v1.endpoints[11]: a list: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`20:13: upstreams.api.versions.v1.endpoints[12]: empty: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
	}},
	{"endpoint_duplicate", []string{
		`6:42: upstreams.api.versions.v1.endpoints[1]: LOCALHOST:3001: want it once, it is already on line 6`,
		`6:85: upstreams.api.versions.v1.endpoints[3]: [0::1]:3001: want it once, it is already on line 6`,
	}},
	{"endpoint_state", []string{
		`8:48: upstreams.api.versions.v1.endpoints[0].state: dwon, did you mean down? want one of up, drain, down`,
		`9:49: upstreams.api.versions.v1.endpoints[1].backup: maybe: want on or off (also true or false)`,
		`9:68: upstreams.api.versions.v1.endpoints[1].slow_start: -1s: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`10:41: upstreams.api.versions.v1.endpoints[2].backups: unknown key, did you mean backup? want one of address, backup, fail_timeout, max_conns, max_fails, node, resolve, route, service, slow_start, state, weight`,
		`13:12: upstreams.web.versions.v1.endpoints: every endpoint is a backup: want at least one that is not`,
	}},
	{"environment", []string{
		`3:8: state: the environment has no WEIR_TEST_UNSET: want it set, or a default as in ${NAME:-default}`,
		`8:25: upstreams.api.timeouts.connect: ${ without }: want ${NAME} or ${NAME:-default}`,
		`8:56: upstreams.api.timeouts.response: "${}": want ${NAME} or ${NAME:-default}`,
		`8:69: upstreams.api.timeouts.idle: soon: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`8:96: upstreams.api.timeouts.drain: "${A:-${B}": want ${NAME} or ${NAME:-default}`,
	}},
	{"keepalive", []string{
		`7:23: upstreams.api.keepalive.idle: -1: want a whole number from 0 to 100000`,
		`7:37: upstreams.api.keepalive.requests: many: want a whole number from 0 to 1000000`,
		`7:49: upstreams.api.keepalive.time: 1: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`7:61: upstreams.api.keepalive.timeout: 0s: want a duration of 10ms or more with its unit, like 500ms or 30s`,
		`11:17: upstreams.web.keepalive.idel: unknown key, did you mean idle? want one of idle, requests, time, timeout`,
		`15:16: upstreams.www.keepalive: a single value: want a mapping with idle, requests, time, timeout`,
	}},
	{"later_file", []string{
		`1:1: flags: not available in this version: want the key removed`,
		`4:22: admin.tokens_file: tokens: not available in this version: want ""`,
		`10:21: routes[0].when: not available in this version: want the key removed`,
	}},
	{"later_rollout", []string{
		`8:17: upstreams.api.rollout.strategy: rolling: not available in this version: want canary or blue_green`,
		`9:7: upstreams.api.rollout.rolling: not available in this version: want the key removed`,
		`10:7: upstreams.api.rollout.gates: not available in this version: want the key removed`,
		`11:7: upstreams.api.rollout.write_hold: not available in this version: want the key removed`,
	}},
	{"later_upstream", []string{
		`6:12: upstreams.api.versions.v1.schema: not available in this version: want the key removed`,
		`7:5: upstreams.api.schema: not available in this version: want the key removed`,
	}},
	{"listener", []string{
		`2:5: listeners[0].address: missing: want host:port, like 127.0.0.1:8080, or :8080 for every address`,
		`2:5: listeners[0].name: missing: want a name`,
		`3:12: listeners[1].name: "a b": want a name of 1 to 63 letters, digits, _ . and -, the first a letter or digit`,
		`3:28: listeners[1].address: 127.0.0.1: want host:port, like 127.0.0.1:8080, or :8080 for every address`,
		`4:26: listeners[2].address: 127.0.0.1:70000: want host:port, like 127.0.0.1:8080, or :8080 for every address`,
		`5:12: listeners[3].name: web: want it once, it is already on line 4`,
		`5:26: listeners[3].address: "host name:80": want host:port, like 127.0.0.1:8080, or :8080 for every address`,
		`6:27: listeners[4].address: ::1:80: want host:port, like 127.0.0.1:8080, or :8080 for every address`,
	}},
	{"admin_port", []string{
		`2:26: listeners[0].address: :9901: want another address, the admin API listens on 127.0.0.1:9901`,
	}},
	{"listener_duplicate", []string{
		`3:24: listeners[1].address: 0.0.0.0:8080: want another address, line 2 listens on :8080`,
		`5:24: listeners[3].address: [0:0:0:0:0:0:0:1]:81: want another address, line 4 listens on [::1]:81`,
		`6:24: listeners[4].address: 127.0.0.1:9900: want another address, the admin API listens on 127.0.0.1:9900`,
		`7:12: listeners[5].name: a: want it once, it is already on line 2`,
		`8:24: listeners[6].address: 127.0.0.1:8080: want another address, line 2 listens on :8080`,
		`9:24: listeners[7].address: [::]:81: want another address, line 4 listens on [::1]:81`,
	}},
	{"many_names", []string{
		`30:16: routes[0].upstream: other does not exist: want one of u00, u01, u02, u03, u04, u05, u06, u07, u08, u09, u10, u11, u12, u13, u14, u15, u16, u17, u18, u19, u20, u21, u22, u23, ...`,
	}},
	{"max_conns", []string{
		`6:63: upstreams.api.versions.v1.endpoints[0].max_conns: -1: want a whole number from 0 to 1000000`,
		`7:16: upstreams.api.max_conns: some: want a whole number from 0 to 1000000`,
		`8:19: upstreams.api.queue.size: 0: want a whole number from 1 to 100000`,
		`8:31: upstreams.api.queue.timeout: 0s: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`8:35: upstreams.api.queue.length: unknown key: want one of size, timeout`,
		`12:5: upstreams.web.queue: nothing to wait for: want max_conns, of the upstream or of an endpoint`,
	}},
	{"merge_key", []string{
		`7:5: upstreams.api."<<": unknown key: want one of affinity, balance, bounded_load, buffer, consistent, expose_version, guard, hash_key, health, host, keepalive, least_time, max_conns, pins, queue, random_two, retry, rollout, stable, sticky, timeouts, tls, versions`,
	}},
	{"missing_blocks", []string{
		`1:1: listeners: missing: want at least one listener`,
		`1:1: routes: missing: want at least one route`,
		`1:1: upstreams: missing: want at least one upstream`,
	}},
	{"names", []string{
		`4:3: upstreams."my api": "my api": want a name of 1 to 63 letters, digits, _ . and -, the first a letter or digit`,
		`6:7: upstreams."my api".versions.-v1: -v1: want a name of 1 to 63 letters, digits, _ . and -, the first a letter or digit`,
		`7:3: upstreams.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa: want a name of 1 to 63 letters, digits, _ . and -, the first a letter or digit`,
		`8:5: upstreams.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.versions: the percentages sum to 1%: want 100%`,
	}},
	{"null_blocks", []string{
		`1:1: listeners: empty: want a list, each item a listener`,
		`2:1: upstreams: empty: want a mapping of upstreams`,
		`3:1: routes: empty: want a list, each item a route`,
	}},
	{"passive", []string{
		`7:30: upstreams.api.health.passive.mode: outliers, did you mean outlier? want one of outlier, nginx`,
		`10:70: upstreams.web.versions.v1.endpoints[1].max_fails: of no use in mode outlier: want health.passive.mode: nginx, or the key removed`,
		`10:84: upstreams.web.versions.v1.endpoints[1].fail_timeout: of no use in mode outlier: want health.passive.mode: nginx, or the key removed`,
		`11:24: upstreams.web.health.passive.max_fails: of no use in mode outlier: want health.passive.mode: nginx, or the key removed`,
		`11:38: upstreams.web.health.passive.fail_timeout: of no use in mode outlier: want health.passive.mode: nginx, or the key removed`,
		`14:63: upstreams.old.versions.v1.endpoints[0].max_fails: -1: want a whole number from 0 to 1000000`,
		`14:81: upstreams.old.versions.v1.endpoints[0].fail_timeout: 1500ms: want a duration in whole seconds of 0s or more, like 10s`,
		`14:132: upstreams.old.versions.v1.endpoints[1].fail_timeout: -1s: want a duration in whole seconds of 0s or more, like 10s`,
		`15:26: upstreams.old.health.slow_start: 10: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`15:64: upstreams.old.health.passive.max_fails: many: want a whole number from 0 to 1000000`,
		`15:84: upstreams.old.health.passive.fail_timeout: 10: want a duration in whole seconds of 0s or more, like 10s`,
	}},
	{"pins", []string{
		`10:51: upstreams.api.pins[0].version: v3 does not exist, did you mean v1? want one of v1, v2`,
		`11:9: upstreams.api.pins[1]: want either header or cookie`,
		`12:9: upstreams.api.pins[2]: want either header or cookie`,
		`13:18: upstreams.api.pins[3].header: Cookie: want a header's name of letters, digits and "-" that the client says: not Host, Cookie, Forwarded, X-Forwarded-*, X-Real-IP or X-Weir-*`,
		`13:33: upstreams.api.pins[3].value: "": want the value that the header or cookie must have, of visible ASCII with spaces within`,
		`13:57: upstreams.api.pins[3].from[0]: 10.0.0.1/8: want a network like 10.0.0.0/8 or 2001:db8::/32, or one address`,
		`14:9: upstreams.api.pins[4]: "a;b" is no cookie's value: want one without spaces and semicolons`,
		`15:9: upstreams.api.pins[5].value: missing: want the value that the header or cookie must have, of visible ASCII with spaces within`,
		`15:30: upstreams.api.pins[5].version: 2 does not exist, did you mean v2? want one of v1, v2`,
		`16:9: upstreams.api.pins[6].version: missing: want the name of a version`,
		`17:9: upstreams.api.pins[7]: the pin of line 10 again: want another header, cookie, value or network`,
		`18:9: upstreams.api.pins[8]: the pin of line 10 again: want another header, cookie, value or network`,
		`20:55: upstreams.api.pins[10].form: unknown key, did you mean from? want one of cookie, from, header, value, version`,
		`21:9: upstreams.api.pins[11]: a single value: want a mapping with cookie, from, header, value, version`,
		`25:5: upstreams.empty.pins: an empty list: want at least 1, each a header or a cookie, a value and a version`,
	}},
	{"resolve", []string{
		`8:23: upstreams.api.versions.v1.endpoints[0].address: 10.0.0.1:3001: want a host name, there is nothing to resolve`,
		`9:23: upstreams.api.versions.v1.endpoints[1].address: api.internal: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`10:53: upstreams.api.versions.v1.endpoints[2].resolve: maybe: want on or off (also true or false)`,
		`11:23: upstreams.api.versions.v1.endpoints[3].address: api.internal:3001: want it once, it is already on line 10`,
		`12:23: upstreams.api.versions.v1.endpoints[4].address: api.internal:3001: want a host name without a port, which the service's records have`,
		`13:46: upstreams.api.versions.v1.endpoints[5].service: without resolve: want resolve: true beside it`,
		`14:23: upstreams.api.versions.v1.endpoints[6].address: http.api.internal: want it once, it is already on line 13`,
		`15:23: upstreams.api.versions.v1.endpoints[7].address: 10.0.0.1: want a host name without a port, which the service's records have`,
		`16:61: upstreams.api.versions.v1.endpoints[8].service: http/1: want the name of a service, like http for _http._tcp, or like _http._tcp itself`,
		`17:13: upstreams.api.versions.v1.endpoints[9].address: missing: want host:port, like 127.0.0.1:3001 or [::1]:3001`,
		`18:42: upstreams.api.versions.v1.endpoints[10].resolv: unknown key, did you mean resolve? want one of address, backup, fail_timeout, max_conns, max_fails, node, resolve, route, service, slow_start, state, weight`,
	}},
	{"resolver", []string{
		`3:1: resolver: both ipv4 and ipv6 are off: want one of them on, or there is nothing to ask for`,
		`4:15: resolver.addresses[0]: 10.0.0.2:0: want the IP address of a DNS server, with its port unless that is 53, like 10.0.0.2 or 10.0.0.2:53`,
		`4:27: resolver.addresses[1]: dns.internal: want the IP address of a DNS server, with its port unless that is 53, like 10.0.0.2 or 10.0.0.2:53`,
		`4:56: resolver.addresses[3]: 10.0.0.2:53: want it once, it is already on line 4`,
		`5:12: resolver.timeout: 0s: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`6:10: resolver.valid: 10: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`9:3: resolver.ipv5: unknown key, did you mean ipv4? want one of addresses, ipv4, ipv6, nxdomain, timeout, valid`,
		`10:13: resolver.nxdomain: kept, did you mean keep? want one of remove, keep`,
	}},
	{"resolver_empty", []string{
		`3:12: resolver.addresses: an empty list: want at least 1, each the IP address of a DNS server, with its port unless that is 53, like 10.0.0.2 or 10.0.0.2:53`,
	}},
	{"retry", []string{
		`7:20: upstreams.api.retry.tries: 0: want a whole number from 1 to 10`,
		`7:37: upstreams.api.retry.on[1]: 401: want connect, timeout, reset, invalid_answer or a status: 403, 404, 429 or one from 500 to 599`,
		`7:42: upstreams.api.retry.on[2]: connect: want it once, it is already on line 7`,
		`7:51: upstreams.api.retry.on[3]: error: want connect, timeout, reset, invalid_answer or a status: 403, 404, 429 or one from 500 to 599`,
		`7:67: upstreams.api.retry.budget: 0.2: want a percentage from 0% to 100%, like 20%`,
	}},
	{"retry_bounds", []string{
		`7:20: upstreams.api.retry.tries: 11: want a whole number from 1 to 10`,
		`7:28: upstreams.api.retry.on: a single value: want a list, each item connect, timeout, reset, invalid_answer or a status: 403, 404, 429 or one from 500 to 599`,
		`7:45: upstreams.api.retry.budget: 101%: want a percentage from 0% to 100%, like 20%`,
		`7:64: upstreams.api.retry.try_timeout: 5: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`7:83: upstreams.api.retry.non_idempotent: maybe: want on or off (also true or false)`,
		`7:90: upstreams.api.retry.try_timeuot: unknown key, did you mean try_timeout? want one of budget, non_idempotent, on, timeout, tries, try_timeout`,
	}},
	{"revert", []string{
		`8:32: upstreams.api.rollout.revert.max_error_rate: 0.05: want a percentage above 0% and below 100%, like 5%`,
		`8:45: upstreams.api.rollout.revert.alpha: 1%: want a number above 0 up to 0.5, like 0.01`,
		`8:59: upstreams.api.rollout.revert.tolerate: 0.9: want a number from 1 to 100, like 1.25`,
		`8:78: upstreams.api.rollout.revert.min_failures: 0: want a whole number from 1 to 2147483647`,
		`8:95: upstreams.api.rollout.revert.unusable_for: -1s: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`8:108: upstreams.api.rollout.revert.errors: 200-599: want statuses from 400 to 599, like 500-599`,
		`8:125: upstreams.api.rollout.revert.mode: slow: want one of instant, stepped`,
	}},
	{"revert_bounds", []string{
		`8:32: upstreams.api.rollout.revert.max_error_rate: 100%: want a percentage above 0% and below 100%, like 5%`,
		`8:45: upstreams.api.rollout.revert.alpha: 0.51: want a number above 0 up to 0.5, like 0.01`,
		`8:61: upstreams.api.rollout.revert.tolerate: 101: want a number from 1 to 100, like 1.25`,
		`8:74: upstreams.api.rollout.revert.errors: "": want statuses from 400 to 599, like 500-599`,
	}},
	{"rewrite", []string{
		`7:11: upstreams.api.host: "a b": want preserve (the client's), upstream (the endpoint's address) or a host, with a port or without`,
		`9:45: routes[0].rewrite.strip_prefix: api: want a path that begins with "/", without spaces, ? and #`,
		`10:31: routes[1].rewrite: both strip_prefix and replace_prefix: want one of them`,
		`11:41: routes[2].rewrite: replace_prefix: want it with a path that is no expression`,
		`12:41: routes[3].rewrite.replace: unknown key: want one of replace_prefix, strip_prefix`,
		`16:13: routes[4].request_headers.set.Host: Host: want a header's name of letters, digits and "-" that may be edited: not Host (upstreams have "host"), framing, headers of one hop like Connection, Forwarded, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Weir-* or traceparent (there is "trace")`,
		`16:22: routes[4].request_headers.set.content-length: content-length: want a header's name of letters, digits and "-" that may be edited: not Host (upstreams have "host"), framing, headers of one hop like Connection, Forwarded, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Weir-* or traceparent (there is "trace")`,
		`16:43: routes[4].request_headers.set.X-Weir-A: X-Weir-A: want a header's name of letters, digits and "-" that may be edited: not Host (upstreams have "host"), framing, headers of one hop like Connection, Forwarded, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Weir-* or traceparent (there is "trace")`,
		`16:58: routes[4].request_headers.set.X-Forwarded-For: X-Forwarded-For: want a header's name of letters, digits and "-" that may be edited: not Host (upstreams have "host"), framing, headers of one hop like Connection, Forwarded, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Weir-* or traceparent (there is "trace")`,
		`16:80: routes[4].request_headers.set.X_A: X_A: want a header's name of letters, digits and "-" that may be edited: not Host (upstreams have "host"), framing, headers of one hop like Connection, Forwarded, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Weir-* or traceparent (there is "trace")`,
		`16:100: routes[4].request_headers.set.x-a: x-a: want it once, it is already on line 16`,
		`17:21: routes[4].request_headers.append.X-B: " 1": want a value of visible ASCII, with spaces within and variables like $client`,
		`17:32: routes[4].request_headers.append.X-C: "é": want a value of visible ASCII, with spaces within and variables like $client`,
		`17:42: routes[4].request_headers.append.X-D: $remote_addr is no variable here, did you mean client? want one of client, cookie_NAME, endpoint, header_NAME, host, method, path, query, query_NAME, scheme, search, target, upstream, version`,
		`17:61: routes[4].request_headers.append.X-E: a $ without a variable: want one of client, cookie_NAME, endpoint, header_NAME, host, method, path, query, query_NAME, scheme, search, target, upstream, version, or $$ for the sign itself`,
		`17:65: routes[4].request_headers.append.X-F: a list: want a value of visible ASCII, with spaces within and variables like $client`,
		`18:16: routes[4].request_headers.remove[0]: Connection: want a header's name of letters, digits and "-" that may be edited: not Host (upstreams have "host"), framing, headers of one hop like Connection, Forwarded, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Weir-* or traceparent (there is "trace")`,
		`18:36: routes[4].request_headers.remove[2]: cookie: want it once, it is already on line 18`,
		`19:24: routes[4].response_headers.set: an empty mapping: want a mapping of header names to values, at least 1`,
		`19:33: routes[4].response_headers.remove: an empty list: want at least 1, each a header's name of letters, digits and "-" that may be edited: not Host (upstreams have "host"), framing, headers of one hop like Connection, Forwarded, X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Weir-* or traceparent (there is "trace")`,
		`19:45: routes[4].response_headers.delete: unknown key: want one of append, remove, set`,
	}},
	{"revert_plain", []string{
		`8:25: upstreams.api.rollout.revert.latency: slow: want on or off (also true or false)`,
		`8:40: upstreams.api.rollout.revert.warm_up: 30: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`8:59: upstreams.api.rollout.revert.client_errors: held, did you mean hold? want one of hold, ignore`,
		`8:79: upstreams.api.rollout.revert.sample_ratio: off: want one of hold, ignore`,
		`8:106: upstreams.api.rollout.revert.max_error_rate_plain: a single value: want a mapping with min_requests, rate, window`,
		`8:129: upstreams.api.rollout.revert.max_latency_plain: a single value: want a mapping with min_requests, p50, p90, p99, window`,
		`14:38: upstreams.web.rollout.revert.max_error_rate_plain.rate: 100%: want a percentage above 0% and below 100%, like 5%`,
		`14:52: upstreams.web.rollout.revert.max_error_rate_plain.window: 100ms: want a duration from 1s to 1h with its unit, like 1m`,
		`14:73: upstreams.web.rollout.revert.max_error_rate_plain.min_requests: 0: want a whole number from 1 to 2147483647`,
		`14:76: upstreams.web.rollout.revert.max_error_rate_plain.rates: unknown key, did you mean rate? want one of min_requests, rate, window`,
		`15:34: upstreams.web.rollout.revert.max_latency_plain.p99: 1us: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`15:39: upstreams.web.rollout.revert.max_latency_plain.p50: one more: want one of p50, p90, p99`,
		`15:56: upstreams.web.rollout.revert.max_latency_plain.window: 2h: want a duration from 1s to 1h with its unit, like 1m`,
		`20:16: upstreams.www.rollout.revert.max_error_rate_plain.rate: missing: want a percentage above 0% and below 100%, like 5%`,
		`20:52: upstreams.www.rollout.revert.max_latency_plain: no quantile: want one of p50, p90, p99 with a duration, like p99: 500ms`,
		`20:72: upstreams.www.rollout.revert.max_latency_plain.p95: unknown key, did you mean p90? want one of min_requests, p50, p90, p99, window`,
	}},
	{"rollout", []string{
		`7:25: upstreams.api.rollout.strategy: canaries, did you mean canary? want one of canary, blue_green`,
		`7:49: upstreams.api.rollout.min_requests: 0: want a whole number from 1 to 2147483647`,
		`7:58: upstreams.api.rollout.bake: -1s: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`7:74: upstreams.api.rollout.keep_warm: forever: want a duration of 0s or more with its unit, like 500ms or 30s`,
	}},
	{"route", []string{
		`8:12: routes[0].host: a.*.example.com: want "*", an exact host without a port, or one behind "*." for every name below it`,
		`8:37: routes[0].path: api: want a path that begins with "/", without spaces, ? and #, or {exact: /x} or {regex: "^/x"}`,
		`9:12: routes[1].host: example.com:80: want "*", an exact host without a port, or one behind "*." for every name below it`,
		`9:36: routes[1].path: "/a?b": want a path that begins with "/", without spaces, ? and #, or {exact: /x} or {regex: "^/x"}`,
		`9:54: routes[1].upstream: apo does not exist, did you mean api? want api`,
		`10:5: routes[2].upstream: missing: want the name of an upstream, or redirect or respond instead`,
		`10:12: routes[2].host: "": want "*", an exact host without a port, or one behind "*." for every name below it`,
		`10:22: routes[2].path: "/a b": want a path that begins with "/", without spaces, ? and #, or {exact: /x} or {regex: "^/x"}`,
	}},
	{"route_answer", []string{
		`8:5: routes[0]: upstream and respond: want one of upstream, redirect and respond`,
		`9:16: routes[1].redirect.to: missing: want http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`,
		`10:31: routes[2].redirect.to: //evil: want http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`,
		`10:49: routes[2].redirect.status: 304: want 301, 302, 303, 307 or 308`,
		`11:31: routes[3].redirect.to: "$target": want http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`,
		`12:31: routes[4].redirect.to: "/$path": want http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`,
		`13:31: routes[5].redirect.to: "https://$target": want http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`,
		`14:31: routes[6].redirect.to: "https://a$method": want http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`,
		`15:31: routes[7].redirect.to: $upstream is no variable here: want one of client, cookie_NAME, header_NAME, host, method, path, query, query_NAME, scheme, search, target`,
		`16:31: routes[8].redirect.to: ftp://a/: want http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`,
		`17:31: routes[9].redirect.to: "https://a/ b": want http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`,
		`18:31: routes[10].redirect.to: "https://u@a/": want http://, https:// or $scheme:// with a host or $host behind it, or a path that begins with "/" and a letter, in ASCII without spaces`,
		`19:36: routes[11].rewrite: nothing is passed on here: want it with upstream`,
		`19:65: routes[11].request_headers: nothing is passed on here: want it with upstream`,
		`19:97: routes[11].response_headers: $version stands for nothing here: want it with upstream`,
		`20:34: routes[12].respond.status: 301: want a status from 200 to 599 that is no redirect`,
		`20:45: routes[12].respond.body: "a\x00b": want a text of at most 64 KiB without control characters but line ends and tabs`,
		`20:59: routes[12].respond.type: text: want a media type, like text/html`,
		`21:16: routes[13].respond: a body with status 204: want none`,
		`22:5: routes[14].upstream: missing: want the name of an upstream, or redirect or respond instead`,
		`23:31: routes[15].redirect.to: $request_uri is no variable here, did you mean target? want one of client, cookie_NAME, header_NAME, host, method, path, query, query_NAME, scheme, search, target`,
	}},
	{"route_duplicate", []string{
		`9:5: routes[1]: host * and path /: want them once, they are already on line 8`,
		`11:5: routes[3]: host example.com and path /a: want them once, they are already on line 10`,
		`12:5: routes[4]: host example.com and path /a/: want them once, they are already on line 10`,
		`14:5: routes[6]: host * and path "^/a" with these conditions: want them once, they are already on line 13`,
		`17:5: routes[9]: host * and path /b: want them once, they are already on line 15`,
	}},
	{"route_loop", []string{
		`8:26: routes[1].redirect.to: leads https to itself: want the route with scheme: http`,
		`9:32: routes[2].redirect.to: leads https to itself: want the route with scheme: http`,
	}},
	{"route_match", []string{
		`8:12: routes[0].host: *.10.0.0.1: want "*", an exact host without a port, or one behind "*." for every name below it`,
		`8:26: routes[0].path: a mapping with 0 of exact, prefix and regex: want one of them`,
		`9:12: routes[1].host: *.: want "*", an exact host without a port, or one behind "*." for every name below it`,
		`9:18: routes[1].path: a mapping with 2 of exact, prefix and regex: want one of them`,
		`10:12: routes[2].host: *.*: want "*", an exact host without a port, or one behind "*." for every name below it`,
		`10:33: routes[2].path.regex: "(": want an expression in RE2's syntax of at most 1000 bytes, like "^/v[0-9]+/"`,
		`11:20: routes[3].path.exact: a: want a path that begins with "/", without spaces, ? and #`,
		`12:6: routes[4].path: a mapping with 0 of exact, prefix and regex: want one of them`,
		`12:13: routes[4].path.prefixes: unknown key, did you mean prefix? want one of exact, prefix, regex`,
		`13:6: routes[5].path: a list: want a path that begins with "/", without spaces, ? and #, or {exact: /x} or {regex: "^/x"}`,
		`13:18: routes[5].methods: an empty list: want at least 1, each a method in capitals other than CONNECT and TRACE, like GET`,
		`14:16: routes[6].methods[0]: get: want a method in capitals other than CONNECT and TRACE, like GET`,
		`14:21: routes[6].methods[1]: CONNECT: want a method in capitals other than CONNECT and TRACE, like GET`,
		`14:35: routes[6].methods[3]: GET: want it once, it is already on line 14`,
		`15:16: routes[7].headers.Host: Host: want a header's name of letters, digits and "-" that the client says: not Host (there is "host"), Cookie (there is "cookies"), Forwarded, X-Forwarded-*, X-Real-IP or X-Weir-*`,
		`15:25: routes[7].headers.X_A: X_A: want a header's name of letters, digits and "-" that the client says: not Host (there is "host"), Cookie (there is "cookies"), Forwarded, X-Forwarded-*, X-Real-IP or X-Weir-*`,
		`15:35: routes[7].headers.X-Forwarded-For: X-Forwarded-For: want a header's name of letters, digits and "-" that the client says: not Host (there is "host"), Cookie (there is "cookies"), Forwarded, X-Forwarded-*, X-Real-IP or X-Weir-*`,
		`15:67: routes[7].headers.x-a: x-a: want it once, it is already on line 15`,
		`16:21: routes[8].headers.X-B: "é": want the value as sent, or "*" for any`,
		`16:35: routes[8].query."a=b": "a=b": want a parameter's name as sent, with %XX for spaces, &, =, # and other bytes`,
		`16:50: routes[8].query.c: "&": want the value as sent, with %XX for spaces, & and #, or "*" for any`,
		`16:66: routes[8].cookies."a b": "a b": want a cookie's name`,
		`16:81: routes[8].cookies.c: "1;2": want the value as sent, without spaces and semicolons, or "*" for any`,
		`17:6: routes[9].headers: an empty mapping: want a mapping of header names to values, at least 1`,
		`18:14: routes[10].scheme: wss: want one of http, https`,
	}},
	{"route_listener", []string{
		`9:16: routes[0].listener: wbe does not exist, did you mean web? want one of web, alt`,
		`10:27: routes[1].listener[2]: none does not exist: want one of web, alt`,
		`11:6: routes[2].listener: an empty list: want at least 1, each the name of a listener`,
		`12:22: routes[3].listener[1]: web: want it once, it is already on line 12`,
		`13:6: routes[4].listener: a mapping: want the name of a listener`,
		`15:5: routes[6]: listener alt, host * and path /e: want them once, they are already on line 14`,
		`18:49: routes[9].redirect.to: leads https to itself: want the route with scheme: http`,
	}},
	{"route_scalar", []string{
		`8:6: routes[0].upstream: a list: want the name of an upstream`,
		`9:16: routes[1].upstream: "" does not exist: want api`,
	}},
	{"scalar", []string{
		`1:1: a single value: want a mapping with access_log, admin, clients, listeners, resolver, routes, state, trace, upstreams`,
	}},
	{"second_document", []string{
		`9:1: a second document: want one in a file`,
	}},
	{"second_document_broken", []string{
		`11:1: not YAML: did not find expected node content, here or in what begins here`,
	}},
	{"stable_empty", []string{
		`5:13: upstreams.api.stable: "" does not exist: want one of v1, v2`,
	}},
	{"stable_list", []string{
		`5:5: upstreams.api.stable: a list: want the name of a version`,
		`8:20: upstreams.api.versions.v2.weight: 1: want whole numbers or percentages, not both in one split`,
	}},
	{"stable_missing", []string{
		`4:3: upstreams.api.stable: missing: want the version that the others are compared with, one of v1, v2`,
	}},
	{"stable_unknown", []string{
		`5:13: upstreams.api.stable: v3 does not exist, did you mean v1? want one of v1, v2`,
	}},
	{"state", []string{
		`3:1: state: a list: want a directory`,
	}},
	{"steps_empty", []string{
		`7:15: upstreams.api.rollout.steps: an empty list: want at least 1, each a step`,
	}},
	{"steps_last", []string{
		`7:46: upstreams.api.rollout.steps[1].weight: 99.9%: want 100% in the last step`,
	}},
	{"steps_order", []string{
		`7:47: upstreams.api.rollout.steps[1].weight: 10%: want more than the 10% of the step before`,
		`7:58: upstreams.api.rollout.steps[1].hold: -1s: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`7:70: upstreams.api.rollout.steps[1].pause: later: want on or off (also true or false)`,
		`7:87: upstreams.api.rollout.steps[2].weight: 5%: want more than the 10% of the step before`,
		`7:87: upstreams.api.rollout.steps[2].weight: 5%: want 100% in the last step`,
	}},
	{"steps_until", []string{
		`9:31: upstreams.api.rollout.steps[0].until: sure: want certified`,
		`10:24: upstreams.api.rollout.steps[1].max_hold: nothing ends there: want it with until: certified`,
		`11:63: upstreams.api.rollout.steps[2].max_hold: 10m0s: want more than the hold of 10m0s`,
		`12:52: upstreams.api.rollout.steps[3].max_hold: 0s: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`13:24: upstreams.api.rollout.steps[4].until: a step with pause is left when somebody promotes: want one of them`,
		`15:26: upstreams.api.rollout.steps[6].until: without max_hold, on_undecided: revert never comes about: want max_hold`,
	}},
	{"steps_weight", []string{
		`7:32: upstreams.api.rollout.steps[0].weight: 0%: want a percentage above 0% up to 100%, like 10%`,
		`7:46: upstreams.api.rollout.steps[1].weight: 10: want a percentage above 0% up to 100%, like 10%`,
		`7:60: upstreams.api.rollout.steps[2].weight: 0.5: want a percentage above 0% up to 100%, like 10%`,
		`7:66: upstreams.api.rollout.steps[3].weight: missing: want a percentage above 0% up to 100%, like 10%`,
		`7:87: upstreams.api.rollout.steps[4].weight: 101%: want a percentage above 0% up to 100%, like 10%`,
	}},
	{"sticky", []string{
		`7:5: upstreams.none.sticky: no way to know a user: want one of cookie, header, ip`,
		`11:13: upstreams.word.sticky: a single value: want a mapping with cookie, domain, header, ip, max_age, path`,
		`15:5: upstreams.both.sticky: cookie and ip together: want one of them`,
		`19:22: upstreams.name.sticky.cookie: "a;b": want a cookie's name`,
		`19:38: upstreams.name.sticky.max_age: 1500ms: want a duration in whole seconds with its unit, like 1h, or 0s for a session cookie`,
		`19:52: upstreams.name.sticky.path: api: want a path that begins with "/", in ASCII without spaces and semicolons, or ""`,
		`19:65: upstreams.name.sticky.domain: "a b": want a host name, or ""`,
		`23:22: upstreams.header.sticky.header: Host: want a header's name of letters, digits and "-" that the client says: not Host, Cookie, Forwarded, X-Forwarded-*, X-Real-IP or X-Weir-*`,
		`23:28: upstreams.header.sticky.path: of no cookie: want it with cookie`,
		`27:22: upstreams.ours.sticky.header: X-Forwarded-For: want a header's name of letters, digits and "-" that the client says: not Host, Cookie, Forwarded, X-Forwarded-*, X-Real-IP or X-Weir-*`,
		`31:18: upstreams.off.sticky.ip: off: want true, or another way to know a user`,
		`35:5: upstreams.key.sticky: no way to know a user: want one of cookie, header, ip`,
		`35:14: upstreams.key.sticky.cookies: unknown key, did you mean cookie? want one of cookie, domain, header, ip, max_age, path`,
		`40:5: upstreams.same.sticky: the cookie c is that of affinity too: want another name`,
	}},
	{"syntax", []string{
		`4:1: not YAML: did not find expected ',' or '}', here or in what begins here`,
	}},
	{"syntax_first_line", []string{
		`2:1: not YAML: did not find expected node content, here or in what begins here`,
	}},
	{"syntax_indent", []string{
		`4:1: not YAML: did not find expected key, here or in what begins here`,
	}},
	{"syntax_scanner", []string{
		`4:1: not YAML: mapping values are not allowed in this context`,
	}},
	{"tag", []string{
		`7:12: upstreams.api.guard: the tag "!!bool": want a value without a tag`,
	}},
	{"timeouts", []string{
		`7:25: upstreams.api.timeouts.connect: 2: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`7:38: upstreams.api.timeouts.response: -1s: want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`7:49: upstreams.api.timeouts.idle: "1 minute": want a duration of 1ms or more with its unit, like 500ms or 30s`,
		`7:66: upstreams.api.timeouts.drain: -1s: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`7:78: upstreams.api.timeouts.total: -1s: want a duration of 0s or more with its unit, like 500ms or 30s`,
		`7:91: upstreams.api.timeouts.tunnel: 0s: want a duration of 1ms or more with its unit, like 500ms or 30s`,
	}},
	{"trusted", []string{
		`4:21: clients.trusted_proxies[0]: 10.0.0.1/8: want a network like 10.0.0.0/8 or 2001:db8::/32, or one address`,
		`4:33: clients.trusted_proxies[1]: localhost: want a network like 10.0.0.0/8 or 2001:db8::/32, or one address`,
		`4:44: clients.trusted_proxies[2]: 10.0.0.0/33: want a network like 10.0.0.0/8 or 2001:db8::/32, or one address`,
		`4:59: clients.trusted_proxies[3]: fe80::1%eth0: want a network like 10.0.0.0/8 or 2001:db8::/32, or one address`,
		`4:75: clients.trusted_proxies[4]: ::ffff:10.0.0.1: want a network like 10.0.0.0/8 or 2001:db8::/32, or one address`,
		`4:104: clients.trusted_proxies[6]: 10.0.0.1/32: want it once, it is already on line 4`,
	}},
	{"tls", []string{
		`2:40: listeners[0].tls.cert: missing: want a PEM file with a certificate`,
		`3:40: listeners[1].tls.key: missing: want the PEM file with its private key`,
		`4:40: listeners[2].tls.cert: missing: want a PEM file with a certificate`,
		`5:46: listeners[3].tls.certificates: an empty list: want at least 1, each a certificate`,
		`6:61: listeners[4].tls.certificates[0].key: missing: want the PEM file with its private key`,
		`7:76: listeners[5].tls.min_version: 1.1, did you mean 1.2? want one of 1.2, 1.3`,
		`7:81: listeners[5].tls.client.ca: missing: want a PEM file with certificates of authorities`,
		`7:96: listeners[5].tls.client.mode: maybe: want one of require, optional`,
		`11:5: upstreams.api.tls.key: missing: want the PEM file with its private key`,
		`11:33: upstreams.api.tls.server_name: a/b: want a host name or an IP address`,
		`11:46: upstreams.api.tls.verify: perhaps: want on or off (also true or false)`,
	}},
	{"unknown_key", []string{
		`3:1: stat: unknown key, did you mean state? want one of access_log, admin, clients, listeners, resolver, routes, state, trace, upstreams`,
		`4:1: zzz: unknown key: want one of access_log, admin, clients, listeners, resolver, routes, state, trace, upstreams`,
		`8:7: upstreams.api.versions.v1.endpoints: missing: want at least one endpoint`,
		`8:12: upstreams.api.versions.v1.endpoint: unknown key, did you mean endpoints? want one of endpoints, max_conns, weight`,
		`9:5: upstreams.api.retries: unknown key, did you mean retry? want one of affinity, balance, bounded_load, buffer, consistent, expose_version, guard, hash_key, health, host, keepalive, least_time, max_conns, pins, queue, random_two, retry, rollout, stable, sticky, timeouts, tls, versions`,
	}},
	{"versions", []string{
		`4:3: upstreams.a.versions: missing: want at least one version`,
		`5:7: upstreams.b.versions: an empty mapping: want a mapping of versions, at least 1`,
		`6:18: upstreams.c.versions.v1.endpoints: missing: want at least one endpoint`,
		`7:23: upstreams.d.versions.v1.endpoints: an empty list: want at least 1, each an endpoint`,
		`8:18: upstreams.e.versions.v1: empty: want a mapping with endpoints, max_conns, weight`,
	}},
	{"weight", []string{
		`7:20: upstreams.api.versions.v1.weight: -1: want a whole number of 0 or more, or a percentage from 0% to 100%`,
		`8:20: upstreams.api.versions.v2.weight: 1.5: want a whole number of 0 or more, or a percentage from 0% to 100%`,
	}},
	{"weight_mixed", []string{
		`8:20: upstreams.api.versions.v2.weight: 10%: want whole numbers or percentages, not both in one split`,
	}},
	{"weight_octal", []string{
		`7:20: upstreams.api.versions.v1.weight: 090: want a whole number of 0 or more, or a percentage from 0% to 100%`,
		`8:20: upstreams.api.versions.v2.weight: 1e3: want a whole number of 0 or more, or a percentage from 0% to 100%`,
	}},
	{"weight_omitted", []string{
		`6:5: upstreams.api.versions: the percentages sum to 99%: want 100%`,
	}},
	{"weight_percent", []string{
		`7:20: upstreams.api.versions.v1.weight: 101%: want a whole number of 0 or more, or a percentage from 0% to 100%`,
		`8:20: upstreams.api.versions.v2.weight: -1%: want a whole number of 0 or more, or a percentage from 0% to 100%`,
	}},
	{"weight_rest", []string{
		`7:7: upstreams.api.versions.v1: the weight of stable is omitted, so it is 100 minus the others, which is -1: want the others to sum to 100 or less, or its weight written`,
	}},
	{"weight_sum", []string{
		`6:5: upstreams.api.versions: the percentages sum to 99.9%: want 100%`,
	}},
	{"weight_zero", []string{
		`6:5: upstreams.api.versions: every weight is 0: want one above 0`,
	}},
	{"wrong_kinds", []string{
		`1:1: listeners: a mapping: want a list, each item a listener`,
		`2:1: upstreams: a list: want a mapping of upstreams`,
		`3:9: routes: a single value: want a list, each item a route`,
	}},
}

func TestBadFiles(t *testing.T) {
	t.Setenv("WEIR_TEST_SET", "soon")
	os.Unsetenv("WEIR_TEST_UNSET")
	for _, tt := range bad {
		t.Run(tt.name, func(t *testing.T) {
			file := "testdata/" + tt.name + ".bad.yaml"
			c, err := Load(file)
			if c != nil {
				t.Errorf("Load(%s) returned a configuration beside its problems", file)
			}
			invalid, ok := errors.AsType[*Invalid](err)
			if !ok {
				t.Fatalf("Load(%s) = %v, want an *Invalid", file, err)
			}
			var want []string
			for _, line := range tt.lines {
				want = append(want, file+":"+line)
			}
			if diff := cmp.Diff(want, strings.Split(invalid.Error(), "\n")); diff != "" {
				t.Errorf("problems of %s (-want +got):\n%s", file, diff)
			}
			if invalid.File != file || invalid.Problems[0].File != file {
				t.Errorf("the error names %s and %s, want %s", invalid.File, invalid.Problems[0].File, file)
			}
		})
	}
}

// A file that no row names would be loaded by nobody.
func TestBadFilesAreListed(t *testing.T) {
	files, err := filepath.Glob("testdata/*.bad.yaml")
	if err != nil {
		t.Fatal(err)
	}
	listed := make(map[string]bool)
	for _, tt := range bad {
		listed["testdata/"+tt.name+".bad.yaml"] = true
	}
	for _, file := range files {
		if !listed[file] {
			t.Errorf("%s has no row in bad", file)
		}
	}
}
