// Package systemd speaks with the service manager that started the process: it takes
// over sockets that were bound before, and says when the process is ready, reloads,
// drains and stops.
//
// It knows nothing of what is served. Without a manager, or with one that does not
// ask, all of it does nothing.
package systemd
