// Package demo shows the main job on one machine: a canary ramps up in front of
// users, and a bad one is reverted before they notice.
//
// It starts the real program as child processes: backends (Backend) and one
// `weir run` with a configuration and a state folder of its own. It sends the
// users' traffic and watches the admin API as anybody could.
//
// The numbers it ends with come from the logs of the backends and of the users'
// side: a demonstration must not let the thing it demonstrates report on itself.
// What Weir reports stands beside them, by name, and must agree. So this package
// must not know any package of the proxy but the client of its API.
package demo
