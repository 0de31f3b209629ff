package nginx

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"weir/config"
)

// builtIn are NGINX's own variables; one that ends in "_" is all that begin with it.
var builtIn = strings.Fields(`
	ancient_browser arg_ args binary_remote_addr body_bytes_sent bytes_received bytes_sent connection connection_requests
	connection_time connections_ content_length content_type cookie_ date_gmt date_local document_root document_uri
	fastcgi_path_info fastcgi_script_name geoip_ gzip_ratio host hostname http2 http3 http_ https invalid_referer is_args
	is_request_port jwt_ limit_conn_status limit_rate limit_req_status memcached_key modern_browser msec msie nginx_version
	pid pipe proxy_add_x_forwarded_for proxy_host proxy_port proxy_protocol_ query_string realip_remote_addr
	realip_remote_port realpath_root remote_addr remote_port remote_user request request_body request_body_file
	request_completion request_filename request_id request_length request_method request_port request_time request_uri
	scheme secure_link secure_link_expires sent_http_ sent_trailer_ server_addr server_name server_port server_protocol
	session_log_ slice_range ssl_ status tcpinfo_ time_iso8601 time_local trailer_ uid_ upstream_ uri`)

// namedCapture is a variable that an expression defines.
var namedCapture = regexp.MustCompile(`\(\?P?[<']([A-Za-z0-9_]+)[>']`)

// defined are the variables that the file defines, wherever.
func (im *importer) defined() map[string]bool {
	out := map[string]bool{}
	add := func(word string) {
		if name := parseVariables(word).only(); name != "" {
			out[name] = true
		}
	}
	var walk func([]*Directive)
	walk = func(block []*Directive) {
		for _, d := range block {
			switch {
			case d.Name == "map", d.Name == "split_clients", d.Name == "keyval", d.Name == "num_map":
				add(d.Arg(1))
			case d.Name == "geo":
				add(d.Arg(len(d.Args) - 1))
			case d.Name == "set", strings.HasSuffix(d.Name, "_set"), strings.HasPrefix(d.Name, "set_"), d.Name == "js_var":
				add(d.Arg(0))
			}
			for _, w := range append([]Word{{Text: d.Name}}, d.Args...) { // a map's expressions are names
				for _, m := range namedCapture.FindAllStringSubmatch(w.Text, -1) {
					out[strings.ToLower(m[1])] = true
				}
			}
			walk(d.Block)
		}
	}
	walk(im.config.Block)
	return out
}

// undefined says of the first variable in t that there is none of that name, with
// which NGINX would not start; "" where there are all.
func (im *importer) undefined(t text) string {
	own := im.defined()
	for _, p := range t {
		name := p.Variable
		if name == "" || own[name] || strings.Trim(name, "0123456789") == "" || slices.ContainsFunc(builtIn, func(s string) bool {
			return s == name || strings.HasSuffix(s, "_") && strings.HasPrefix(name, s)
		}) {
			continue
		}
		why := "$" + name + " is no variable of NGINX, and nothing in the file sets it"
		if near := config.Nearest(name, append(slices.Sorted(maps.Keys(own)), builtIn...)); near != "" {
			why += ", did you mean $" + near + "?"
		}
		return why
	}
	return ""
}
