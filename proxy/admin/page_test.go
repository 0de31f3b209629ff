package admin

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"weir/proxy/admin/api"
)

// longBackend has as many revisions as it is told, with gaps in their numbers.
type longBackend struct {
	fakeBackend
	revisions []api.Revision
}

func newLongBackend(n int) *longBackend {
	b := &longBackend{}
	for i := n; i > 0; i-- {
		b.revisions = append(b.revisions, api.Revision{Revision: uint64(2 * i), At: fakeTime, Source: api.SourceAPI, Split: map[string]api.Share{}, Stable: "v1"})
	}
	return b
}

func (b *longBackend) History(string) ([]api.Revision, error) { return b.revisions, nil }

func TestHistoryPages(t *testing.T) {
	b := newLongBackend(2345)
	r := newRig(t, func(o *Options) { o.Backend = b })
	c, ctx := r.newClient(), t.Context()
	for _, x := range []struct {
		page     api.Page
		first, n int
		next     uint64
	}{
		{api.Page{}, 4690, 100, 4492},
		{api.Page{Limit: 1}, 4690, 1, 4690},
		{api.Page{Limit: 1000, Before: 4492}, 4490, 1000, 2492},
		{api.Page{Before: 201}, 200, 100, 0}, // a number that was not kept
		{api.Page{Before: 203}, 202, 100, 4},
		{api.Page{Before: 99999, Limit: 2}, 4690, 2, 4688},
		{api.Page{Before: 1}, 0, 0, 0},
	} {
		h, err := c.HistoryPage(ctx, "api", x.page)
		if err != nil || len(h.Revisions) != x.n || h.Next != x.next || (x.n > 0 && h.Revisions[0].Revision != uint64(x.first)) {
			t.Errorf("%+v: %d revisions, next %d, %v; want %d from %d on, next %d", x.page, len(h.Revisions), h.Next, err, x.n, x.first, x.next)
		}
	}
	for _, most := range []int{0, 1, 999, 1000, 1001, 2345, 9999} {
		all, err := c.History(ctx, "api", most)
		want := b.revisions
		if most > 0 {
			want = want[:min(most, len(want))]
		}
		if err != nil || !cmp.Equal(all, want) {
			t.Errorf("the newest %d: %d revisions, %v; want %d", most, len(all), err, len(want))
		}
	}
	for _, query := range []string{
		"limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=1&limit=2", "limit=99999999999999999999",
		"before=0", "before=-1", "before=x", "before=", "before=99999999999999999999",
	} {
		r.refused(r.send("GET", "/v1/upstreams/api/history?"+query, ""), 422, query[:5])
	}
}

// TestPagesAreTheList: whatever their length, pages put together are the list, each
// entry once.
func TestPagesAreTheList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		list := rapid.SliceOfNDistinct(rapid.Uint64Range(1, 1000), 0, 50, rapid.ID[uint64]).Draw(t, "numbers")
		slices.SortFunc(list, func(a, b uint64) int { return int(b) - int(a) })
		var got []uint64
		p := listPage{limit: rapid.IntRange(1, 60).Draw(t, "limit")}
		for pages := 0; ; pages++ {
			part, next := cut(list, p, func(n *uint64) uint64 { return *n })
			got = append(got, part...)
			if next == 0 {
				break
			}
			if len(part) != p.limit || pages > len(list) {
				t.Fatalf("page %d has %d entries and is not the last", pages, len(part))
			}
			p.before = next
		}
		if fmt.Sprint(got) != fmt.Sprint(list) {
			t.Fatalf("%v, want %v", got, list)
		}
	})
}
