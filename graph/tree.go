package graph

import (
	"time"

	"tributary/models"
)

// DownlineMember is one enrollment of a downline, and how far below the one that was asked it stands.
type DownlineMember struct {
	EnrollmentID models.ID
	ProgramID    models.ID
	Level        int
	SponsoredAt  time.Time
}
