package bench

import (
	"bytes"
	"log/slog"
	"net/http/httptest"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"tributary/graph"
	"tributary/internal/payout"
	"tributary/internal/testkit"
)

// attackAllocated is how much an answer may allocate, which is the same on a busy machine; time is measured by the bench.
const attackAllocated = 32 << 20

// Every attack is refused as it should be, in a small answer and little memory, by a server that lives on and logs nothing of its
// own making.
func TestAttacksAreRefused(t *testing.T) {
	s := testkit.NewScene(t)
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	server := httptest.NewServer(graph.NewHandler(graph.Services{DB: s.DB, Access: s.Access, Program: s.Programs, Tracking: s.Tracking,
		Commission: s.Commission, Payouts: payout.New(s.DB, nil, logger), Log: logger}))
	t.Cleanup(server.Close)
	for _, a := range attacks() {
		before := allocated()
		text, err := a.send(t.Context(), server.URL)
		require.NoError(t, err, a.name)
		require.Less(t, allocated()-before, uint64(attackAllocated), a.name)
		require.Less(t, len(text), attackBytes, a.name)
	}
	alive := attack{name: "a plain request", body: asking("{ __typename }")}
	_, err := alive.send(t.Context(), server.URL)
	require.NoError(t, err)
	require.Empty(t, log.String())

	wrong := alive
	wrong.code = tooLargeCode
	_, err = wrong.send(t.Context(), server.URL)
	require.ErrorIs(t, err, ErrAttack, "an answer where a refusal should be")
}

// allocated gives how much memory was ever asked for.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
