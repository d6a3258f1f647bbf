package graph

import (
	"context"
	"io"
	"log/slog"

	"tributary/internal/access"
	"tributary/internal/audit"
	"tributary/internal/commission"
	"tributary/internal/export"
	"tributary/internal/notify"
	"tributary/internal/payout"
	"tributary/internal/program"
	"tributary/internal/tracking"
	"tributary/models"
)

// Payouts is what the edge needs of package payout.
type Payouts interface {
	Batches(ctx context.Context, by access.Caller, programID models.ID, state models.BatchState, page models.Page) (models.Slice[models.PayoutBatch], error)
	Batch(ctx context.Context, by access.Caller, id models.ID) (models.PayoutBatch, error)
	Progress(ctx context.Context, by access.Caller, batchID models.ID) (payout.Progress, error)
	PayoutsOfBatch(ctx context.Context, by access.Caller, batchID models.ID, filter payout.Filter, page models.Page) (models.Slice[models.Payout], error)
	PayoutsOfEnrollment(ctx context.Context, by access.Caller, enrollmentID models.ID, filter payout.Filter, page models.Page) (models.Slice[models.Payout], error)
	Payout(ctx context.Context, by access.Caller, id models.ID) (models.Payout, error)
	Plan(tx *models.Tx, by access.Caller, periodID models.ID) (models.PayoutBatch, error)
	Preview(ctx context.Context, by access.Caller, periodID models.ID, most int) (payout.Preview, error)
	Maturing(ctx context.Context, by access.Caller, programID models.ID) (payout.Maturing, error)
	Funding(ctx context.Context, by access.Caller, programID models.ID) (payout.Funding, error)
	Approve(tx *models.Tx, by access.Caller, batchID models.ID, contentHash string) (models.PayoutBatch, error)
	Execute(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error)
	Cancel(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error)
	Resume(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error)
	MarkPaid(tx *models.Tx, by access.Caller, payoutID models.ID, reference string) (models.Payout, error)
	HoldPayout(tx *models.Tx, by access.Caller, payoutID models.ID, reason string) (models.Payout, error)
	MarkUnpaid(tx *models.Tx, by access.Caller, payoutID models.ID, reason string) (models.Payout, error)
	RequestDecision(tx *models.Tx, by access.Caller, in payout.DecisionInput) (models.PayoutDecision, error)
	RequestSettlement(tx *models.Tx, by access.Caller, findingID models.ID, reason string) (models.PayoutDecision, error)
	RequestCorrection(tx *models.Tx, by access.Caller, findingID models.ID, reason string) (models.PayoutDecision, error)
	LookForDecision(ctx context.Context, by access.Caller, id models.ID) payout.Sighting
	ConfirmDecision(tx *models.Tx, by access.Caller, id models.ID, seen payout.Sighting) (models.PayoutDecision, error)
	DeclineDecision(tx *models.Tx, by access.Caller, id models.ID) (models.PayoutDecision, error)
	DecisionsOfBatch(ctx context.Context, by access.Caller, batchID models.ID, page models.Page) (models.Slice[models.PayoutDecision], error)
	OpenDecisions(ctx context.Context, by access.Caller, subjectIDs []models.ID) ([]models.PayoutDecision, error)
	AttemptsOf(ctx context.Context, by access.Caller, payoutID models.ID, page models.Page) (models.Slice[models.PayoutAttempt], error)
	Stop(tx *models.Tx, by access.Caller, reason string) (models.PayoutStop, error)
	Start(tx *models.Tx, by access.Caller) (models.PayoutStop, error)
	StopFor(ctx context.Context, by access.Caller) (*models.PayoutStop, error)
	TakeBankResults(tx *models.Tx, by access.Caller, file string) ([]payout.BankResult, error)
	BatchPreview(ctx context.Context, by access.Caller, batchID models.ID, most int) (*payout.Preview, error)
	WriteBankFile(ctx context.Context, by access.Caller, batchID models.ID, to io.Writer) error
	RequestReconcile(tx *models.Tx, by access.Caller, batchID models.ID) (models.PayoutBatch, error)
	Reconciliations(ctx context.Context, by access.Caller, batchID models.ID, page models.Page) (models.Slice[models.ReconRun], error)
	FindingsOf(ctx context.Context, by access.Caller, runID models.ID, page models.Page) (models.Slice[models.ReconFinding], error)
	AccountsOf(ctx context.Context, by access.Caller, enrollmentIDs []models.ID) (map[models.ID]models.PayoutAccount, error)
	Onboard(ctx context.Context, by access.Caller, enrollmentID models.ID, refreshURL, returnURL string) (string, models.PayoutAccount, error)
	CheckKey(ctx context.Context, by access.Caller, in payout.KeyInput) payout.KeyCheck
	SetKey(tx *models.Tx, by access.Caller, c payout.KeyCheck) (models.StripeCredential, error)
	CheckRemoval(ctx context.Context, by access.Caller) payout.KeyCheck
	RemoveKey(tx *models.Tx, by access.Caller, c payout.KeyCheck) (models.StripeCredential, error)
	Key(ctx context.Context, by access.Caller) (*models.StripeCredential, error)
	SetBankReference(tx *models.Tx, by access.Caller, enrollmentID models.ID, reference string) (models.PayoutAccount, error)
}

// Services is what the resolvers call.
type Services struct {
	DB         *models.DB
	Access     *access.Service
	Program    *program.Service
	Tracking   *tracking.Service
	Commission *commission.Service
	Payouts    Payouts
	Audit      *audit.Service
	Notify     *notify.Service
	Exports    *export.Service
	Streams    *Streams // of this process; some of its own when nil
	Origins    []string // hosts of other pages that may call, and open WebSockets
	Budget     Budget   // nil where nothing is limited by the second
	Log        *slog.Logger
}
