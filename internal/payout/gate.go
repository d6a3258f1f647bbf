package payout

import (
	"fmt"
	"time"

	"gorm.io/gorm"

	"tributary/models"
)

// Why a payout is not made now. The balance stays payable, and the next close asks again.
const (
	ReasonDebt            = "DEBT"                // the balance is negative
	ReasonBelowMinimum    = "BELOW_MINIMUM"       // carried
	ReasonNoAccount       = "NO_PAYOUT_ACCOUNT"   // the partner has not said where to
	ReasonAccountNotReady = "ACCOUNT_NOT_READY"   // onboarding is not complete
	ReasonAccountChanged  = "ACCOUNT_CHANGED"     // the destination or the rail changed within two days, or the destination since the plan
	ReasonTerms           = "TERMS_NOT_ACCEPTED"  //
	ReasonOperatorHold    = "HELD_BY_OPERATOR"    //
	ReasonNotActive       = "ENROLLMENT_INACTIVE" //
)

// Why a payout is not known to be paid or not.
const (
	ReasonUnknown   = "OUTCOME_UNKNOWN"      // an answer was lost; the same call is made again
	ReasonUnseen    = "NOT_SEEN_AT_RAIL"     // too old to be sent again, and one complete list did not hold it
	ReasonNotFound  = "NOT_FOUND_AT_RAIL"    // nor did a second one, long after the last attempt
	ReasonSilent    = "RAIL_SILENT"          // for days its outcome is not known and the rail gives no complete list
	ReasonDiffers   = "TRANSFER_DIFFERS"     // the rail has a transfer for it that is not the one asked for, or several
	ReasonKeyReused = "KEY_USED_DIFFERENTLY" // the rail saw another request under its key
	ReasonChanged   = "REQUEST_CHANGED"      // it is no longer what was sent under its key
)

// What people decided about a payout, and what follows while it is not over.
const (
	ReasonRetried   = "RETRIED"          // two people let it be sent again
	ReasonReleased  = "RELEASED"         // two people decided that it was not paid
	ReasonTakenOut  = "TAKEN_OUT"        // a person took it out before it was sent
	ReasonUnpaid    = "NOT_PAID"         // a person did not pay it
	ReasonCorrected = "CORRECTED"        // two people brought it to what the rail moved
	ReasonReturned  = "RETURNED_BY_BANK" // a person paid it, and the bank sent it back
)

// methodSettling is how long a changed destination is not paid to: a stolen login must not empty a balance.
const methodSettling = 48 * time.Hour

// candidate is one balance that could be paid.
type candidate struct {
	enrollment models.Enrollment
	minor      int64 // to be paid
	payable    int64 // the balance
	taken      int64 // by a debt that is capped
	account    *models.PayoutAccount
	accepted   bool
}

// gate gives the state a payout is born with: planned, held or carried, the latter two with the reason.
func gate(p models.Program, c candidate, now time.Time) (models.PayoutState, string) {
	switch {
	case c.minor < 0:
		return models.PayoutStateCarried, ReasonDebt
	case c.minor < p.MinPayoutMinor || c.minor == 0: // zero when all of it is less than the rail can move
		return models.PayoutStateCarried, ReasonBelowMinimum
	case c.enrollment.Status != models.EnrollmentStatusActive:
		return models.PayoutStateHeld, ReasonNotActive
	case c.enrollment.PayoutHeldAt != nil:
		return models.PayoutStateHeld, ReasonOperatorHold
	case p.TermsVersion > 0 && !c.accepted:
		return models.PayoutStateHeld, ReasonTerms
	case c.account == nil:
		return models.PayoutStateHeld, ReasonNoAccount
	case !c.account.Ready:
		return models.PayoutStateHeld, ReasonAccountNotReady
	case now.Sub(c.account.DestinationChangedAt) < methodSettling, c.enrollment.RailChangedAt != nil && now.Sub(*c.enrollment.RailChangedAt) < methodSettling:
		return models.PayoutStateHeld, ReasonAccountChanged
	}
	return models.PayoutStatePlanned, ""
}

func railOf(p models.Program, e models.Enrollment) models.RailName {
	if e.Rail != "" {
		return e.Rail
	}
	return p.Rail
}

const idsPerStatement = 1000

// candidates reads everything the gates ask for, in a fixed number of statements for at most idsPerStatement balances.
func candidates(query *gorm.DB, p models.Program, balances []models.Balance, kept map[models.ID]share) ([]candidate, error) {
	ids := make([]models.ID, len(balances))
	for i, b := range balances {
		ids[i] = b.OwnerID
	}
	var rows []models.Enrollment
	if err := query.Where("id IN ?", ids).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read enrollments: %w", err)
	}
	enrollments, partners := make(map[models.ID]models.Enrollment, len(rows)), make([]models.ID, len(rows))
	for i, e := range rows {
		enrollments[e.ID], partners[i] = e, e.PartnerID
	}
	var owned []*models.PayoutAccount
	if err := query.Where("merchant_id = ? AND partner_id IN ?", p.MerchantID, partners).Find(&owned).Error; err != nil {
		return nil, fmt.Errorf("read payout accounts: %w", err)
	}
	type purse struct {
		partner models.ID
		rail    models.RailName
	}
	accounts := make(map[purse]*models.PayoutAccount, len(owned))
	for _, a := range owned {
		accounts[purse{a.PartnerID, a.Rail}] = a
	}
	var agreed []models.ID
	err := query.Model(&models.TermsAcceptance{}).Where("enrollment_id IN ? AND terms_id IN (SELECT id FROM program_terms WHERE program_id = ? AND version = ?)",
		ids, p.ID, p.TermsVersion).Pluck("enrollment_id", &agreed).Error
	if err != nil {
		return nil, fmt.Errorf("read accepted terms: %w", err)
	}
	accepted := make(map[models.ID]bool, len(agreed))
	for _, id := range agreed {
		accepted[id] = true
	}
	found := make([]candidate, len(balances))
	for i, b := range balances {
		e := enrollments[b.OwnerID]
		found[i] = candidate{enrollment: e, minor: b.BalanceMinor, payable: b.BalanceMinor, account: accounts[purse{e.PartnerID, railOf(p, e)}], accepted: accepted[e.ID]}
		if s, ok := kept[e.ID]; ok && s.kept > b.BalanceMinor {
			found[i].minor, found[i].taken = s.kept, s.taken
		}
	}
	return found, nil
}
