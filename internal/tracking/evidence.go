package tracking

import (
	"bytes"
	"cmp"
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
	known := evidence{clicks: map[models.ID]clickTouch{}, enrollments: map[models.ID]enrolled{}}
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
	if err := known.findClicks(tx, p.ID, slices.Collect(maps.Keys(clicks))); err != nil {
		return known, err
	}
	var err error
	if known.coupons, err = known.findCodes(tx, "coupons", p.ID, slices.Collect(maps.Keys(coupons))); err != nil {
		return known, err
	}
	if known.links, err = known.findCodes(tx, "links", p.ID, slices.Collect(maps.Keys(links))); err != nil {
		return known, err
	}
	if known.customers, err = findCustomers(tx, p.ID, slices.Collect(maps.Keys(customers))); err != nil {
		return known, err
	}
	return known, known.findBindings(tx, p.ID)
}

const (
	enrollmentColumns = "enrollments.status AS status, COALESCE(partners.email, '') AS email"
	toPartner         = "LEFT JOIN partners ON partners.id = enrollments.partner_id"
)

// toEnrollment joins the enrollment that a touch leads to.
func toEnrollment(table string) string {
	return "LEFT JOIN enrollments ON enrollments.id = " + table + ".enrollment_id AND enrollments.program_id = " + table + ".program_id"
}

func (known *evidence) findClicks(tx *models.Tx, programID models.ID, ids []models.ID) error {
	if len(ids) == 0 {
		return nil
	}
	var rows []clickTouch
	err := tx.Model(&models.Click{}).Select("clicks.*, links.code AS link_code, "+enrollmentColumns).Joins("JOIN links ON links.id = clicks.link_id").
		Joins(toEnrollment("clicks")).Joins(toPartner).Where("clicks.program_id = ? AND clicks.id IN ?", programID, ids).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read clicks: %w", err)
	}
	for _, r := range rows {
		known.clicks[r.ID], known.enrollments[r.EnrollmentID] = r, r.LedTo
	}
	return nil
}

// findCodes finds the links or coupons of a program that have these codes, and the enrollments that they lead to.
func (known *evidence) findCodes(tx *models.Tx, table string, programID models.ID, codes []string) (map[string]codeTouch, error) {
	if len(codes) == 0 {
		return nil, nil
	}
	var rows []codeTouch
	err := tx.Table(table).Select(table+".id, "+table+".enrollment_id, "+table+".code, "+table+".active, "+enrollmentColumns).
		Joins(toEnrollment(table)).Joins(toPartner).Where(table+".program_id = ? AND "+table+".code IN ?", programID, codes).Find(&rows).Error
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", table, err)
	}
	found := make(map[string]codeTouch, len(rows))
	for _, r := range rows {
		found[r.Code], known.enrollments[r.EnrollmentID] = r, r.LedTo
	}
	return found, nil
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

// findBindings finds the enrollments that customers are bound to, as far as no touch led to them.
func (known *evidence) findBindings(tx *models.Tx, programID models.ID) error {
	ids := map[models.ID]bool{}
	for _, r := range known.customers {
		if id := models.Or(r.EnrollmentID); !id.IsZero() {
			if _, found := known.enrollments[id]; !found {
				ids[id] = true
			}
		}
	}
	if len(ids) == 0 {
		return nil
	}
	var rows []struct {
		ID    models.ID
		LedTo enrolled `gorm:"embedded"`
	}
	err := tx.Table("enrollments").Select("enrollments.id, "+enrollmentColumns).Joins(toPartner).
		Where("enrollments.program_id = ? AND enrollments.id IN ?", programID, slices.Collect(maps.Keys(ids))).Find(&rows).Error
	if err != nil {
		return fmt.Errorf("read enrollments: %w", err)
	}
	for _, r := range rows {
		known.enrollments[r.ID] = r.LedTo
	}
	return nil
}

// bind ties customers to the enrollments that won them; a customer that is bound stays bound.
func bind(tx *models.Tx, won map[binding][]models.ID) error {
	order := slices.SortedFunc(maps.Keys(won), func(a, b binding) int {
		return cmp.Or(bytes.Compare(a.enrollmentID[:], b.enrollmentID[:]), cmp.Compare(a.origin.RequestID, b.origin.RequestID))
	})
	for _, to := range order {
		write := func() error {
			return tx.Model(&models.Customer{}).Where("id IN ? AND enrollment_id IS NULL", won[to]).
				Updates(map[string]any{"enrollment_id": to.enrollmentID, "bound_at": tx.Now}).Error
		}
		var err error
		if to.origin == (models.Origin{}) {
			err = write()
		} else {
			err = tx.ActingAs(to.origin, write)
		}
		if err != nil {
			return fmt.Errorf("bind customers: %w", err)
		}
	}
	return nil
}
