package graph

import (
	"context"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

// Node is any row that the schema's Node interface stands for.
type Node any

var errNodeNotFound = fault.NotFoundf("NODE_NOT_FOUND", "object")

// Node finds an object by its id. Whatever the id names, the services decide whether the caller may see it; an id of
// nothing, of a noun without a place here, and of another tenant's object give one answer.
func (r queryResolver) Node(ctx context.Context, text string) (Node, error) {
	by := callerOf(ctx)
	if by.IsAnonymous() {
		return nil, access.ErrUnauthenticated
	}
	prefix, id, err := models.ParseAnyID(text)
	if err != nil {
		return nil, errNodeNotFound
	}
	find, known := r.finders()[prefix]
	if !known {
		return nil, errNodeNotFound
	}
	node, err := find(ctx, by, id)
	if fault.KindOf(err) == fault.NotFound && err != nil {
		return nil, errNodeNotFound
	}
	if err != nil {
		return nil, err
	}
	return node, nil
}

type finder func(context.Context, access.Caller, models.ID) (Node, error)

func (r queryResolver) finders() map[string]finder {
	return map[string]finder{
		models.PrefixProgram:    found(r.Services.Program.Program),
		models.PrefixEnrollment: found(r.Services.Program.Enrollment),
		models.PrefixSponsoring: found(r.Services.Program.SponsorChange),
		models.PrefixClick:      found(r.Services.Tracking.Click),
		models.PrefixConversion: found(r.Services.Tracking.Conversion),
		models.PrefixRefund:     found(r.Services.Tracking.Refund),
		models.PrefixCommission: found(r.Services.Commission.Line),
		models.PrefixPlacement:  found(r.Services.Commission.Placement),
		models.PrefixPeriod:     found(r.Services.Commission.Period),
		models.PrefixPlan:       found(r.Services.Commission.PlanVersion),
		models.PrefixWhatIf:     found(r.Services.Commission.WhatIf),
		models.PrefixEndpoint:   found(r.Services.Notify.Endpoint),
		models.PrefixEvent:      found(r.Services.Notify.Event),
		models.PrefixExport:     found(r.Services.Exports.Export),
		models.PrefixBatch:      found(r.Services.Payouts.Batch),
		models.PrefixPayout:     found(r.Services.Payouts.Payout),
		models.PrefixLink:       found(hanging(r.root, func(l models.Link) models.ID { return l.EnrollmentID })),
		models.PrefixCoupon:     found(hanging(r.root, func(c models.Coupon) models.ID { return c.EnrollmentID })),
	}
}

func found[T any](find func(context.Context, access.Caller, models.ID) (T, error)) finder {
	return func(ctx context.Context, by access.Caller, id models.ID) (Node, error) {
		row, err := find(ctx, by, id)
		if err != nil {
			return nil, err
		}
		return &row, nil
	}
}

// hanging finds a row that is seen by whoever sees the enrollment it hangs from.
func hanging[T any](r *root, enrollmentOf func(T) models.ID) func(context.Context, access.Caller, models.ID) (T, error) {
	return func(ctx context.Context, by access.Caller, id models.ID) (T, error) {
		var none T
		rows, err := program.ByID[T](r.DB.Read(ctx), []models.ID{id})
		if err != nil {
			return none, err
		}
		if len(rows) == 0 {
			return none, errNodeNotFound
		}
		if _, err := r.Services.Program.Enrollment(ctx, by, enrollmentOf(rows[0])); err != nil {
			return none, err
		}
		return rows[0], nil
	}
}
