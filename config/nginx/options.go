package nginx

// Options says how a configuration is translated. The zero value is for the newest
// NGINX that is known, and makes one version of every upstream.
type Options struct {
	Version  Version // of NGINX, whose defaults hold
	Versions bool    // make versions of servers that look like a canary
}
