package deploy

import (
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"weir/config"
)

// manifests are what a folder's kustomization brings together.
type manifests struct {
	t       *testing.T
	dir     string
	config  *config.Config
	pod     podSpec
	names   map[string]bool // KIND/NAME of all objects
	claims  []string        // volumes that the pod's owner makes
	service []serviceSpec
}

func load(t *testing.T, dir string) *manifests {
	t.Helper()
	m := &manifests{t: t, dir: dir, names: map[string]bool{}}
	var k kustomization
	document(t, filepath.Join(dir, "kustomization.yaml"), &k)
	for _, g := range k.ConfigMapGenerator {
		m.names["ConfigMap/"+g.Name] = true
		for _, f := range g.Files {
			m.config = usable(t, filepath.Join(dir, f))
		}
	}
	if !k.GeneratorOptions.DisableNameSuffixHash {
		t.Errorf("%s: a changed file would be another ConfigMap, and restart all pods", dir)
	}
	for _, r := range k.Resources {
		for _, doc := range documents(t, filepath.Join(dir, r), newObject) {
			m.add(doc)
		}
	}
	renamed := map[string]bool{}
	for _, i := range k.Images {
		renamed[i.Name] = i.NewName != "" && i.NewTag != ""
	}
	for _, c := range m.containers() {
		if !renamed[c.Image] {
			t.Errorf("%s: image %q is not in images of kustomization.yaml", dir, c.Image)
		}
	}
	return m
}

func newObject(kind string) any {
	switch kind {
	case "Deployment":
		return &object[deploymentSpec]{}
	case "StatefulSet":
		return &object[statefulSetSpec]{}
	case "Service":
		return &object[serviceSpec]{}
	case "PodDisruptionBudget":
		return &object[disruptionSpec]{}
	}
	return nil
}

func (m *manifests) add(doc any) {
	m.t.Helper()
	of := func(api, want, kind, name string) {
		if api != want {
			m.t.Errorf("%s: %s %s is of %s, want %s", m.dir, kind, name, api, want)
		}
		m.names[kind+"/"+name] = true
	}
	switch d := doc.(type) {
	case *object[deploymentSpec]:
		of(d.APIVersion, "apps/v1", d.Kind, d.Metadata.Name)
		m.pod = d.Spec.Template.Spec
	case *object[statefulSetSpec]:
		of(d.APIVersion, "apps/v1", d.Kind, d.Metadata.Name)
		m.pod = d.Spec.Template.Spec
		for _, c := range d.Spec.VolumeClaimTemplates {
			m.claims = append(m.claims, c.Metadata.Name)
		}
	case *object[serviceSpec]:
		of(d.APIVersion, "v1", d.Kind, d.Metadata.Name)
		m.service = append(m.service, d.Spec)
	case *object[disruptionSpec]:
		of(d.APIVersion, "policy/v1", d.Kind, d.Metadata.Name)
		if d.Spec.MaxUnavailable != 1 {
			m.t.Errorf("%s: %d may be unavailable at a time, want 1", m.dir, d.Spec.MaxUnavailable)
		}
	}
}

func (m *manifests) containers() []container {
	return append(slices.Clone(m.pod.InitContainers), m.pod.Containers...)
}

// weir is the container of Weir.
func (m *manifests) weir() container {
	m.t.Helper()
	all := m.containers()
	i := slices.IndexFunc(all, func(c container) bool { return c.Name == "weir" })
	if i < 0 {
		m.t.Fatalf("%s: no container is Weir", m.dir)
	}
	return all[i]
}

// Promise: the manifests have no key that Kubernetes does not know, and what they say of
// ports, probes, volumes and times fits the configuration that they mount.
func TestKubernetes(t *testing.T) {
	for _, dir := range []string{"kubernetes/edge", "kubernetes/sidecar"} {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			m := load(t, dir)
			m.checkPorts()
			m.checkProbes()
			m.checkVolumes()
			m.checkRestricted()
			m.checkTimes()
		})
	}
}

// port is the number of a container's port.
func (c container) port(name string) int {
	for _, p := range c.Ports {
		if p.Name == name {
			return p.ContainerPort
		}
	}
	return 0
}

func (m *manifests) checkPorts() {
	m.t.Helper()
	w := m.weir()
	for _, p := range w.Ports {
		if !slices.ContainsFunc(m.config.Listeners, func(l config.Listener) bool {
			_, port, _ := net.SplitHostPort(l.Address)
			return l.Name == p.Name && port == strconv.Itoa(p.ContainerPort)
		}) {
			m.t.Errorf("%s: port %s %d is not a listener of weir.yaml", m.dir, p.Name, p.ContainerPort)
		}
	}
	for _, s := range m.service {
		for _, p := range s.Ports {
			if w.port(p.TargetPort) == 0 {
				m.t.Errorf("%s: a service sends to port %q, which Weir does not have", m.dir, p.TargetPort)
			}
		}
	}
}

func (m *manifests) checkProbes() {
	m.t.Helper()
	w := m.weir()
	for name, p := range map[string]*probe{"startup": w.StartupProbe, "readiness": w.ReadinessProbe, "liveness": w.LivenessProbe} {
		switch {
		case p == nil && name == "readiness" && w.RestartPolicy == "Always": // its pod's is that of the others
		case p == nil:
			m.t.Errorf("%s: no %s probe", m.dir, name)
		case w.port(p.HTTPGet.Port) == 0 || !m.answers(p.HTTPGet.Port, p.HTTPGet.Path):
			m.t.Errorf("%s: the %s probe asks %s of port %s, which weir.yaml does not answer by itself", m.dir, name, p.HTTPGet.Path, p.HTTPGet.Port)
		}
	}
}

// answers reports whether a route of that listener answers without an upstream.
func (m *manifests) answers(listener, path string) bool {
	return slices.ContainsFunc(m.config.Routes, func(r config.Route) bool {
		return slices.Equal(r.Listeners, []string{listener}) && r.Path == path && r.Respond != nil && r.Respond.Status == 200
	})
}

func (m *manifests) checkVolumes() {
	m.t.Helper()
	from := map[string]string{}
	for _, v := range m.pod.Volumes {
		from[v.Name] = "ConfigMap/" + v.ConfigMap.Name
		if !m.names[from[v.Name]] {
			m.t.Errorf("%s: volume %s is of %s, which nothing makes", m.dir, v.Name, from[v.Name])
		}
	}
	w, mounted := m.weir(), map[string]bool{}
	for _, v := range w.VolumeMounts {
		if from[v.Name] == "" && !slices.Contains(m.claims, v.Name) {
			m.t.Errorf("%s: %s is mounted from %q, which is no volume", m.dir, v.MountPath, v.Name)
		}
		mounted[v.MountPath] = true
	}
	if file := w.Args[len(w.Args)-1]; !mounted[filepath.Dir(file)] {
		m.t.Errorf("%s: Weir reads %s, and its folder is not mounted", m.dir, file)
	}
	if s := m.config.State; s != "" && !mounted[s] {
		m.t.Errorf("%s: the state is in %s, which is not mounted", m.dir, s)
	}
}

// checkRestricted is the Pod Security Standard of that name, and a file system that
// nobody writes to.
func (m *manifests) checkRestricted() {
	m.t.Helper()
	p := m.pod.SecurityContext
	if !p.RunAsNonRoot || p.RunAsUser == 0 || p.SeccompProfile.Type != "RuntimeDefault" {
		m.t.Errorf("%s: the pod is not restricted: %+v", m.dir, p)
	}
	for _, c := range m.containers() {
		s := c.SecurityContext
		if s.AllowPrivilegeEscalation == nil || *s.AllowPrivilegeEscalation || !slices.Equal(s.Capabilities.Drop, []string{"ALL"}) || !s.ReadOnlyRootFilesystem {
			m.t.Errorf("%s: container %s is not restricted: %+v", m.dir, c.Name, s)
		}
		if c.Resources.Requests["cpu"] == "" || c.Resources.Requests["memory"] == "" || c.Resources.Limits["memory"] == "" {
			m.t.Errorf("%s: container %s does not say what it needs: %+v", m.dir, c.Name, c.Resources)
		}
	}
}

// checkTimes demands that a stop has the time for all that it consists of.
func (m *manifests) checkTimes() {
	m.t.Helper()
	sleep, drain := 0, time.Duration(0)
	for _, c := range m.containers() {
		sleep = max(sleep, c.Lifecycle.PreStop.Sleep.Seconds)
	}
	for _, u := range m.config.Upstreams {
		drain = max(drain, u.Timeouts.Drain)
	}
	const slack = 5 * time.Second
	grace := time.Duration(m.pod.TerminationGracePeriodSeconds) * time.Second
	if need := time.Duration(sleep)*time.Second + drain + slack; sleep == 0 || grace < need {
		m.t.Errorf("%s: a stop is given %v and needs %v: %d s before SIGTERM, a drain of %v and a little", m.dir, grace, need, sleep, drain)
	}
}
