package models

import (
	"time"

	"tributary/internal/money"
)

// Account names an account; the owner is an enrollment or, for the first six, the program.
type Account string

// The values of Account.
const (
	AccountExpense   Account = "EXPENSE"  // commission expense: runs negative as partners earn
	AccountFunding   Account = "FUNDING"  // money put in for payouts
	AccountClearing  Account = "CLEARING" // paid out, not yet reconciled
	AccountPaidOut   Account = "PAID_OUT" // paid and reconciled
	AccountFees      Account = "FEES"
	AccountWriteOff  Account = "WRITE_OFF"
	AccountAccrued   Account = "ACCRUED"    // earned, period still open
	AccountPayable   Account = "PAYABLE"    // period closed, not yet in a payout
	AccountInTransit Account = "IN_TRANSIT" // reserved for a payout
)

// JournalKind names the unit of work that a journal records.
type JournalKind string

// The values of JournalKind.
const (
	JournalKindAccrual   JournalKind = "ACCRUAL"   // commissions of a batch of conversions
	JournalKindClose     JournalKind = "CLOSE"     // a period closes: accrued becomes payable
	JournalKindReserve   JournalKind = "RESERVE"   // a batch is planned: payable becomes in transit
	JournalKindRelease   JournalKind = "RELEASE"   // a payout will not be made now: in transit becomes payable
	JournalKindSettle    JournalKind = "SETTLE"    // a payout left: in transit becomes clearing
	JournalKindReconcile JournalKind = "RECONCILE" // a batch is proven: clearing becomes paid out
	JournalKindReversal  JournalKind = "REVERSAL"  // a transfer came back: owed again
	// Two people bring a payout to what the rail moved: less is owed again, more is a debt.
	JournalKindCorrection JournalKind = "CORRECTION"
)

// ReserveKey gives the business key of the journal that reserves a payout batch.
func ReserveKey(batchID ID) string { return "reserve:" + batchID.String() }

// Journal is one balanced set of entries for one unit of work.
type Journal struct {
	ID          ID          `gorm:"column:id;primaryKey;autoIncrement:false"`
	ProgramID   ID          `gorm:"column:program_id"`
	Kind        JournalKind `gorm:"column:kind"`
	BusinessKey string      `gorm:"column:business_key"`
	PostedAt    time.Time   `gorm:"column:posted_at"`
}

// TableName names the table for GORM.
func (Journal) TableName() string { return "journals" }

// Entry is one amount on one account; positive adds to what the account holds.
type Entry struct {
	OwnerID     ID             `gorm:"column:owner_id;primaryKey;autoIncrement:false"` // the enrollment or the program
	Account     Account        `gorm:"column:account;primaryKey;autoIncrement:false"`
	JournalID   ID             `gorm:"column:journal_id;primaryKey;autoIncrement:false"`
	Currency    money.Currency `gorm:"column:currency"`
	AmountMinor int64          `gorm:"column:amount_minor"`
}

// TableName names the table for GORM.
func (Entry) TableName() string { return "ledger_entries" }

// Balance caches the sum of an account's entries.
type Balance struct {
	OwnerID      ID             `gorm:"column:owner_id;primaryKey;autoIncrement:false"`
	Account      Account        `gorm:"column:account;primaryKey;autoIncrement:false"`
	ProgramID    ID             `gorm:"column:program_id"`
	Currency     money.Currency `gorm:"column:currency"`
	BalanceMinor int64          `gorm:"column:balance_minor"`
}

// TableName names the table for GORM.
func (Balance) TableName() string { return "ledger_balances" }
