package admin

import (
	"cmp"
	"errors"
	"fmt"
	"html"
	"net/http"
	"strings"

	"weir/proxy/admin/api"
)

// approvePath begins the links that answer approvals. Whoever has one may use it, once:
// it says itself what it is for, and is signed.
const approvePath = "/approve/"

// maxForm bounds what the page's form sends, in bytes.
const maxForm = 16 << 10

// getApprove shows what a link is for, and changes nothing: mail scanners and previews
// follow links, too.
func (s *server) getApprove(w http.ResponseWriter, r *http.Request) {
	a, err := s.backend.Approval(r.PathValue("token"))
	if err != nil {
		s.pageErr(w, err)
		return
	}
	what := ""
	if a.Flag != "" {
		what = "flag "
	}
	page(w, http.StatusOK, "Approve "+a.Gate+"?", fmt.Sprintf(`<p>A rollout of %s<b>%s</b> from <b>%s</b> to <b>%s</b>, which has %g%% now, asks gate <b>%s</b> (%s).</p>
<p>%s</p>
<form method="post">
<p><label>Your name <input name="author" maxlength="%d" autocomplete="name"></label></p>
<p><label>Reason <input name="reason" maxlength="%d"></label></p>
<p><button name="answer" value="approve">Approve</button> <button name="answer" value="reject">Reject</button></p>
</form>
<p>This page can be used once, until %s.</p>
`, what, html.EscapeString(cmp.Or(a.Flag, a.Upstream)), html.EscapeString(a.From), html.EscapeString(a.To), a.Weight, html.EscapeString(a.Gate), html.EscapeString(a.At),
		html.EscapeString(a.Reason), maxAuthor, maxReason, a.Expires.UTC().Format("2006-01-02 15:04 MST")))
}

// postApprove is what the page's buttons do.
func (s *server) postApprove(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		page(w, http.StatusBadRequest, "Not understood", "<p>This is not what the page's form sends.</p>")
		return
	}
	said := r.PostForm.Get("answer")
	if said != "approve" && said != "reject" {
		page(w, http.StatusUnprocessableEntity, "Not understood", "<p>answer: want approve or reject.</p>")
		return
	}
	m := signed(r)
	m.name, m.known = "a link", true // which somebody has got, whoever he says he is
	err := m.sign(r.PostForm.Get("author"), r.PostForm.Get("reason"))
	s.toldByLink(r, said, &m)
	if err == nil {
		err = s.backend.ApproveLink(r.Context(), r.PathValue("token"), said == "approve", m)
	}
	switch {
	case err != nil:
		s.pageErr(w, err)
	case said == "approve":
		page(w, http.StatusOK, "Approved", "<p>The rollout goes on when nothing else keeps it.</p>")
	default:
		page(w, http.StatusOK, "Rejected", "<p>The rollout is taken back.</p>")
	}
}

// toldByLink writes what a link is used for into the entry of the change. Whoever has
// made one up has not said who he is.
func (s *server) toldByLink(r *http.Request, said string, m *Meta) {
	a, err := s.backend.Approval(r.PathValue("token"))
	if err != nil {
		return
	}
	e := entryOf(r)
	e.Role, e.By, e.Upstream, e.Flag, e.Target = api.RoleLink, api.RoleLink, a.Upstream, a.Flag, a.Gate+" "+said
	e.Author, e.Reason = m.Author, m.Reason
}

func (s *server) pageErr(w http.ResponseWriter, err error) {
	status, detail := http.StatusInternalServerError, "internal error, see the log"
	if ref, ok := errors.AsType[*Refusal](err); ok {
		status, detail = ref.Kind.status(), ref.Detail
	} else {
		s.log.Error().Err(err).Msg("approval by a link") // without the link, which is a secret
	}
	page(w, status, http.StatusText(status), "<p>"+html.EscapeString(detail)+"</p>")
}

// page answers with a page that loads nothing, runs nothing and can only post to
// itself. A stricter Referrer-Policy would have browsers post without an Origin.
func page(w http.ResponseWriter, status int, title, body string) {
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Frame-Options", "DENY")
	h.Set("X-Robots-Tag", "noindex")
	w.WriteHeader(status)
	var b strings.Builder
	title = html.EscapeString(title)
	fmt.Fprintf(&b, "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>%s</title></head>\n<body>\n<h1>%s</h1>\n%s</body>\n</html>\n", title, title, body)
	_, _ = w.Write([]byte(b.String())) // it is the reader's business if he left
}
