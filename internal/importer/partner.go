package importer

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/internal/tree"
	"tributary/models"
)

const columnSponsor = "sponsor_external_id"

// The refusals of a partner's row that are this package's own.
var (
	ErrSponsorNotFound = fault.NotFoundf("SPONSOR_NOT_FOUND", "sponsor: neither in the program nor taken in from this file").On(columnSponsor)
	ErrSponsorCycle    = fault.InvalidField(columnSponsor, "SPONSOR_CYCLE", "the file makes this partner a sponsor of its own upline")
	ErrSponsorAwaited  = fault.New(fault.Precondition, "SPONSOR_AWAITED", "the sponsor has not come yet in the file").On(columnSponsor)
	ErrSponsorTooFar   = fault.New(fault.Precondition, "SPONSOR_TOO_FAR",
		"too many rows wait for a sponsor further down; put sponsors first, or start the import again").On(columnSponsor)
)

// partners sends rows to program, one by one.
type partners struct {
	service     *program.Service
	by          access.Caller
	program     models.Program
	destination string // of links
	waiting     *waiting
}

func newPartners(service *program.Service, by access.Caller, p models.Program, w *waiting) (partners, error) {
	var domains []string
	if err := json.Unmarshal([]byte(p.Domains), &domains); err != nil {
		return partners{}, fmt.Errorf("decode domains: %w", err)
	}
	// A program has at least one domain.
	return partners{service: service, by: by, program: p, destination: "https://" + domains[0] + "/", waiting: w}, nil
}

func (p partners) apply(tx *models.Tx, rows []row) ([]verdict, error) {
	known, err := p.gather(tx, rows)
	if err != nil {
		return nil, err
	}
	verdicts, waitingBytes := make([]verdict, len(rows)), p.waiting.bytes
	for i, r := range rows {
		v, err := p.take(tx, known, r)
		if err != nil {
			if v, err = r.refuse(err); err != nil {
				return nil, err
			}
		}
		if v.outcome == outcomeAwaited {
			if waitingBytes += costOf(r); waitingBytes > p.waiting.limit {
				v = verdict{outcome: outcomeRejected, reason: ErrSponsorTooFar}
				waitingBytes -= costOf(r)
			}
		}
		verdicts[i] = v
	}
	return verdicts, nil
}

// take decides one row: a partner that is there is compared, one whose sponsor is not waits, any other is enrolled.
func (p partners) take(tx *models.Tx, known *roster, r row) (verdict, error) {
	id, sponsor := r.text("external_id"), r.text(columnSponsor)
	email, err := access.NormalEmail(r.text("email"))
	if err != nil {
		return verdict{}, err
	}
	if e, ok := known.enrollments[id]; ok {
		return verdict{outcome: outcomeUnchanged}, known.compare(e, email, r)
	}
	awaited := verdict{outcome: outcomeAwaited, reason: ErrSponsorAwaited}
	if first, ok := p.waiting.rows[id]; ok {
		return awaited, compareRows(first, r)
	}
	in := program.EnrollInput{ProgramID: p.program.ID, Email: email, Name: r.text("name"), Country: r.text("country"), ExternalID: id, GroupCode: r.text("group")}
	if sponsor != "" {
		if sponsor == id {
			return verdict{}, tree.ErrSelf
		}
		e, ok := known.enrollments[sponsor]
		if !ok {
			return awaited, nil
		}
		in.SponsorID = e.ID
	}
	err = tx.Try(func(tx *models.Tx) error {
		e, err := p.service.Enroll(tx, p.by, in)
		if err != nil {
			return err
		}
		known.enrollments[id] = e
		if code := r.text("link_code"); code != "" {
			_, err = p.service.CreateLink(tx, p.by, program.CreateLinkInput{EnrollmentID: e.ID, DestinationURL: p.destination, Code: code})
		}
		return err
	})
	if err != nil {
		delete(known.enrollments, id)
	}
	if errors.Is(err, program.ErrEnrolled) {
		err = program.ErrEnrolled.On("email")
	}
	return verdict{outcome: outcomeRecorded}, err
}

// roster is what the database knows about the partners that a chunk names.
type roster struct {
	enrollments map[string]models.Enrollment // by external id
	emails      map[models.ID]string         // by partner
	sponsors    map[models.ID]models.ID      // by enrollment
	groups      map[models.ID]string         // codes
	links       map[string]models.ID         // enrollments by link code
}

// gather reads the roster in a fixed number of statements.
func (p partners) gather(tx *models.Tx, rows []row) (*roster, error) {
	known := &roster{enrollments: map[string]models.Enrollment{}, emails: map[models.ID]string{}, groups: map[models.ID]string{}, links: map[string]models.ID{}}
	var names, codes []string
	for _, r := range rows {
		names = append(names, r.text("external_id"), r.text(columnSponsor))
		// No link has a code of other letters, and MySQL refuses to compare them with a column of ASCII.
		if code := r.text("link_code"); !strings.ContainsFunc(code, func(c rune) bool { return c > unicode.MaxASCII }) {
			codes = append(codes, code)
		}
	}
	var enrollments []models.Enrollment
	if err := tx.Where("program_id = ? AND external_id IN ?", p.program.ID, names).Find(&enrollments).Error; err != nil {
		return nil, fmt.Errorf("read enrollments: %w", err)
	}
	if len(enrollments) == 0 {
		return known, nil
	}
	var ids, partnerIDs, groupIDs []models.ID
	for _, e := range enrollments {
		known.enrollments[*e.ExternalID] = e
		ids, partnerIDs, groupIDs = append(ids, e.ID), append(partnerIDs, e.PartnerID), append(groupIDs, models.Or(e.GroupID))
	}
	var err error
	if known.sponsors, err = tree.Sponsors(tx.DB, ids); err != nil {
		return nil, err
	}
	people, err := program.ByID[models.Partner](tx.DB, partnerIDs)
	if err != nil {
		return nil, err
	}
	for _, one := range people {
		known.emails[one.ID] = one.Email
	}
	groups, err := program.ByID[models.Group](tx.DB, groupIDs)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		known.groups[g.ID] = g.Code
	}
	var links []models.Link
	if err := tx.Where("program_id = ? AND code IN ?", p.program.ID, codes).Find(&links).Error; err != nil {
		return nil, fmt.Errorf("read links: %w", err)
	}
	for _, l := range links {
		known.links[l.Code] = l.EnrollmentID
	}
	return known, nil
}

// compare refuses a row that says other than what is recorded: an import adds partners, it does not edit them. An
// empty value says nothing; name and country are the partner's own to change.
func (known *roster) compare(e models.Enrollment, email string, r row) error {
	sponsor, isThere := known.enrollments[r.text(columnSponsor)]
	link, isLink := known.links[r.text("link_code")]
	switch {
	case known.emails[e.PartnerID] != email:
		return differs("email")
	case r.text(columnSponsor) != "" && (!isThere || known.sponsors[e.ID] != sponsor.ID):
		return differs(columnSponsor)
	case r.text("group") != "" && known.groups[models.Or(e.GroupID)] != r.text("group"):
		return differs("group")
	case r.text("link_code") != "" && (!isLink || link != e.ID):
		return differs("link_code")
	}
	return nil
}

// compareRows refuses a row that says other than an earlier one of the same partner that still waits.
func compareRows(first, r row) error {
	for _, column := range []string{"email", columnSponsor, "group", "link_code"} {
		a, b := first.text(column), r.text(column)
		if a != b && !(column == "email" && strings.EqualFold(a, b)) {
			return differs(column)
		}
	}
	return nil
}

func differs(column string) error {
	return fault.New(fault.Conflict, "PARTNER_DIFFERS", "a partner with this external id and another value of this column is there").On(column)
}
