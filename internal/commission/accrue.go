package commission

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tributary/internal/tree"
	"tributary/models"
)

const (
	accrualBatch   = 5000
	accrualWriters = 2
	maxRounds      = 1_000_000 // of one shard in one call: a bound, not a target
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
	shards, err := s.waitingShards(ctx, programID)
	if err != nil {
		return 0, err
	}
	a := &accrual{service: s, programID: programID}
	if err := a.reload(ctx); err != nil {
		return 0, err
	}
	var worked atomic.Int64
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(s.writers())
	for _, shard := range shards {
		group.Go(func() error {
			n, err := a.drain(ctx, shard)
			worked.Add(n)
			return err
		})
	}
	err = group.Wait()
	return worked.Load(), err
}

func (s *Service) writers() int {
	if s.db.IsMySQL() {
		return accrualWriters
	}
	return 1
}

func (s *Service) waitingShards(ctx context.Context, programID models.ID) ([]int, error) {
	var shards []int
	err := s.db.Read(ctx).Model(&models.AccrualItem{}).Where("program_id = ?", programID).Distinct("shard").Order("shard").Pluck("shard", &shards).Error
	return shards, err
}

// accrual is one run over a program's queue; what it holds is shared by the shards' goroutines and replaced whole.
type accrual struct {
	service   *Service
	programID models.ID
	world     atomic.Pointer[world]
}

// world is what pricing reads and a batch does not change.
type world struct {
	tree     *tree.Snapshot
	inactive map[models.ID]bool
}

func (a *accrual) reload(ctx context.Context) error {
	db := a.service.db.Read(ctx)
	snapshot, err := tree.Load(db, a.programID)
	if err != nil {
		return err
	}
	var ids []models.ID
	err = db.Model(&models.Enrollment{}).Where("program_id = ? AND status <> ?", a.programID, models.EnrollmentStatusActive).Pluck("id", &ids).Error
	if err != nil {
		return fmt.Errorf("read inactive enrollments: %w", err)
	}
	w := &world{tree: snapshot, inactive: make(map[models.ID]bool, len(ids))}
	for _, id := range ids {
		w.inactive[id] = true
	}
	a.world.Store(w)
	return nil
}

func (a *accrual) drain(ctx context.Context, shard int) (int64, error) {
	var worked int64
	for range maxRounds {
		var taken int
		err := models.InTx(ctx, a.service.db, func(tx *models.Tx) error {
			var err error
			taken, err = a.batch(tx, shard)
			return err
		})
		if errors.Is(err, errTreeMoved) {
			if err := a.reload(ctx); err != nil {
				return worked, err
			}
			continue
		}
		if err != nil || taken == 0 {
			return worked, err
		}
		worked += int64(taken)
	}
	return worked, nil
}

// batch prices the oldest items of a shard and takes them off the queue.
func (a *accrual) batch(tx *models.Tx, shard int) (int, error) {
	var items []models.AccrualItem
	err := tx.Where("program_id = ? AND shard = ?", a.programID, shard).Order("id").Limit(accrualBatch).Find(&items).Error
	if err != nil || len(items) == 0 {
		return 0, err
	}
	var p models.Program
	if err := tx.Where("id = ?", a.programID).Take(&p).Error; err != nil {
		return 0, fmt.Errorf("read program: %w", err)
	}
	pr, err := a.pricer(tx, p)
	if err != nil {
		return 0, err
	}
	if err := pr.price(items); err != nil {
		return 0, err
	}
	key := fmt.Sprintf("accrual:%s:%s:%s", items[0].ID, items[len(items)-1].ID, pr.posting.journalID)
	if err := pr.posting.write(key); err != nil {
		return 0, err
	}
	return len(items), takeOff(tx, a.programID, shard, items)
}

// takeOff removes exactly the items that were priced; any other count means that somebody else took some of them.
func takeOff(tx *models.Tx, programID models.ID, shard int, items []models.AccrualItem) error {
	gone := tx.Where("program_id = ? AND shard = ? AND id <= ?", programID, shard, items[len(items)-1].ID).Delete(&models.AccrualItem{})
	if gone.Error != nil {
		return gone.Error
	}
	if gone.RowsAffected != int64(len(items)) {
		return models.ErrRetry
	}
	return nil
}

func (a *accrual) pricer(tx *models.Tx, p models.Program) (*pricer, error) {
	w := a.world.Load()
	version, err := tree.Version(tx.DB, p.ID)
	if err != nil {
		return nil, err
	}
	if version != w.tree.Version {
		return nil, errTreeMoved
	}
	plans, err := a.service.timeline(tx, p)
	if err != nil {
		return nil, err
	}
	cal, err := newCalendar(tx, p)
	if err != nil {
		return nil, err
	}
	return &pricer{tx: tx, program: p, world: w, plans: plans, posting: newPosting(tx, p, cal, 3*accrualBatch)}, nil
}

// maturesAt is when the hold of a sale ends.
func maturesAt(p *Plan, occurredAt time.Time) time.Time { return occurredAt.Add(p.Hold) }
