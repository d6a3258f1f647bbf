package models

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// AuditOp is what happened to an entity.
type AuditOp string

// The values of AuditOp.
const (
	AuditOpCreated AuditOp = "CREATED"
	AuditOpUpdated AuditOp = "UPDATED"
	AuditOpDeleted AuditOp = "DELETED"
)

// AuditEntry is one change of one entity, or of many together, by one transaction. Its content is written once, with the
// change; Block alone is set later, when it is sealed.
type AuditEntry struct {
	ID            ID        `gorm:"column:id;primaryKey;autoIncrement:false"` // sorts by when it was recorded
	TransactionID ID        `gorm:"column:transaction_id"`                    // the first entry of the same transaction
	MerchantID    ID        `gorm:"column:merchant_id"`                       // zero for what belongs to none
	RecordedAt    time.Time `gorm:"column:recorded_at"`
	Actor         string    `gorm:"column:actor"`
	Action        string    `gorm:"column:action"` // the mutation, task or command
	RequestID     string    `gorm:"column:request_id"`
	Entity        string    `gorm:"column:entity"`    // the table
	EntityID      ID        `gorm:"column:entity_id"` // zero for many together
	Op            AuditOp   `gorm:"column:op"`
	RowCount      int64     `gorm:"column:row_count"`   // 1, or how many together
	BeforeJSON    string    `gorm:"column:before_json"` // the columns that changed, as they were; empty when created, or many together
	AfterJSON     string    `gorm:"column:after_json"`  // the same, as they became; empty when deleted
	Digest        Hash      `gorm:"column:digest"`      // of all of the above
	Block         *int64    `gorm:"column:block"`       // the block it is sealed in; nil for the first seconds
}

// TableName names the table for GORM.
func (AuditEntry) TableName() string { return "audit_entries" }

// digestVersion is hashed first: another way to write an entry down is another version.
const digestVersion = "tributary audit entry 1"

// ContentDigest gives the SHA-256 sum of everything an entry says, each part with its length before it, so that no two contents are
// written the same way.
func (e AuditEntry) ContentDigest() Hash {
	h := sha256.New()
	var size [8]byte
	put := func(part []byte) {
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write(part)
	}
	number := func(n int64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		put(b[:])
	}
	put([]byte(digestVersion))
	put(e.ID[:])
	put(e.TransactionID[:])
	put(e.MerchantID[:])
	number(e.RecordedAt.UnixMicro())
	for _, text := range []string{e.Actor, e.Action, e.RequestID, e.Entity} {
		put([]byte(text))
	}
	put(e.EntityID[:])
	put([]byte(e.Op))
	number(e.RowCount)
	put([]byte(e.BeforeJSON))
	put([]byte(e.AfterJSON))
	return Hash(h.Sum(nil))
}

// AuditBlock seals a run of entries: its hash holds theirs and the hash of the block before.
type AuditBlock struct {
	Number     int64     `gorm:"column:number;primaryKey;autoIncrement:false"` // from 1, without a gap
	PrevHash   Hash      `gorm:"column:prev_hash"`                             // zero for the first
	Hash       Hash      `gorm:"column:hash"`
	EntryCount int       `gorm:"column:entry_count"`
	SealedAt   time.Time `gorm:"column:sealed_at"`
}

// TableName names the table for GORM.
func (AuditBlock) TableName() string { return "audit_blocks" }
