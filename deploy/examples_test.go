package deploy

import (
	"bytes"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// Promise: whoever looks for an example finds it, and what it is for.
func TestExamplesAreListed(t *testing.T) {
	index := read(t, "README.md")
	files, err := filepath.Glob("examples/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, f := range files {
		if !strings.HasPrefix(string(read(t, f)), "# ") {
			t.Errorf("%s does not begin with what it is for", f)
		}
		if !bytes.Contains(index, []byte("]("+f+")")) {
			t.Errorf("README.md does not list %s", f)
		}
		usable(t, f)
	}
}

// Promise: an example of the packages is whole: what it names is there, too.
func TestExamplesArePackaged(t *testing.T) {
	var packed struct{ Contents []struct{ Src string } }
	if err := yaml.Unmarshal(read(t, "packaging/nfpm.yaml"), &packed); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("examples/*.*")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, f := range files {
		if !slices.ContainsFunc(packed.Contents, func(c struct{ Src string }) bool {
			ok, _ := filepath.Match(c.Src, "deploy/"+f)
			return ok
		}) {
			t.Errorf("nfpm.yaml does not pack %s", f)
		}
	}
}

// The units, the packages and the image agree on where things are.
func TestPlacesAgree(t *testing.T) {
	service, socket := string(read(t, "systemd/weir.service")), string(read(t, "systemd/weir.socket"))
	cfg := usable(t, "packaging/weir.yaml")
	if !strings.Contains(socket, "\nListenStream="+cfg.Listeners[0].Address+"\n") {
		t.Errorf("weir.socket does not listen for %s, as the packaged configuration does", cfg.Listeners[0].Address)
	}
	if cfg.State != "/var/lib/weir" || !strings.Contains(service, "\nStateDirectory=weir\n") {
		t.Errorf("the packaged configuration keeps its state in %s, want the unit's StateDirectory", cfg.State)
	}
	if !strings.Contains(string(read(t, "systemd/weir.sysusers")), "\nu weir ") || !strings.Contains(service, "\nUser=weir\n") {
		t.Error("the unit's user is not the one that sysusers makes")
	}
}
