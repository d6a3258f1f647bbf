package ledger_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/internal/ledger"
	"tributary/internal/testkit"
	"tributary/models"
)

func post(t testing.TB, db *models.DB, d ledger.Draft) error {
	if d.ID.IsZero() {
		d.ID = models.NewID()
	}
	if d.BusinessKey == "" {
		d.BusinessKey = d.ID.String()
	}
	if d.Currency == "" {
		d.Currency = "EUR"
	}
	if d.Kind == "" {
		d.Kind = models.JournalKindRelease
	}
	return models.InTx(t.Context(), db, func(tx *models.Tx) error { return ledger.Post(tx, d) })
}

func requireProof(t testing.TB, db *models.DB) ledger.Proof {
	t.Helper()
	proof, err := ledger.Verify(t.Context(), db)
	require.NoError(t, err)
	require.Empty(t, proof.Findings)
	require.True(t, proof.Holds())
	return proof
}

func TestPostMovesBalances(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	program, partner := models.NewID(), models.NewID()
	require.NoError(t, post(t, db, ledger.Draft{ProgramID: program, Legs: []ledger.Leg{
		{program, models.AccountExpense, -100}, {partner, models.AccountFees, 70}, {partner, models.AccountFees, 30},
		{program, models.AccountFees, 5}, {program, models.AccountFees, -5}}}))
	require.NoError(t, post(t, db, ledger.Draft{ProgramID: program, Legs: []ledger.Leg{
		{partner, models.AccountFees, -40}, {program, models.AccountWriteOff, 40}}}))
	proof := requireProof(t, db)
	require.EqualValues(t, 2, proof.Journals)
	require.EqualValues(t, 4, proof.Entries, "legs of one account are one entry, and what does not move is none")

	query := db.Read(t.Context())
	all, err := ledger.ByAccount(query, []models.ID{program, partner, models.NewID()})
	require.NoError(t, err)
	require.Equal(t, map[models.ID]map[models.Account]int64{
		program: {models.AccountExpense: -100, models.AccountWriteOff: 40}, partner: {models.AccountFees: 60}}, all)
	some, err := ledger.Balances(query, models.AccountFees, []models.ID{program, partner})
	require.NoError(t, err)
	require.Equal(t, map[models.ID]int64{partner: 60}, some)
	open, err := ledger.NonZero(query, program, models.AccountFees)
	require.NoError(t, err)
	require.Len(t, open, 1)
	require.NoError(t, post(t, db, ledger.Draft{ProgramID: program, Legs: []ledger.Leg{
		{partner, models.AccountFees, -60}, {program, models.AccountWriteOff, 60}}}))
	open, err = ledger.NonZero(query, program, models.AccountFees)
	require.NoError(t, err)
	require.Empty(t, open)
}

func TestPostRefuses(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	a, b := models.NewID(), models.NewID()
	for name, c := range map[string]struct {
		code string
		legs []ledger.Leg
	}{
		"no legs":          {"JOURNAL_TOO_FEW_LEGS", nil},
		"one leg of zero":  {"JOURNAL_TOO_FEW_LEGS", []ledger.Leg{{a, models.AccountFees, 0}}},
		"one account":      {"JOURNAL_TOO_FEW_LEGS", []ledger.Leg{{a, models.AccountFees, 5}, {a, models.AccountFees, -5}}},
		"nothing moves":    {"JOURNAL_TOO_FEW_LEGS", []ledger.Leg{{a, models.AccountFees, 0}, {b, models.AccountFees, 0}}},
		"one cent missing": {"JOURNAL_UNBALANCED", []ledger.Leg{{a, models.AccountFees, 100}, {b, models.AccountFees, -99}}},
		"overflow":         {"AMOUNT_OVERFLOW", []ledger.Leg{{a, models.AccountFees, math.MaxInt64}, {a, models.AccountFees, 1}, {b, models.AccountFees, math.MinInt64}}},
	} {
		err := post(t, db, ledger.Draft{ProgramID: a, Legs: c.legs})
		require.Equal(t, c.code, fault.CodeOf(err), name)
	}
	proof := requireProof(t, db)
	require.Zero(t, proof.Journals)
}

func TestABusinessKeyIsPostedOnce(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	a, b := models.NewID(), models.NewID()
	draft := func() ledger.Draft {
		return ledger.Draft{ID: models.NewID(), ProgramID: a, BusinessKey: "unit:1", Legs: []ledger.Leg{{a, models.AccountFees, 1}, {b, models.AccountFees, -1}}}
	}
	var done sync.WaitGroup
	results := make([]error, 8)
	for i := range results {
		done.Go(func() { results[i] = post(t, db, draft()) })
	}
	done.Wait()
	posted := 0
	for _, err := range results {
		if err == nil {
			posted++
			continue
		}
		require.ErrorIs(t, err, ledger.ErrPosted)
	}
	require.Equal(t, 1, posted)
	proof := requireProof(t, db)
	require.EqualValues(t, 1, proof.Journals)

	upper := draft()
	upper.BusinessKey = "UNIT:1"
	require.NoError(t, post(t, db, upper), "keys are case-exact")
}

func TestConcurrentPostsKeepBalances(t *testing.T) {
	db, _ := testkit.OpenDB(t)
	program := models.NewID()
	owners := make([]models.ID, 6)
	for i := range owners {
		owners[i] = models.NewID()
	}
	var done sync.WaitGroup
	failures := make([]error, 12)
	for w := range failures {
		done.Go(func() {
			for i := range 5 {
				// Each names the same accounts in another order.
				legs := []ledger.Leg{{program, models.AccountExpense, -6}}
				for k := range owners {
					legs = append(legs, ledger.Leg{OwnerID: owners[(k+w)%len(owners)], Account: models.AccountFees, Minor: 1})
				}
				failures[w] = errors.Join(failures[w], post(t, db, ledger.Draft{ProgramID: program, BusinessKey: fmt.Sprintf("%d/%d", w, i), Legs: legs}))
			}
		})
	}
	done.Wait()
	require.NoError(t, errors.Join(failures...))
	requireProof(t, db)
	balances, err := ledger.Balances(db.Read(t.Context()), models.AccountFees, owners)
	require.NoError(t, err)
	for _, o := range owners {
		require.EqualValues(t, 5*len(failures), balances[o])
	}
}

// The accounts that no other table says anything about.
var freeAccounts = []models.Account{models.AccountExpense, models.AccountFunding, models.AccountFees, models.AccountWriteOff, models.AccountFees}

// Three bytes choose owner, account and whether the journal ends; eight are the amount.
func FuzzPostEitherRefusesOrBalances(f *testing.F) {
	leg := func(owner, account, end byte, minor int64) []byte {
		return binary.BigEndian.AppendUint64([]byte{owner, account, end}, uint64(minor))
	}
	join := func(legs ...[]byte) (all []byte) {
		for _, l := range legs {
			all = append(all, l...)
		}
		return all
	}
	f.Add([]byte{}, false)
	f.Add(join(leg(0, 0, 0, -100), leg(1, 4, 1, 100)), false)
	f.Add(join(leg(0, 0, 0, -100), leg(1, 4, 1, 99)), false)
	f.Add(join(leg(0, 0, 0, 7), leg(0, 0, 0, -7), leg(2, 1, 1, 3), leg(1, 1, 1, 1)), true)
	f.Add(join(leg(0, 0, 0, math.MaxInt64), leg(1, 4, 0, math.MaxInt64), leg(2, 4, 1, 2)), false)
	f.Add(join(leg(0, 0, 1, 1<<40), leg(0, 0, 1, 1<<40), leg(1, 0, 1, -1<<41)), true)
	f.Fuzz(func(t *testing.T, data []byte, balanced bool) {
		db, _ := testkit.OpenDB(t)
		owners := []models.ID{models.NewID(), models.NewID(), models.NewID()}
		const legBytes = 11
		var legs []ledger.Leg
		var total int64
		for ; len(data) >= legBytes; data = data[legBytes:] {
			// Far below the limit of an account, so that only single journals can overflow.
			minor := int64(binary.BigEndian.Uint64(data[3:])) >> 8
			legs = append(legs, ledger.Leg{OwnerID: owners[data[0]%3], Account: freeAccounts[int(data[1])%len(freeAccounts)], Minor: minor})
			if total += minor; data[2]%4 == 1 {
				if balanced {
					legs = append(legs, ledger.Leg{OwnerID: owners[2], Account: models.AccountWriteOff, Minor: -total})
				}
				err := post(t, db, ledger.Draft{ProgramID: owners[0], Legs: legs})
				require.Equal(t, total != 0 && !balanced, errors.Is(err, ledger.ErrUnbalanced), "%v: %v", legs, err)
				legs, total = nil, 0
			}
		}
		requireProof(t, db)
	})
}
