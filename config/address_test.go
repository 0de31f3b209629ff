package config

import "testing"

func TestEndpointAddresses(t *testing.T) {
	good := []string{"127.0.0.1:1", "[::1]:65535", "[fe80::1%eth0]:80", "localhost:80", "app_1:80", "a.b-c.example:80", "10.0.0.1.example:80"}
	bad := []string{
		"", ":80", "a", "a:", "a:0", "a:65536", "a:080", "a:+80", "a:-1", "a:http", "::1:80", "[a]:80", "[127.0.0.1]:80", "[::1]",
		"-a:80", "a-:80", "a..b:80", "a b:80", "1.2.3:80", "1.2.3.256:80", "http://a:80", "a:80/", "ä:80", "a:80:80",
	}
	for _, s := range good {
		if host, _, ok := splitAddress(s, 1); !ok || !isHost(host) {
			t.Errorf("%s was refused", s)
		}
	}
	for _, s := range bad {
		if host, _, ok := splitAddress(s, 1); ok && isHost(host) {
			t.Errorf("%q was accepted", s)
		}
	}
}

func TestLoopback(t *testing.T) {
	tests := []struct {
		host string
		want bool
	}{
		{"127.0.0.1", true},
		{"127.255.255.254", true},
		{"::1", true},
		{"::ffff:127.0.0.1", true},
		{"localhost", true},
		{"LocalHost", true},
		{"", false},
		{"0.0.0.0", false},
		{"::", false},
		{"128.0.0.1", false},
		{"10.0.0.1", false},
		{"localhost.example", false},
		{"127.0.0.1.example", false},
	}
	for _, tt := range tests {
		if got := isLoopback(tt.host); got != tt.want {
			t.Errorf("isLoopback(%q) = %t, want %t", tt.host, got, tt.want)
		}
	}
}

func TestRouteHosts(t *testing.T) {
	tests := []struct {
		in, want string
		ok       bool
	}{
		{"*", "*", true},
		{"Example.COM", "example.com", true},
		{"127.0.0.1", "127.0.0.1", true},
		{"[::1]", "[::1]", true},
		{"::1", "", false},
		{"[example.com]", "", false},
		{"[::1", "", false},
		{"::1]", "", false},
		{"example.com:80", "", false},
		{"*.example.com", "*.example.com", true},
		{"", "", false},
	}
	for _, tt := range tests {
		if got, ok := parseRouteHost(tt.in); ok != tt.ok || ok && got != tt.want {
			t.Errorf("parseRouteHost(%q) = %q, %t, want %q, %t", tt.in, got, ok, tt.want, tt.ok)
		}
	}
}
