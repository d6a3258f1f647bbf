package graph

import (
	"tributary/internal/commission"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// OrderBy is the order of a connection, as the schema's order types say it.
type OrderBy[F comparable] struct {
	Field     F
	Direction OrderDirection
}

// The order types of the schema.
type (
	EnrollmentOrder  = OrderBy[EnrollmentOrderField]
	ClickOrder       = OrderBy[ClickOrderField]
	ConversionOrder  = OrderBy[ConversionOrderField]
	CommissionOrder  = OrderBy[CommissionOrderField]
	PeriodOrder      = OrderBy[PeriodOrderField]
	PayoutBatchOrder = OrderBy[PayoutBatchOrderField]
	PayoutOrder      = OrderBy[PayoutOrderField]
	LinkOrder        = OrderBy[LinkOrderField]
	CouponOrder      = OrderBy[CouponOrderField]
	WhatIfRunOrder   = OrderBy[WhatIfRunOrderField]
)

// sorts gives the columns that lists of T are ordered by; a field that is not in it stands for the ids.
type sorts[F comparable, T any] map[F]*models.Sort[T]

var (
	enrollmentSorts  = sorts[EnrollmentOrderField, models.Enrollment]{EnrollmentOrderFieldJoinedAt: program.EnrollmentsByJoining, EnrollmentOrderFieldCode: program.EnrollmentsByCode}
	clickSorts       = sorts[ClickOrderField, models.Click]{ClickOrderFieldOccurredAt: tracking.ClicksByTime}
	conversionSorts  = sorts[ConversionOrderField, models.Conversion]{ConversionOrderFieldOccurredAt: tracking.ConversionsByOccurrence}
	commissionSorts  = sorts[CommissionOrderField, models.Commission]{CommissionOrderFieldOccurredAt: commission.LinesByOccurrence}
	periodSorts      = sorts[PeriodOrderField, models.Period]{PeriodOrderFieldKey: commission.PeriodsByKey}
	payoutBatchSorts = sorts[PayoutBatchOrderField, models.PayoutBatch]{}
	payoutSorts      = sorts[PayoutOrderField, models.Payout]{PayoutOrderFieldAmount: payout.ByAmount}
	linkSorts        = sorts[LinkOrderField, models.Link]{}
	couponSorts      = sorts[CouponOrderField, models.Coupon]{}
	whatIfSorts      = sorts[WhatIfRunOrderField, models.WhatIfRun]{}
)

// listing is how a connection is narrowed and ordered. The zero listing has everything in the order of ids.
type listing[T any] struct {
	filter any // of the arguments
	order  models.Order
	sort   *models.Sort[T] // of the order's column
}

// listed makes a listing of a connection's arguments.
func listed[T any, A any, F comparable](filter *A, order *OrderBy[F], by sorts[F, T]) listing[T] {
	var l listing[T]
	if filter != nil {
		l.filter = filter
	}
	if order == nil {
		return l
	}
	l.order.Descending = order.Direction == OrderDirectionDesc
	if l.sort = by[order.Field]; l.sort != nil {
		l.order.Column, l.order.Unique = l.sort.Column, l.sort.Unique
	}
	return l
}
