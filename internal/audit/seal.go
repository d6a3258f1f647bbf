package audit

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"hash"
	"time"

	"gorm.io/gorm/clause"

	"tributary/models"
)

const (
	blockEntries = 500  // at most, in one block
	maxBlocks    = 1000 // sealed in one go; the rest is sealed next time
)

// Service seals, proves and shows the audit log.
type Service struct{ db *models.DB }

// New makes the service.
func New(db *models.DB) *Service { return &Service{db: db} }

// Seal puts the entries that are in no block yet into blocks, in the order of their ids, and tells how many it sealed. The order of the
// chain is the order of sealing: an entry whose transaction commits late comes into a later block. Any number of processes may
// seal at the same time.
func (s *Service) Seal(ctx context.Context) (int, error) {
	sealed := 0
	for range maxBlocks {
		n, err := s.sealBlock(ctx)
		sealed += n
		if err != nil || n < blockEntries {
			return sealed, err
		}
	}
	return sealed, nil
}

func (s *Service) sealBlock(ctx context.Context) (int, error) {
	sealed := 0
	err := models.InTx(ctx, s.db, func(tx *models.Tx) error {
		sealed = 0
		// The first block is there for sealers to take turns by: of several at once, one that is slow would lose each time.
		turn := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Select("number").Where("number = 1").Find(&models.AuditBlock{})
		if turn.Error != nil {
			return fmt.Errorf("wait for other sealers: %w", turn.Error)
		}
		var last models.AuditBlock
		if err := tx.Order("number DESC").Limit(1).Find(&last).Error; err != nil {
			return fmt.Errorf("read the last block: %w", err)
		}
		var entries []models.AuditEntry
		err := tx.Select("id", "digest").Where("block IS NULL").Order("id").Limit(blockEntries).Find(&entries).Error
		if err != nil || len(entries) == 0 {
			return err
		}
		next := models.AuditBlock{Number: last.Number + 1, PrevHash: last.Hash, EntryCount: len(entries), SealedAt: tx.Now}
		sum, ids := begin(next.Number, next.PrevHash, next.SealedAt), make([]models.ID, len(entries))
		for i, e := range entries {
			ids[i] = e.ID
			sum.add(e.ID, e.Digest)
		}
		next.Hash = sum.end()
		update := tx.Model(&models.AuditEntry{}).Where("id IN ? AND block IS NULL", ids).Update("block", next.Number)
		if update.Error != nil {
			return fmt.Errorf("seal entries: %w", update.Error)
		}
		if update.RowsAffected != int64(len(ids)) {
			return models.ErrRetry // another process sealed some of them meanwhile
		}
		if err := tx.Create(&next).Error; err != nil {
			if models.IsDuplicate(err) {
				return models.ErrRetry
			}
			return fmt.Errorf("create block: %w", err)
		}
		sealed = len(ids)
		return nil
	})
	return sealed, err
}

// blockVersion is hashed first: another way to hash a block is another version.
const blockVersion = "tributary audit block 1"

// blockSum is the hash of a block while its entries are added: of its number, the hash before, when it was sealed, and each entry's
// id and digest, all of a fixed length.
type blockSum struct{ hash.Hash }

func begin(number int64, prev models.Hash, sealedAt time.Time) blockSum {
	b := blockSum{sha256.New()}
	b.Write([]byte(blockVersion))
	var text [16]byte
	binary.BigEndian.PutUint64(text[:8], uint64(number))
	binary.BigEndian.PutUint64(text[8:], uint64(sealedAt.UnixMicro()))
	b.Write(text[:])
	b.Write(prev[:])
	return b
}

func (b blockSum) add(id models.ID, digest models.Hash) {
	b.Write(id[:])
	b.Write(digest[:])
}

func (b blockSum) end() models.Hash { return models.Hash(b.Sum(nil)) }
