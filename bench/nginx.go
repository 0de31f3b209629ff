package main

import (
	"fmt"
	"os"
)

// startNginx runs nginx as a proxy with all that its guides advise: kept
// connections to the backends, HTTP/1.1, no log, no limit on the requests of a
// connection, no temporary files. It sends what Weir sends on.
func startNginx(at place, stable, candidate string) (*peer, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	// One worker needs no master above it; more do.
	process, user := "master_process off;", ""
	if at.workers > 1 {
		process = fmt.Sprintf("worker_processes %d;", at.workers)
	}
	if os.Getuid() == 0 {
		user = "user root;" // its workers must reach the folder
	}
	return program{
		name: "nginx", address: address,
		config: fmt.Sprintf(nginxConf, user, process, stable, candidate, address),
		args:   func(config, dir string) []string { return []string{"-p", dir, "-c", config} },
	}.start(at)
}

const nginxConf = `daemon off; %s %s
pid nginx.pid; error_log error.log;
worker_rlimit_nofile 20000;
events { worker_connections 19000; use epoll; }
http {
	access_log off; server_tokens off;
	client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
	sendfile on; tcp_nodelay on; reset_timedout_connection on;
	keepalive_timeout 75s; keepalive_requests 1000000000;
	client_header_timeout 10s; client_body_timeout 60s; send_timeout 60s;
	upstream api {
		server %s weight=9;
		server %s weight=1;
		keepalive 256; keepalive_requests 1000000000; keepalive_time 24h; keepalive_timeout 60s;
	}
	server {
		listen %s backlog=4096;
		location / {
			proxy_pass http://api;
			proxy_http_version 1.1;
			proxy_set_header Connection "";
			proxy_set_header Host $http_host;
			proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
			proxy_set_header X-Forwarded-Proto $scheme;
			proxy_set_header X-Forwarded-Host $http_host;
			proxy_connect_timeout 2s; proxy_read_timeout 30s; proxy_send_timeout 60s;
			proxy_buffer_size 16k; proxy_buffers 8 32k; proxy_busy_buffers_size 64k; proxy_max_temp_file_size 0;
		}
	}
}
`
