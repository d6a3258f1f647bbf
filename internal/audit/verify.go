package audit

import (
	"context"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"gorm.io/gorm"

	"tributary/internal/fault"
	"tributary/models"
)

// blocksPerPage is how many blocks are read at once; their entries are read one at a time.
const blocksPerPage = 100

// Head names the end of a chain. Kept elsewhere, it proves later that nothing up to it was changed, cut off or made up again.
type Head struct {
	Block int64
	Hash  models.Hash
}

// ErrHead is returned for a text that names no head.
var ErrHead = fault.InvalidField("head", "AUDIT_HEAD_INVALID", "a head is the number of a block, a colon, and 64 hexadecimal digits")

// ParseHead reads what String wrote. Code AUDIT_HEAD_INVALID.
func ParseHead(text string) (Head, error) {
	number, sum, _ := strings.Cut(text, ":")
	block, err := strconv.ParseInt(number, 10, 64)
	raw, hexErr := hex.DecodeString(sum)
	if err != nil || hexErr != nil || block < 1 || len(raw) != len(models.Hash{}) {
		return Head{}, ErrHead
	}
	return Head{Block: block, Hash: models.Hash(raw)}, nil
}

// String gives the head as people keep it.
func (h Head) String() string { return fmt.Sprintf("%d:%x", h.Block, h.Hash[:]) }

// MarshalText gives the same in JSON.
func (h Head) MarshalText() ([]byte, error) { return []byte(h.String()), nil }

// Proof is what a look at the whole chain came to. It holds when Break is empty.
type Proof struct {
	Entries int64  `json:"entries"`
	Blocks  int64  `json:"blocks"`
	Head    Head   `json:"head"`
	Break   string `json:"break,omitempty"` // the first thing that is not as it was sealed
}

// Holds tells whether everything is as it was sealed.
func (p Proof) Holds() bool { return p.Break == "" }

// Verify seals what is not sealed yet and proves the chain: every entry says what its digest was made from, every block holds exactly the
// entries that were sealed in it and the hash of the block before, and the chain goes through the head that is known from
// earlier, if one is given. It keeps one page of blocks and one entry in memory. An error means that it could not look.
func (s *Service) Verify(ctx context.Context, known *Head) (Proof, error) {
	var p Proof
	if _, err := s.Seal(ctx); err != nil {
		return p, err
	}
	walk := walk{query: s.db.Read(ctx), proof: &p, known: known}
	for p.Holds() {
		var page []models.AuditBlock
		err := s.db.Read(ctx).Where("number > ?", p.Head.Block).Order("number").Limit(blocksPerPage).Find(&page).Error
		if err != nil {
			return p, fmt.Errorf("read blocks: %w", err)
		}
		if len(page) == 0 {
			return p, walk.finish()
		}
		if err := walk.over(page); err != nil {
			return p, err
		}
	}
	return p, nil
}

// walk follows the chain.
type walk struct {
	query *gorm.DB
	proof *Proof
	known *Head
}

// finish looks for entries that name a block which does not exist, at what is not sealed, and whether the known head was passed.
func (w walk) finish() error {
	var strays int64
	err := w.query.Model(&models.AuditEntry{}).
		Where("block < 1 OR (block > ? AND NOT EXISTS (SELECT 1 FROM audit_blocks WHERE number = audit_entries.block))", w.proof.Head.Block).
		Count(&strays).Error
	if err != nil {
		return fmt.Errorf("count strays: %w", err)
	}
	if strays > 0 {
		w.breaks("%d entries are in blocks that do not exist", strays)
		return nil
	}
	if w.known != nil && w.known.Block > w.proof.Head.Block {
		w.breaks("the chain ends at block %d, before the known head %s", w.proof.Head.Block, w.known)
		return nil
	}
	return w.entries(w.query.Where("block IS NULL").Order("id"), func(models.AuditEntry) {})
}

// over proves a page of blocks.
func (w walk) over(page []models.AuditBlock) error {
	at, count := 0, 0
	sum := begin(page[0].Number, page[0].PrevHash, page[0].SealedAt)
	entries := w.query.Where("block BETWEEN ? AND ?", page[0].Number, page[len(page)-1].Number).Order("block, id")
	// close ends the blocks before one; an entry of a block that is missing belongs to none.
	closeBefore := func(number int64) {
		for ; at < len(page) && page[at].Number < number && w.proof.Holds(); at++ {
			w.close(page[at], sum, count)
			if count = 0; at+1 < len(page) {
				sum = begin(page[at+1].Number, page[at+1].PrevHash, page[at+1].SealedAt)
			}
		}
	}
	err := w.entries(entries, func(e models.AuditEntry) {
		if closeBefore(*e.Block); !w.proof.Holds() {
			return
		}
		sum.add(e.ID, e.Digest)
		count++
	})
	if err == nil {
		closeBefore(page[len(page)-1].Number + 1)
	}
	return err
}

// close holds a block against the entries found in it.
func (w walk) close(b models.AuditBlock, sum blockSum, count int) {
	switch {
	case b.Number != w.proof.Head.Block+1:
		w.breaks("block %d is missing", w.proof.Head.Block+1)
	case b.PrevHash != w.proof.Head.Hash:
		w.breaks("block %d does not follow block %d", b.Number, w.proof.Head.Block)
	case b.EntryCount != count:
		w.breaks("block %d was sealed with %d entries and has %d", b.Number, b.EntryCount, count)
	case b.Hash != sum.end():
		w.breaks("block %d does not hold the entries that it was sealed with", b.Number)
	case w.known != nil && w.known.Block == b.Number && w.known.Hash != b.Hash:
		w.breaks("block %d is not the known head %s", b.Number, w.known)
	default:
		w.proof.Blocks++
		w.proof.Head = Head{Block: b.Number, Hash: b.Hash}
	}
}

// entries reads entries one at a time, until one does not say what its digest was made from.
func (w walk) entries(query *gorm.DB, fn func(models.AuditEntry)) error {
	rows, err := query.Model(&models.AuditEntry{}).Rows()
	if err != nil {
		return fmt.Errorf("read entries: %w", err)
	}
	defer rows.Close()
	for rows.Next() && w.proof.Holds() {
		var e models.AuditEntry
		if err := w.query.ScanRows(rows, &e); err != nil {
			return fmt.Errorf("read entry: %w", err)
		}
		if e.ContentDigest() != e.Digest {
			w.breaks("entry %s does not say what it said when it was written", e.ID.Format(models.PrefixAudit))
			return nil
		}
		w.proof.Entries++
		fn(e)
	}
	return rows.Err()
}

func (w walk) breaks(format string, args ...any) { w.proof.Break = fmt.Sprintf(format, args...) }
