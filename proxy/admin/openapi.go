package admin

import (
	"bytes"
	_ "embed"
	"net/http"
	"strconv"
)

//go:embed openapi.yaml
var openAPI []byte

// OpenAPI is the description of the API, that of the given version of Weir, without the
// comment for its authors.
func OpenAPI(version string) []byte {
	text := openAPI[bytes.Index(openAPI, []byte("\nopenapi: "))+1:]
	return bytes.Replace(text, []byte("\n  version: dev "), []byte("\n  version: "+strconv.Quote(version)+" "), 1)
}

func (s *server) getOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/yaml") // RFC 9512
	_, _ = w.Write(OpenAPI(s.backend.Status().Version))
}
