package deploy

import (
	"encoding/json"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"weir/config"
)

// composeFile is what the demo uses of Compose, by the names of its specification.
type composeFile struct {
	Name     string                    `yaml:"name"`
	Services map[string]composeService `yaml:"services"`
	Volumes  map[string]any            `yaml:"volumes"`
}

type composeService struct {
	Build struct {
		Context    string `yaml:"context"`
		Dockerfile string `yaml:"dockerfile"`
	} `yaml:"build"`
	Image           string            `yaml:"image"`
	Command         []string          `yaml:"command"`
	Ports           []string          `yaml:"ports"`
	Environment     map[string]string `yaml:"environment"`
	Volumes         []string          `yaml:"volumes"`
	DependsOn       dependencies      `yaml:"depends_on"`
	ReadOnly        bool              `yaml:"read_only"`
	CapDrop         []string          `yaml:"cap_drop"`
	SecurityOpt     []string          `yaml:"security_opt"`
	StopGracePeriod string            `yaml:"stop_grace_period"`
	Restart         string            `yaml:"restart"`
}

// dependencies may be a list, or say a condition of each.
type dependencies []string

func (d *dependencies) UnmarshalYAML(decode func(any) error) error {
	var list []string
	if decode(&list) == nil {
		*d = list
		return nil
	}
	var conditions map[string]struct {
		Condition string `yaml:"condition"`
	}
	if err := decode(&conditions); err != nil {
		return err
	}
	for name := range conditions {
		*d = append(*d, name)
	}
	return nil
}

// Promise: what the demo names is there: folders, files, services and ports; and its
// Weir's configuration loads.
func TestCompose(t *testing.T) {
	const dir = "compose"
	var c composeFile
	document(t, filepath.Join(dir, "compose.yaml"), &c)
	for name, s := range c.Services {
		if s.Image == "" {
			t.Errorf("service %s has no image", name)
		}
		if s.Build.Context != "" {
			exists(t, name, dir, s.Build.Context, s.Build.Dockerfile)
		}
		for _, v := range s.Volumes {
			from, _, _ := strings.Cut(v, ":")
			if _, ok := c.Volumes[from]; !ok {
				exists(t, name, dir, from)
			}
		}
		for _, p := range s.Ports {
			if host, _, _ := strings.Cut(p, ":"); host != "127.0.0.1" {
				t.Errorf("service %s publishes %s: want it on loopback alone", name, p)
			}
		}
		for _, other := range s.DependsOn {
			if _, ok := c.Services[other]; !ok {
				t.Errorf("service %s depends on %s, which is none", name, other)
			}
		}
	}
	cfg := usable(t, filepath.Join(dir, "weir.yaml"))
	for _, p := range c.Services["weir"].Ports {
		if inside := p[strings.LastIndexByte(p, ':'):]; !slices.ContainsFunc(cfg.Listeners, func(l config.Listener) bool { return l.Address == inside }) {
			t.Errorf("port %s of Weir is published, and no listener has it", inside)
		}
	}
	for _, u := range cfg.Upstreams {
		for _, v := range u.Versions {
			for _, e := range v.Endpoints {
				host, _, _ := net.SplitHostPort(e.Address)
				if _, ok := c.Services[host]; !ok && host != "127.0.0.1" {
					t.Errorf("endpoint %s of %s is at no service", e.Address, u.Name)
				}
			}
		}
	}
}

// Promise: Grafana is told of a Prometheus that is there, and its dashboards are JSON.
func TestGrafana(t *testing.T) {
	var sources struct {
		APIVersion  int `yaml:"apiVersion"`
		Datasources []struct {
			Name, Type, UID, URL, Access string
			IsDefault                    bool `yaml:"isDefault"`
		} `yaml:"datasources"`
	}
	document(t, "grafana/provisioning/datasources/prometheus.yaml", &sources)
	var boards struct {
		APIVersion int `yaml:"apiVersion"`
		Providers  []struct {
			Name, Type string
			Options    struct{ Path string }
		} `yaml:"providers"`
	}
	document(t, "grafana/provisioning/dashboards/weir.yaml", &boards)
	if len(sources.Datasources) != 1 || sources.Datasources[0].URL != "http://prometheus:9090" || len(boards.Providers) != 1 {
		t.Errorf("%+v, %+v: want the demo's Prometheus and one folder", sources, boards)
	}
	files, err := filepath.Glob("grafana/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !json.Valid(read(t, f)) {
			t.Errorf("%s is not JSON", f)
		}
	}
}
