package graph

import (
	"context"
	"sync"
	"time"

	"github.com/vikstrous/dataloadgen"

	"tributary/internal/access"
	"tributary/internal/ledger"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/tree"
	"tributary/models"
)

// How many keys a loader asks for in one statement, and how many lists it counts.
const (
	loaderBatch = 1000
	countBatch  = 100
)

// How long a loader waits for more keys. Tests wait longer, so that what they count does not hang on the machine's load.
var loaderWait = 3 * time.Millisecond

type loader[T any] = keyedLoader[models.ID, T]

// reach names the tree of an enrollment up to so many levels away.
type reach struct {
	id    models.ID
	depth int
}

type treeLoader[T any] = keyedLoader[reach, T]

// loaders gathers the reads of one request, so that a page costs a constant number of statements. What the caller
// may not see loads as nothing.
type loaders struct {
	enrollments   *loader[*models.Enrollment]
	programs      *loader[*models.Program]
	partners      *loader[*models.Partner]
	groups        *loader[*models.Group]
	links         *loader[*models.Link]
	periods       *loader[*models.Period]
	batches       *loader[*models.PayoutBatch]
	customers     *loader[*models.Customer]
	conversions   *loader[*models.Conversion]
	attributions  *loader[*models.Attribution]
	refunds       *loader[[]models.Refund]
	lines         *loader[[]models.Commission]
	manuals       *loader[*models.ManualLine]
	balances      *loader[map[models.Account]int64]
	stalls        *loader[*models.StalledConversion]
	plans         *loader[*models.PlanVersion]
	groupsOf      *loader[[]models.Group] // by program
	sponsors      *loader[models.ID]
	statuses      *loader[models.EnrollmentStatus]
	users         *loader[*models.User]
	payouts       *loader[*models.Payout]
	terms         *loader[*models.Terms]
	accepted      *loader[int]
	accounts      *loader[*models.PayoutAccount]
	openDecisions *loader[*models.PayoutDecision] // by payout or finding
	stops         *loader[*models.PayoutStop]     // by merchant: the caller's
	fundings      *loader[*payout.Funding]        // by program: each asks its rail
	maturings     *loader[*payout.Maturing]       // by program: each reads what is pending
	counts        *keyedLoader[*models.Whole, int]
	uplines       *treeLoader[[]models.ID]
	sizes         *treeLoader[int]
	earnings      *treeLoader[int64]
}

type loadersKey struct{}

func loadersOf(ctx context.Context) *loaders { return ctx.Value(loadersKey{}).(*loaders) }

func (s Services) newLoaders(by access.Caller) *loaders {
	return &loaders{
		enrollments: one(func(ctx context.Context, ids []models.ID) ([]models.Enrollment, error) {
			return s.enrollmentsSeen(ctx, by, ids)
		}, func(e models.Enrollment) models.ID { return e.ID }),
		programs:  byID(s.DB, func(p models.Program) models.ID { return p.ID }),
		partners:  byID(s.DB, func(p models.Partner) models.ID { return p.ID }),
		groups:    byID(s.DB, func(g models.Group) models.ID { return g.ID }),
		links:     byID(s.DB, func(l models.Link) models.ID { return l.ID }),
		periods:   byID(s.DB, func(p models.Period) models.ID { return p.ID }),
		batches:   byID(s.DB, func(b models.PayoutBatch) models.ID { return b.ID }),
		customers: one(withCallerOf(by, s.Tracking.Customers), func(c models.Customer) models.ID { return c.ID }),
		conversions: one(withCallerOf(by, s.Tracking.ConversionsByID),
			func(c models.Conversion) models.ID { return c.ID }),
		attributions: one(withCallerOf(by, s.Tracking.Attributions),
			func(a models.Attribution) models.ID { return a.ConversionID }),
		refunds: many(withCallerOf(by, s.Tracking.RefundsOf), func(r models.Refund) models.ID { return r.ConversionID }),
		lines:   many(withCallerOf(by, s.Commission.LinesOfSource), func(c models.Commission) models.ID { return c.SourceID }),
		stalls:  one(withCallerOf(by, s.Commission.StallsOf), func(c models.StalledConversion) models.ID { return c.RootID }),
		plans:   byID(s.DB, func(v models.PlanVersion) models.ID { return v.ID }),
		groupsOf: many(func(ctx context.Context, ids []models.ID) ([]models.Group, error) {
			return program.GroupsOf(s.DB.Read(ctx), ids)
		}, func(g models.Group) models.ID { return g.ProgramID }),
		manuals: one(withCallerOf(by, s.Commission.ManualLines), func(m models.ManualLine) models.ID { return m.CommissionID }),
		balances: newLoader(func(ctx context.Context, ids []models.ID) (map[models.ID]map[models.Account]int64, error) {
			return ledger.ByAccount(s.DB.Read(ctx), ids)
		}),
		sponsors: newLoader(func(ctx context.Context, ids []models.ID) (map[models.ID]models.ID, error) {
			return tree.Sponsors(s.DB.Read(ctx), ids)
		}),
		users:   byID(s.DB, func(u models.User) models.ID { return u.ID }),
		payouts: byID(s.DB, func(p models.Payout) models.ID { return p.ID }),
		terms: one(func(ctx context.Context, ids []models.ID) ([]models.Terms, error) {
			return program.LatestTerms(s.DB.Read(ctx), ids)
		}, func(t models.Terms) models.ID { return t.ProgramID }),
		accepted: newLoader(func(ctx context.Context, ids []models.ID) (map[models.ID]int, error) {
			return program.AcceptedVersions(s.DB.Read(ctx), ids)
		}),
		accounts: newLoader(func(ctx context.Context, ids []models.ID) (map[models.ID]*models.PayoutAccount, error) {
			rows, err := s.Payouts.AccountsOf(ctx, by, ids)
			found := make(map[models.ID]*models.PayoutAccount, len(rows))
			for id, row := range rows {
				found[id] = &row
			}
			return found, err
		}),
		openDecisions: one(withCallerOf(by, s.Payouts.OpenDecisions), func(d models.PayoutDecision) models.ID { return models.Or(d.OpenSubjectID) }),
		stops: newLoader(func(ctx context.Context, ids []models.ID) (map[models.ID]*models.PayoutStop, error) {
			stop, err := s.Payouts.StopFor(ctx, by)
			return map[models.ID]*models.PayoutStop{by.MerchantID: stop}, err
		}),
		fundings:  oneByOne(by, s.Payouts.Funding),
		maturings: oneByOne(by, s.Payouts.Maturing),
		counts: newKeyedLoader(func(ctx context.Context, lists []*models.Whole) (map[*models.Whole]int, error) {
			return models.CountAll(s.DB.Read(ctx), lists)
		}, countBatch),
		uplines: newTreeLoader(func(ctx context.Context, ids []models.ID, depth int) (map[models.ID][]models.ID, error) {
			return tree.Uplines(s.DB.Read(ctx), ids, s.DB.Now(), depth)
		}),
		sizes: newTreeLoader(func(ctx context.Context, ids []models.ID, depth int) (map[models.ID]int, error) {
			return tree.SubtreeSizes(s.DB.Read(ctx), ids, depth)
		}),
		earnings: newTreeLoader(func(ctx context.Context, ids []models.ID, depth int) (map[models.ID]int64, error) {
			return s.Commission.EarnedBelow(ctx, by, ids, depth)
		}),
		statuses: newLoader(func(ctx context.Context, ids []models.ID) (map[models.ID]models.EnrollmentStatus, error) {
			rows, err := program.ByID[models.Enrollment](s.DB.Read(ctx), ids)
			found := make(map[models.ID]models.EnrollmentStatus, len(rows))
			for _, e := range rows {
				found[e.ID] = e.Status
			}
			return found, err
		}),
	}
}

// enrollmentsSeen reads those of many enrollments that the caller may see; none when it may see none.
func (s Services) enrollmentsSeen(ctx context.Context, by access.Caller, ids []models.ID) ([]models.Enrollment, error) {
	query := s.DB.Read(ctx)
	if by.Has(access.PartnersRead) {
		return program.ByID[models.Enrollment](query.Where("merchant_id = ?", by.MerchantID), ids)
	}
	if by.PartnerID.IsZero() {
		return nil, nil
	}
	return program.ByID[models.Enrollment](query.Where("partner_id = ?", by.PartnerID), ids)
}

func withCallerOf[T any](by access.Caller, fetch func(context.Context, access.Caller, []models.ID) ([]T, error)) func(context.Context, []models.ID) ([]T, error) {
	return func(ctx context.Context, ids []models.ID) ([]T, error) { return fetch(ctx, by, ids) }
}

// byID loads rows whose access is that of the object they hang from.
func byID[T any](db *models.DB, idOf func(T) models.ID) *loader[*T] {
	return one(func(ctx context.Context, ids []models.ID) ([]T, error) {
		return program.ByID[T](db.Read(ctx), ids)
	}, idOf)
}

// one loads at most one row for each key.
func one[T any](fetch func(context.Context, []models.ID) ([]T, error), keyOf func(T) models.ID) *loader[*T] {
	return newLoader(func(ctx context.Context, ids []models.ID) (map[models.ID]*T, error) {
		rows, err := fetch(ctx, ids)
		found := make(map[models.ID]*T, len(rows))
		for i := range rows {
			found[keyOf(rows[i])] = &rows[i]
		}
		return found, err
	})
}

// many loads any number of rows for each key.
func many[T any](fetch func(context.Context, []models.ID) ([]T, error), keyOf func(T) models.ID) *loader[[]T] {
	return newLoader(func(ctx context.Context, ids []models.ID) (map[models.ID][]T, error) {
		rows, err := fetch(ctx, ids)
		found := make(map[models.ID][]T, len(ids))
		for _, row := range rows {
			found[keyOf(row)] = append(found[keyOf(row)], row)
		}
		return found, err
	})
}

// newLoader loads from a map; a key without an entry loads as the zero value.
func newLoader[T any](fetch func(context.Context, []models.ID) (map[models.ID]T, error)) *loader[T] {
	return newKeyedLoader(fetch, loaderBatch)
}

// oneByOne loads what is dear to work out: each is asked for by itself, and once in a request.
func oneByOne[T any](by access.Caller, fetch func(context.Context, access.Caller, models.ID) (T, error)) *loader[*T] {
	return newLoader(func(ctx context.Context, ids []models.ID) (map[models.ID]*T, error) {
		found := make(map[models.ID]*T, len(ids))
		for _, id := range ids {
			one, err := fetch(ctx, by, id)
			if err != nil {
				return nil, err
			}
			found[id] = &one
		}
		return found, nil
	})
}

// newTreeLoader loads with one statement for each depth that is asked for; a merchant asks for one.
func newTreeLoader[T any](fetch func(ctx context.Context, ids []models.ID, depth int) (map[models.ID]T, error)) *treeLoader[T] {
	return newKeyedLoader(func(ctx context.Context, keys []reach) (map[reach]T, error) {
		byDepth, found := map[int][]models.ID{}, make(map[reach]T, len(keys))
		for _, key := range keys {
			byDepth[key.depth] = append(byDepth[key.depth], key.id)
		}
		for depth, ids := range byDepth {
			part, err := fetch(ctx, ids, depth)
			if err != nil {
				return nil, err
			}
			for id, value := range part {
				found[reach{id, depth}] = value
			}
		}
		return found, nil
	}, loaderBatch)
}

// keyedLoader gathers keys from its first use on: a request uses a few of all the loaders there are.
type keyedLoader[K comparable, T any] struct {
	fetch func(context.Context, []K) (map[K]T, error)
	batch int
	once  sync.Once
	begun *dataloadgen.Loader[K, T]
}

func newKeyedLoader[K comparable, T any](fetch func(context.Context, []K) (map[K]T, error), batch int) *keyedLoader[K, T] {
	return &keyedLoader[K, T]{fetch: fetch, batch: batch}
}

func (l *keyedLoader[K, T]) begin() *dataloadgen.Loader[K, T] {
	l.once.Do(func() {
		l.begun = dataloadgen.NewLoader(l.fetchList, dataloadgen.WithWait(loaderWait), dataloadgen.WithBatchCapacity(l.batch))
	})
	return l.begun
}

func (l *keyedLoader[K, T]) fetchList(ctx context.Context, keys []K) ([]T, []error) {
	found, err := l.fetch(ctx, keys)
	if err != nil {
		return nil, []error{err}
	}
	values := make([]T, len(keys))
	for i, key := range keys {
		values[i] = found[key]
	}
	return values, nil
}

// Load gives what belongs to a key, with one statement for all keys that are asked for at about the same time.
func (l *keyedLoader[K, T]) Load(ctx context.Context, key K) (T, error) {
	return l.begin().Load(ctx, key)
}

// LoadAll is Load for many keys.
func (l *keyedLoader[K, T]) LoadAll(ctx context.Context, keys []K) ([]T, error) {
	return l.begin().LoadAll(ctx, keys)
}

// Prime keeps what belongs to a key, which is not asked for then.
func (l *keyedLoader[K, T]) Prime(key K, value T) { l.begin().Prime(key, value) }

// loadRef loads behind a reference that may be empty.
func loadRef[T any](ctx context.Context, l *loader[*T], id *models.ID) (*T, error) {
	if id == nil || id.IsZero() {
		return nil, nil
	}
	return l.Load(ctx, *id)
}
