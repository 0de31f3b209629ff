package dns

import (
	"bufio"
	"net"
	"net/netip"
	"os"
	"strings"
)

// resolvConf is where a system says whom to ask.
const resolvConf = "/etc/resolv.conf"

// systemServers reads the servers of a system, anew each time: the file changes
// when a machine moves to another network. Of its lines only nameserver counts.
// Without one it is this machine, as resolv.conf(5) says.
func systemServers(file string) []string {
	var out []string
	if f, err := os.Open(file); err == nil {
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			fields := strings.Fields(lines.Text())
			if len(fields) < 2 || fields[0] != "nameserver" {
				continue
			}
			if _, err := netip.ParseAddr(fields[1]); err == nil {
				out = append(out, net.JoinHostPort(fields[1], "53"))
			}
		}
	}
	if len(out) == 0 {
		return []string{"127.0.0.1:53", "[::1]:53"}
	}
	return out
}
