package config

import (
	"fmt"
	"os"
	"strings"
)

// adviseCommands has a line for each command that a rollout would run and that is not
// here: it may be where the file is used, so it is no mistake of the file's. Bare names
// are looked for in the PATH of whoever runs them, which nobody knows before.
func (u *Upstream) adviseCommands(say func(what string, path ...string)) {
	look := func(command []string, path ...string) {
		if len(command) == 0 || !strings.Contains(command[0], "/") {
			return
		}
		switch info, err := os.Stat(command[0]); {
		case err != nil:
			say(Show(command[0])+" is not there: it cannot be run", append(path, "exec", "[0]")...)
		case info.IsDir() || info.Mode().Perm()&0o111 == 0:
			say(Show(command[0])+" cannot be run: want an executable file", append(path, "exec", "[0]")...)
		}
	}
	for i, g := range u.Rollout.Gates {
		look(g.Exec, "rollout", "gates", fmt.Sprintf("[%d]", i))
	}
	if u.Rollout.Strategy == "rolling" {
		if h := u.Rollout.Rolling.Start; h != nil {
			look(h.Exec, "rollout", "rolling", "start")
		}
		if h := u.Rollout.Rolling.Stop; h != nil {
			look(h.Exec, "rollout", "rolling", "stop")
		}
	}
}
