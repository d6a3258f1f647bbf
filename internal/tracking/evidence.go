package tracking

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"gorm.io/gorm/clause"

	"tributary/models"
)

// gather reads everything attribution needs for a batch in a fixed number of statements. Customers that are known are
// locked, in the order of their ids, until the transaction ends; those that are new are written with the conversions.
func gather(tx *models.Tx, p models.Program, batch []parsed) (evidence, error) {
	known := evidence{clicks: map[models.ID]clickTouch{}, coupons: map[string]models.Coupon{}, links: map[string]models.Link{},
		customers: map[string]*customer{}, enrollments: map[models.ID]models.Enrollment{}, emails: map[models.ID]string{}}
	clicks, coupons, links, customers := map[models.ID]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}
	for _, c := range batch {
		if prefix, id, err := models.ParseAnyID(c.in.ClickID); c.in.ClickID != "" && err == nil && prefix == models.PrefixClick {
			clicks[id] = true
		}
		if isCode(c.in.Coupon) {
			note(coupons, strings.ToUpper(c.in.Coupon))
		}
		if isCode(c.in.LinkCode) {
			note(links, c.in.LinkCode)
		}
		note(customers, c.in.CustomerID)
	}
	if len(clicks) > 0 {
		var rows []clickTouch
		err := tx.Model(&models.Click{}).Select("clicks.*, links.code AS link_code").Joins("JOIN links ON links.id = clicks.link_id").
			Where("clicks.program_id = ? AND clicks.id IN ?", p.ID, slices.Collect(maps.Keys(clicks))).Find(&rows).Error
		if err != nil {
			return known, fmt.Errorf("read clicks: %w", err)
		}
		for _, r := range rows {
			known.clicks[r.ID] = r
		}
	}
	couponRows, err := findIn[models.Coupon](tx, p.ID, "code", slices.Collect(maps.Keys(coupons)))
	if err != nil {
		return known, err
	}
	for _, r := range couponRows {
		known.coupons[r.Code] = r
	}
	linkRows, err := findIn[models.Link](tx, p.ID, "code", slices.Collect(maps.Keys(links)))
	if err != nil {
		return known, err
	}
	for _, r := range linkRows {
		known.links[r.Code] = r
	}
	if known.customers, err = findCustomers(tx, p.ID, slices.Collect(maps.Keys(customers))); err != nil {
		return known, err
	}
	return known, known.addEnrollments(tx, p.ID)
}

// isCode tells whether the text can be the code of a link or coupon: customers type anything, and some databases refuse
// to compare a code with it.
func isCode(text string) bool {
	return text != "" && !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' })
}

func note[K comparable](set map[K]bool, key K) {
	var zero K
	if key != zero {
		set[key] = true
	}
}

func findIn[T any, K any](tx *models.Tx, programID models.ID, column string, keys []K) ([]T, error) {
	if len(keys) == 0 {
		return nil, nil
	}
	var rows []T
	if err := tx.Where("program_id = ? AND "+column+" IN ?", programID, keys).Find(&rows).Error; err != nil {
		return nil, fmt.Errorf("read touches by %s: %w", column, err)
	}
	return rows, nil
}

// findCustomers locks the customers of these names, in the order of their ids, and names those that are new.
func findCustomers(tx *models.Tx, programID models.ID, names []string) (map[string]*customer, error) {
	found := make(map[string]*customer, len(names))
	if len(names) == 0 {
		return found, nil
	}
	var rows []models.Customer
	err := tx.Clauses(clause.Locking{Strength: "UPDATE"}).Where("program_id = ? AND external_id IN ?", programID, names).Order("id").Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read customers: %w", err)
	}
	for _, c := range rows {
		found[c.ExternalID] = &customer{Customer: c}
	}
	for _, name := range names {
		if found[name] == nil {
			found[name] = &customer{Customer: models.Customer{ID: models.NewID(), ProgramID: programID, ExternalID: name, CreatedAt: tx.Now}, isNew: true}
		}
	}
	return found, nil
}

func (known *evidence) addEnrollments(tx *models.Tx, programID models.ID) error {
	ids := map[models.ID]bool{}
	for _, r := range known.clicks {
		note(ids, r.EnrollmentID)
	}
	for _, r := range known.coupons {
		note(ids, r.EnrollmentID)
	}
	for _, r := range known.links {
		note(ids, r.EnrollmentID)
	}
	for _, r := range known.customers {
		note(ids, models.Or(r.EnrollmentID))
	}
	rows, err := findIn[models.Enrollment](tx, programID, "id", slices.Collect(maps.Keys(ids)))
	if err != nil || len(rows) == 0 {
		return err
	}
	partnerIDs := make([]models.ID, len(rows))
	for i, r := range rows {
		known.enrollments[r.ID] = r
		partnerIDs[i] = r.PartnerID
	}
	var partners []models.Partner
	if err := tx.Select("id", "email").Where("id IN ?", partnerIDs).Find(&partners).Error; err != nil {
		return fmt.Errorf("read partners: %w", err)
	}
	for _, r := range partners {
		known.emails[r.ID] = r.Email
	}
	return nil
}

// bind ties customers to the enrollments that won them; a customer that is bound stays bound.
func bind(tx *models.Tx, won map[models.ID][]models.ID) error {
	order := slices.SortedFunc(maps.Keys(won), func(a, b models.ID) int { return bytes.Compare(a[:], b[:]) })
	for _, enrollmentID := range order {
		err := tx.Model(&models.Customer{}).Where("id IN ? AND enrollment_id IS NULL", won[enrollmentID]).
			Updates(map[string]any{"enrollment_id": enrollmentID, "bound_at": tx.Now}).Error
		if err != nil {
			return fmt.Errorf("bind customers: %w", err)
		}
	}
	return nil
}
