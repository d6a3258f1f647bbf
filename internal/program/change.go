package program

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/notify"
	"tributary/models"
)

// MaxTags is how many tags an enrollment may have.
const MaxTags = 20

var tagShape = regexp.MustCompile(`^[a-z0-9_-]{1,40}$`)

// Change is what UpdateEnrollment makes other; what is nil stays.
type Change struct {
	Group *string   // the code of a group; "" takes the enrollment out of its group
	Tags  *[]string // all its tags
}

// UpdateEnrollment changes an enrollment's group and tags from now on; lines already earned do not change. The same change
// again changes nothing. Codes UNAUTHENTICATED, FORBIDDEN, ENROLLMENT_NOT_FOUND, GROUP_NOT_FOUND (groupCode), TOO_MANY_TAGS,
// TAG_INVALID (tags.N).
func (s *Service) UpdateEnrollment(tx *models.Tx, by access.Caller, id models.ID, change Change) (models.Enrollment, error) {
	e, err := managed(tx, by, access.PartnersWrite, id)
	if err != nil {
		return e, err
	}
	columns := map[string]any{}
	if change.Group != nil {
		if e.GroupID, err = groupByCode(tx, e.ProgramID, *change.Group); err != nil {
			return e, err
		}
		columns["group_id"] = e.GroupID
	}
	if change.Tags != nil {
		if e.Tags, err = encodeTags(*change.Tags); err != nil {
			return e, err
		}
		columns["tags"] = e.Tags
	}
	if len(columns) == 0 {
		return e, nil
	}
	if err := tx.Model(&models.Enrollment{}).Where("id = ?", id).Updates(columns).Error; err != nil {
		return e, fmt.Errorf("update enrollment: %w", err)
	}
	return e, emitEnrollment(tx, notify.EnrollmentUpdated, e)
}

// groupByCode finds a program's group; "" is none. Code GROUP_NOT_FOUND.
func groupByCode(tx *models.Tx, programID models.ID, code string) (*models.ID, error) {
	if code == "" {
		return nil, nil //nolint:nilnil // no group is an answer here
	}
	if !codeShape.MatchString(code) { // and MySQL refuses to compare other letters with a column of ASCII
		return nil, fault.NotFoundf("GROUP_NOT_FOUND", "group").On("groupCode")
	}
	g, err := takeOne[models.Group](tx.Where("program_id = ? AND code = ?", programID, code), "group")
	if err != nil {
		return nil, on("groupCode", err)
	}
	return &g.ID, nil
}

// encodeTags checks tags and gives them as a sorted JSON list in which each stands once, or "" when there are none.
func encodeTags(tags []string) (string, error) {
	if len(tags) == 0 {
		return "", nil
	}
	if len(tags) > MaxTags {
		return "", fault.InvalidField("tags", "TOO_MANY_TAGS", "an enrollment has at most %d tags", MaxTags)
	}
	for i, tag := range tags {
		if !tagShape.MatchString(tag) {
			return "", fault.InvalidField(fmt.Sprintf("tags.%d", i), "TAG_INVALID", tagRule)
		}
	}
	text, err := json.Marshal(slices.Compact(slices.Sorted(slices.Values(tags))))
	return string(text), err
}

// DecodeTags reads the tags of a stored enrollment.
func DecodeTags(text string) ([]string, error) {
	tags := []string{}
	if text == "" {
		return tags, nil
	}
	if err := json.Unmarshal([]byte(text), &tags); err != nil {
		return nil, fmt.Errorf("decode tags: %w", err)
	}
	return tags, nil
}
