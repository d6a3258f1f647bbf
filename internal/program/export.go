package program

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"gorm.io/gorm"

	"tributary/internal/money"
	"tributary/models"
)

// Check gives the program that the spec describes without looking at any database. Codes: those of the fields.
func (spec Spec) Check() (models.Program, error) {
	p, err := spec.program(time.Time{})
	if err != nil {
		return p, err
	}
	if err := checkGroups(spec.Groups); err != nil {
		return p, err
	}
	return p, checkTerms(strings.TrimSpace(spec.Terms))
}

// GroupsOf gives the groups of many programs in one statement, in the order of their codes.
func GroupsOf(query *gorm.DB, programIDs []models.ID) ([]models.Group, error) {
	var rows []models.Group
	if err := query.Where("program_id IN ?", programIDs).Order("code").Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read groups: %w", err)
	}
	return rows, nil
}

// SpecOf describes a program as it stands: applying the spec changes nothing.
func SpecOf(p models.Program, groups []models.Group, terms string) (Spec, error) {
	decimal := func(minor int64) string { return money.New(minor, p.Currency).Decimal() }
	spec := Spec{Slug: p.Slug, Name: p.Name, Currency: string(p.Currency), TimeZone: p.TimeZone, Period: strings.ToLower(string(p.PeriodKind)),
		AutoApprove: p.AutoApprove, AttributionWindowDays: p.AttributionWindowDays, MaxDepth: p.MaxDepth, DownlineDepth: p.PartnerDepth, Terms: terms,
		Payout: PayoutSpec{Minimum: decimal(p.MinPayoutMinor), Rail: strings.ToLower(string(p.Rail)), SoloApprovalLimit: decimal(p.SoloApprovalMinor),
			DebtShare: money.Rate(p.DebtSharePpm).Percent()}}
	for _, g := range groups {
		spec.Groups = append(spec.Groups, GroupSpec{Code: g.Code, Name: g.Name})
	}
	if err := json.Unmarshal([]byte(p.Domains), &spec.Domains); err != nil {
		return spec, fmt.Errorf("decode domains: %w", err)
	}
	return spec, nil
}
