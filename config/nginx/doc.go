// Package nginx reads an NGINX configuration and says what of it Weir does: it
// turns it into the text of a weir.yaml and a verdict on every directive.
//
// It knows NGINX's words, its defaults by version, and what they mean in Weir's
// file. It must not know how anything is served, and it decides nothing about a
// running process: what it writes is a file like one written by hand, which
// package config reads and checks.
package nginx
