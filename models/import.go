package models

import (
	"time"
)

// ImportKind is what the rows of an imported file are.
type ImportKind string

// The values of ImportKind.
const (
	ImportKindPartners    ImportKind = "PARTNERS"
	ImportKindConversions ImportKind = "CONVERSIONS"
	ImportKindRefunds     ImportKind = "REFUNDS"
)

// ImportRun remembers how far a file was imported.
type ImportRun struct {
	ID         ID         `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID  ID         `gorm:"column:program_id"`
	Kind       ImportKind `gorm:"column:kind"`
	FileHash   Hash       `gorm:"column:file_hash"`
	RowsDone   int64      `gorm:"column:rows_done"`   // rows from the front of the file that are taken in or in import_rejections
	Rejected   int64      `gorm:"column:rejected"`    // how many of those are in import_rejections
	StartedAt  time.Time  `gorm:"column:started_at"`  // of the last start; no two starts share it, so it is also the claim
	FinishedAt *time.Time `gorm:"column:finished_at"` // nil until the whole file was read
}

// TableName names the table for GORM.
func (ImportRun) TableName() string { return "import_runs" }

// ImportRejection is a row of a file that was not taken in, and why.
type ImportRejection struct {
	RunID   ID     `gorm:"column:run_id;primaryKey;autoIncrement:false"`
	Line    int64  `gorm:"column:line;primaryKey;autoIncrement:false"` // of the file, where the row begins; the header's is 1
	Code    string `gorm:"column:code"`
	Field   string `gorm:"column:field"` // a column, or a path into one, or empty
	Message string `gorm:"column:message"`
}

// TableName names the table for GORM.
func (ImportRejection) TableName() string { return "import_rejections" }
