package nginx

import (
	"path/filepath"
	"strings"
)

func isPattern(path string) bool { return strings.ContainsAny(path, "*?[") }

// glob returns the files of a pattern in order, as the C library does: a "*" or "?"
// at the beginning of a name leaves those out that begin with a dot.
func glob(pattern string) ([]string, error) {
	found, err := filepath.Glob(strings.ReplaceAll(pattern, "[!", "[^"))
	if err != nil {
		return nil, err
	}
	files := found[:0]
	for _, file := range found {
		if !isHidden(pattern, file) {
			files = append(files, file)
		}
	}
	return files, nil
}

// isHidden reports whether a name on the way to file begins with a dot that the
// pattern does not say.
func isHidden(pattern, file string) bool {
	said := strings.Split(pattern, "/")
	names := strings.Split(file, "/")
	for i, name := range names {
		if i < len(said) && strings.HasPrefix(name, ".") && !strings.HasPrefix(said[i], ".") {
			return true
		}
	}
	return false
}
