package config

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// observe watches path from now on and returns the calls of changed.
func observe(t *testing.T, path string) <-chan struct{} {
	t.Helper()
	w, err := NewWatch(path)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, w)
}

func run(t *testing.T, w *Watch) <-chan struct{} {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	calls := make(chan struct{}, 100)
	ended := make(chan error, 1)
	go func() { ended <- w.Run(ctx, func() { calls <- struct{}{} }) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("watch ended with %v, want nil after its context", err)
		}
		w.Close()
	})
	return calls
}

func awaitCall(t *testing.T, calls <-chan struct{}, after string) {
	t.Helper()
	select {
	case <-calls:
	case <-time.After(5 * time.Second):
		t.Fatalf("no call within 5 s after %s", after)
	}
}

// TestWatch makes one change after another; each must be reported, and nothing
// but changes may be.
func TestWatch(t *testing.T) {
	type change struct {
		name string
		do   func(t *testing.T, dir string)
	}
	tests := []struct {
		name    string
		file    string // watched, below the test's directory
		prepare func(t *testing.T, dir string)
		inPlace bool // a look may find the file between its truncation and its new content
		changes []change
	}{
		{
			name:    "written in place",
			file:    "weir.yaml",
			inPlace: true,
			changes: []change{
				{"a write", func(t *testing.T, dir string) { write(t, dir+"/weir.yaml", "2") }},
				{"a write of equal length", func(t *testing.T, dir string) { write(t, dir+"/weir.yaml", "3") }},
				{"a longer write", func(t *testing.T, dir string) { write(t, dir+"/weir.yaml", "three") }},
			},
		},
		{
			name: "replaced by a rename",
			file: "weir.yaml",
			changes: []change{
				{"the first rename", func(t *testing.T, dir string) { replace(t, dir+"/weir.yaml", "2") }},
				{"the second rename", func(t *testing.T, dir string) { replace(t, dir+"/weir.yaml", "3") }},
				{"a write after it", func(t *testing.T, dir string) { replace(t, dir+"/weir.yaml", "4") }},
			},
		},
		{
			name: "removed and made again",
			file: "weir.yaml",
			changes: []change{
				{"making it again", func(t *testing.T, dir string) {
					remove(t, dir+"/weir.yaml")
					settleDown()
					replace(t, dir+"/weir.yaml", "2")
				}},
				{"a write after it", func(t *testing.T, dir string) { replace(t, dir+"/weir.yaml", "3") }},
			},
		},
		{
			name: "its directory removed and made again",
			file: "conf/weir.yaml",
			changes: []change{
				{"making it again", func(t *testing.T, dir string) {
					remove(t, dir+"/conf")
					settleDown()
					replace(t, dir+"/conf/weir.yaml", "2")
				}},
				{"a write after it", func(t *testing.T, dir string) { replace(t, dir+"/conf/weir.yaml", "3") }},
			},
		},
		{
			name: "a ConfigMap",
			file: "conf/weir.yaml",
			prepare: func(t *testing.T, dir string) {
				replace(t, dir+"/conf/..2026_01/weir.yaml", "1")
				link(t, "..2026_01", dir+"/conf/..data")
				link(t, "..data/weir.yaml", dir+"/conf/weir.yaml")
			},
			changes: []change{
				{"the first swap", func(t *testing.T, dir string) { swap(t, dir, "..2026_01", "..2026_02") }},
				{"the second swap", func(t *testing.T, dir string) { swap(t, dir, "..2026_02", "..2026_03") }},
			},
		},
		{
			name: "a link in the way to it",
			file: "current/weir.yaml",
			prepare: func(t *testing.T, dir string) {
				replace(t, dir+"/releases/1/weir.yaml", "1")
				link(t, dir+"/releases/1", dir+"/current")
			},
			changes: []change{
				{"a write to the target", func(t *testing.T, dir string) { replace(t, dir+"/releases/1/weir.yaml", "2") }},
				{"the swap", func(t *testing.T, dir string) {
					replace(t, dir+"/releases/2/weir.yaml", "3")
					link(t, dir+"/releases/2", dir+"/next")
					rename(t, dir+"/next", dir+"/current")
				}},
				{"a write to the new target", func(t *testing.T, dir string) { replace(t, dir+"/releases/2/weir.yaml", "4") }},
			},
		},
		{
			name: "a link to a file elsewhere",
			file: "weir.yaml",
			prepare: func(t *testing.T, dir string) {
				replace(t, dir+"/elsewhere/real.yaml", "1")
				link(t, "elsewhere/real.yaml", dir+"/weir.yaml")
			},
			changes: []change{
				{"a rename over the target", func(t *testing.T, dir string) { replace(t, dir+"/elsewhere/real.yaml", "2") }},
				{"a file in place of the link", func(t *testing.T, dir string) { replace(t, dir+"/weir.yaml", "3") }},
			},
		},
		{
			name: "not a file any more",
			file: "weir.yaml",
			changes: []change{
				{"a directory in its place", func(t *testing.T, dir string) {
					remove(t, dir+"/weir.yaml")
					replace(t, dir+"/weir.yaml/x", "2")
				}},
			},
		},
		{
			name: "neighbours",
			file: "weir.yaml",
			changes: []change{
				{"a write after that of others", func(t *testing.T, dir string) {
					replace(t, dir+"/other.yaml", "x")
					replace(t, dir+"/another.yaml", "x")
					if err := os.Chtimes(dir+"/weir.yaml", time.Now(), time.Now()); err != nil {
						t.Fatal(err)
					}
					settleDown()
					replace(t, dir+"/weir.yaml", "2")
				}},
			},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if tt.prepare != nil {
				tt.prepare(t, dir)
			} else {
				replace(t, filepath.Join(dir, tt.file), "1")
			}
			calls := observe(t, filepath.Join(dir, tt.file))
			for _, c := range tt.changes {
				c.do(t, dir)
				awaitCall(t, calls, c.name)
			}
			settleDown()
			if n := len(calls); n != 0 && !tt.inPlace {
				t.Errorf("%d calls more than the %d changes", n, len(tt.changes))
			}
		})
	}
}

func TestWatchCoalescesBursts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.yaml")
	replace(t, path, "1")
	calls := observe(t, path)
	begin := time.Now()
	for i := range 200 {
		replace(t, path, strconv.Itoa(i))
	}
	awaitCall(t, calls, "200 changes")
	settleDown()
	most := int(time.Since(begin)/settle) + 1
	if n := 1 + len(calls); n > most {
		t.Errorf("%d calls for 200 changes in %v, want at most %d", n, time.Since(begin), most)
	}
}

func TestWatchRelativePath(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	replace(t, "conf/weir.yaml", "1")
	replace(t, "elsewhere/x", "1")
	link(t, dir+"/elsewhere", dir+"/link") // so that link/.. is dir, while the file is not below link
	calls := observe(t, "link/../conf/weir.yaml")
	replace(t, dir+"/conf/weir.yaml", "2")
	awaitCall(t, calls, "a rename")
}

func TestWatchMissingFile(t *testing.T) {
	dir := t.TempDir()
	calls := observe(t, dir+"/not/yet/weir.yaml")
	replace(t, dir+"/not/yet/weir.yaml", "1")
	awaitCall(t, calls, "the file appeared")
}

func TestWatchLoopOfLinks(t *testing.T) {
	dir := t.TempDir()
	link(t, "b", dir+"/a")
	link(t, "a", dir+"/b")
	calls := observe(t, dir+"/a")
	replace(t, dir+"/b", "1")
	awaitCall(t, calls, "the loop became a file")
}

// TestWatchFromItsMaking: a file is loaded between the two, and what happens to
// it meanwhile must not be missed.
func TestWatchFromItsMaking(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.yaml")
	replace(t, path, "1")
	w, err := NewWatch(path)
	if err != nil {
		t.Fatal(err)
	}
	replace(t, path, "2")
	awaitCall(t, run(t, w), "a change before Run")
}

// TestWatchFileComesBack: whoever tried to load the file while it was gone is
// owed another look, even at the same content.
func TestWatchFileComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "weir.yaml")
	replace(t, path, "1")
	calls := observe(t, path)
	remove(t, path)
	settleDown()
	replace(t, path, "1")
	awaitCall(t, calls, "the file came back as it was")
}

// settleDown outlasts what is collected for one call: the time in which a call
// too many would come, or in which two changes would become one.
func settleDown() { time.Sleep(4 * settle) }

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func replace(t *testing.T, path, content string) {
	t.Helper()
	write(t, path+".new", content)
	rename(t, path+".new", path)
}

func rename(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}

func remove(t *testing.T, path string) {
	t.Helper()
	if err := os.RemoveAll(path); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// swap does what a kubelet does to publish a ConfigMap's next content.
func swap(t *testing.T, dir, old, next string) {
	t.Helper()
	write(t, dir+"/conf/"+next+"/weir.yaml", next)
	link(t, next, dir+"/conf/..data_tmp")
	rename(t, dir+"/conf/..data_tmp", dir+"/conf/..data")
	remove(t, dir+"/conf/"+old)
}
