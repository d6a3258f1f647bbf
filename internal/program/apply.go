package program

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/money"
	"tributary/internal/notify"
	"tributary/internal/tree"
	"tributary/models"
)

// Spec describes a program; it is the `program` part of a plan file.
type Spec struct {
	Slug                  string      `yaml:"slug"`
	Name                  string      `yaml:"name"`
	Currency              string      `yaml:"currency"`
	TimeZone              string      `yaml:"time_zone"`
	Period                string      `yaml:"period"`
	Domains               []string    `yaml:"domains"`
	AutoApprove           bool        `yaml:"auto_approve"`
	AttributionWindowDays int         `yaml:"attribution_window_days"`
	MaxDepth              int         `yaml:"max_depth"`
	DownlineDepth         int         `yaml:"downline_depth"`
	Payout                PayoutSpec  `yaml:"payout"`
	Terms                 string      `yaml:"terms"`
	Groups                []GroupSpec `yaml:"groups"`
}

// PayoutSpec says how a program pays: minimum and solo approval limit are decimals in the program's currency, the debt
// share is a percentage of a period's lines, all of them when empty.
type PayoutSpec struct {
	Minimum           string `yaml:"minimum"`
	Rail              string `yaml:"rail"`
	SoloApprovalLimit string `yaml:"solo_approval_limit"`
	DebtShare         string `yaml:"debt_share"`
}

// GroupSpec names a group.
type GroupSpec struct {
	Code string `yaml:"code"`
	Name string `yaml:"name"`
}

const (
	maxWindowDays     = 3650
	defaultWindowDays = 30
	defaultMaxDepth   = 100
	maxDomains        = 50
)

var domainShape = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9-]+)*$`)

// Apply creates the program of the spec's slug, or brings it to the spec. Currency, time zone and period kind of a
// program that exists cannot change. New terms text publishes a new version; unchanged text does not.
// Codes: those of the fields, PROGRAM_FIELD_FIXED, UNAUTHENTICATED, FORBIDDEN.
func (s *Service) Apply(tx *models.Tx, by access.Caller, spec Spec) (models.Program, error) {
	merchantID, err := by.Can(access.ProgramsWrite)
	if err != nil {
		return models.Program{}, err
	}
	want, err := spec.program(tx.Now)
	if err != nil {
		return models.Program{}, err
	}
	var present models.Program
	err = tx.Where("merchant_id = ? AND slug = ?", merchantID, spec.Slug).Take(&present).Error
	switch {
	case models.IsMissing(err):
		want.ID, want.MerchantID, want.CreatedAt, want.UpdatedAt = models.NewID(), merchantID, tx.Now, tx.Now
		if err := tx.Create(&want).Error; err != nil {
			if models.IsDuplicate(err) {
				return want, models.ErrRetry // somebody made the program after we looked
			}
			return want, fmt.Errorf("create program: %w", err)
		}
		if err := emitProgram(tx, notify.ProgramCreated, want); err != nil {
			return want, err
		}
	case err != nil:
		return want, fmt.Errorf("read program: %w", err)
	default:
		if want, err = s.update(tx, present, want); err != nil {
			return want, err
		}
	}
	if err := s.applyGroups(tx, want.ID, spec.Groups); err != nil {
		return want, err
	}
	want.TermsVersion, err = s.publishTerms(tx, want, spec.Terms)
	return want, err
}

func (s *Service) update(tx *models.Tx, present, want models.Program) (models.Program, error) {
	for field, differs := range map[string]bool{"currency": present.Currency != want.Currency,
		"time_zone": present.TimeZone != want.TimeZone, "period": present.PeriodKind != want.PeriodKind} {
		if differs {
			return present, fault.New(fault.Precondition, "PROGRAM_FIELD_FIXED", "%s cannot change once the program exists", field).On(field)
		}
	}
	want.ID, want.MerchantID, want.CreatedAt, want.UpdatedAt = present.ID, present.MerchantID, present.CreatedAt, tx.Now
	want.TermsVersion = present.TermsVersion
	err := tx.Model(&models.Program{}).Where("id = ?", present.ID).Updates(map[string]any{"name": want.Name, "domains": want.Domains,
		"auto_approve": want.AutoApprove, "attribution_window_days": want.AttributionWindowDays, "max_depth": want.MaxDepth,
		"partner_depth": want.PartnerDepth, "min_payout_minor": want.MinPayoutMinor, "solo_approval_minor": want.SoloApprovalMinor,
		"debt_share_ppm": want.DebtSharePpm, "rail": want.Rail, "updated_at": tx.Now}).Error
	if err != nil {
		return want, fmt.Errorf("update program: %w", err)
	}
	return want, emitProgram(tx, notify.ProgramUpdated, want)
}

func (spec Spec) program(now time.Time) (models.Program, error) {
	if err := checkSlug("slug", spec.Slug); err != nil {
		return models.Program{}, err
	}
	name, err := access.NormalName(spec.Name)
	if err != nil {
		return models.Program{}, err
	}
	currency, err := money.ParseCurrency(spec.Currency)
	if err != nil {
		return models.Program{}, on("currency", err)
	}
	if _, err := time.LoadLocation(spec.TimeZone); err != nil || spec.TimeZone == "" || spec.TimeZone == "Local" {
		return models.Program{}, fault.InvalidField("time_zone", "TIME_ZONE_UNKNOWN", "this is not an IANA time zone")
	}
	p := models.Program{Slug: spec.Slug, Name: name, Currency: currency, TimeZone: spec.TimeZone, AutoApprove: spec.AutoApprove,
		AttributionWindowDays: orDefault(spec.AttributionWindowDays, defaultWindowDays), MaxDepth: orDefault(spec.MaxDepth, defaultMaxDepth),
		PartnerDepth: spec.DownlineDepth, PeriodKind: models.PeriodKind(strings.ToUpper(orDefault(spec.Period, "month"))),
		Rail: models.RailName(strings.ToUpper(orDefault(spec.Payout.Rail, "stripe")))}
	switch {
	case p.PeriodKind != models.PeriodKindMonth && p.PeriodKind != models.PeriodKindWeek:
		return p, fault.InvalidField("period", "PERIOD_KIND_UNKNOWN", "a period is a month or a week")
	case p.Rail != models.RailNameStripe && p.Rail != models.RailNameManual:
		return p, fault.InvalidField("payout.rail", "RAIL_UNKNOWN", "a rail is stripe or manual")
	case p.AttributionWindowDays < 1 || p.AttributionWindowDays > maxWindowDays:
		return p, fault.InvalidField("attribution_window_days", "WINDOW_INVALID", "the window is 1 to %d days", maxWindowDays)
	case p.MaxDepth < 1 || p.MaxDepth > tree.MaxDepth:
		return p, fault.InvalidField("max_depth", "DEPTH_INVALID", "the depth is 1 to %d", tree.MaxDepth)
	case p.PartnerDepth < 0 || p.PartnerDepth > p.MaxDepth:
		return p, fault.InvalidField("downline_depth", "DEPTH_INVALID", "a partner may see 0 to %d levels", p.MaxDepth)
	}
	if p.MinPayoutMinor, err = parseLimit("payout.minimum", spec.Payout.Minimum, currency); err != nil {
		return p, err
	}
	if p.SoloApprovalMinor, err = parseLimit("payout.solo_approval_limit", spec.Payout.SoloApprovalLimit, currency); err != nil {
		return p, err
	}
	share, err := money.ParseRate(orDefault(spec.Payout.DebtShare, money.RateOne.Percent()))
	if err != nil {
		return p, on("payout.debt_share", err)
	}
	p.DebtSharePpm = int64(share)
	p.Domains, err = encodeDomains(spec.Domains)
	return p, err
}

func encodeDomains(domains []string) (string, error) {
	if len(domains) == 0 || len(domains) > maxDomains {
		return "", fault.InvalidField("domains", "DOMAINS_INVALID", "a program has 1 to %d domains", maxDomains)
	}
	for i, d := range domains {
		if !domainShape.MatchString(d) {
			return "", fault.InvalidField(fmt.Sprintf("domains.%d", i), "DOMAINS_INVALID", "a domain is a lower-case host name")
		}
	}
	text, err := json.Marshal(domains)
	return string(text), err
}

func parseLimit(field, text string, c money.Currency) (int64, error) {
	if text == "" {
		return 0, nil
	}
	a, err := money.Parse(text, c)
	if err != nil {
		return 0, on(field, err)
	}
	if a.IsNegative() {
		return 0, fault.InvalidField(field, "AMOUNT_NEGATIVE", "the amount must not be negative")
	}
	return a.Minor, nil
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}
