package payout

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"tributary/models"
)

// Stray is a transfer under our mark whose payout we do not have: its batch was planned after the backup that the database
// was restored from, or by another database on the same account of the rail.
type Stray struct {
	Receipt
	PartnerIDs []models.ID // who are paid to its destination
}

// Since is what a comparison of all transfers since an instant came to.
type Since struct {
	Transfers int // that were listed
	Foreign   int // of these, not made by us: they carry no mark
	Strays    int
	Runs      []models.ReconRun // one for each batch in which a transfer is not as we have it
}

// ReconcileSince lists every transfer of the rails since an instant, whatever its batch, and holds each against its payout.
// Batches in which one is not as we have it are reconciled, which adopts what we have forgotten; transfers of payouts that
// we do not have are handed to each stray. It is for whoever runs the instance, after a restore.
// Codes COMPARED_TOO_EARLY, RAIL_UNAVAILABLE, STRIPE_KEY_UNREADABLE.
func (s *Service) ReconcileSince(ctx context.Context, from time.Time, stray func(Stray)) (Since, error) {
	var all Since
	differing := map[models.ID]bool{}
	err := s.eachRail(ctx, func(name models.RailName, rail Rail) error {
		err := rail.Since(ctx, from, func(page []Receipt) error {
			strays, err := s.holdPage(ctx, page, &all, differing)
			if err != nil || len(strays) == 0 {
				return err
			}
			if err := s.nameOwners(ctx, name, strays); err != nil {
				return err
			}
			for _, found := range strays {
				stray(found)
			}
			return nil
		})
		if err != nil {
			return fmt.Errorf("list transfers since %s: %w", from.Format(time.RFC3339), err)
		}
		return nil
	})
	if err != nil {
		return all, err
	}
	var failed error
	for _, id := range slices.SortedFunc(maps.Keys(differing), func(a, b models.ID) int { return bytes.Compare(a[:], b[:]) }) {
		run, err := s.Reconcile(ctx, id)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("batch %s: %w", id, err))
			continue
		}
		all.Runs = append(all.Runs, run)
	}
	return all, failed
}

// holdPage holds a page of transfers against their payouts. It counts, marks the batches of those that differ, and gives
// those that have none.
func (s *Service) holdPage(ctx context.Context, page []Receipt, all *Since, differing map[models.ID]bool) ([]Stray, error) {
	marks := make([]models.ID, 0, len(page))
	for _, r := range page {
		var id models.ID
		if id.UnmarshalText([]byte(r.PayoutID)) == nil {
			marks = append(marks, id)
		}
	}
	var rows []models.Payout
	if err := s.db.Read(ctx).Where("id IN ?", marks).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read payouts: %w", err)
	}
	payouts := make(map[string]models.Payout, len(rows))
	for _, p := range rows {
		payouts[p.ID.String()] = p
	}
	var strays []Stray
	for _, r := range page {
		all.Transfers++
		p, known := payouts[r.PayoutID]
		switch {
		case r.PayoutID == "":
			all.Foreign++
		case !known:
			all.Strays++
			strays = append(strays, Stray{Receipt: r})
		case p.TransferID == nil || *p.TransferID != r.TransferID || !matches(p, r) || p.ReversedMinor != r.ReversedMinor:
			differing[p.BatchID] = true
		}
	}
	return strays, nil
}

// nameOwners says of each stray whose account its destination is.
func (s *Service) nameOwners(ctx context.Context, name models.RailName, strays []Stray) error {
	destinations := make([]string, len(strays))
	for i, r := range strays {
		destinations[i] = r.Destination
	}
	var accounts []models.PayoutAccount
	if err := s.db.Read(ctx).Where("rail = ? AND destination IN ?", name, destinations).Order("id").Find(&accounts).Error; err != nil {
		return fmt.Errorf("read payout accounts: %w", err)
	}
	for i := range strays {
		for _, a := range accounts {
			if a.Destination == strays[i].Destination {
				strays[i].PartnerIDs = append(strays[i].PartnerIDs, a.PartnerID)
			}
		}
	}
	return nil
}
