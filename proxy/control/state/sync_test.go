package state

import "testing"

// TestBoltSyncs: what Save has answered survives a crash of the machine. No test
// can take the machine's power away, so this one looks at what decides.
func TestBoltSyncs(t *testing.T) {
	db := mustOpen(t, t.TempDir()).mu.db
	if db.NoSync || db.NoGrowSync {
		t.Errorf("bbolt was opened with NoSync %v, NoGrowSync %v: a save is in memory only", db.NoSync, db.NoGrowSync)
	}
}
