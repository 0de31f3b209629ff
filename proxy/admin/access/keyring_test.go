package access

import (
	"sync"
	"testing"

	"weir/proxy/admin/api"
)

func TestKeyring(t *testing.T) {
	tokens, _, err := Parse("t", []byte("view:"+alpha+"\noperate:"+beta+":ann\n"))
	if err != nil {
		t.Fatal(err)
	}
	var k Keyring
	if _, ok := k.Find(alpha); ok {
		t.Error("an empty ring has a token")
	}
	changed := k.Changed()
	k.Use(tokens)
	select {
	case <-changed:
	default:
		t.Error("nobody was told of the change")
	}
	for token, want := range map[string]Who{
		alpha: {api.RoleView, "", ByToken, 1}, beta: {api.RoleOperate, "ann", ByToken, 2}, "": {}, alpha + "x": {}, alpha[1:]: {}, "operate:" + beta: {},
	} {
		if who, ok := k.Find(token); who != want || ok != (want.Role != "") {
			t.Errorf("%q: %+v %v, want %+v", token, who, ok, want)
		}
	}
	k.Use(tokens[1:])
	if _, ok := k.Find(alpha); ok {
		t.Error("a token that was taken out is still good")
	}
}

// TestKeyringRace is for the race detector.
func TestKeyringRace(t *testing.T) {
	tokens, _, _ := Parse("t", []byte("view:"+alpha))
	var k Keyring
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for range 200 {
				k.Use(tokens)
				k.Find(alpha)
				k.Changed()
			}
		})
	}
	wg.Wait()
}
