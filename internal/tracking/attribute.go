package tracking

import (
	"encoding/json"
	"strings"
	"time"

	"tributary/models"
)

// Candidate is one touch that could have won a conversion, with the verdict and its reason.
type Candidate struct {
	Method       models.AttributionMethod `json:"method"`
	TouchID      models.ID                `json:"touchId"`
	EnrollmentID models.ID                `json:"enrollmentId"`
	Won          bool                     `json:"won"`
	Reason       string                   `json:"reason"`
}

// evidence is what the database knows about the touches of a batch of conversions.
type evidence struct {
	clicks      map[models.ID]clickTouch
	coupons     map[string]codeTouch
	links       map[string]codeTouch
	customers   map[string]*customer
	enrollments map[models.ID]enrolled
}

// customer is one that the database has, or one that is to be written.
type customer struct {
	models.Customer
	isNew  bool
	origin models.Origin // of the first conversion that is of this customer
}

// clickTouch is a click with the code of its link.
type clickTouch struct {
	models.Click
	LinkCode string
	LedTo    enrolled `gorm:"embedded"`
}

// codeTouch is a link or a coupon.
type codeTouch struct {
	ID           models.ID
	EnrollmentID models.ID
	Code         string
	Active       bool
	LedTo        enrolled `gorm:"embedded"`
}

// enrolled is what attribution asks of an enrollment.
type enrolled struct {
	Status models.EnrollmentStatus
	Email  string // of its partner
}

// attribute decides which touch wins: an explicit click inside the window, else a coupon, else a link code, else the
// customer's binding. It is pure: the same input and evidence give the same answer.
func attribute(p models.Program, in ConversionInput, known evidence) models.Attribution {
	a := models.Attribution{ProgramID: p.ID, Method: models.AttributionMethodNone, Policy: policyVersion, WindowDays: p.AttributionWindowDays}
	candidates := candidatesOf(p, in, known)
	for i := range candidates {
		c := &candidates[i]
		if c.Reason != "" {
			continue
		}
		if a.Method != models.AttributionMethodNone {
			c.Reason = "a stronger touch won"
			continue
		}
		c.Won, c.Reason = true, "the strongest eligible touch"
		a.Method, a.EnrollmentID, a.TouchID = c.Method, c.EnrollmentID.Ref(), c.TouchID.Ref()
		switch c.Method {
		case models.AttributionMethodClick:
			click := known.clicks[c.TouchID]
			a.LinkCode, a.SubIDs = click.LinkCode, click.SubIDs
		case models.AttributionMethodLink:
			a.LinkCode = in.LinkCode
		}
		email := known.enrollments[c.EnrollmentID].Email
		if email != "" && strings.EqualFold(strings.TrimSpace(in.CustomerID), email) {
			a.HoldReason = holdSelfReferral
		}
	}
	detail, err := json.Marshal(candidates)
	if err != nil {
		panic("tracking: candidates always encode: " + err.Error())
	}
	a.Detail = string(detail)
	return a
}

// candidatesOf lists the touches the conversion names, strongest first; a reason that is set says why one is out.
func candidatesOf(p models.Program, in ConversionInput, known evidence) []Candidate {
	var found []Candidate
	add := func(method models.AttributionMethod, touch, enrollment models.ID, reason string) {
		if reason == "" && known.enrollments[enrollment].Status != models.EnrollmentStatusActive {
			reason = "the enrollment is not active"
		}
		found = append(found, Candidate{Method: method, TouchID: touch, EnrollmentID: enrollment, Reason: reason})
	}
	if in.ClickID != "" {
		_, id, _ := models.ParseAnyID(in.ClickID)
		click, ok := known.clicks[id]
		switch window := time.Duration(p.AttributionWindowDays) * 24 * time.Hour; {
		case !ok:
			add(models.AttributionMethodClick, models.ID{}, models.ID{}, "no such click in this program")
		case click.ClickedAt.After(in.OccurredAt):
			add(models.AttributionMethodClick, click.ID, click.EnrollmentID, "the click came after the conversion")
		case in.OccurredAt.Sub(click.ClickedAt) > window:
			add(models.AttributionMethodClick, click.ID, click.EnrollmentID, "the click is older than the window")
		default:
			add(models.AttributionMethodClick, click.ID, click.EnrollmentID, "")
		}
	}
	if in.Coupon != "" {
		c, ok := known.coupons[strings.ToUpper(in.Coupon)]
		add(models.AttributionMethodCoupon, c.ID, c.EnrollmentID, unless(ok && c.Active, "no such active coupon in this program"))
	}
	if in.LinkCode != "" {
		l, ok := known.links[in.LinkCode]
		add(models.AttributionMethodLink, l.ID, l.EnrollmentID, unless(ok && l.Active, "no such active link in this program"))
	}
	if c := known.customers[in.CustomerID]; c != nil && c.EnrollmentID != nil {
		add(models.AttributionMethodCustomer, c.ID, *c.EnrollmentID, "")
	}
	return found
}

func unless(fine bool, reason string) string {
	if fine {
		return ""
	}
	return reason
}
