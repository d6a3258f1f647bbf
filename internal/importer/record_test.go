package importer

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func readAll(t testing.TB, text string) []record {
	t.Helper()
	r, err := newRecordReader(strings.NewReader(text))
	require.NoError(t, err)
	var all []record
	for {
		rec, err := r.next()
		if errors.Is(err, io.EOF) {
			_, err = r.next()
			require.ErrorIs(t, err, io.EOF, "the end stays the end")
			require.EqualValues(t, len(text), r.all)
			return all
		}
		require.NoError(t, err)
		all = append(all, rec)
	}
}

func TestRecords(t *testing.T) {
	for text, want := range map[string]string{
		"":                                     "",
		"\n\r\n\n":                             "",
		"a":                                    "1[a]",
		"a,b\nc,d\n":                           "1[a|b] 2[c|d]",
		"a,b\r\nc,d\r\n":                       "1[a|b] 2[c|d]",
		"a\r":                                  "1[a]",
		"a\rb\n":                               "1[a\rb]",
		"\ufeffa,b\n":                          "1[a|b]",
		"\n\na\n\nb":                           "3[a] 5[b]",
		"\"a\nb\",c\nd":                        "1[a\nb|c] 3[d]",
		"\"a\r\nb\"\nd":                        "1[a\nb] 3[d]",
		`"a,""b""",c`:                          `1[a,"b"|c]`,
		`"",`:                                  "1[|]",
		`""`:                                   "1[]",
		",\n":                                  "1[|]",
		"a\"b,c\nd":                            "1[ROW_QUOTES_MALFORMED] 2[d]",
		"\"a\"b,c\nd":                          "1[ROW_QUOTES_MALFORMED] 2[d]",
		"a\"b,\"x\nSALE,1\n\",\nd":             "1[ROW_QUOTES_MALFORMED] 4[d]",
		"a,b\n\"c,d\ne,f\n":                    "1[a|b] 2[ROW_UNFINISHED]",
		"a\n\"":                                "1[a] 2[ROW_UNFINISHED]",
		strings.Repeat(",", maxFields) + "\na": "1[81 fields] 2[a]",
	} {
		var got []string
		for _, r := range readAll(t, text) {
			show := strings.Join(r.fields, "|")
			if r.count > len(r.fields) {
				show = fmt.Sprintf("%d fields", r.count)
			}
			if r.flaw != nil {
				show = r.flaw.Code
			}
			got = append(got, fmt.Sprintf("%d[%s]", r.line, show))
		}
		require.Equal(t, want, strings.Join(got, " "), "%q", text)
	}
}

func TestARecordHasALimit(t *testing.T) {
	exact := strings.Repeat("x", maxRecordBytes-1)
	records := readAll(t, exact+"\n"+exact+"y\nz\n")
	require.Len(t, records, 3)
	require.Nil(t, records[0].flaw)
	require.Len(t, records[0].fields[0], maxRecordBytes-1)
	require.Equal(t, errTooLong, records[1].flaw)
	require.Nil(t, records[2].flaw)

	records = readAll(t, "a\n\""+strings.Repeat("x\n", 3*maxRecordBytes)+"\"\nz\n")
	require.Len(t, records, 3)
	require.Equal(t, errTooLong, records[1].flaw)
	require.LessOrEqual(t, len(records[1].fields[0]), maxRecordBytes, "what is over the limit is not held")
	require.EqualValues(t, 3*maxRecordBytes+3, records[2].line)
}

// FuzzRecords holds the reader against encoding/csv wherever that accepts the text.
func FuzzRecords(f *testing.F) {
	for _, seed := range []string{"", "a,b\n", "\"a\nb\",c\r\n\r\nd", "a\"b", "\"", "\"\"\"\",\"\"", "\r\n\r", "a,\n,\n\n,", "a\r\r\nb\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if len(text) > maxRecordBytes || strings.HasPrefix(text, "\ufeff") {
			t.Skip()
		}
		got := readAll(t, text)
		peer := csv.NewReader(strings.NewReader(text))
		peer.FieldsPerRecord = -1
		for i := 0; ; i++ {
			want, err := peer.Read()
			if errors.Is(err, io.EOF) {
				require.Len(t, got, i)
				return
			}
			if err != nil {
				require.Greater(t, len(got), i)
				require.NotNil(t, got[i].flaw, "encoding/csv: %v", err)
				return
			}
			require.Greater(t, len(got), i)
			require.Nil(t, got[i].flaw)
			require.Equal(t, len(want), got[i].count)
			require.Equal(t, want[:min(len(want), maxFields)], got[i].fields)
			line, _ := peer.FieldPos(0)
			require.EqualValues(t, line, got[i].line)
		}
	})
}
