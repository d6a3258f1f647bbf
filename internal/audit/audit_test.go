package audit_test

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/audit"
	"tributary/internal/testkit"
	"tributary/models"
)

// sealed gives a database with six entries in three blocks.
func sealed(t *testing.T) (*models.DB, *testkit.Clock, *audit.Service) {
	t.Helper()
	db, clock := testkit.OpenDB(t)
	log := audit.New(db)
	for i := range 3 {
		clock.Advance(time.Minute)
		add(t, db, fmt.Sprint("a", i))
		add(t, db, fmt.Sprint("b", i))
		n, err := log.Seal(t.Context())
		require.NoError(t, err)
		require.Equal(t, 2, n)
	}
	return db, clock, log
}

func add(t *testing.T, db *models.DB, slug string) {
	t.Helper()
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		return tx.Create(&models.Merchant{ID: models.NewID(), Slug: slug, Name: slug, CreatedAt: tx.Now}).Error
	}))
}

func prove(t *testing.T, log *audit.Service, known *audit.Head) audit.Proof {
	t.Helper()
	proof, err := log.Verify(t.Context(), known)
	require.NoError(t, err)
	return proof
}

func TestAnUntouchedLogIsProven(t *testing.T) {
	db, _, log := sealed(t)
	proof := prove(t, log, nil)
	require.True(t, proof.Holds(), proof.Break)
	require.EqualValues(t, 6, proof.Entries)
	require.EqualValues(t, 3, proof.Blocks)

	add(t, db, "later")
	longer := prove(t, log, &proof.Head)
	require.True(t, longer.Holds(), longer.Break)
	require.EqualValues(t, 4, longer.Blocks, "what was not sealed yet is sealed first")
	n, err := log.Seal(t.Context())
	require.NoError(t, err)
	require.Zero(t, n)
}

func TestAnEmptyLogIsProven(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	require.Equal(t, audit.Proof{}, prove(t, audit.New(db), nil))
}

func TestALogOfManyBlocksIsProven(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	log := audit.New(db)
	for i := range 101 { // more than one page of blocks
		add(t, db, fmt.Sprint("m-", i))
		_, err := log.Seal(t.Context())
		require.NoError(t, err)
	}
	for i := range 12 { // more than fit into a block, together
		require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
			for j := range 50 {
				if err := tx.Create(&models.Merchant{ID: models.NewID(), Slug: fmt.Sprintf("n-%d-%d", i, j), Name: "N"}).Error; err != nil {
					return err
				}
			}
			return nil
		}))
	}
	proof := prove(t, log, nil)
	require.True(t, proof.Holds(), proof.Break)
	require.EqualValues(t, 701, proof.Entries)
	require.EqualValues(t, 103, proof.Blocks)
}

// Whoever can write to the database changes something, and the proof says what.
func TestEveryTamperingIsFound(t *testing.T) {
	const second = "id = (SELECT id FROM (SELECT id FROM audit_entries WHERE block = 2 ORDER BY id LIMIT 1) x)"
	cases := map[string]struct{ sql, want string }{
		"a block's hash":        {"UPDATE audit_blocks SET hash = prev_hash WHERE number = 2", "block 2 does not hold the entries"},
		"a block's link":        {"UPDATE audit_blocks SET prev_hash = hash WHERE number = 2", "block 2 does not follow block 1"},
		"a block's count":       {"UPDATE audit_blocks SET entry_count = 1 WHERE number = 3", "block 3 was sealed with 1 entries and has 2"},
		"a block's instant":     {"UPDATE audit_blocks SET sealed_at = ? WHERE number = 2", "block 2 does not hold the entries"},
		"a block gone":          {"DELETE FROM audit_blocks WHERE number = 2", "block 2 is missing"},
		"the first block gone":  {"DELETE FROM audit_blocks WHERE number = 1", "block 1 is missing"},
		"the last block gone":   {"DELETE FROM audit_blocks WHERE number = 3", "2 entries are in blocks that do not exist"},
		"an entry gone":         {"DELETE FROM audit_entries WHERE " + second, "block 2 was sealed with 2 entries and has 1"},
		"a block's entries":     {"DELETE FROM audit_entries WHERE block = 1", "block 1 was sealed with 2 entries and has 0"},
		"an entry moved":        {"UPDATE audit_entries SET block = 1 WHERE " + second, "block 1 was sealed with 2 entries and has 3"},
		"blocks swapped":        {"UPDATE audit_entries SET block = 3 - block WHERE block < 3", "block 1 does not hold the entries"},
		"an entry out of sight": {"UPDATE audit_entries SET block = -2 WHERE block = 3", "block 3 was sealed with 2 entries and has 0"},
		"an entry unsealed":     {"UPDATE audit_entries SET block = NULL WHERE " + second, "block 2 was sealed with 2 entries and has 1"},
	}
	for column, value := range map[string]string{"transaction_id": "id", "merchant_id": "transaction_id", "recorded_at": "?", "actor": "'cli:bob'",
		"action": "'other'", "request_id": "'other'", "entity": "'users'", "entity_id": "transaction_id", "op": "'UPDATED'", "row_count": "2",
		"before_json": "'{}'", "after_json": "'{}'", "digest": "(SELECT hash FROM audit_blocks WHERE number = 1)"} {
		if column == "transaction_id" { // equal to the id of a transaction's only entry
			value = "merchant_id"
		}
		cases["an entry's "+column] = struct{ sql, want string }{"UPDATE audit_entries SET " + column + " = " + value + " WHERE " + second, "does not say what it said"}
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			db, _, log := sealed(t)
			known := prove(t, log, nil).Head
			var args []any
			if strings.Contains(c.sql, "?") {
				args = append(args, time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
			}
			result := db.Read(t.Context()).Exec(c.sql, args...)
			require.NoError(t, result.Error)
			require.Positive(t, result.RowsAffected)
			proof := prove(t, log, nil)
			require.Contains(t, proof.Break, c.want)
			require.False(t, prove(t, log, &known).Holds())
		})
	}
}

func TestAForgedEntryIsFound(t *testing.T) {
	db, clock, log := sealed(t)
	block := int64(2)
	forged := models.AuditEntry{ID: models.FirstAuditID(clock.Now()), RecordedAt: clock.Now(), Actor: "user:bob", Action: "approve", Entity: "payouts", Op: models.AuditOpUpdated,
		RowCount: 1, Block: &block}
	forged.Digest = forged.ContentDigest()
	require.NoError(t, db.Read(t.Context()).Create(&forged).Error)
	require.Contains(t, prove(t, log, nil).Break, "block 2 was sealed with 2 entries and has 3")
}

func TestAKnownHeadFindsWhatWasCutOffOrMadeUpAgain(t *testing.T) {
	db, _, log := sealed(t)
	known := prove(t, log, nil).Head
	require.NoError(t, errors.Join(db.Read(t.Context()).Exec("DELETE FROM audit_entries WHERE block = 3").Error,
		db.Read(t.Context()).Exec("DELETE FROM audit_blocks WHERE number = 3").Error))
	require.True(t, prove(t, log, nil).Holds(), "the chain alone does not tell")
	require.Contains(t, prove(t, log, &known).Break, "the chain ends at block 2, before the known head 3:")
	add(t, db, "instead")
	require.Contains(t, prove(t, log, &known).Break, "block 3 is not the known head 3:")

	parsed, err := audit.ParseHead(known.String())
	require.NoError(t, err)
	require.Equal(t, known, parsed)
	for _, text := range []string{"", "3", "3:", "0:" + known.String()[2:], "x:" + known.String()[2:], known.String() + "00", known.String()[:20]} {
		_, err := audit.ParseHead(text)
		require.ErrorIs(t, err, audit.ErrHead, text)
	}
}

func TestSealersAndWritersBesideEachOther(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	log := audit.New(db)
	const writers, each = 4, 15
	var running sync.WaitGroup
	failed := make(chan error, writers*each+100)
	for w := range writers {
		running.Go(func() {
			for i := range each {
				failed <- models.InTx(t.Context(), db, func(tx *models.Tx) error {
					return tx.Create(&models.Merchant{ID: models.NewID(), Slug: fmt.Sprintf("m-%d-%d", w, i), Name: "M", CreatedAt: tx.Now}).Error
				})
			}
		})
	}
	for range 3 {
		running.Go(func() {
			for range each {
				_, err := log.Seal(t.Context())
				failed <- err
			}
		})
	}
	running.Wait()
	close(failed)
	for err := range failed {
		require.NoError(t, err)
	}
	proof := prove(t, log, nil)
	require.True(t, proof.Holds(), proof.Break)
	require.EqualValues(t, writers*each, proof.Entries)
}

func TestTheLogOfAMerchant(t *testing.T) {
	s := testkit.NewScene(t)
	ann := s.Enroll("ann", models.ID{})
	start := s.Clock.Now()
	s.Clock.Advance(time.Hour)
	s.Enroll("bob", ann.ID)
	log := audit.New(s.DB)
	ask := func(f audit.Filter) []models.AuditEntry {
		t.Helper()
		slice, err := log.Log(t.Context(), s.Owner, f, models.Page{Size: 100})
		require.NoError(t, err)
		return slice.Rows
	}
	all := ask(audit.Filter{})
	require.NotEmpty(t, all)
	for _, e := range all {
		require.Equal(t, s.Owner.MerchantID, e.MerchantID)
	}
	var total int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.AuditEntry{}).Count(&total).Error)
	require.Len(t, all, int(total))
	require.Empty(t, ask(audit.Filter{Actor: "user:nobody"}))
	require.Len(t, ask(audit.Filter{Actor: testkit.Origin.Actor, Action: testkit.Origin.Action}), len(all))
	of := ask(audit.Filter{EntityID: ann.ID})
	require.Len(t, of, 1)
	require.Equal(t, []string{"enrollments", ann.ID.Format(models.PrefixEnrollment)}, []string{of[0].Entity, models.AuditEntityID(of[0])})
	early, late := ask(audit.Filter{Until: start.Add(time.Microsecond)}), ask(audit.Filter{From: start.Add(time.Microsecond)})
	require.Len(t, all, len(early)+len(late))
	require.NotEmpty(t, early)
	require.NotEmpty(t, late)
	require.Empty(t, ask(audit.Filter{From: start.Add(time.Microsecond), Until: s.Clock.Now()}))

	_, err := log.Log(t.Context(), s.Owner, audit.Filter{From: start, Until: start}, models.Page{})
	require.ErrorIs(t, err, audit.ErrRange)
	_, err = log.Log(t.Context(), access.Caller{}, audit.Filter{}, models.Page{})
	require.ErrorIs(t, err, access.ErrUnauthenticated)
	other, err := log.Log(t.Context(), access.System("other", models.NewID()), audit.Filter{}, models.Page{})
	require.NoError(t, err)
	require.Empty(t, other.Rows)
}

// What is most frequent costs least: the rows of a sale and of a batch of lines are counted.
func TestASaleAndItsLinesAreCounted(t *testing.T) {
	s := testkit.NewScene(t)
	s.Enroll("ann", models.ID{})
	s.Sell("ann", "10.00")
	s.Accrue()
	entriesOf := func(do func()) []string {
		t.Helper()
		s.Clock.Advance(time.Minute)
		do()
		var entries []models.AuditEntry
		require.NoError(t, s.DB.Read(t.Context()).Where("recorded_at = ?", s.Clock.Now()).Order("id").Find(&entries).Error)
		var found []string
		for _, e := range entries {
			require.Equal(t, entries[0].TransactionID, e.TransactionID)
			found = append(found, fmt.Sprint(e.Op, " ", e.Entity))
		}
		return found
	}
	sold := entriesOf(func() { s.Sell("ann", "20.00") })
	require.Equal(t, []string{"CREATED conversions", "CREATED attributions"}, sold)
	require.Equal(t, []string{"CREATED commissions"}, entriesOf(s.Accrue))
}
