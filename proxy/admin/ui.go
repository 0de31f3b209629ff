package admin

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"html/template"
	"io/fs"
	"net/http"
	"path"
)

// uiFiles are the dashboard's. vendor has what make build put there, if anything.
//
//go:embed ui/index.html ui/icon.svg ui/*.css ui/*.js ui/vendor
var uiFiles embed.FS

// uiPath begins the paths of the dashboard's files; what follows names the build.
const uiPath = "/ui/"

// uiPolicy lets the dashboard load its own files, talk to this server and draw;
// nothing is taken from elsewhere, and no text of anybody's becomes code.
const uiPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// ui is the dashboard: static files without any data, which it gets from the API.
type ui struct {
	index []byte
	tag   string // of index
	build string // names all files by what is in them: a browser may keep them for ever
	files fs.FS
}

// newUI reads the files. They are part of the binary, so that an error is a bug.
func newUI() *ui {
	files, err := fs.Sub(uiFiles, "ui")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	u := &ui{files: files}
	if u.build, err = digest(files); err != nil {
		panic("BUG: " + err.Error())
	}
	page, err := template.ParseFS(files, "index.html")
	if err != nil {
		panic("BUG: " + err.Error())
	}
	_, err = fs.Stat(files, "vendor/uPlot.iife.min.js")
	var b bytes.Buffer
	if err := page.Execute(&b, struct {
		Base   string
		Charts bool
	}{uiPath + u.build, err == nil}); err != nil {
		panic("BUG: " + err.Error())
	}
	u.index = b.Bytes()
	u.tag = `"` + short(sha256.Sum256(u.index)) + `"`
	return u
}

// digest is of the names and contents of all files.
func digest(files fs.FS) (string, error) {
	all := sha256.New()
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(b)
		all.Write([]byte(name))
		all.Write(sum[:])
		return nil
	})
	return short([32]byte(all.Sum(nil))), err
}

func short(sum [32]byte) string { return hex.EncodeToString(sum[:8]) }

// routes are the dashboard's part of the contract of paths.
func (u *ui) routes(r routes) {
	r["/{$}"] = route{anybody, on{"GET": u.getIndex}}
	r[uiPath+"{build}/{file}"] = route{anybody, on{"GET": u.getFile}}
}

// getIndex is asked for again at each visit: it names the build.
func (u *ui) getIndex(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", uiPolicy)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Robots-Tag", "noindex")
	h.Set("ETag", u.tag)
	if r.Header.Get("If-None-Match") == u.tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	_, _ = w.Write(u.index) // it is the reader's business if he left
}

func (u *ui) getFile(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("file")
	b, err := fs.ReadFile(u.files, name)
	if err != nil {
		b, err = fs.ReadFile(u.files, "vendor/"+name)
	}
	if err != nil || r.PathValue("build") != u.build || path.Ext(name) == ".md" || name == "index.html" {
		notFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Security-Policy", uiPolicy) // an image, opened by itself, is a page too
	h.Set("Content-Type", contentType(name))
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	_, _ = w.Write(b)
}

// contentType does not ask the machine's table, which may say anything.
func contentType(name string) string {
	switch path.Ext(name) {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".css":
		return "text/css; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	}
	return "text/plain; charset=utf-8"
}
