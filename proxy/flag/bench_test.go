package flag

import "testing"

// typical is what rules are made of nearly always: none of it may cost memory.
var typical = map[string]struct{ rule, context string }{
	"segment":       {`{"if": [{"ends_with": [{"var": "email"}, "@example.com"]}, "on", null]}`, `{"email": "somebody@example.com"}`},
	"plan and age":  {`{"if": [{"and": [{"in": [{"var": "plan"}, ["pro", "team"]]}, {">=": [{"var": "age"}, 18]}]}, "on", "off"]}`, `{"plan": "team", "age": 44}`},
	"many":          {`{"if": [{"in": [{"var": "user"}, ["a","b","c","d","e","f","g","h","i","j","k","l"]]}, "on", "off"]}`, `{"user": "l"}`},
	"network":       {`{"if": [{"ip_in": [{"var": "ip"}, ["10.0.0.0/8", "192.168.0.0/16", "2001:db8::/32"]]}, "on", "off"]}`, `{"ip": "2001:db8::1"}`},
	"version":       {`{"if": [{"sem_ver": [{"var": "app.version"}, ">=", "2.1.0"]}, "on", "off"]}`, `{"app": {"version": "v2.10.3-rc.1+5"}}`},
	"share":         {`{"fractional": [["on", 10], ["off", 90]]}`, `{"targetingKey": "user-4711"}`},
	"share by text": {`{"fractional": [{"cat": [{"var": "$flagd.flagKey"}, {"var": "email"}]}, ["on", 10], ["off", 90]]}`, `{"email": "somebody@example.com"}`},
	"weights":       {`{"fractional": [["on", {"if": [{"==": [{"var": "plan"}, "pro"]}, 100, 0]}], ["off", 10]]}`, `{"plan": "pro", "targetingKey": "user-4711"}`},
	"time":          {`{"if": [{"<": [1700000000, {"var": "$flagd.timestamp"}, 1800000000]}, "on", "off"]}`, `{}`},
	"there":         {`{"if": [{"missing": ["email", "plan"]}, "off", "on"]}`, `{"email": "somebody@example.com", "plan": "pro"}`},
	"part":          {`{"if": [{"==": [{"substr": [{"var": "country"}, 0, 2]}, "de"]}, "on", "off"]}`, `{"country": "de-AT"}`},
	"items":         {`{"if": [{"some": [{"var": "groups"}, {"==": [{"var": ""}, "beta"]}]}, "on", "off"]}`, `{"groups": ["staff", "beta"]}`},
}

func BenchmarkEvaluate(b *testing.B) {
	for name, tt := range typical {
		b.Run(name, func(b *testing.B) {
			f, c := oneFlagOf(b, tt.rule), about(b, tt.context)
			b.ReportAllocs()
			for b.Loop() {
				f.Evaluate(c, nil)
			}
		})
	}
}
