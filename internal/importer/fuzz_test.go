package importer

import (
	"bytes"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/internal/fault"
	"tributary/models"
)

// FuzzConversionsFile feeds any bytes as a file of conversions: every row that the reader sees is taken in or rejected
// with a code, or the file is refused with one; reading it again changes nothing.
func FuzzConversionsFile(f *testing.F) {
	for _, seed := range []string{
		"", "\ufeff", shortHeader, conversionsHeader + sale("o-1", "10.00", ",1.00,1.00,1.00,c,größe,größe,größe,"),
		shortHeader + sale("o-1", "10.00", "") + sale("o-1", "11.00", "") + sale("o-1 ", "11.00", "") + sale("o-1\u00a0", "12.00", ""),
		shortHeader + "\"o\n-1\",SALE,2026-01-02T10:00:00.123456789+14:00,JPY,10\n\n,,,,\n\"", "external_id;kind\n",
		shortHeader[:len(shortHeader)-1] + ",items\n" + sale("o-2", "1.00", ",\"[{\"\"sku\"\":\"\"\\ud800\\u0000\"\",\"\"quantity\"\":1,\"\"amount\"\":\"\"1\"\"}]\""),
		shortHeader + sale("\U0010ffff", "1.00", "") + sale("o\r\r", "1.00", "") + sale("\u2028", "1.00", "") + sale("\x01\x7f", "1.00", ""),
		shortHeader + "o-3,SALE,2026-01-02T10:00:00Z,EUR,1.00\no-3,A_1,1970-01-01T00:00:00Z,KWD,0.000\no-3,SALE,9999-12-31T23:59:59Z,GBP,1\n",
		conversionsHeader + sale("o-4", "1.00", ",,,,c ,x,%,click_01h455vb4pex5vsknk084sn02q,") + sale("o-4", "1.00", ",,,,C,\\',\\\",click_,null"),
	} {
		f.Add([]byte(seed))
	}
	s := newStage(f)
	s.Enroll("x", models.ID{})
	f.Fuzz(func(t *testing.T, file []byte) {
		first, err := s.files.Import(t.Context(), s.Owner, Input{ProgramID: s.Program.ID, Kind: models.ImportKindConversions, File: bytes.NewReader(file)})
		var whole *FileError
		if errors.As(err, &whole) {
			require.Equal(t, fault.Invalid, fault.KindOf(err))
			require.Zero(t, first.Rows)
			return
		}
		require.NoError(t, err)
		rows := int64(len(readAll(t, string(file)))) - 1
		require.Equal(t, rows, first.Rows)
		require.Equal(t, rows, first.Recorded+first.Restated+first.Unchanged+first.Rejected+first.Earlier)
		again, err := s.files.Import(t.Context(), s.Owner, Input{ProgramID: s.Program.ID, Kind: models.ImportKindConversions, File: bytes.NewReader(file)})
		require.NoError(t, err)
		require.Equal(t, Summary{RunID: first.RunID, Rows: rows, Unchanged: rows - first.Rejected, Rejected: first.Rejected}, again)
	})
}
