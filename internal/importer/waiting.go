package importer

import (
	"slices"
)

// What rows that wait for their sponsor may hold in memory, and what each counts beside its text.
const (
	maxWaitingBytes = 64 << 20
	rowOverhead     = 512
)

func costOf(r row) int { return r.bytes() + rowOverhead }

// waiting holds the rows whose sponsor has not come yet. Each also stands in import_rejections, so that a crash loses none.
type waiting struct {
	rows  map[string]row   // the first row of each partner, by its external id
	by    map[string][]row // all rows, by the sponsor they wait for
	bytes int
	limit int
}

func newWaiting(limit int) *waiting {
	return &waiting{rows: map[string]row{}, by: map[string][]row{}, limit: limit}
}

func (w *waiting) add(r row) {
	r.retried = true
	id, sponsor := r.text("external_id"), r.text(columnSponsor)
	if _, ok := w.rows[id]; !ok {
		w.rows[id] = r
	}
	w.by[sponsor] = append(w.by[sponsor], r)
	w.bytes += costOf(r)
}

// release gives the rows that waited for the sponsor, in the order of the file; they wait no longer.
func (w *waiting) release(sponsor string) []row {
	rows := w.by[sponsor]
	delete(w.by, sponsor)
	for _, r := range rows {
		delete(w.rows, r.text("external_id"))
		w.bytes -= costOf(r)
	}
	return rows
}

// cycles gives the lines of the partners that would be in their own upline.
func (w *waiting) cycles() []int64 {
	walks, inCycle, walk := map[string]int{}, map[string]bool{}, 0
	for id := range w.rows {
		walk++
		for r, ok := w.rows[id]; ok; r, ok = w.rows[id] {
			if walks[id] == walk { // this walk came back
				for ; !inCycle[id]; id = w.rows[id].text(columnSponsor) {
					inCycle[id] = true
				}
			}
			if walks[id] != 0 {
				break
			}
			walks[id] = walk
			id = r.text(columnSponsor)
		}
	}
	var lines []int64
	for _, rows := range w.by {
		for _, r := range rows {
			if inCycle[r.text("external_id")] {
				lines = append(lines, r.line)
			}
		}
	}
	slices.Sort(lines)
	return lines
}
