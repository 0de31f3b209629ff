package records

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"weir/proxy/control"
)

// format is that of an export; another number is for what an older Weir could not read.
const format = 1

// Export is a store's content as JSON.
type Export struct {
	Format int       `json:"format"`
	At     time.Time `json:"at"`
	// Records are by key, as they are kept: "upstream/NAME" is an upstream's split,
	// history, rollout and settings.
	Records map[string]json.RawMessage `json:"records"`
}

// Save is all that the store in dir holds, but for the key that approval links are signed
// with: an export may lie where not everybody may answer for others.
func Save(dir string) (Export, error) {
	s, err := open(dir, false)
	if err != nil {
		return Export{}, err
	}
	defer func() { _ = s.Close() }() // all is on the disk, or was only read
	held, err := s.Load()
	if err != nil {
		return Export{}, err
	}
	out := Export{Format: format, At: time.Now().UTC().Round(time.Second), Records: map[string]json.RawMessage{}}
	for key, value := range held {
		switch {
		case key == control.SecretKey:
		case json.Valid(value):
			out.Records[key] = value
		default:
			return Export{}, fmt.Errorf("%s: record %s is no JSON", dir, key)
		}
	}
	return out, nil
}

// ErrNotEmpty refuses to mix what a store has with what an export has.
var ErrNotEmpty = errors.New("it is not empty")

// Fill puts an export into the store in dir, which is made if it is not there. One that
// has something is refused as ErrNotEmpty, unless all of it is to be replaced; either way
// it happens in one step. It returns how many records there are.
func Fill(dir string, in io.Reader, replace bool) (int, error) {
	changes, err := read(in)
	if err != nil {
		return 0, err
	}
	s, err := open(dir, true)
	if err != nil {
		return 0, err
	}
	defer func() { _ = s.Close() }() // all is on the disk, or was only read
	held, err := s.Load()
	if err != nil {
		return 0, err
	}
	n := len(changes)
	for key := range held {
		if key == control.SecretKey {
			continue // links that are out stay good
		}
		if !replace {
			return 0, fmt.Errorf("%s: %w: --replace replaces all that is in it (weir state export saves it first)", dir, ErrNotEmpty)
		}
		if _, stays := changes[key]; !stays {
			changes[key] = nil // deletes
		}
	}
	return n, s.Save(changes)
}

// read reads an export and refuses what a start would set aside.
func read(in io.Reader) (map[string][]byte, error) {
	var x Export
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	if err := d.Decode(&x); err != nil {
		return nil, fmt.Errorf("want what weir state export has written: %w", err)
	}
	if x.Format != format {
		return nil, fmt.Errorf("format %d: want %d", x.Format, format)
	}
	out := map[string][]byte{}
	for _, key := range slices.Sorted(maps.Keys(x.Records)) {
		value := x.Records[key]
		if key == control.SecretKey || string(value) == "null" {
			return nil, fmt.Errorf("record %s: want none", key)
		}
		if err := control.Readable(key, value); err != nil {
			return nil, fmt.Errorf("record %s: %w", key, err)
		}
		out[key] = value
	}
	return out, nil
}
