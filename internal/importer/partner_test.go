package importer

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/program"
	"tributary/models"
)

// person is a line of a partners file.
func person(id, sponsor string) string {
	return fmt.Sprintf("%s,%s@partners.example,%s,,%s-link,%s,\n", id, id, id, id, sponsor)
}

func TestASponsorMayStandFurtherDown(t *testing.T) {
	s := newStage(t)
	summary := s.must(models.ImportKindPartners, partnersHeader+person("d", "c")+person("c", "b")+person("e", "c")+person("b", "a")+person("a", ""))
	require.Equal(t, Summary{RunID: summary.RunID, Rows: 5, Recorded: 5}, summary)
	require.Equal(t, []string{"map[child:b reason:recruited sponsor:a]", "map[child:c reason:recruited sponsor:b]",
		"map[child:d reason:recruited sponsor:c]", "map[child:e reason:recruited sponsor:c]"}, content(t, s.DB)["edges"])
}

func TestPartnersThatAreRejected(t *testing.T) {
	s := newStage(t)
	s.Enroll("old", models.ID{}) // with the link link-old
	s.Do(func(tx *models.Tx) error {
		_, err := s.Programs.Enroll(tx, s.Owner, program.EnrollInput{ProgramID: s.Program.ID, Email: "nameless@partners.example", Name: "Nameless"})
		return err
	})
	deep := ""
	for i := range 22 {
		deep += person(fmt.Sprintf("deep%d", i), map[bool]string{true: fmt.Sprintf("deep%d", i-1)}[i > 0])
	}
	rows := []struct{ row, want string }{
		{person("a", ""), ""},
		{"b,b@partners.example,B,,a-link,,\n", "CODE_TAKEN link_code"},
		{"b,b@partners.example,B,,no,,\n", "CODE_INVALID link_code"},
		{"b,b@partners.example,B,,größe,,\n", "CODE_INVALID link_code"},
		{"b,b@partners.example,B,,,,bronze\n", "GROUP_NOT_FOUND group"},
		{"b,b@partners.example,B,,,,größe\n", "GROUP_NOT_FOUND group"},
		{"b,b@partners.example,B,gb,,,\n", "COUNTRY_INVALID country"},
		{"b,b at partners,B,,,,\n", "EMAIL_INVALID email"},
		{"b,,B,,,,\n", "VALUE_MISSING email"},
		{"b,b@partners.example,,,,,\n", "VALUE_MISSING name"},
		{",b@partners.example,B,,,,\n", "VALUE_MISSING external_id"},
		{"b,b@partners.example," + strings.Repeat("n", 201) + ",,,,\n", "NAME_TOO_LONG name"},
		{strings.Repeat("b", 191) + ",b@partners.example,B,,,,\n", "EXTERNAL_ID_INVALID external_id"},
		{"b,A@partners.example,B,,,,\n", "PARTNER_ENROLLED email"},
		{"b,nameless@partners.example,B,,,,\n", "PARTNER_ENROLLED email"},
		{"b,b@partners.example,B,,,b,\n", "SPONSOR_SELF sponsor_external_id"},
		{"b,b@partners.example,B,,,nobody,\n", "SPONSOR_NOT_FOUND sponsor_external_id"},
		{"a,other@partners.example,A,,,,\n", "PARTNER_DIFFERS email"},
		{"a,a@partners.example,A,,,old,\n", "PARTNER_DIFFERS sponsor_external_id"},
		{"a,a@partners.example,A,,,nobody,\n", "PARTNER_DIFFERS sponsor_external_id"},
		{"a,a@partners.example,A,,,,gold\n", "PARTNER_DIFFERS group"},
		{"a,a@partners.example,A,,other-link,,\n", "PARTNER_DIFFERS link_code"},
		{"a,a@partners.example,A,,größe,,\n", "PARTNER_DIFFERS link_code"},
		{"a,a@partners.example,A,,link-old,,\n", "PARTNER_DIFFERS link_code"},
		{"a, A@Partners.Example ,Another Name,FR,,,\n", ""},
		{"old,old@partners.example,Old,GB,link-old,,\n", ""},
		{person("x", "y"), "SPONSOR_CYCLE sponsor_external_id"},
		{person("y", "z"), "SPONSOR_CYCLE sponsor_external_id"},
		{person("z", "x"), "SPONSOR_CYCLE sponsor_external_id"},
		{person("x", "y"), "SPONSOR_CYCLE sponsor_external_id"},
		{person("x", "a"), "PARTNER_DIFFERS sponsor_external_id"},
		{person("below", "x"), "SPONSOR_NOT_FOUND sponsor_external_id"},
		{person("c", "a"), ""},
	}
	text, want, fine := partnersHeader, []string{}, int64(0)
	for i, r := range rows {
		text += r.row
		if r.want != "" {
			want = append(want, fmt.Sprintf("%d %s", i+2, r.want))
		} else {
			fine++
		}
	}
	text += deep
	want = append(want, fmt.Sprintf("%d SPONSOR_TOO_DEEP sponsor_external_id", len(rows)+2+21))
	people := len(content(t, s.DB)["partners"])
	summary := s.must(models.ImportKindPartners, text)
	require.Equal(t, want, s.rejected(summary))
	require.EqualValues(t, 2, summary.Unchanged)
	require.Equal(t, fine-2+21, summary.Recorded)
	got := content(t, s.DB)
	require.Len(t, got["partners"], people+int(summary.Recorded), "a rejected row leaves no partner behind")
	require.Len(t, got["links"], 1+int(summary.Recorded))

	before := dump(t, s.DB)
	again := s.must(models.ImportKindPartners, text)
	require.Equal(t, Summary{RunID: summary.RunID, Rows: summary.Rows, Unchanged: summary.Rows - summary.Rejected, Rejected: summary.Rejected}, again)
	require.Equal(t, before, dump(t, s.DB))
}

func TestRowsThatWaitHaveALimit(t *testing.T) {
	s := newStage(t)
	wait := []string{person("b", "a"), person("c", "a"), person("d", "a")}
	s.files.maxWaitingBytes = 3*rowOverhead + len("b,b@partners.example,b,,b-link,a,")*3 - 3*6 // the commas are not kept
	text := partnersHeader + strings.Join(wait, "") + person("a", "")
	require.Equal(t, int64(4), s.must(models.ImportKindPartners, text).Recorded, "exactly at the limit")

	s = newStage(t)
	s.files.maxWaitingBytes = 3*rowOverhead + len("b,b@partners.example,b,,b-link,a,")*3 - 3*6 - 1
	summary := s.must(models.ImportKindPartners, text)
	require.Equal(t, []string{"4 SPONSOR_TOO_FAR sponsor_external_id"}, s.rejected(summary))
	require.Equal(t, Summary{RunID: summary.RunID, Rows: 4, Recorded: 1, Unchanged: 3}, s.must(models.ImportKindPartners, text),
		"the next start finds the sponsor")
}

func TestAChainThatStandsUpsideDownOverManyChunks(t *testing.T) {
	s := newStage(t)
	var rows []string
	for i := range 3 * rowsPerChunk {
		sponsor := ""
		if i%20 > 0 {
			sponsor = fmt.Sprintf("p%d", i-1)
		}
		rows = append([]string{person(fmt.Sprintf("p%d", i), sponsor)}, rows...)
	}
	text := partnersHeader + strings.Join(rows, "")
	require.EqualValues(t, len(rows), s.must(models.ImportKindPartners, text).Recorded)
	require.Len(t, content(t, s.DB)["edges"], len(rows)-len(rows)/20)
}

func TestCyclesAreFound(t *testing.T) {
	w := newWaiting(maxWaitingBytes)
	l := &layout{index: map[string]int{"external_id": 0, columnSponsor: 1}}
	for i, pair := range []string{"a>b", "b>c", "c>b", "d>a", "e>nobody", "f>g", "g>h", "h>f", "i>e", "b>c"} {
		id, sponsor, _ := strings.Cut(pair, ">")
		w.add(row{line: int64(i + 2), layout: l, values: []string{id, sponsor}})
	}
	require.Equal(t, []int64{3, 4, 7, 8, 9, 11}, w.cycles())
	require.Len(t, w.release("b"), 2)
	require.Equal(t, []int64{7, 8, 9}, w.cycles(), "without c there is no way round")
}
