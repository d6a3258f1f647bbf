// Package importer owns taking partners, conversions and refunds in from CSV files: reading them, cutting them into
// chunks, going on where an interrupted import stopped, and the record of what was rejected.
//
// It does not own any rule about a partner, a conversion or a refund: every row goes through program or tracking, so
// that a file and the API cannot disagree.
//
// Invariants: a row is taken in whole or is rejected with its line, code and column; a chunk's rows, its rejections and
// the run's progress are one transaction, so a crash loses no row and repeats none; a row that a file's run has taken
// in is never sent again; what is held in memory has a limit, however long the file. It alone writes import_runs and
// import_rejections.
package importer

import (
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// Service imports files.
type Service struct {
	db              *models.DB
	program         *program.Service
	tracking        *tracking.Service
	maxWaitingBytes int
}

// New makes the service.
func New(db *models.DB, program *program.Service, tracking *tracking.Service) *Service {
	return &Service{db: db, program: program, tracking: tracking, maxWaitingBytes: maxWaitingBytes}
}
