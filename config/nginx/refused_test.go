package nginx

import (
	"fmt"
	"strings"
	"testing"
)

// inHTTP is a configuration with a server of one upstream; text stands in http, inServer
// in the server and inLocation in its location.
func inHTTP(text, inServer, inLocation string) string {
	return "events {}\nhttp {\nupstream a { server 127.0.0.1:3001; }\n" + text + "\nserver { listen 8080; " + inServer +
		"\nlocation / { proxy_pass http://a; " + inLocation + " } } }\n"
}

func translateText(text string, o Options) (*Result, error) {
	c, err := parseText(text, nil)
	if err != nil {
		return nil, err
	}
	return Translate(c, o)
}

// manyIfs are n ifs, each of a header of its own, that all set a variable.
func manyIfs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "if ($http_x%c) { set $b %d; } ", 'a'+i, i)
	}
	return b.String() + " proxy_pass http://$b;"
}

// TestRefused: what changes who gets which request ends an import, with its place.
func TestRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{inHTTP("", "", "auth_basic x;"), "6:35: auth_basic x: refused: there is no authentication"},
		{inHTTP("", "allow 10.0.0.0/8; deny all;", ""), "5:23: allow 10.0.0.0/8: refused: clients are not let in by their address"},
		{inHTTP("upstream b { server 127.0.0.1; server 127.0.0.2 backup; hash $uri; }", "", ""), "backup with hash"},
		{inHTTP("", "", "proxy_pass http://$host;"), "where it leads is known to the request only: http://$host"},
		{inHTTP("geo $x { default a; }", "", "proxy_pass http://$x;"), "where it leads is known to the request only: http://$x"},
		{inHTTP("map $remote_addr $x { default a; 1 b; }", "", "proxy_pass http://$x;"), "routes do not ask $remote_addr"},
		{inHTTP("map $http_x $x { default a; ~^b.*c b; }", "", "proxy_pass http://$x;"), "expressions over $http_x are not asked"},
		{inHTTP("split_clients $remote_addr $x { 10% a; }", "", "proxy_pass http://$x;"), "no host: with NGINX such requests fail too"},
		{inHTTP("map $x $x { default $x; }", "", "proxy_pass http://$x;"), "more than 10 variables that stand for each other"},
		{inHTTP("", "", "proxy_pass http://unix:/run/a.sock;"), "there are no Unix sockets"},
		{inHTTP("upstream b { server unix:/run/b; }", "", "proxy_pass http://b;"), "4:14: server unix:/run/b: refused: there are no Unix sockets"},
		{inHTTP("upstream b { server 127.0.0.1; ntlm; }", "", "proxy_pass http://b;"), "ntlm: refused: connections are not bound to clients"},
		{inHTTP("upstream b { zone b 1m; state /b; }", "", "proxy_pass http://b;"), "no server of b can be an endpoint"},
		{inHTTP("upstream b { server 127.0.0.1; hash $geoip_x; }", "", "proxy_pass http://b;"), "$geoip_x is not known here"},
		{inHTTP("upstream b { server 127.0.0.1; sticky route $x; }", "", "proxy_pass http://b;"), "$x names no cookie, parameter or header"},
		{inHTTP("", "server_name ~^a;", ""), "hosts are no expressions: ~^a"},
		{inHTTP("", "server_name a.*;", ""), "wildcards are at the beginning of a host only: a.*"},
		{inHTTP("", "listen 81 proxy_protocol;", ""), "the PROXY protocol is not spoken"},
		{inHTTP("", "root /srv; location /x/ { }", ""), "5:34: location /x/: refused: nothing in it answers: NGINX serves files then, and nothing is served from disk"},
		{inHTTP("", "location /x/ { try_files $uri @y; }", ""), "try_files $uri @y: refused: nothing is served from disk"},
		{inHTTP("", "location /x/ { fastcgi_pass a; }", ""), "only HTTP is spoken to endpoints"},
		{inHTTP("", "location /x/ { content_by_lua_block { } }", ""), "content_by_lua_block: refused: there are no scripts"},
		{inHTTP("", "location /x/ { other_pass a; }", ""), "5:38: other_pass a: refused: no directive of NGINX or of a module that is known here"},
		{inHTTP("", "location /x/ { proxy_pas http://a; }", ""), "5:38: proxy_pas http://a: refused: no directive of NGINX or of a module that is known here, did you mean proxy_pass?"},
		{inHTTP("upstream b { sever 127.0.0.1; }", "", ""), "4:14: sever 127.0.0.1: refused: no directive of NGINX or of a module that is known here, did you mean server?"},
		{inHTTP("", "", "if ($arg_x) { proxy_pas http://a; }"), "did you mean proxy_pass?"},
		{inHTTP("", "retrun 404;", ""), "did you mean return?"},
		{inHTTP("", "", "modsecurity on;"), "requests are not inspected"},
		{inHTTP("server { listen 8443 ssl; listen 8081; ssl_reject_handshake on; }", "", ""), "4:10: listen 8443 ssl: refused: nobody gets in there"},
		{inHTTP("server { listen 8443 ssl; ssl_reject_handshake on; }", "", ""), "4:10: listen 8443 ssl: refused: nobody gets in there, and there is no certificate: want it removed"},
		{inHTTP("", "", "proxy_pass http://$nowhere;"), "$nowhere is no variable of NGINX, and nothing in the file sets it"},
		{inHTTP("map $http_x $backend { default a; }", "", "proxy_pass http://$bakcend;"), "$bakcend is no variable of NGINX, and nothing in the file sets it, did you mean $backend?"},
		{inHTTP("map $uri $x { ~^/(?<name>[a-z]+) 1; }", "", "proxy_pass http://$name;"), "where it leads is known to the request only: http://$name"},
		{inHTTP("", "", "proxy_pass http://$remote_addr;"), "where it leads is known to the request only: http://$remote_addr"},
		{inHTTP("match m { send x; }", "", "health_check match=m;"), "send x: refused: is of checks in stream: want status, header or body"},
		{inHTTP("", "rewrite ^/a/(.*)$ /b/$1 last;", ""), "want the beginning of a path replaced and break"},
		{inHTTP("", "", "if (-f $request_filename) { return 404; }"), "nothing is served from disk"},
		{inHTTP("", "", `if ($http_user_agent ~ "bot|crawl") { return 403; }`), "expressions over $http_user_agent are not asked"},
		{inHTTP("", "location ~ (?<!a)b { return 404; }", ""), "the expression is none of RE2's"},
		{inHTTP("", "location /x/ { proxy_pass http://a/y; }", ""), "the slash between what is replaced and what stays is lost or doubled"},
		{inHTTP("", "location /x/ { proxy_pass http://a/$arg_y; }", ""), "the path is known to the request only"},
		{inHTTP("", "location /x/ { return 200 $uri; }", ""), "an answer's text is fixed"},
		{inHTTP("", "location /x/ { return 301 https://$arg_y/; }", ""), "Weir's file cannot say it: routes["},
		{inHTTP("", "", "proxy_set_header Host $arg_h;"), "Host is the client's, or fixed"},
		{inHTTP("", "", "error_page 502 = @b;"), "error answers are not replaced: nothing leads to @b"},
		{inHTTP("", "", "try_files $uri =404;"), "try_files $uri =404: refused: nothing is served from disk"},
		{inHTTP("", "", manyIfs(12)), "more than 500 values"},
		{"stream { server { listen 1; } }\n" + inHTTP("", "", ""), "1:1: stream: refused: only HTTP is spoken"},
	} {
		text := c.text
		if strings.Count(text, "proxy_pass") > 1 {
			text = strings.Replace(text, "location / { proxy_pass http://a; ", "location / { ", 1)
		}
		res, err := translateText(text, Options{})
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		err = res.Report.Err(false)
		if err == nil || !strings.Contains(err.Error(), c.want) || res.Text != nil {
			t.Errorf("%s\n%v, want it to contain %q, and no file", text, err, c.want)
		}
		if err != nil && !strings.HasPrefix(err.Error(), "/etc/nginx/nginx.conf:") {
			t.Errorf("%v: want its place first", err)
		}
	}
}

// TestFaults: what NGINX refuses too is an error, with its place.
func TestFaults(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"events {}\n", "1:1: no http block"},
		{"http { }", "http: no server"},
		{inHTTP("upstream b { }", "", ""), "4:1: upstream b: no servers are in it"},
		{inHTTP("upstream b { server 127.0.0.1 weight=0; }", "", ""), `4:14: server 127.0.0.1 weight=0: "weight=0": want a weight of 1 or more; down keeps requests from a server`},
		{inHTTP("upstream b { server 127.0.0.1 weight=x; }", "", ""), `"weight=x"`},
		{inHTTP("upstream b { server 127.0.0.1 fail_timeout=10ms; }", "", ""), `"fail_timeout=10ms"`},
		{inHTTP("upstream b { server 127.0.0.1 wieght=1; }", "", ""), `"wieght=1": want a parameter of a server; did you mean weight?`},
		{inHTTP("upstream b { server 127.0.0.1:0; }", "", ""), "want host:port"},
		{inHTTP("upstream b { server 127.0.0.1 backup=1; }", "", ""), `"backup=1": want backup alone`},
		{inHTTP("upstream b { server 127.0.0.1 backup; }", "", ""), "4:1: upstream b: all servers in it are backup: want one without it"},
		{inHTTP("upstream b { ip_hash; server 127.0.0.1; server 127.0.0.2 backup; }", "", ""), "backup with ip_hash"},
		{inHTTP("upstream b { server a.example.org resolve; }", "", ""), "resolve in an upstream without a zone"},
		{inHTTP("upstream b { zone b 1m; server a.example.org:80 resolve service=http; }", "", ""), "service: want it with resolve, and a host without a port"},
		{inHTTP("upstream A { server 127.0.0.1; }", "", ""), "upstream A: is there already"},
		{inHTTP("", "", "proxy_pass http://a:81;"), "an upstream has no port"},
		{inHTTP("upstream b { server 127.0.0.1; hash $uri konsistent; }", "", "proxy_pass http://b;"), `"konsistent": want consistent`},
		{inHTTP("upstream b { server 127.0.0.1; random three; }", "", "proxy_pass http://b;"), `"three": want two`},
		{inHTTP("", "location / { return 404; }", ""), "location /: is there already"},
		{inHTTP("upstream b { keepalive 1; server 127.0.0.1; keepalive 2; }", "", ""), "4:45: keepalive is there already, at /etc/nginx/nginx.conf:4:14: want it once"},
		{inHTTP("", "location /x { proxy_pass http://b; proxy_pass http://c; }", ""), "proxy_pass is there already"},
		{inHTTP("", "location ! /x { return 404; }", ""), `"!": want =, ~, ~* or ^~`},
		{inHTTP("", "location ~ x { proxy_pass http://a/y; }", ""), "a path behind the host: want none"},
		{inHTTP("", "", "proxy_read_timeout soon;"), `"soon": want a time`},
		{inHTTP("", "", "client_max_body_size big;"), `"big": want a size`},
		{inHTTP("", "", "proxy_next_upstream sometimes;"), `"sometimes": want error`},
		{inHTTP("", "", "if $x { return 404; }"), "want a condition in brackets"},
		{inHTTP("", "listen 8081 quickly;", ""), `"quickly": want a parameter of listen`},
		{inHTTP("", "listen 8443 ssl;", ""), "ssl without a certificate"},
		{inHTTP("access_log /x none;", "", ""), "there is no log_format none"},
		{inHTTP("", "proxy_pass http://a;", ""), "proxy_pass may not stand here: want it in location, if in a location, limit_except"},
	} {
		text := strings.Replace(c.text, "proxy_pass http://a; proxy_pass", "proxy_pass", 1)
		_, err := translateText(text, Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "/etc/nginx/nginx.conf:") {
			t.Errorf("%s\n%v, want it to contain %q, its place first", text, err, c.want)
		}
	}
}

// TestStrict: approximated directives end an import when that is asked for.
func TestStrict(t *testing.T) {
	res, err := translateText(inHTTP("", "", "proxy_buffering on;"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Report.Err(true); err == nil || !strings.Contains(err.Error(), "6:35: proxy_buffering on: approximated: answers are streamed") {
		t.Errorf("strict: %v", err)
	}
}
