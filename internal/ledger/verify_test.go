package ledger_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/ledger"
	"tributary/internal/testkit"
	"tributary/models"
)

// books is a small program whose first period is closed, paid to one partner and under way to another.
type books struct {
	db                                *models.DB
	program, ann, bob                 models.ID
	closed, open, batch               models.ID
	accrual, closing, later           models.ID
	annsLine, bobsLine, lineInTheOpen models.ID
	annsPayout, bobsPayout            models.ID
}

func keepBooks(t *testing.T) books {
	t.Helper()
	db, clock := testkit.OpenDB(t)
	b := books{db: db}
	for _, id := range []*models.ID{&b.program, &b.ann, &b.bob, &b.closed, &b.open, &b.batch, &b.accrual, &b.closing, &b.later,
		&b.annsLine, &b.bobsLine, &b.lineInTheOpen, &b.annsPayout, &b.bobsPayout} {
		*id = models.NewID()
	}
	now := clock.Now()
	line := func(id, enrollment, period, journal models.ID, minor int64) models.Commission {
		return models.Commission{ID: id, ProgramID: b.program, EnrollmentID: enrollment, SourceID: models.NewID(), Kind: models.CommissionKindEarned,
			Currency: "EUR", AmountMinor: minor, MaturesAt: now, PeriodID: period, JournalID: journal, OccurredAt: now, CreatedAt: now}
	}
	rows := []any{
		&models.Period{ID: b.closed, ProgramID: b.program, PeriodKey: "2025-12", StartsAt: now.Add(-time.Hour), EndsAt: now, State: models.PeriodStateClosed, LineCount: 2, ClosedAt: &now},
		&models.Period{ID: b.open, ProgramID: b.program, PeriodKey: "2026-01", StartsAt: now, EndsAt: now.Add(time.Hour), State: models.PeriodStateOpen, LineCount: 1},
		new(line(b.annsLine, b.ann, b.closed, b.accrual, 200)), new(line(b.bobsLine, b.bob, b.closed, b.accrual, 100)),
		new(line(b.lineInTheOpen, b.ann, b.open, b.later, 50)),
		&models.Statement{PeriodID: b.closed, EnrollmentID: b.ann, LinesMinor: 200, LineCount: 1, ClosingMinor: 200, Currency: "EUR"},
		&models.Statement{PeriodID: b.closed, EnrollmentID: b.bob, LinesMinor: 100, LineCount: 1, ClosingMinor: 100, Currency: "EUR"},
		&models.PayoutBatch{ID: b.batch, ProgramID: b.program, PeriodID: b.closed, Run: 1, Currency: "EUR", State: "EXECUTING", TotalMinor: 300, PayoutCount: 2, CreatedAt: now},
		new(b.payout(b.annsPayout, b.batch, b.ann, 200, "TRANSFERRED", false)), new(b.payout(b.bobsPayout, b.batch, b.bob, 100, "SENDING", true)),
	}
	journals := []ledger.Draft{
		{ID: b.accrual, Kind: models.JournalKindAccrual, Legs: []ledger.Leg{{b.program, models.AccountExpense, -300}, {b.ann, models.AccountAccrued, 200}, {b.bob, models.AccountAccrued, 100}}},
		{ID: b.closing, Kind: models.JournalKindClose, Legs: []ledger.Leg{{b.ann, models.AccountAccrued, -200}, {b.ann, models.AccountPayable, 200},
			{b.bob, models.AccountAccrued, -100}, {b.bob, models.AccountPayable, 100}}},
		{ID: b.later, Kind: models.JournalKindAccrual, Legs: []ledger.Leg{{b.program, models.AccountExpense, -50}, {b.ann, models.AccountAccrued, 50}}},
		{Kind: models.JournalKindReserve, Legs: []ledger.Leg{{b.ann, models.AccountPayable, -200}, {b.ann, models.AccountInTransit, 200},
			{b.bob, models.AccountPayable, -100}, {b.bob, models.AccountInTransit, 100}}},
		{Kind: models.JournalKindSettle, Legs: []ledger.Leg{{b.ann, models.AccountInTransit, -200}, {b.program, models.AccountClearing, 200}}},
	}
	require.NoError(t, models.InTx(t.Context(), db, func(tx *models.Tx) error {
		for _, row := range rows {
			if err := tx.Create(row).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	for _, j := range journals {
		j.ProgramID = b.program
		require.NoError(t, post(t, db, j))
	}
	return b
}

func (b books) payout(id, batch, enrollment models.ID, minor int64, state models.PayoutState, reserved bool) models.Payout {
	return models.Payout{ID: id, BatchID: batch, ProgramID: b.program, MerchantID: b.program, EnrollmentID: enrollment, PartnerID: enrollment,
		Rail: models.RailNameManual, Currency: "EUR", AmountMinor: minor, PayableMinor: minor, Destination: "x", State: state, Reserved: reserved, CreatedAt: b.db.Now()}
}

func (b books) exec(t *testing.T, sql string, args ...any) {
	t.Helper()
	require.NoError(t, models.InTx(t.Context(), b.db, func(tx *models.Tx) error {
		result := tx.Exec(sql, args...)
		require.Positive(t, result.RowsAffected, "the tampering hit nothing")
		return result.Error
	}))
}

func TestVerifyHoldsOnGoodBooks(t *testing.T) {
	proof := requireProof(t, keepBooks(t).db)
	require.EqualValues(t, 5, proof.Journals)
	require.EqualValues(t, 15, proof.Entries)
	require.EqualValues(t, 3, proof.Lines)
}

// The names of the checks, as findings carry them.
const (
	balances      = "every journal balances, per currency, over at least two entries"
	hasJournal    = "every entry has its journal"
	hasEntries    = "every journal has entries"
	oneCurrency   = "an account has one currency"
	cached        = "every balance is the sum of its entries"
	hasBalance    = "every account with entries has a balance"
	subLedger     = "commission lines sum to their entries, per journal and enrollment"
	addsUp        = "every statement adds up: opening + lines = closing"
	periodHolds   = "a closed period's statements hold its lines"
	accruedIsOpen = "accrued is the sum of the lines in open periods"
	inTransit     = "in transit is the sum of the payouts that reserve it"
	paid          = "what was paid equals the transfers less what came back, per program"
	atMost        = "a payout is at most the balance it was planned from, or the part of the period's lines that a debt leaves"
	keptOnce      = "a period's lines are kept from a debt once, per enrollment"
	owedOnce      = "nothing is owed twice: what closed periods earned is payable, in transit or paid, per enrollment"
)

func TestVerifyFindsEachKindOfCorruption(t *testing.T) {
	b := keepBooks(t)
	for name, c := range map[string]struct {
		finds []string
		sql   string
		args  []any
		undo  string
		back  []any
	}{
		"an entry grows": {[]string{balances, cached},
			"UPDATE ledger_entries SET amount_minor = amount_minor + 1 WHERE journal_id = ? AND account = 'EXPENSE'", []any{b.accrual},
			"UPDATE ledger_entries SET amount_minor = amount_minor - 1 WHERE journal_id = ? AND account = 'EXPENSE'", []any{b.accrual}},
		"an entry in another currency": {[]string{balances, oneCurrency},
			"UPDATE ledger_entries SET currency = 'USD' WHERE journal_id = ? AND account = 'EXPENSE'", []any{b.accrual},
			"UPDATE ledger_entries SET currency = 'EUR' WHERE journal_id = ? AND account = 'EXPENSE'", []any{b.accrual}},
		"a journal in another currency": {[]string{oneCurrency},
			"UPDATE ledger_entries SET currency = 'USD' WHERE journal_id = ?", []any{b.accrual},
			"UPDATE ledger_entries SET currency = 'EUR' WHERE journal_id = ?", []any{b.accrual}},
		"an entry on its own": {[]string{balances, hasJournal, hasBalance},
			"INSERT INTO ledger_entries (owner_id, account, journal_id, currency, amount_minor) VALUES (?, 'FEES', ?, 'EUR', 0)", []any{b.bob, b.bob},
			"DELETE FROM ledger_entries WHERE journal_id = ?", []any{b.bob}},
		"a journal goes by another id": {[]string{hasJournal, hasEntries},
			"UPDATE journals SET id = ? WHERE id = ?", []any{b.bob, b.closing},
			"UPDATE journals SET id = ? WHERE id = ?", []any{b.closing, b.bob}},
		"a journal without entries": {[]string{hasEntries},
			"INSERT INTO journals (id, program_id, kind, business_key, posted_at) VALUES (?, ?, 'CLOSE', 'empty', ?)", []any{b.bob, b.program, b.db.Now()},
			"DELETE FROM journals WHERE id = ?", []any{b.bob}},
		"a balance grows": {[]string{cached, owedOnce},
			"UPDATE ledger_balances SET balance_minor = balance_minor + 1 WHERE owner_id = ? AND account = 'PAYABLE'", []any{b.ann},
			"UPDATE ledger_balances SET balance_minor = balance_minor - 1 WHERE owner_id = ? AND account = 'PAYABLE'", []any{b.ann}},
		"a balance vanishes": {[]string{hasBalance},
			"UPDATE ledger_balances SET owner_id = ? WHERE owner_id = ? AND account = 'PAYABLE'", []any{b.batch, b.ann},
			"UPDATE ledger_balances SET owner_id = ? WHERE owner_id = ? AND account = 'PAYABLE'", []any{b.ann, b.batch}},
		"a line grows": {[]string{subLedger, accruedIsOpen},
			"UPDATE commissions SET amount_minor = 51 WHERE id = ?", []any{b.lineInTheOpen},
			"UPDATE commissions SET amount_minor = 50 WHERE id = ?", []any{b.lineInTheOpen}},
		"a line changes hands": {[]string{subLedger, periodHolds},
			"UPDATE commissions SET enrollment_id = ? WHERE id = ?", []any{b.ann, b.bobsLine},
			"UPDATE commissions SET enrollment_id = ? WHERE id = ?", []any{b.bob, b.bobsLine}},
		"a line slips into a closed period": {[]string{periodHolds, accruedIsOpen},
			"UPDATE commissions SET period_id = ? WHERE id = ?", []any{b.closed, b.lineInTheOpen},
			"UPDATE commissions SET period_id = ? WHERE id = ?", []any{b.open, b.lineInTheOpen}},
		"a statement does not add up": {[]string{addsUp},
			"UPDATE statements SET closing_minor = closing_minor + 1 WHERE enrollment_id = ?", []any{b.ann},
			"UPDATE statements SET closing_minor = closing_minor - 1 WHERE enrollment_id = ?", []any{b.ann}},
		"a statement says other lines": {[]string{periodHolds, owedOnce},
			"UPDATE statements SET lines_minor = lines_minor + 1, closing_minor = closing_minor + 1 WHERE enrollment_id = ?", []any{b.ann},
			"UPDATE statements SET lines_minor = lines_minor - 1, closing_minor = closing_minor - 1 WHERE enrollment_id = ?", []any{b.ann}},
		"a statement vanishes": {[]string{periodHolds, owedOnce},
			"UPDATE statements SET period_id = ?, lines_minor = 0, closing_minor = 0 WHERE enrollment_id = ?", []any{b.batch, b.bob},
			"UPDATE statements SET period_id = ?, lines_minor = 100, closing_minor = 100 WHERE enrollment_id = ?", []any{b.closed, b.bob}},
		"a reserved payout grows": {[]string{inTransit, atMost},
			"UPDATE payouts SET amount_minor = 101 WHERE id = ?", []any{b.bobsPayout},
			"UPDATE payouts SET amount_minor = 100 WHERE id = ?", []any{b.bobsPayout}},
		"a reservation is forgotten": {[]string{inTransit},
			"UPDATE payouts SET reserved = ? WHERE id = ?", []any{false, b.bobsPayout},
			"UPDATE payouts SET reserved = ? WHERE id = ?", []any{true, b.bobsPayout}},
		"a transfer came back unbooked": {[]string{paid, owedOnce},
			"UPDATE payouts SET reversed_minor = 1 WHERE id = ?", []any{b.annsPayout},
			"UPDATE payouts SET reversed_minor = 0 WHERE id = ?", []any{b.annsPayout}},
		"a transfer is corrected unbooked": {[]string{paid, owedOnce},
			"UPDATE payouts SET corrected_minor = -1 WHERE id = ?", []any{b.annsPayout},
			"UPDATE payouts SET corrected_minor = 0 WHERE id = ?", []any{b.annsPayout}},
		"a transfer is forgotten": {[]string{paid, owedOnce},
			"UPDATE payouts SET state = 'REFUSED' WHERE id = ?", []any{b.annsPayout},
			"UPDATE payouts SET state = 'TRANSFERRED' WHERE id = ?", []any{b.annsPayout}},
	} {
		b.exec(t, c.sql, c.args...)
		proof, err := ledger.Verify(t.Context(), b.db)
		require.NoError(t, err, name)
		require.False(t, proof.Holds(), name)
		var found []string
		for _, f := range proof.Findings {
			found = append(found, f.Check)
		}
		slices.Sort(found)
		require.ElementsMatch(t, c.finds, slices.Compact(found), name)
		b.exec(t, c.undo, c.back...)
		requireProof(t, b.db)
	}
}

func TestVerifyFindsWhatIsPaidTwice(t *testing.T) {
	b := keepBooks(t)
	again := models.PayoutBatch{ID: models.NewID(), ProgramID: b.program, PeriodID: b.closed, Run: 2, Currency: "EUR", State: "EXECUTING", CreatedAt: b.db.Now()}
	second := b.payout(models.NewID(), again.ID, b.ann, 200, "TRANSFERRED", false)
	require.NoError(t, models.InTx(t.Context(), b.db, func(tx *models.Tx) error {
		if err := tx.Create(&again).Error; err != nil {
			return err
		}
		return tx.Create(&second).Error
	}))
	require.NoError(t, post(t, b.db, ledger.Draft{ProgramID: b.program, Kind: models.JournalKindSettle,
		Legs: []ledger.Leg{{b.program, models.AccountWriteOff, -200}, {b.program, models.AccountClearing, 200}}}))
	proof, err := ledger.Verify(t.Context(), b.db)
	require.NoError(t, err)
	require.Len(t, proof.Findings, 1)
	require.Equal(t, owedOnce, proof.Findings[0].Check)
	require.Contains(t, proof.Findings[0].Detail, b.ann.String())

	b.exec(t, "UPDATE payouts SET state = 'REVERSED', reversed_minor = 200 WHERE id = ?", second.ID)
	require.NoError(t, post(t, b.db, ledger.Draft{ProgramID: b.program, Kind: models.JournalKindReversal,
		Legs: []ledger.Leg{{b.program, models.AccountWriteOff, 200}, {b.program, models.AccountClearing, -200}}}))
	requireProof(t, b.db)
}

// Bob owed 400 before the period, earned 100, and was planned 75 of it: a debt may take a quarter.
func TestVerifyProvesWhatADebtLeft(t *testing.T) {
	b := keepBooks(t)
	share := func(ppm, opening, payable, amount, taken int64) {
		t.Helper()
		require.NoError(t, models.InTx(t.Context(), b.db, func(tx *models.Tx) error {
			return errors.Join(tx.Model(&models.PayoutBatch{}).Where("id = ?", b.batch).Updates(map[string]any{"debt_share_ppm": ppm, "through_period_id": b.closed}).Error,
				tx.Model(&models.Statement{}).Where("enrollment_id = ?", b.bob).Updates(map[string]any{"opening_minor": opening, "closing_minor": opening + 100}).Error,
				tx.Model(&models.Payout{}).Where("id = ?", b.bobsPayout).Updates(map[string]any{"payable_minor": payable, "amount_minor": amount, "debt_taken_minor": taken}).Error)
		}))
	}
	found := func() []string {
		proof, err := ledger.Verify(t.Context(), b.db)
		require.NoError(t, err)
		names := []string{}
		for _, f := range proof.Findings {
			if f.Check != inTransit { // the amounts here are not what is reserved
				names = append(names, f.Check)
			}
		}
		return names
	}
	for name, c := range map[string]struct {
		ppm, opening, payable, amount, taken int64
		finds                                []string
	}{
		"what the rule allows":      {250_000, -400, -300, 75, 25, []string{}},
		"one more":                  {250_000, -400, -300, 76, 25, []string{atMost}},
		"the share rounds down":     {333_333, -400, -300, 67, 33, []string{}},
		"and not up":                {333_333, -400, -300, 68, 33, []string{atMost}},
		"a debt may take nothing":   {0, -400, -300, 100, 0, []string{}},
		"a debt may take all":       {1_000_000, -400, -300, 1, 100, []string{atMost}},
		"there was no debt":         {250_000, 0, 74, 75, 25, []string{atMost}},
		"the balance is more":       {250_000, -1, 99, 99, 0, []string{}},
		"more than the balance too": {250_000, -1, 99, 100, 0, []string{atMost}},
	} {
		share(c.ppm, c.opening, c.payable, c.amount, c.taken)
		require.Equal(t, c.finds, found(), name)
	}
	share(250_000, -400, -300, 75, 25)
	again := models.PayoutBatch{ID: models.NewID(), ProgramID: b.program, PeriodID: b.closed, ThroughPeriodID: &b.closed, Run: 2, Currency: "EUR",
		DebtSharePpm: 250_000, State: "EXECUTING", CreatedAt: b.db.Now()}
	second := b.payout(models.NewID(), again.ID, b.bob, 75, "PLANNED", true)
	second.PayableMinor = -375
	require.NoError(t, models.InTx(t.Context(), b.db, func(tx *models.Tx) error { return errors.Join(tx.Create(&again).Error, tx.Create(&second).Error) }))
	require.Equal(t, []string{keptOnce}, found())
}

func TestVerifyReportsABoundedNumberOfFindings(t *testing.T) {
	b := keepBooks(t)
	require.NoError(t, models.InTx(t.Context(), b.db, func(tx *models.Tx) error {
		for range 50 {
			row := models.Statement{PeriodID: models.NewID(), EnrollmentID: b.ann, OpeningMinor: 1, Currency: "EUR"}
			if err := tx.Create(&row).Error; err != nil {
				return err
			}
		}
		return nil
	}))
	proof, err := ledger.Verify(t.Context(), b.db)
	require.NoError(t, err)
	require.Len(t, proof.Findings, 20)
}
