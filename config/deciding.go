package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// mostLinks is how many symbolic links Linux follows in one path.
const mostLinks = 40

// deciding returns the directories whose entries decide which file path is: of
// each symbolic link on the way, its directory, and at last that of the file.
// Where the way ends because something is missing, it can appear in the last
// directory there is. The directories are real, without a link in them.
func deciding(path string) ([]string, error) {
	if !filepath.IsAbs(path) {
		wd, err := os.Getwd()
		if err != nil {
			return nil, err
		}
		path = wd + "/" + path // not Join: link/.. is not where the link is
	}
	var dirs []string
	dir, rest, links := "/", strings.Split(path, "/"), 0
	for len(rest) > 0 {
		name := rest[0]
		rest = rest[1:]
		if name == "" || name == "." {
			continue
		}
		if name == ".." {
			dir = filepath.Dir(dir)
			continue
		}
		full := filepath.Join(dir, name)
		info, err := os.Lstat(full)
		switch {
		case isMissing(err):
			return append(dirs, dir), nil
		case err != nil:
			return nil, err
		case info.IsDir():
			dir = full
			continue
		case info.Mode()&fs.ModeSymlink == 0 || links == mostLinks:
			return append(dirs, dir), nil
		}
		links++
		dirs = append(dirs, dir)
		target, err := os.Readlink(full)
		if isMissing(err) {
			return dirs, nil
		}
		if err != nil {
			return nil, err
		}
		if filepath.IsAbs(target) {
			dir = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return append(dirs, dir), nil
}

// isMissing also covers a directory that has become a file.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}
