// Package app is the Weir process as a value: it loads the configuration, opens
// the state, wires the data plane, the control plane and the admin API together,
// and stops them in reverse order.
//
// It knows every other package, and how one's values become another's. It must
// not decide anything about traffic: that is proxy/control's, and what the
// packages below it do.
package app
