package program_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/internal/program"
	"tributary/models"
)

func (s *scene) change(by access.Caller, id models.ID, c program.Change) (models.Enrollment, error) {
	s.t.Helper()
	return try(s.t, s.db, func(tx *models.Tx) (models.Enrollment, error) { return s.service.UpdateEnrollment(tx, by, id, c) })
}

func tags(n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("%040d", i)
	}
	return all
}

func TestUpdateEnrollmentChangesWhatIsTold(t *testing.T) {
	s := newScene(t)
	e := s.mustEnroll(program.EnrollInput{Email: "ann@example.com", GroupCode: "gold", Tags: []string{"vip", "blog", "vip"}})
	require.Equal(t, `["blog","vip"]`, e.Tags)
	silver, none, full := "silver", "", tags(program.MaxTags)
	read := func() models.Enrollment {
		t.Helper()
		found, err := s.service.Enrollment(t.Context(), s.owner, e.ID)
		require.NoError(t, err)
		return found
	}
	for name, step := range map[string]struct {
		change program.Change
		group  string
		tags   []string
	}{
		"nothing":   {program.Change{}, "gold", []string{"blog", "vip"}},
		"the group": {program.Change{Group: &silver}, "silver", []string{"blog", "vip"}},
		"no group":  {program.Change{Group: &none}, "", []string{"blog", "vip"}},
		"the tags":  {program.Change{Tags: &full}, "gold", full},
		"no tags":   {program.Change{Tags: &[]string{}}, "gold", []string{}},
		"both":      {program.Change{Group: &silver, Tags: &[]string{"x"}}, "silver", []string{"x"}},
	} {
		gold, before := "gold", []string{"vip", "blog"}
		_, err := s.change(s.owner, e.ID, program.Change{Group: &gold, Tags: &before})
		require.NoError(t, err)
		for range 2 {
			changed, err := s.change(s.owner, e.ID, step.change)
			require.NoError(t, err, name)
			require.Equal(t, read(), changed, name)
			found, err := program.DecodeTags(changed.Tags)
			require.NoError(t, err)
			require.Equal(t, step.tags, found, name)
			var group models.Group
			if err := s.db.Read(t.Context()).Where("id = ?", models.Or(changed.GroupID)).Take(&group).Error; step.group != "" {
				require.NoError(t, err)
			}
			require.Equal(t, step.group, group.Code, name)
		}
	}
}

func TestUpdateEnrollmentRefuses(t *testing.T) {
	s := newScene(t)
	ann := s.mustSignUp("ann@example.com")
	e := s.mustEnroll(program.EnrollInput{Email: "ann@example.com", Tags: []string{"vip"}})
	group := func(code string) program.Change { return program.Change{Group: &code} }
	tagged := func(tags ...string) program.Change { return program.Change{Tags: &tags} }
	for name, c := range map[string]struct {
		by          access.Caller
		change      program.Change
		code, field string
	}{
		"nobody":           {access.Caller{}, group(""), "UNAUTHENTICATED", ""},
		"the partner":      {ann, group("gold"), "FORBIDDEN", ""},
		"another merchant": {s.stranger, group("gold"), "ENROLLMENT_NOT_FOUND", ""},
		"unknown group":    {s.owner, group("GOLD"), "GROUP_NOT_FOUND", "groupCode"},
		"odd group":        {s.owner, group("złoto"), "GROUP_NOT_FOUND", "groupCode"},
		"too many tags":    {s.owner, tagged(tags(program.MaxTags + 1)...), "TOO_MANY_TAGS", "tags"},
		"empty tag":        {s.owner, tagged("a", ""), "TAG_INVALID", "tags.1"},
		"upper case":       {s.owner, tagged("Vip"), "TAG_INVALID", "tags.0"},
		"long tag":         {s.owner, tagged(strings.Repeat("x", 41)), "TAG_INVALID", "tags.0"},
	} {
		_, err := s.change(c.by, e.ID, c.change)
		requireCode(t, c.code, err, name)
		require.Equal(t, c.field, fault.FieldOf(err), name)
	}
	_, err := s.enroll(program.EnrollInput{Email: "bob@example.com", Tags: []string{"a b"}})
	requireCode(t, "TAG_INVALID", err)
	found, err := s.service.Enrollment(t.Context(), s.owner, e.ID)
	require.NoError(t, err)
	require.Equal(t, `["vip"]`, found.Tags)
}
