package bench

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tributary/internal/commission"
	"tributary/internal/stripesim"
	"tributary/models"
)

// newPayables fills a database with partners of whom each has sold something in a month that is closed, and can be paid at
// the simulator, which has the funds.
func newPayables(ctx context.Context, db *models.DB, sim *stripesim.Server, partners int) (*world, models.Period, error) {
	now := time.Now().UTC()
	w, err := newWorldAt(ctx, db, partners, time.Date(now.Year(), now.Month()-3, 1, 0, 0, 0, 0, time.UTC))
	if err != nil {
		return nil, models.Period{}, err
	}
	if err := errors.Join(w.sellEach(ctx), w.giveAccounts(ctx, sim), sim.Fund("eur", int64(partners)*100_000)); err != nil {
		return nil, models.Period{}, err
	}
	service := commission.New(db)
	if _, err := service.Accrue(ctx, w.program.ID); err != nil {
		return nil, models.Period{}, fmt.Errorf("accrue: %w", err)
	}
	due, err := service.DuePeriods(ctx)
	if err != nil {
		return nil, models.Period{}, err
	}
	var closed models.Period
	for _, p := range due {
		if closed, err = service.Close(ctx, p.ID); err != nil {
			return nil, closed, fmt.Errorf("close: %w", err)
		}
	}
	return w, closed, nil
}

// sellEach gives each partner one sale, early enough in the month to mature within it.
func (w *world) sellEach(ctx context.Context) error {
	var conversions, queue [][]any
	for i, seller := range w.partners {
		c, q := w.sale(seller, w.start.Add(time.Duration(i)*time.Second), 10_000+w.random.Int64N(50_000))
		conversions, queue = append(conversions, c), append(queue, q)
	}
	return w.insertSales(ctx, conversions, queue)
}

// giveAccounts gives each partner an account at the simulator that is ready, and has been the same for long.
func (w *world) giveAccounts(ctx context.Context, sim *stripesim.Server) error {
	var enrolled []models.Enrollment
	if err := w.db.Read(ctx).Select("id", "partner_id").Where("program_id = ?", w.program.ID).Order("id").Find(&enrolled).Error; err != nil {
		return fmt.Errorf("read enrollments: %w", err)
	}
	accounts, err := sim.OpenActive(len(enrolled))
	if err != nil {
		return err
	}
	rows := make([][]any, len(enrolled))
	for i, e := range enrolled {
		rows[i] = []any{models.NewID(), w.program.MerchantID, e.PartnerID, models.RailNameStripe, accounts[i], "DE", true, "active", "[]", w.start, w.start, w.start}
	}
	return w.insert(ctx, "payout_accounts", []string{"id", "merchant_id", "partner_id", "rail", "destination", "country", "ready", "status", "requirements",
		"destination_changed_at", "checked_at", "created_at"}, rows)
}
