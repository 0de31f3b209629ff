package nginx

// Options says how a configuration is translated. The zero value is for the newest
// NGINX that is known, and makes one version of every upstream.
type Options struct {
	Version  Version // of NGINX, whose defaults hold
	Versions bool    // make versions of servers that look like a canary
	Admin    string  // where the admin API listens; "" is Weir's default
	State    string  // the directory of the state store; "" keeps state in memory
}
