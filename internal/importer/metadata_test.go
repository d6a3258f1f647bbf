package importer

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/tracking"
	"tributary/models"
)

func (s *stage) conversion(id string) models.Conversion {
	s.T.Helper()
	var c models.Conversion
	require.NoError(s.T, s.DB.Read(s.T.Context()).Where("external_id = ?", id).Order("revision DESC").Take(&c).Error)
	return c
}

func TestColumnsThatAreEntriesOfMetadata(t *testing.T) {
	s := newStage(t)
	long := metadataPrefix + strings.Repeat("K", 64)
	header := shortHeader[:len(shortHeader)-1] + ",metadata.utm.source,country,metadata.Color," + long + "\n"
	summary := s.must(models.ImportKindConversions, header+
		sale("o-1", "9.00", ",news,GB, red ,")+
		sale("o-2", "9.00", ",,,,")+
		sale("o-3", "9.00", ",,gb,,")+
		sale("o-4", "9.00", ",,,,"+strings.Repeat("ü", 501))+
		sale("o-5", "9.00", ",,,"+strings.Repeat("x", 501)+",")+
		sale("o-6", "9.00", ",,,,"+strings.Repeat("x", maxValueBytes+1))+
		sale("o-7", "9.00", ",,,,"+strings.Repeat("ü", 500))+
		sale("o-1", "9.00", ",news,GB,blue,"))
	require.Equal(t, []string{"4 COUNTRY_INVALID country", "5 METADATA_INVALID " + long, "6 METADATA_INVALID metadata.Color",
		"7 VALUE_TOO_LONG " + long}, s.rejected(summary))
	require.EqualValues(t, 1, summary.Restated)
	require.Equal(t, []string{"GB", `{"Color":"blue","utm.source":"news"}`}, []string{s.conversion("o-1").Country, s.conversion("o-1").Metadata})
	require.Empty(t, s.conversion("o-2").Metadata)

	for _, name := range []string{"metadata.", "metadata.a b", metadataPrefix + strings.Repeat("k", 65), "metadata"} {
		_, err := s.load(models.ImportKindConversions, shortHeader[:len(shortHeader)-1]+","+name+"\n"+sale("o-9", "1.00", ",x"))
		require.ErrorContains(t, err, "no such column", name)
	}
	_, err := s.load(models.ImportKindRefunds, refundsHeader[:len(refundsHeader)-1]+",metadata.x\n")
	require.ErrorContains(t, err, "no such column")
	_, err = s.load(models.ImportKindConversions, shortHeader[:len(shortHeader)-1]+",metadata.x,metadata.x\n")
	require.ErrorContains(t, err, "twice")
}

func TestAFileMayHaveEveryColumnAndAllMetadata(t *testing.T) {
	s := newStage(t)
	header, row := conversionsHeader[:len(conversionsHeader)-1]+",country", ",,,,,,,,,GB"
	for i := range tracking.MaxMetadata + 1 {
		header += ",metadata.k" + strings.Repeat("x", i)
		row += ",v"
	}
	fits, over := row[:len(row)-1], row
	summary := s.must(models.ImportKindConversions, header+"\n"+sale("o-1", "9.00", fits)+sale("o-2", "9.00", over))
	require.Equal(t, []string{"3 METADATA_INVALID metadata"}, s.rejected(summary))
	require.EqualValues(t, 1, summary.Recorded)
}

// A file declares orders void, of any kind; one says so without an amount.
func TestAFileOfVoids(t *testing.T) {
	s := newStage(t)
	s.must(models.ImportKindConversions, shortHeader+sale("o-1", "100.00", "")+strings.Replace(sale("l-1", "0.00", ""), "SALE", "LEAD", 1))
	const header = "external_id,conversion_external_id,conversion_kind,occurred_at,amount,kind\n"
	at := func(id, of, conversion, amount string) string {
		return id + "," + of + "," + conversion + ",2026-01-03T10:00:00Z," + amount + ",VOID\n"
	}
	summary := s.must(models.ImportKindRefunds, header+at("v-1", "o-1", "", "100.00")+at("v-2", "o-1", "SALE", "")+at("v-3", "l-1", "LEAD", "")+at("v-4", "l-1", "", ""))
	require.Equal(t, []string{"2 VOID_AMOUNT amount", "5 CONVERSION_NOT_FOUND conversion_external_id"}, s.rejected(summary))
	var rows []models.Refund
	require.NoError(t, s.DB.Read(t.Context()).Order("id").Find(&rows).Error)
	require.Len(t, rows, 2)
	require.Equal(t, models.RefundKindVoid, rows[0].Kind)
	require.EqualValues(t, 10000, rows[0].AmountMinor)
	again := s.must(models.ImportKindRefunds, header+at("v-2", "o-1", "", ""))
	require.Zero(t, again.Recorded)
	require.Empty(t, s.rejected(again), "SALE is what an empty kind means")
}

func TestAFileOfDisputes(t *testing.T) {
	s := newStage(t)
	s.must(models.ImportKindConversions, shortHeader+sale("o-1", "100.00", ""))
	const header = "external_id,conversion_external_id,occurred_at,amount,kind\n"
	at := func(id, amount, kind string) string {
		return id + ",o-1,2026-01-03T10:00:00Z," + amount + "," + kind + "\n"
	}
	summary := s.must(models.ImportKindRefunds, header+at("r-1", "40.00", "")+at("d-1", "100.00", "CHARGEBACK")+at("d-1", "", "CHARGEBACK_WON")+
		at("r-2", "60.00", "REFUND")+at("d-2", "", "CHARGEBACK")+at("r-3", "", "")+at("d-3", "", "CHARGEBACK_WON")+at("d-1", "1.00", "LOST"))
	require.Equal(t, []string{"6 VALUE_MISSING amount", "7 VALUE_MISSING amount", "8 CHARGEBACK_NOT_FOUND external_id", "9 KIND_INVALID kind"}, s.rejected(summary))
	var kinds []string
	var sum int64
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Refund{}).Order("id").Pluck("kind", &kinds).Error)
	require.Equal(t, []string{"REFUND", "CHARGEBACK", "CHARGEBACK_WON", "REFUND"}, kinds)
	require.NoError(t, s.DB.Read(t.Context()).Model(&models.Refund{}).Select("SUM(amount_minor)").Scan(&sum).Error)
	require.EqualValues(t, 10000, sum)
}
