package importer

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"tributary/internal/access"
	"tributary/internal/fault"
	"tributary/models"
)

func TestAMonthComesInFromThreeFiles(t *testing.T) {
	s := newStage(t)
	partners := "\ufeff" + partnersHeader +
		"ann,Ann@partners.example,Ann,GB,ann-shop,,gold\r\n" +
		"bob,bob@partners.example,\"Bob, the \"\"second\"\"\",,bob-shop,ann,\r\n"
	require.Equal(t, int64(2), s.must(models.ImportKindPartners, partners).Recorded)
	conversions := conversionsHeader +
		"o-1,SALE,2026-01-02T10:00:00+01:00,GBP,100.00,10.00,5.00,,cust-1,bob-shop,,,\n" +
		`o-2,SALE,2026-01-03T10:00:00Z,GBP,50.00,,,,cust-1,,,,"[{""sku"":""A-1"",""quantity"":2,""amount"":""50.00""}]"` + "\n" +
		"o-3,SIGNUP,2026-01-03T10:00:00Z,GBP,0,,,,cust-2,ann-shop,,,\n"
	require.Equal(t, int64(3), s.must(models.ImportKindConversions, conversions).Recorded)
	refunds := refundsHeader + "r-1,o-1,2026-01-04T10:00:00Z,20.00,too small\n"
	require.Equal(t, int64(1), s.must(models.ImportKindRefunds, refunds).Recorded)

	// The columns may stand in any order, and those that are not needed may be missing.
	more := "amount,currency,occurred_at,kind,external_id\n1.00,GBP,2026-01-02T10:00:00Z,SALE,o-4\n"
	require.Equal(t, int64(1), s.must(models.ImportKindConversions, more).Recorded)

	got := content(t, s.DB)
	require.Equal(t, []string{"map[child:bob reason:recruited sponsor:ann]"}, got["edges"])
	require.Equal(t, []string{"map[code:ann-shop destination_url:https://acme.example/ external_id:ann]",
		"map[code:bob-shop destination_url:https://acme.example/ external_id:bob]"}, got["links"])
	require.Equal(t, []string{"map[code:<nil> email:bob@partners.example external_id:bob status:ACTIVE]",
		"map[code:gold email:ann@partners.example external_id:ann status:ACTIVE]"}, got["enrollments"])
	require.Contains(t, strings.Join(got["partners"], "\n"), `Bob, the "second"`)
	require.Equal(t, []string{"map[bound:ann external_id:cust-2]", "map[bound:bob external_id:cust-1]"}, got["customers"])

	s.Accrue()
	var ann, bob models.Enrollment
	for id, e := range map[string]*models.Enrollment{"ann": &ann, "bob": &bob} {
		require.NoError(t, s.DB.Read(t.Context()).Where("external_id = ?", id).Take(e).Error)
	}
	require.EqualValues(t, 1300, s.Balance(bob.ID, models.AccountAccrued), "10 % of 100 less 20 and of 50")
	require.EqualValues(t, 260, s.Balance(ann.ID, models.AccountAccrued), "2 % of the same")

	before := dump(t, s.DB)
	s.Clock.Advance(time.Hour)
	for kind, text := range map[models.ImportKind]string{models.ImportKindPartners: partners, models.ImportKindConversions: conversions, models.ImportKindRefunds: refunds} {
		// The same file is known by its content; one blank line more makes it another that says the same.
		for _, again := range []string{text, text + "\n"} {
			summary := s.must(kind, again)
			require.Equal(t, summary.Rows, summary.Unchanged)
			require.NotZero(t, summary.Rows)
		}
	}
	require.Equal(t, before, dump(t, s.DB))
}

func TestFilesThatAreRefusedWhole(t *testing.T) {
	s := newStage(t)
	long := strings.Repeat("c", 200)
	for name, c := range map[string]struct {
		text, code, field string
		line              int64
	}{
		"empty":                {"", "IMPORT_HEADER_MISSING", "", 1},
		"only a mark":          {"\ufeff\n\n", "IMPORT_HEADER_MISSING", "", 1},
		"semicolons":           {"external_id;kind;occurred_at;currency;amount\no-1;SALE;2026-01-02T10:00:00Z;GBP;1.00\n", "IMPORT_DELIMITER", "", 1},
		"quoted semicolons":    {"\"external_id\";\"kind\"\n", "IMPORT_DELIMITER", "", 1},
		"tabs":                 {"\nexternal_id\tkind\n", "IMPORT_DELIMITER", "", 2},
		"bars":                 {"external_id|kind\n", "IMPORT_DELIMITER", "", 1},
		"unknown column":       {"external_id,kind,occurred_at,currency,amount,colour\n", "IMPORT_COLUMN_UNKNOWN", "colour", 1},
		"long unknown column":  {shortHeader[:len(shortHeader)-1] + "," + long + "\n", "IMPORT_COLUMN_UNKNOWN", long[:shownRunes], 1},
		"column of refunds":    {shortHeader[:len(shortHeader)-1] + ",reason\n", "IMPORT_COLUMN_UNKNOWN", "reason", 1},
		"nameless column":      {shortHeader[:len(shortHeader)-1] + ",\n", "IMPORT_COLUMN_UNKNOWN", "", 1},
		"upper case":           {strings.ToUpper(shortHeader), "IMPORT_COLUMN_UNKNOWN", "EXTERNAL_ID", 1},
		"missing column":       {"external_id,kind,currency,amount\n", "IMPORT_COLUMN_MISSING", "occurred_at", 1},
		"doubled column":       {"external_id,kind,occurred_at,currency,amount,kind\n", "IMPORT_COLUMN_TWICE", "kind", 1},
		"no header":            {sale("o-1", "1.00", ""), "IMPORT_COLUMN_UNKNOWN", "o-1", 1},
		"broken header":        {"external_id,\"kind\n", "IMPORT_HEADER_MALFORMED", "", 1},
		"endless header":       {strings.Repeat("kind,", maxFields) + "\n", "IMPORT_HEADER_MALFORMED", "", 1},
		"UTF-16":               {"\xff\xfee\x00x\x00t\x00", "IMPORT_ENCODING", "", 1},
		"UTF-16 without mark":  {"e\x00x\x00t\x00", "IMPORT_ENCODING", "", 1},
		"Latin-1":              {shortHeader + sale("o-1", "1.00", "") + sale("caf\xe9", "1.00", ""), "IMPORT_ENCODING", "", 3},
		"a mark inside":        {shortHeader + sale("o-1", "1.00", "") + "\ufeff" + shortHeader, "IMPORT_ENCODING", "", 3},
		"cut inside a letter":  {shortHeader + "caf\xc3", "IMPORT_ENCODING", "", 2},
		"lines end with CR":    {"external_id,kind,occurred_at,currency,amount\ro-1,SALE", "IMPORT_COLUMN_UNKNOWN", "amount\ro-1", 1},
		"a byte of zero below": {shortHeader + sale("o-1", "1.00", "") + "\x00", "IMPORT_ENCODING", "", 3},
	} {
		summary, err := s.load(models.ImportKindConversions, c.text)
		var whole *FileError
		require.ErrorAs(t, err, &whole, name)
		require.Equal(t, []any{c.code, c.field, c.line}, []any{fault.CodeOf(err), fault.FieldOf(err), whole.Line}, name)
		require.Equal(t, Summary{}, summary)
	}
	var runs int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.ImportRun{}).Count(&runs).Error)
	require.Zero(t, runs)
	require.Empty(t, content(t, s.DB)["conversions"])
}

func TestRowsThatAreRejected(t *testing.T) {
	s := newStage(t)
	items := func(json string) string { return `,"` + strings.ReplaceAll(json, `"`, `""`) + `"` }
	header := shortHeader[:len(shortHeader)-1] + ",items\n"
	rows := []struct{ row, want string }{
		{sale("o-1", "10.00", ","), ""},
		{"o-2,SALE,2026-01-02T10:00:00Z,GBQ,10.00,\n", "CURRENCY_UNKNOWN currency"},
		{"o-2,SALE,2026-01-02T10:00:00Z,gbp,10.00,\n", "CURRENCY_UNKNOWN currency"},
		{sale("o-2", "10.001", ","), "AMOUNT_TOO_PRECISE amount"},
		{"o-2,SALE,2026-01-02T10:00:00Z,JPY,10.5,\n", "AMOUNT_TOO_PRECISE amount"},
		{sale("o-2", "-10.00", ","), "AMOUNT_NOT_POSITIVE amount"},
		{sale("o-2", "0.00", ","), "AMOUNT_NOT_POSITIVE amount"},
		{sale("o-2", "10,00", ","), "ROW_FIELD_COUNT"},
		{sale("o-2", "\"10,00\"", ","), "AMOUNT_MALFORMED amount"},
		{sale("o-2", "£10", ","), "AMOUNT_MALFORMED amount"},
		{sale("o-2", "92233720368547758.08", ","), "AMOUNT_OVERFLOW amount"},
		{sale("o-2", "", ","), "VALUE_MISSING amount"},
		{sale("", "10.00", ","), "VALUE_MISSING external_id"},
		{sale("\" \"", "10.00", ","), "VALUE_MISSING external_id"},
		{",,,,,\n", "VALUE_MISSING external_id"},
		{"o-2,,2026-01-02T10:00:00Z,GBP,10.00,\n", "VALUE_MISSING kind"},
		{"o-2,sale,2026-01-02T10:00:00Z,GBP,10.00,\n", "KIND_INVALID kind"},
		{"o-2,SALE,2026-01-02 10:00,GBP,10.00,\n", "OCCURRED_AT_MALFORMED occurred_at"},
		{"o-2,SALE,02/01/2026,GBP,10.00,\n", "OCCURRED_AT_MALFORMED occurred_at"},
		{"o-2,SALE,2027-01-02T10:00:00Z,GBP,10.00,\n", "OCCURRED_AT_FUTURE occurred_at"},
		{"o-2,SALE,0001-01-01T00:00:00Z,GBP,10.00,\n", "OCCURRED_AT_MISSING occurred_at"},
		{sale(strings.Repeat("ü", 191), "10.00", ","), "EXTERNAL_ID_INVALID external_id"},
		{sale("o-2", "10.00", ""), "ROW_FIELD_COUNT items"},
		{sale("o-2", "10.00", ",,"), "ROW_FIELD_COUNT"},
		{"o-2\n", "ROW_FIELD_COUNT kind"},
		{sale("o\"2", "10.00", ","), "ROW_QUOTES_MALFORMED"},
		{sale("o-2", "10.00", ",12"), "ITEMS_MALFORMED items"},
		{sale("o-2", "10.00", items(`[{"sku":"A","quantity":1,"amount":10.5}]`)), "ITEMS_MALFORMED items"},
		{sale("o-2", "10.00", items(`[{"sku":"A","quantity":1,"amount":"10.50","color":"red"}]`)), "ITEMS_MALFORMED items"},
		{sale("o-2", "10.00", items(`[] []`)), "ITEMS_MALFORMED items"},
		{sale("o-2", "10.00", items(`[{"sku":"A","quantity":1,"amount":"1.00"},{"sku":"B","quantity":1,"amount":"1.005"}]`)), "AMOUNT_TOO_PRECISE items.1.amount"},
		{sale("o-2", "10.00", items(`[{"sku":"A","quantity":0,"amount":"1.00"}]`)), "ITEM_INVALID items.0"},
		{sale("o-3", "10.00", items(`[{"sku":"A","quantity":1,"amount":"10.00"}]`)), ""},
		{"o-4,SALE,2026-01-02T10:00:00Z,GBP,1", "ROW_FIELD_COUNT items"}, // half a line
	}
	text, want := header, []string{}
	for i, r := range rows {
		text += r.row
		if r.want != "" {
			want = append(want, strconv.Itoa(i+2)+" "+r.want)
		}
	}
	summary := s.must(models.ImportKindConversions, text)
	require.Equal(t, want, s.rejected(summary))
	require.EqualValues(t, 2, summary.Recorded)
	require.EqualValues(t, len(rows), summary.Rows)
	require.Len(t, content(t, s.DB)["conversions"], 2)

	summary = s.must(models.ImportKindConversions, header+sale("o-5", "10.00", ",")+sale("\"o-6", "10.00", ",")+sale("o-7", "10.00", ","))
	require.Equal(t, []string{"3 ROW_UNFINISHED"}, s.rejected(summary), "the quote that is never closed takes the rest of the file along")
	require.Len(t, content(t, s.DB)["conversions"], 3)
}

func TestRefundsThatAreRejected(t *testing.T) {
	s := newStage(t)
	s.must(models.ImportKindConversions, shortHeader+sale("o-1", "100.00", "")+"o-2,SALE,2026-01-02T10:00:00Z,EUR,10.00\n"+"o-3,LEAD,2026-01-02T10:00:00Z,GBP,10.00\n")
	summary := s.must(models.ImportKindRefunds, refundsHeader+
		"r-1,o-1,2026-01-03T10:00:00Z,60.00,\n"+
		"r-2,o-1,2026-01-03T10:00:00Z,40.01,\n"+
		"r-3,o-9,2026-01-03T10:00:00Z,1.00,\n"+
		"r-4,o-2,2026-01-03T10:00:00Z,1.00,\n"+
		"r-5,o-3,2026-01-03T10:00:00Z,1.00,\n"+
		"r-1,o-1,2026-01-03T10:00:00Z,60.00,\n"+
		"r-1,o-1,2026-01-03T10:00:00Z,10.00,\n"+
		"r-6,o-1,2026-01-03T10:00:00Z,0.00,\n"+
		"r-7,o-1,2026-01-03T10:00:00Z,0.001,\n"+
		"r-8,o-1,yesterday,1.00,\n"+
		"r-9,,2026-01-03T10:00:00Z,1.00,\n"+
		"r-2,o-1,2026-01-03T10:00:00Z,40.00,the rest\n")
	require.Equal(t, []string{"3 REFUND_EXCEEDS_SALE amount", "4 CONVERSION_NOT_FOUND conversion_external_id",
		"5 CONVERSION_AWAITING_RATE conversion_external_id", "6 CONVERSION_NOT_FOUND conversion_external_id", "8 REFUND_DIFFERS external_id",
		"9 AMOUNT_NOT_POSITIVE amount", "10 AMOUNT_TOO_PRECISE amount", "11 OCCURRED_AT_MALFORMED occurred_at",
		"12 VALUE_MISSING conversion_external_id"}, s.rejected(summary))
	require.EqualValues(t, 2, summary.Recorded)
	require.EqualValues(t, 1, summary.Unchanged)
}

func TestWhatStandsTwiceInAFileIsTakenInFileOrder(t *testing.T) {
	s := newStage(t)
	text := shortHeader + sale("o-1", "10.00", "") + sale("o-2", "5.00", "") + sale("o-1", "10.00", "") + sale("o-1", "12.00", "") +
		"o-1,LEAD,2026-01-02T10:00:00Z,GBP,1.00\n" + sale("o-1", "11.00", "")
	summary := s.must(models.ImportKindConversions, text)
	require.Equal(t, Summary{RunID: summary.RunID, Rows: 6, Recorded: 3, Restated: 2, Unchanged: 1}, summary)
	require.Len(t, content(t, s.DB)["conversions"], 5)
	before := dump(t, s.DB)
	again := s.must(models.ImportKindConversions, text)
	require.Equal(t, Summary{RunID: summary.RunID, Rows: 6, Unchanged: 6}, again, "an older amount is not restated by reading the file again")
	require.Equal(t, before, dump(t, s.DB))
}

func TestAFinishedImportTriesAgainWhatItRejected(t *testing.T) {
	s := newStage(t)
	s.must(models.ImportKindConversions, shortHeader+sale("o-1", "10.00", ""))
	refunds := refundsHeader + "r-1,o-1,2026-01-03T10:00:00Z,1.00,\nr-2,o-2,2026-01-03T10:00:00Z,2.00,\nr-3,o-3,2026-01-03T10:00:00Z,2.00,\n"
	summary := s.must(models.ImportKindRefunds, refunds)
	require.Equal(t, []string{"3 CONVERSION_NOT_FOUND conversion_external_id", "4 CONVERSION_NOT_FOUND conversion_external_id"}, s.rejected(summary))
	s.must(models.ImportKindConversions, shortHeader+sale("o-2", "10.00", ""))
	again := s.must(models.ImportKindRefunds, refunds)
	require.Equal(t, Summary{RunID: summary.RunID, Rows: 3, Recorded: 1, Unchanged: 1, Rejected: 1}, again)
	require.Equal(t, []string{"4 CONVERSION_NOT_FOUND conversion_external_id"}, s.rejected(again))

	// A conversion that was rejected is tried again too, but not over what came after it.
	late := "o-4,SALE,2026-01-08T10:00:00Z,GBP,1.00\n"
	text := shortHeader + late + sale("o-4", "2.00", "") + strings.ReplaceAll(late, "o-4", "o-5")
	require.Equal(t, []string{"2 OCCURRED_AT_FUTURE occurred_at", "4 OCCURRED_AT_FUTURE occurred_at"}, s.rejected(s.must(models.ImportKindConversions, text)))
	s.Clock.Advance(30 * 24 * time.Hour)
	again = s.must(models.ImportKindConversions, text)
	require.Equal(t, Summary{RunID: again.RunID, Rows: 3, Recorded: 1, Unchanged: 1, Rejected: 1}, again)
	require.Equal(t, []string{"2 OCCURRED_AT_FUTURE occurred_at"}, s.rejected(again))
	before := dump(t, s.DB)
	require.Equal(t, Summary{RunID: again.RunID, Rows: 3, Unchanged: 2, Rejected: 1}, s.must(models.ImportKindConversions, text))
	require.Equal(t, before, dump(t, s.DB))
}

func TestWhoMayImport(t *testing.T) {
	s := newStage(t)
	by := stranger(s)
	text := shortHeader + sale("o-1", "1.00", "")
	for name, c := range map[string]struct {
		by   access.Caller
		kind models.ImportKind
		code string
	}{
		"nobody":       {access.Caller{}, models.ImportKindConversions, "UNAUTHENTICATED"},
		"no scope":     {access.Caller{Name: "apikey", MerchantID: s.Program.MerchantID}, models.ImportKindConversions, "FORBIDDEN"},
		"a stranger":   {by, models.ImportKindConversions, "PROGRAM_NOT_FOUND"},
		"unknown kind": {s.Owner, "CLICKS", "IMPORT_KIND_UNKNOWN"},
	} {
		_, err := s.files.Import(t.Context(), c.by, s.input(c.kind, text))
		require.Equal(t, c.code, fault.CodeOf(err), name)
	}
	require.Empty(t, content(t, s.DB)["runs"])
	summary := s.must(models.ImportKindConversions, text)
	_, err := s.files.Rejections(t.Context(), by, summary.RunID)
	require.ErrorIs(t, err, ErrRunNotFound)
	_, err = s.files.Rejections(t.Context(), access.Caller{}, summary.RunID)
	require.Equal(t, "UNAUTHENTICATED", fault.CodeOf(err))
}
