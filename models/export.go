package models

import "time"

// ExportKind is what an export lists.
type ExportKind string

// The values of ExportKind.
const (
	ExportKindConversions ExportKind = "CONVERSIONS"
	ExportKindCommissions ExportKind = "COMMISSIONS"
	ExportKindPayouts     ExportKind = "PAYOUTS"
	ExportKindStatements  ExportKind = "STATEMENTS"
)

// ExportState is how far an export is.
type ExportState string

// The values of ExportState.
const (
	ExportStateQueued   ExportState = "QUEUED"
	ExportStateRunning  ExportState = "RUNNING"
	ExportStateDone     ExportState = "DONE"
	ExportStateFailed   ExportState = "FAILED"
	ExportStateCanceled ExportState = "CANCELED"
	ExportStateExpired  ExportState = "EXPIRED" // it was done, and its file is gone
)

// Export is a file of what one period of a program holds, made by a worker.
type Export struct {
	ID           ID          `gorm:"column:id;primaryKey;autoIncrement:false"`
	MerchantID   ID          `gorm:"column:merchant_id"`
	ProgramID    ID          `gorm:"column:program_id"`
	PeriodID     ID          `gorm:"column:period_id"`
	Kind         ExportKind  `gorm:"column:kind"`
	State        ExportState `gorm:"column:state"`
	Actor        string      `gorm:"column:actor"`
	RequestedAt  time.Time   `gorm:"column:requested_at"`
	Attempts     int         `gorm:"column:attempts"`   // starts so far
	ClaimedAt    *time.Time  `gorm:"column:claimed_at"` // of the last start; no two starts share it, so it is also the claim
	ProgressAt   *time.Time  `gorm:"column:progress_at"`
	FinishedAt   *time.Time  `gorm:"column:finished_at"`
	ExpiresAt    *time.Time  `gorm:"column:expires_at"` // of the file of a done one
	Done         int64       `gorm:"column:done"`       // records that were looked at
	Total        int64       `gorm:"column:total"`      // those there were at the first start
	RowCount     int64       `gorm:"column:row_count"`  // of the file so far, without its header
	ByteCount    int64       `gorm:"column:byte_count"`
	Chunks       int         `gorm:"column:chunks"`   // of the file that are stored
	Place        string      `gorm:"column:place"`    // JSON: how far the records were read; empty before the first
	PruneAt      *time.Time  `gorm:"column:prune_at"` // when what is stored may go; nil while it may not, and when it is gone
	ErrorMessage string      `gorm:"column:error_message"`
}

// TableName names the table for GORM.
func (Export) TableName() string { return "exports" }

// ExportChunk is a part of an export's file.
type ExportChunk struct {
	ExportID ID     `gorm:"column:export_id;primaryKey;autoIncrement:false"`
	Seq      int    `gorm:"column:seq;primaryKey;autoIncrement:false"` // from 0
	Body     []byte `gorm:"column:body"`
}

// TableName names the table for GORM.
func (ExportChunk) TableName() string { return "export_chunks" }
