package commission

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/errgroup"
	"gorm.io/gorm"

	"tributary/internal/tree"
	"tributary/models"
)

const maxTurns = 1_000_000 // in one call: a bound, not a target

// pace is how an accrual works: the more conversions in a batch, the fewer ledger entries for as many lines; so many of
// them are read at once.
type pace struct{ writers, batch, atOnce int }

// The paces of a server, and of SQLite, where nobody else can write while a batch is worked.
var (
	serverPace = pace{writers: 2, batch: 100_000, atOnce: 5_000}
	filePace   = pace{writers: 1, batch: 5_000, atOnce: 5_000}
)

// errTreeMoved means that the tree changed since the snapshot was loaded.
var errTreeMoved = errors.New("commission: the tree changed while a batch was priced")

// ProgramsToAccrue gives the programs that have work in the queue.
func (s *Service) ProgramsToAccrue(ctx context.Context) ([]models.ID, error) {
	var ids []models.ID
	err := s.db.Read(ctx).Model(&models.AccrualItem{}).Distinct("program_id").Pluck("program_id", &ids).Error
	return ids, err
}

// Accrue turns everything in the program's queue into lines, batch by batch, each batch one transaction: lines,
// journal, periods' counts, and the queue rows taken. It may be stopped at any point and run by any number of
// workers at once; a batch that two of them price is kept once. It gives the number of items worked.
func (s *Service) Accrue(ctx context.Context, programID models.ID) (int64, error) {
	a, shards, err := s.openAccrual(ctx, programID)
	if err != nil || len(shards) == 0 {
		return 0, err
	}
	// The shards take turns, a batch each, so that conversions are worked in about the order in which they came and
	// the database finds their neighbours in memory.
	a.left.Store(int64(len(shards)))
	for _, shard := range shards {
		a.turns <- shard
	}
	group, ctx := errgroup.WithContext(ctx)
	for range min(a.pace.writers, len(shards)) {
		group.Go(func() error { return a.work(ctx) })
	}
	err = group.Wait()
	return a.worked.Load(), err
}

// openAccrual begins a run, and gives the shards that have work.
func (s *Service) openAccrual(ctx context.Context, programID models.ID) (*accrual, []int, error) {
	var shards []int
	err := s.db.Read(ctx).Model(&models.AccrualItem{}).Where("program_id = ?", programID).Distinct("shard").Order("shard").Pluck("shard", &shards).Error
	if err != nil || len(shards) == 0 {
		return nil, nil, err
	}
	a := &accrual{service: s, programID: programID, pace: filePace, turns: make(chan int, len(shards))}
	if s.db.IsMySQL() {
		a.pace = serverPace
	}
	return a, shards, errors.Join(a.slowDown(ctx), a.reload(ctx))
}

// accrual is one run over a program's queue; what it holds is shared by its writers and replaced whole.
type accrual struct {
	service   *Service
	programID models.ID
	pace      pace
	world     atomic.Pointer[world]
	turns     chan int     // shards that may have work
	left      atomic.Int64 // shards not yet found empty
	worked    atomic.Int64
}

// world is what pricing reads and a batch does not change.
type world struct {
	tree     *tree.Snapshot
	inactive map[models.ID]bool
}

// slowDown makes the batches small where a plan has caps: their counters stay locked until a batch ends, and one batch
// then locks them all at once, in one order.
func (a *accrual) slowDown(ctx context.Context) error {
	query := a.service.db.Read(ctx)
	var p models.Program
	if err := query.Where("id = ?", a.programID).Take(&p).Error; err != nil {
		return fmt.Errorf("read program: %w", err)
	}
	plans, err := a.service.timeline(query, p)
	if plans.needs.Caps {
		a.pace.batch = min(a.pace.batch, a.pace.atOnce)
	}
	return err
}

func (a *accrual) reload(ctx context.Context) error {
	w, err := a.service.worldOf(a.service.db.Read(ctx), a.programID)
	if err == nil {
		a.world.Store(w)
	}
	return err
}

// worldOf reads what pricing asks of a program as a whole.
func (s *Service) worldOf(query *gorm.DB, programID models.ID) (*world, error) {
	snapshot, err := s.snapshot(query, programID)
	if err != nil {
		return nil, err
	}
	var ids []models.ID
	err = query.Model(&models.Enrollment{}).Where("program_id = ? AND status IN ?", programID,
		[]models.EnrollmentStatus{models.EnrollmentStatusPending, models.EnrollmentStatusDeclined, models.EnrollmentStatusSuspended}).Pluck("id", &ids).Error
	if err != nil {
		return nil, fmt.Errorf("read inactive enrollments: %w", err)
	}
	w := &world{tree: snapshot, inactive: make(map[models.ID]bool, len(ids))}
	for _, id := range ids {
		w.inactive[id] = true
	}
	return w, nil
}

// work takes turns until every shard was found empty.
func (a *accrual) work(ctx context.Context) error {
	for range maxTurns {
		var shard int
		var open bool
		select {
		case <-ctx.Done():
			return ctx.Err()
		case shard, open = <-a.turns:
		}
		if !open {
			return nil
		}
		taken, err := a.turn(ctx, shard)
		if err != nil {
			return err
		}
		a.worked.Add(int64(taken))
		if taken == a.pace.batch {
			a.turns <- shard
		} else if a.left.Add(-1) == 0 {
			close(a.turns)
		}
	}
	return nil
}

// turn works one batch of a shard and tells how many items it had.
func (a *accrual) turn(ctx context.Context, shard int) (int, error) {
	for range maxTurns {
		var taken int
		err := models.InTx(ctx, a.service.db, func(tx *models.Tx) error {
			var err error
			taken, err = a.batch(tx, shard)
			return err
		})
		if !errors.Is(err, errTreeMoved) {
			return taken, err
		}
		if err := a.reload(ctx); err != nil {
			return 0, err
		}
	}
	return 0, errTreeMoved
}

// batch prices the oldest items of a shard and takes them off the queue.
func (a *accrual) batch(tx *models.Tx, shard int) (int, error) {
	items, err := oldest(tx, a.programID, shard, models.ID{}, a.pace.batch)
	if err != nil || len(items) == 0 {
		return 0, err
	}
	pr, err := a.pricer(tx, shard)
	if err != nil {
		return 0, err
	}
	if err := pr.price(items); err != nil {
		return 0, err
	}
	if err := takeOff(tx, a.programID, shard, items, pr.early); err != nil {
		return 0, err
	}
	if err := pr.counters.write(); err != nil {
		return 0, err
	}
	// Last, since the balances that it moves are locked from then on.
	return len(items), pr.posting.write("accrual:" + pr.posting.journalID.String())
}

func (a *accrual) pricer(tx *models.Tx, shard int) (*pricer, error) {
	var p models.Program
	if err := tx.Where("id = ?", a.programID).Take(&p).Error; err != nil {
		return nil, fmt.Errorf("read program: %w", err)
	}
	w := a.world.Load()
	version, err := tree.Version(tx.DB, p.ID)
	if err != nil {
		return nil, err
	}
	if version != w.tree.Version {
		return nil, errTreeMoved
	}
	plans, err := a.service.timeline(tx.DB, p)
	if err != nil {
		return nil, err
	}
	cal, err := newCalendar(tx, p)
	if err != nil {
		return nil, err
	}
	return &pricer{tx: tx, program: p, shard: shard, atOnce: a.pace.atOnce, plans: plans, posting: newPosting(tx, p, cal), counters: newCounters(tx, p.ID), stalls: map[models.ID]models.StalledConversion{},
		facts: reader{query: tx.DB, program: p, needs: plans.needs, depth: plans.depth, world: w}}, nil
}
